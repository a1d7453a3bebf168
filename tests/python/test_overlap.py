"""How often random crops miss each other, against an independent measurement."""

import numpy as np
import pytest

import jumelle as jm
from jumelle.errors import InvalidArgument


def crops(n, h, w, scale, ratio, rng):
    """RandomResizedCrop's definition for n pictures: y, x, height, width (n,)."""
    boxes = np.zeros((n, 4), np.int64)
    left = np.arange(n)
    for _ in range(10):
        area = h * w * rng.uniform(*scale, len(left))
        shape = np.exp(rng.uniform(*np.log(ratio), len(left)))
        cw, ch = np.rint(np.sqrt(area * shape)), np.rint(np.sqrt(area / shape))
        fits = (cw > 0) & (cw <= w) & (ch > 0) & (ch <= h)
        cw, ch = cw[fits].astype(int), ch[fits].astype(int)
        y, x = rng.integers(0, h - ch + 1), rng.integers(0, w - cw + 1)
        boxes[left[fits]] = np.stack([y, x, ch, cw], 1)
        left = left[~fits]
    assert len(left) == 0  # the scales below leave nothing to the fallback
    return boxes


@pytest.mark.parametrize(
    ("scale", "size", "ratio"),
    [
        ((0.08, 1.0), 32, (3 / 4, 4 / 3)),
        ((0.08, 0.2), 224, (3 / 4, 4 / 3)),
        ((0.02, 0.3), (20, 48), (1 / 2, 2)),
        ((0.1, 0.1), (48, 20), (1, 1)),
    ],
)
def test_exact_is_what_an_independent_draw_measures(scale, size, ratio):
    h, w = np.broadcast_to(size, 2)
    n = 200_000
    rng = np.random.default_rng(5)
    (y, x, ch, cw), (y2, x2, ch2, cw2) = (
        crops(n, h, w, scale, ratio, rng).T for _ in range(2)
    )
    apart = (x + cw <= x2) | (x2 + cw2 <= x) | (y + ch <= y2) | (y2 + ch2 <= y)
    result = jm.augment.overlap(scale, size, ratio, samples=n, seed=1)
    error = np.sqrt(result.exact * (1 - result.exact) / n)
    assert result.error == pytest.approx(error)
    assert 0.005 < result.exact < 0.95
    assert abs(apart.mean() - result.exact) < 4 * error
    assert abs(result.measured - result.exact) < 4 * error


def test_known_cases():
    # One pixel of 12: the two are the same with probability 1/12.
    one = jm.augment.overlap((1 / 12, 1 / 12), (3, 4), (1, 1), samples=1000)
    assert one.exact == pytest.approx(11 / 12, abs=1e-12)
    # Each more than half of the picture: they always meet.
    assert jm.augment.overlap((0.51, 1.0), 224, samples=1000) == (0, 0, 0)


def test_measured_depends_on_the_seed_alone():
    results = [jm.augment.overlap(seed=seed) for seed in (1, 1, 2)]
    assert results[0] == results[1]
    assert results[0].measured != results[2].measured
    assert results[0].exact == results[2].exact


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": (1.0, 0.5)}, "scale: want two numbers, the smaller first"),
        ({"scale": (float("nan"), 1)}, "scale: want a finite number"),
        ({"scale": (0, 0)}, "scale: want an area above 0"),
        ({"scale": 0.5}, "scale: want two numbers, got 0.5"),
        ({"ratio": (2, 1)}, "ratio: want two numbers, the smaller first"),
        ({"ratio": (1, 2, 3)}, "ratio: want two numbers"),
        ({"size": 0}, "size: want 1"),
        ({"size": 1025}, "size: want 1 to 1024"),
        ({"size": (8, 8, 3)}, "size: want a side or"),
        ({"samples": 0}, "samples: want 1"),
        ({"seed": -1}, "seed: want 0"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(InvalidArgument, match=f"^overlap: {message}"):
        jm.augment.overlap(**options)
