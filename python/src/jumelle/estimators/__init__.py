"""The methods, each an estimator that works with scikit-learn."""

from __future__ import annotations

from ._load import load
from .random_encoder import RandomEncoder
from .simclr import SimCLR

__all__ = ["RandomEncoder", "SimCLR", "load"]
