"""Shared by the adapter's tests. The judges are those of the benchmarks."""

import os
import sys
from pathlib import Path

os.environ["LIGHTLY_DID_VERSION_CHECK"] = "True"  # it would ask its server
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import pytest
import torch

import jumelle as jm

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def pictures():
    """Made-up pictures and labels: uint8 (40, 32, 32, 3), int64 (40,)."""
    return jm.datasets.shapes(40, size=32, seed=5)


@pytest.fixture
def pair():
    """Two float32 (6, 5) tensors that ask for gradients."""
    rng = np.random.default_rng(0)
    arrays = rng.standard_normal((2, 6, 5)).astype(np.float32)
    return [torch.from_numpy(x.copy()).requires_grad_() for x in arrays]
