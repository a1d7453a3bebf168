"""Threads: how many there are, and that no result depends on them."""

import os

import numpy as np
import pytest

import jumelle as jm

from conftest import python


@pytest.fixture
def restored():
    yield
    jm.set_threads(None)


def test_set_threads(restored):
    for n in (1, 3, np.int64(2), 4096):
        jm.set_threads(n)
        assert jm.info()["threads"] == n
    jm.set_threads(None)
    assert jm.info()["threads"] == jm.info()["cores"]


@pytest.mark.parametrize(
    ("n", "message"),
    [
        (0, "want 1 to 4096, got 0"),
        (-1, "want 1 to 4096, got -1"),
        (4097, "want 1 to 4096, got 4097"),
        (2**70, f"want 1 to 4096, got {2**70}"),
        (1.5, "want a whole number, got 1.5"),
        (2.0, "want a whole number, got 2.0"),
        (float("nan"), "want a whole number, got nan"),
        ("2", "want a whole number, got '2'"),
        (True, "want a whole number, got True"),
        ([2], "want a whole number, got [2]"),
    ],
)
def test_bad_threads(n, message, restored):
    jm.set_threads(2)
    with pytest.raises(jm.errors.InvalidArgument) as caught:
        jm.set_threads(n)
    assert str(caught.value) == f"set_threads: n: {message}"
    assert jm.info()["threads"] == 2
    if isinstance(n, (int, float)) and not isinstance(n, bool):
        pipe = jm.augment.weak(size=8)
        with pytest.raises(jm.errors.InvalidArgument) as caught:
            pipe(np.zeros((2, 8, 8, 3), np.uint8), threads=n)
        assert str(caught.value) == f"pipeline_apply: threads: {message}"


def results(shapes):
    """What the families of functions give: a list of arrays."""
    images, labels = shapes
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 150, 32), np.float32)
    queue = rng.standard_normal((100, 32), np.float32)
    blocks = images.reshape(len(images), 4, 8, 4, 8, 3).mean((2, 4))
    flat = blocks.reshape(len(images), -1).astype(np.float32)
    halves = flat[::2], labels[::2], flat[1::2], labels[1::2]
    found = [
        jm.augment.byol(size=24)(images, views=2, seed=1),
        *jm.losses.nt_xent(a, b),
        *jm.losses.info_nce_queue(a, b, queue),
        *jm.losses.byol(a, b),
        *jm.losses.barlow_twins(a, b),
    ]
    for judge in (jm.evaluate.knn, jm.evaluate.linear):
        found.append(judge(*halves)["accuracy"])
    return [np.asarray(x) for x in found]


def test_results_do_not_depend_on_threads(shapes, restored):
    jm.set_threads(1)
    one = results(shapes)
    for n in (2, 3):
        jm.set_threads(n)
        for x, y in zip(one, results(shapes), strict=True):
            np.testing.assert_array_equal(x, y)


BOUND = """
import os
import numpy as np
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import jumelle as jm
from jumelle.estimators._trainer import Trainer
print(jm.info()["cores"], jm.info()["threads"])
pictures = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3), np.uint8)
small = {"method": "simclr", "size": 8, "batch_size": 8, "width": 0.25}
for threads in (0, 3):
    trainer = Trainer({**small, "threads": threads})
    trainer.step(pictures)
    print(trainer.profile()["threads"])
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux")
def test_affinity_bounds_all_threads():
    assert python(BOUND).split() == ["1", "1", "1", "1"]
