"""The subpackage as a whole: its documentation, its examples, and no torch."""

import doctest
import importlib
import os
import pkgutil
import subprocess
import sys

import pytest

import jumelle.torch as jt

from conftest import ROOT

MODULES = [
    "jumelle.torch",
    *(f"jumelle.torch.{m.name}" for m in pkgutil.iter_modules(jt.__path__)),
]
EXAMPLES = sorted((ROOT / "python" / "examples").glob("torch_*.py"))


def python(*words, cwd):
    # One thread: OpenMP's spin where cores are shared.
    environment = os.environ | {
        "LIGHTLY_DID_VERSION_CHECK": "True",
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_everything_public_is_documented():
    assert sorted(jt.__all__) == jt.__all__
    for name in jt.__all__:
        text = getattr(jt, name).__doc__
        assert len(text) > 100
        assert "Parameters\n" in text or name == "BYOLLoss"


def test_there_are_examples():
    assert [path.name for path in EXAMPLES] == ["torch_lightly.py", "torch_simclr.py"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_example(path, tmp_path):
    done = python(str(path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    *steps, result = done.stdout.splitlines()
    losses = [float(line.split()[-1]) for line in steps]
    assert len(losses) >= 3
    assert losses[-1] < losses[0]
    before, after = (float(word) for word in result.split() if word[:2] == "0.")
    assert after > 2 * before
    assert not list(tmp_path.iterdir())


def test_jumelle_does_not_import_torch(tmp_path):
    done = python(
        "-c",
        "import sys, jumelle as jm; jm.losses, jm.augment, jm.SimCLR, jm.Images\n"
        "print('torch' in sys.modules)",
        cwd=tmp_path,
    )
    assert done.stdout.split() == ["False"], done.stderr


def test_without_torch(tmp_path):
    done = python(
        "-c",
        "import sys; sys.modules['torch'] = None\n"
        "import jumelle as jm\n"
        "try:\n"
        "    import jumelle.torch\n"
        "except ImportError as error:\n"
        "    print(error)\n"
        "print(jm.losses.byol([[1.0]], [[-1.0]])[0])",
        cwd=tmp_path,
    )
    assert done.stdout.splitlines() == [
        "jumelle.torch: want PyTorch, which is not installed: pip install torch",
        "4.0",
    ], done.stderr
