"""Self-supervised learning on pictures: good features without labels.

Everything is reached from here, and loaded when it is first used: importing this
package loads NumPy and nothing else.

    import jumelle as jm

    model = jm.SimCLR(encoder="small", epochs=10, seed=0).fit("photos/")
    features = model.transform("photos/")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import augment, datasets, errors, evaluate, losses, plot
    from ._packing import pack
    from ._process import __version__, info, presets, set_threads
    from .estimators import BYOL, BarlowTwins, MoCo, RandomEncoder, SimCLR, load
    from .images import Images

__all__ = [
    "BYOL",
    "BarlowTwins",
    "Images",
    "MoCo",
    "RandomEncoder",
    "SimCLR",
    "__version__",
    "augment",
    "datasets",
    "errors",
    "evaluate",
    "info",
    "load",
    "losses",
    "pack",
    "plot",
    "presets",
    "set_threads",
]

# Where each name lives; a module is named by itself.
_HOMES = {
    "BYOL": "estimators",
    "BarlowTwins": "estimators",
    "Images": "images",
    "MoCo": "estimators",
    "RandomEncoder": "estimators",
    "SimCLR": "estimators",
    "__version__": "_process",
    "augment": "",
    "datasets": "",
    "errors": "",
    "evaluate": "",
    "info": "_process",
    "load": "estimators",
    "losses": "",
    "pack": "_packing",
    "plot": "",
    "presets": "_process",
    "set_threads": "_process",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'jumelle' has no attribute {name!r}")
    module = importlib.import_module(f".{_HOMES[name] or name}", __name__)
    value = getattr(module, name) if _HOMES[name] else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
