"""The C library: found at first use, called through one table of prototypes.

This is the only module that knows ctypes. Everything else calls ``call`` with
NumPy arrays wrapped by ``npy``, and holds native objects as ``Handle``.

The environment variable JUMELLE_LIBRARY names another libjumelle.so to load: for
work on the library itself, without building a wheel for each change.
"""

from __future__ import annotations

import ctypes
import functools
import os
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy_format

from . import errors

ABI = 1

Array = np.ndarray[Any, Any]


class Npy(ctypes.Structure):
    """``jml_npy``: a header and the elements that it describes."""

    _fields_ = (
        ("head", ctypes.c_void_p),
        ("head_len", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("data_len", ctypes.c_size_t),
    )
    keep: tuple[bytes, Array]  # what the pointers point into


class _Options(ctypes.Structure):
    """A struct that starts with its own size."""

    def __init__(self, **values: Any) -> None:
        super().__init__(struct_size=ctypes.sizeof(type(self)), **values)


class ImagesOptions(_Options):
    """``jml_images_options``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("size", ctypes.c_int32),
        ("channels", ctypes.c_int32),
        ("check", ctypes.c_int64),
    )


class ViewsOptions(_Options):
    """``jml_views_options``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("seed", ctypes.c_uint64),
        ("epoch", ctypes.c_int64),
        ("threads", ctypes.c_int32),
    )


class OverlapOptions(_Options):
    """``jml_overlap_options``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("height", ctypes.c_int32),
        ("width", ctypes.c_int32),
        ("scale_min", ctypes.c_double),
        ("scale_max", ctypes.c_double),
        ("ratio_min", ctypes.c_double),
        ("ratio_max", ctypes.c_double),
        ("samples", ctypes.c_int64),
        ("seed", ctypes.c_uint64),
    )


class NtXentOptions(_Options):
    """``jml_nt_xent_options``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("temperature", ctypes.c_double),
        ("lo", ctypes.c_int64),
        ("hi", ctypes.c_int64),
    )


class InfoNceOptions(_Options):
    """``jml_info_nce_options``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("temperature", ctypes.c_double),
        ("lo", ctypes.c_int64),
        ("hi", ctypes.c_int64),
    )


class InfoNceQueueOptions(_Options):
    """``jml_info_nce_queue_options``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("temperature", ctypes.c_double),
        ("lo", ctypes.c_int64),
        ("hi", ctypes.c_int64),
    )


class BarlowTwinsOptions(_Options):
    """``jml_barlow_twins_options``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("off_diagonal_weight", ctypes.c_double),
        ("lo", ctypes.c_int64),
        ("hi", ctypes.c_int64),
    )


class CrossEntropyOptions(_Options):
    """``jml_cross_entropy_options``."""

    _fields_ = (("struct_size", ctypes.c_size_t), ("smoothing", ctypes.c_double))


class StepStats(_Options):
    """``jml_step_stats``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("step", ctypes.c_int64),
        ("epoch", ctypes.c_int64),
        ("loss", ctypes.c_double),
        ("learning_rate", ctypes.c_double),
        ("feature_std", ctypes.c_double),
        ("effective_rank", ctypes.c_double),
        ("uninformed_loss", ctypes.c_double),
        ("alignment", ctypes.c_double),
        ("uniformity", ctypes.c_double),
        ("gradient_norm", ctypes.c_double),
    )


class EncodeOptions(_Options):
    """``jml_encode_options``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("block", ctypes.c_int32),
        ("projected", ctypes.c_int32),
    )


class KnnOptions(_Options):
    """``jml_knn_options``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("k", ctypes.c_int64),
        ("temperature", ctypes.c_double),
    )


