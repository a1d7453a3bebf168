"""The table of prototypes says what the header says."""

import ctypes
import re

import pytest

from jumelle import _abi, errors

HEADER = (_abi.folder() / "include" / "jumelle.h").read_text()
CODE = re.sub(r"/\*.*?\*/", "", HEADER, flags=re.DOTALL)

C_TYPES = {
    "char*": ctypes.c_char_p,
    "char*const*": ctypes.POINTER(ctypes.c_char_p),
    "size_t": ctypes.c_size_t,
    "size_t*": ctypes.POINTER(ctypes.c_size_t),
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "int64_t*": ctypes.POINTER(ctypes.c_int64),
    "uint64_t": ctypes.c_uint64,
    "double": ctypes.c_double,
    "double*": ctypes.POINTER(ctypes.c_double),
    "void*": ctypes.c_void_p,
    "jml_npy*": ctypes.POINTER(_abi.Npy),
    "jml_status": ctypes.c_int32,
    "void": None,
}
STRUCTS = {
    "jml_images_options": _abi.ImagesOptions,
    "jml_views_options": _abi.ViewsOptions,
    "jml_overlap_options": _abi.OverlapOptions,
    "jml_nt_xent_options": _abi.NtXentOptions,
    "jml_info_nce_options": _abi.InfoNceOptions,
    "jml_info_nce_queue_options": _abi.InfoNceQueueOptions,
    "jml_barlow_twins_options": _abi.BarlowTwinsOptions,
    "jml_cross_entropy_options": _abi.CrossEntropyOptions,
    "jml_step_stats": _abi.StepStats,
    "jml_encode_options": _abi.EncodeOptions,
    "jml_knn_options": _abi.KnnOptions,
    "jml_linear_probe_options": _abi.LinearProbeOptions,
    "jml_npy": _abi.Npy,
}
OPAQUE = re.findall(r"typedef struct (\w+) \1;", CODE)


def c_type(text):
    """The ctypes type of a parameter such as 'const jml_npy *a'."""
    text = re.sub(r"\bconst\b", "", text) if "const *" not in text else text
    words = re.sub(r"\b(const)\b(?= \w)", "", text).strip()
    kind = re.sub(r"\s*\w+$", "", words) if not words.endswith("*") else words
    kind = kind.replace(" ", "") or words
    if kind in C_TYPES:
        return C_TYPES[kind]
    name, stars = kind.rstrip("*"), kind.count("*")
    if name in OPAQUE:
        return ctypes.c_void_p if stars == 1 else ctypes.POINTER(ctypes.c_void_p)
    return ctypes.POINTER(STRUCTS[name])


def declarations():
    pattern = r"JML_API(?: JML_MUST_CHECK)? ([\w \*]+?)\s*\b(jml_\w+)\(([^;]*?)\);"
    for result, name, parameters in re.findall(pattern, CODE, flags=re.DOTALL):
        listed = [" ".join(p.split()) for p in parameters.split(",")]
        yield name, result.strip(), [] if listed == ["void"] else listed


DECLARED = {name: (result, parameters) for name, result, parameters in declarations()}
# What Python has no use for: it writes headers and fills structs itself.
UNUSED = {name for name in DECLARED if name.endswith("_options_init")}
UNUSED |= {"jml_npy_header"}


def test_every_function_is_in_the_table():
    table = {f"jml_{name}" for name in (*_abi.PROTOTYPES, *_abi.PLAIN)}
    assert table == set(DECLARED) - UNUSED


@pytest.mark.parametrize("name", sorted(_abi.PROTOTYPES))
def test_prototype(name):
    result, parameters = DECLARED[f"jml_{name}"]
    assert result == "jml_status"
    assert list(_abi.PROTOTYPES[name]) == [c_type(p) for p in parameters]


@pytest.mark.parametrize("name", sorted(_abi.PLAIN))
def test_plain_prototype(name):
    result, parameters = DECLARED[f"jml_{name}"]
    wanted = [c_type(f"{result} x"), *(c_type(p) for p in parameters)]
    assert list(_abi.PLAIN[name]) == wanted


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_struct(name):
    body = re.search(rf"typedef struct {name} {{(.*?)}} {name};", CODE, re.DOTALL)[1]
    fields = []
    for line in filter(None, (" ".join(part.split()) for part in body.split(";"))):
        fields.append((re.search(r"\w+$", line)[0], c_type(line)))
    assert list(STRUCTS[name]._fields_) == fields


def test_statuses():
    numbers = dict(re.findall(r"(JML_E\w+)\s*=\s*(-\d+)", CODE))
    classes = {
        "JML_EINVAL": errors.InvalidArgument,
        "JML_ENPY": errors.InvalidArgument,
        "JML_EDTYPE": errors.DTypeError,
        "JML_ESHAPE": errors.InvalidArgument,
        "JML_EHANDLE": errors.InvalidArgument,
        "JML_EBUSY": errors.BusyError,
        "JML_ENUMERIC": errors.NumericError,
        "JML_EIO": errors.FileError,
        "JML_EFORKED": errors.ForkedError,
        "JML_EINTERNAL": errors.InternalError,
    }
    assert {int(numbers[name]): kind for name, kind in classes.items()} == _abi._ERRORS
    assert set(numbers) == set(classes)


def test_abi_number():
    assert int(re.search(r"#define JML_ABI (\d+)", CODE)[1]) == _abi.ABI


def test_a_closed_handle_is_refused():
    handle = _abi.Handle("pipeline", "pipeline_new", b'{"preset": "weak", "size": 8}')
    handle.close()
    with pytest.raises(errors.InvalidArgument, match="pipeline"):
        _abi.text("pipeline_spec", handle)
    handle.close()


def test_another_library_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(_abi, "_loaded", None)
    monkeypatch.setenv("JUMELLE_LIBRARY", str(tmp_path / "none.so"))
    with pytest.raises(errors.FileError, match=r"none\.so"):
        _abi.library()
    monkeypatch.setenv("JUMELLE_LIBRARY", "libm.so.6")
    with pytest.raises(errors.FileError, match="want ABI 1, got no jml_abi"):
        _abi.library()
