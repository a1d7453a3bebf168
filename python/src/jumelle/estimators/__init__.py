"""The methods, each an estimator that works with scikit-learn."""

from __future__ import annotations

from ._load import METHODS, load
from .barlow_twins import BarlowTwins
from .byol import BYOL
from .moco import MoCo
from .random_encoder import RandomEncoder
from .simclr import SimCLR

__all__ = ["BYOL", "METHODS", "BarlowTwins", "MoCo", "RandomEncoder", "SimCLR", "load"]
