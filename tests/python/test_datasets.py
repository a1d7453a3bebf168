"""Made-up pictures."""

import numpy as np
import pytest

import jumelle as jm
from jumelle.errors import InvalidArgument


def test_shapes():
    images, labels = jm.datasets.shapes(300, size=24, seed=5)
    assert images.shape == (300, 24, 24, 3)
    assert (images.dtype, labels.dtype) == (np.uint8, np.int64)
    counts = np.bincount(labels, minlength=len(jm.datasets.SHAPES))
    assert len(counts) == len(jm.datasets.SHAPES)
    assert counts.min() > 15


def test_fewer_are_the_first_of_more():
    images, labels = jm.datasets.shapes(700, size=16, seed=2)
    again, same = jm.datasets.shapes(530, size=16, seed=2)
    np.testing.assert_array_equal(again, images[:530])
    np.testing.assert_array_equal(same, labels[:530])
    other, _ = jm.datasets.shapes(10, size=16, seed=3)
    assert (other != images[:10]).any()


def test_colours_say_nothing_of_the_label():
    # The mean colour of a class is that of all pictures, up to chance.
    images, labels = jm.datasets.shapes(4000, size=16, seed=0)
    colours = images.mean(axis=(1, 2))
    spread = colours.std(axis=0)
    for label in range(len(jm.datasets.SHAPES)):
        away = np.abs(colours[labels == label].mean(0) - colours.mean(0)) / spread
        assert away.max() < 0.25


def test_none():
    images, labels = jm.datasets.shapes(0)
    assert images.shape == (0, 32, 32, 3)
    assert labels.shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((-1,), "n"),
        ((1.5,), "n"),
        ((4, 7), "size"),
        ((4, 513), "size"),
        ((4, 32, -1), "seed"),
    ],
)
def test_bad_arguments(arguments, name):
    with pytest.raises(InvalidArgument, match=f"^shapes: {name}: want"):
        jm.datasets.shapes(*arguments)