class LinearProbeOptions(_Options):
    """``jml_linear_probe_options``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("penalty", ctypes.c_double),
        ("iterations", ctypes.c_int64),
    )


_HANDLE = ctypes.c_void_p
_OUT_HANDLE = ctypes.POINTER(ctypes.c_void_p)
_NPY = ctypes.POINTER(Npy)
_TWO = (_NPY, _NPY)
_THREE = (_NPY, _NPY, _NPY)
_TEXT = ctypes.c_char_p
_INT64S = ctypes.POINTER(ctypes.c_int64)
_DOUBLE = ctypes.POINTER(ctypes.c_double)
_BOTH = (_DOUBLE, _DOUBLE)  # a loss and its accuracy
_OUT_TEXT = (ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(ctypes.c_size_t))
_P = ctypes.POINTER

# Functions that return a status: the name without its prefix, and its arguments.
PROTOTYPES: dict[str, tuple[Any, ...]] = {
    "set_threads": (ctypes.c_int32,),
    "info": _OUT_TEXT,
    "images_open": (_TEXT, _P(ImagesOptions), _OUT_HANDLE),
    "images_open_files": (_P(_TEXT), ctypes.c_size_t, _P(ImagesOptions), _OUT_HANDLE),
    "images_shape": (_HANDLE, _INT64S),
    "images_sizes": (_HANDLE, _NPY),
    "images_read": (_HANDLE, _NPY, _NPY),
    "images_describe": (_HANDLE, *_OUT_TEXT),
    "images_problems": (_HANDLE, ctypes.c_int64, *_OUT_TEXT),
    "images_pack": (_HANDLE, _TEXT),
    "pipeline_new": (_TEXT, _OUT_HANDLE),
    "pipeline_spec": (_HANDLE, *_OUT_TEXT),
    "pipeline_apply": (_HANDLE, _NPY, _NPY, _P(ViewsOptions), _NPY),
    "pipeline_apply_images": (_HANDLE, _HANDLE, _NPY, _P(ViewsOptions), _NPY),
    "pipeline_explain": (
        _HANDLE,
        *(ctypes.c_int64,) * 5,
        _P(ViewsOptions),
        *_OUT_TEXT,
    ),
    "epoch_order": (ctypes.c_uint64, ctypes.c_int64, _NPY),
    "overlap": (_P(OverlapOptions), _DOUBLE, _DOUBLE),
    "nt_xent": (*_TWO, _P(NtXentOptions), _DOUBLE, *_TWO),
    "nt_xent_accuracy": (*_TWO, _P(NtXentOptions), *_BOTH, *_TWO),
    "nt_xent_logits": (*_TWO, _P(NtXentOptions), *_TWO),
    "info_nce": (*_TWO, _P(InfoNceOptions), _DOUBLE, *_TWO),
    "info_nce_accuracy": (*_TWO, _P(InfoNceOptions), *_BOTH, *_TWO),
    "info_nce_logits": (*_TWO, _P(InfoNceOptions), *_TWO),
    "info_nce_negatives": (*_THREE, _P(InfoNceOptions), _DOUBLE, *_THREE),
    "info_nce_negatives_accuracy": (*_THREE, _P(InfoNceOptions), *_BOTH, *_THREE),
    "info_nce_queue": (*_THREE, _P(InfoNceQueueOptions), _DOUBLE, _NPY),
    "info_nce_queue_accuracy": (*_THREE, _P(InfoNceQueueOptions), *_BOTH, _NPY),
    "info_nce_queue_logits": (*_THREE, _P(InfoNceQueueOptions), *_TWO),
    "byol": (*_TWO, _DOUBLE, _NPY),
    "barlow_twins": (*_TWO, _P(BarlowTwinsOptions), _DOUBLE, *_TWO),
    "cross_entropy": (*_TWO, _P(CrossEntropyOptions), _DOUBLE, _NPY),
    "cross_entropy_accuracy": (*_TWO, _P(CrossEntropyOptions), *_BOTH, _NPY),
    "masked_mse": (*_THREE, _DOUBLE, _NPY),
    "trainer_new": (_TEXT, _OUT_HANDLE),
    "trainer_spec": (_HANDLE, *_OUT_TEXT),
    "trainer_next": (_HANDLE, _NPY),
    "trainer_step": (_HANDLE, _NPY, _P(StepStats)),
    "trainer_step_views": (_HANDLE, _NPY, _P(StepStats)),
    "trainer_dim": (_HANDLE, _P(EncodeOptions), _INT64S),
    "trainer_encode": (_HANDLE, _NPY, _P(EncodeOptions), _NPY),
    "trainer_save": (_HANDLE, _TEXT),
    "trainer_load": (_TEXT, _OUT_HANDLE),
    "trainer_history": (_HANDLE, *_OUT_TEXT),
    "trainer_warnings": (_HANDLE, *_OUT_TEXT),
    "presets": _OUT_TEXT,
    "trainer_profile": (_HANDLE, *_OUT_TEXT),
    "knn": (*(_NPY,) * 4, _P(KnnOptions), _NPY, _DOUBLE),
    "linear_probe": (*(_NPY,) * 4, _P(LinearProbeOptions), _NPY, _DOUBLE),
}

# Functions that cannot fail: what they return, and their arguments.
PLAIN: dict[str, tuple[Any, ...]] = {
    "version": (ctypes.c_char_p,),
    "abi": (ctypes.c_int32,),
    "last_error": (ctypes.c_char_p,),
    "images_free": (None, _HANDLE),
    "pipeline_free": (None, _HANDLE),
    "trainer_free": (None, _HANDLE),
}

# Status numbers, from JML_EINVAL on.
_ERRORS: dict[int, type[errors.JumelleError]] = {
    -1: errors.InvalidArgument,
    -2: errors.InvalidArgument,
    -3: errors.DTypeError,
    -4: errors.InvalidArgument,
    -5: errors.InvalidArgument,
    -6: errors.BusyError,
    -7: errors.NumericError,
    -8: errors.FileError,
    -9: errors.ForkedError,
    -10: errors.InternalError,
}

_loading = threading.Lock()
_loaded: ctypes.CDLL | None = None


def folder() -> Path:
    """Return the folder that holds lib/ and include/."""
    return Path(__file__).resolve().parent


def path() -> str:
    """Return the library's path."""
    named = os.environ.get("JUMELLE_LIBRARY")
    return named or str(folder() / "lib" / f"libjumelle.so.{ABI}")


