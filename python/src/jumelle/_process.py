"""The library in this process: its version, what it computes with, its threads."""

from __future__ import annotations

import json
import platform
import re
from typing import Any

import numpy as np

from . import _abi, _check

__all__ = ["__version__", "info", "presets", "set_threads"]


def _version() -> str:
    """Read the version from the header, which lies beside the library."""
    text = (_abi.folder() / "include" / "jumelle.h").read_text()
    parts = (rf"#define JML_VERSION_{p} (\d+)" for p in ("MAJOR", "MINOR", "PATCH"))
    return ".".join(m[1] for part in parts if (m := re.search(part, text)))


__version__ = _version()


def info() -> dict[str, Any]:
    """Tell what this installation is and computes with.

    Returns
    -------
    info : dict
        "version", "abi", "kernels" ("onednn 2.6.0", or "portable" where the fast
        ones cannot be used, for the reason in "kernels_note"), "instruction_set",
        "threads", "cores", "go", "library" (its path), "python", "numpy".

    Examples
    --------
    >>> import jumelle as jm
    >>> jm.info()["version"] == jm.__version__
    True
    """
    about: dict[str, Any] = json.loads(_abi.text("info"))
    about["library"] = _abi.path()
    about["python"] = platform.python_version()
    about["numpy"] = np.__version__
    return about


def set_threads(n: int | None) -> None:
    """Bound the threads of later calls, and of estimators fitted later.

    Parameters
    ----------
    n : int or None
        1 to 4096; None: all cores that the process may use, by affinity and cgroup
        limits, when the library is first used. Networks never run on more threads
        than that, whatever ``n`` is.

    Raises
    ------
    InvalidArgument
        Where ``n`` is something else, 0 included. The old bound stays.

    Examples
    --------
    >>> import jumelle as jm
    >>> jm.set_threads(1)
    >>> jm.info()["threads"]
    1
    >>> jm.set_threads(None)
    """
    _abi.call("set_threads", _check.threads("set_threads", n, "n"))


def presets() -> list[dict[str, Any]]:
    """Tell what the presets of the methods set.

    Returns
    -------
    documents : list of dict
        The whole document of a run, as ``spec_`` has it, for each method, version and
        preset: "paper" with its paper's encoder, batch and epochs, "small" with a few
        thousand small pictures. What depends on the batch or the number of epochs is
        that of these.

    Examples
    --------
    >>> import jumelle as jm
    >>> paper = [s for s in jm.presets() if s["preset"] == "paper"]
    >>> [s["optimizer"] for s in paper if s["method"] == "byol"]
    ['lars']
    """
    return list(json.loads(_abi.text("presets")))
