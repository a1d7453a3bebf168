"""Shared by the Python tests: golden numbers, pictures, a small model, subprocesses."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import jumelle as jm

ROOT = Path(__file__).resolve().parents[2]

# A shell ignores SIGINT in what it runs in the background, and what the tests start
# would inherit that: the tests of Ctrl-C need the signal to arrive.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def golden():
    """Numbers computed from the formulas alone, by tests/golden/make_golden.py."""
    return json.loads((ROOT / "tests" / "golden" / "golden.json").read_text())


@pytest.fixture(scope="session")
def shapes():
    """Made-up pictures and labels: uint8 (96, 32, 32, 3), int64 (96,)."""
    return jm.datasets.shapes(96, size=32, seed=3)


@pytest.fixture(scope="session")
def tiles():
    """Real pictures: 32x32 tiles of scikit-learn's two photographs, uint8."""
    from sklearn.datasets import load_sample_images

    photos = [np.asarray(photo) for photo in load_sample_images().images]
    cut = []
    for photo in photos:
        h, w = photo.shape[0] // 32 * 32, photo.shape[1] // 32 * 32
        grid = photo[:h, :w].reshape(h // 32, 32, w // 32, 32, 3)
        cut.append(grid.transpose(0, 2, 1, 3, 4).reshape(-1, 32, 32, 3))
    return np.ascontiguousarray(np.concatenate(cut)[::4])


@pytest.fixture(scope="session")
def small(shapes):
    """A model after two short epochs; not to be changed by tests."""
    return quick().fit(shapes[0])


def quick(**params):
    """An estimator whose fit takes a moment."""
    defaults = {"epochs": 2, "batch_size": 32, "size": 16, "verbose": False}
    return jm.SimCLR(**{**defaults, "width": 0.25, "projection": (32, 16), **params})


def make_photos(folder, n=12, classes=("left", "right"), size=40):
    """Writes PNG files, one sub-folder a class; gives the folder."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for i in range(n):
        sub = folder / classes[i % len(classes)] if classes else folder
        sub.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (size, size + 8, 3), np.uint8)
        Image.fromarray(pixels).save(sub / f"{i:02}.png")
    return folder


def python(code, *arguments, **options):
    """Runs Python code in another process and gives what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def command(*arguments, **options):
    """Runs the installed command line; gives the finished process."""
    script = Path(sys.executable).parent / "jumelle"
    start = [str(script)] if script.exists() else [sys.executable, "-m", "jumelle"]
    environment = {**os.environ, "COLUMNS": "88"}
    return subprocess.run(
        [*start, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=180,
        env=environment,
        **options,
    )