def library() -> ctypes.CDLL:
    """Load the library at the first call."""
    global _loaded
    if _loaded is None:
        with _loading:
            if _loaded is None:
                _loaded = _load(path())
    return _loaded


def _load(where: str) -> ctypes.CDLL:
    try:
        lib = ctypes.CDLL(where)  # not PyDLL: calls must release the GIL
    except OSError as error:
        raise errors.FileError(f"jumelle: cannot load {where}: {error}") from error
    abi = getattr(lib, "jml_abi", None)
    if abi is None or abi() != ABI:
        found = "no jml_abi" if abi is None else f"ABI {abi()}"
        raise errors.FileError(f"jumelle: want ABI {ABI}, got {found} in {where}")
    for name, (result, *arguments) in PLAIN.items():
        function = getattr(lib, f"jml_{name}")
        function.restype, function.argtypes = result, arguments
    for name, prototype in PROTOTYPES.items():
        # A library built from an older header of the same ABI lacks what was added.
        function = getattr(lib, f"jml_{name}", None)
        if function is not None:
            function.restype, function.argtypes = ctypes.c_int32, prototype
    return lib


def call(name: str, *arguments: Any) -> None:
    """Call ``jml_<name>`` and raise what its status says."""
    lib = library()
    status: int = getattr(lib, f"jml_{name}")(*arguments)
    if status:
        message = lib.jml_last_error().decode("utf-8", "replace")
        raise _ERRORS.get(status, errors.InternalError)(message)


def text(name: str, *arguments: Any) -> str:
    """Call a function that gives text, first for its size."""
    size = ctypes.c_size_t()
    call(name, *arguments, None, 0, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(size.value)
    call(name, *arguments, buffer, size.value, ctypes.byref(size))
    return buffer.value.decode("utf-8")


@functools.lru_cache(maxsize=256)
def _header(dtype: str, shape: tuple[int, ...]) -> tuple[bytes, int | None]:
    """Give an array's header and its address; the caller keeps the bytes alive."""

    class Buffer(bytearray):
        write = bytearray.extend

    out = Buffer()
    description = {"descr": dtype, "fortran_order": False, "shape": shape}
    npy_format.write_array_header_1_0(out, description)
    head = bytes(out)
    return head, ctypes.cast(ctypes.c_char_p(head), ctypes.c_void_p).value


def _address(array: Array) -> int:
    if array.size and array.flags.writeable:  # a third of the time of the other way
        return ctypes.addressof(ctypes.c_char.from_buffer(array.data))
    address: int = array.ctypes.data
    return address


def npy(array: Array | None) -> Npy | None:
    """Wrap a C-contiguous array for one call; None stays None.

    The result holds references to the array and its header. An array that the
    library is to fill must be writable: see ``output``.
    """
    if array is None:
        return None
    assert array.flags.c_contiguous
    assert array.flags.aligned
    head, start = _header(array.dtype.str, array.shape)
    wrapped = Npy(start, len(head), _address(array), array.nbytes)
    wrapped.keep = (head, array)
    return wrapped


def int64s(n: int) -> Any:
    """Make an ``int64_t[n]`` for a function to fill."""
    return (ctypes.c_int64 * n)()


def double() -> ctypes.c_double:
    """Make a ``double`` for a function to fill."""
    return ctypes.c_double()


def ref(value: Any) -> Any:
    """Pass a C value by its address."""
    return ctypes.byref(value)


def strings(values: list[str]) -> Any:
    """Make a ``const char *const *`` of paths."""
    return (ctypes.c_char_p * len(values))(*map(os.fsencode, values))


class Handle:
    """A native object, freed when this one goes.

    Parameters
    ----------
    kind : str
        ``"images"``, ``"pipeline"`` or ``"trainer"``.
    new : str
        The function that makes it; the handle is its last argument.
    """

    def __init__(self, kind: str, new: str, *arguments: Any) -> None:
        value = ctypes.c_void_p()
        call(new, *arguments, ctypes.byref(value))
        self.value = value
        free: Callable[[ctypes.c_void_p], None] = getattr(library(), f"jml_{kind}_free")
        # Not at exit: the process ends anyway, and a thread may still be in a call.
        self._finalize = weakref.finalize(self, free, value)
        self._finalize.atexit = False  # type: ignore[misc, unused-ignore]

    @property
    def _as_parameter_(self) -> ctypes.c_void_p:
        return self.value

    def close(self) -> None:
        """Free the object now. Later calls with it raise InvalidArgument."""
        self._finalize()
