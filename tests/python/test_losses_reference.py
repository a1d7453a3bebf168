"""Every loss and its gradients against NumPy in float64, for inputs hard on float32."""

import functools

import numpy as np
import pytest

import jumelle as jm
import reference_losses

LIMIT = 1e-5  # of the value, and of the largest element of a gradient
LOGIT = 3e-7  # float32's part in a cosine; of a logit, over the temperature
SIZES = [(2, 3), (5, 7), (64, 32), (200, 128)]
KINDS = ["random", "nearly parallel", "nearly opposite", "huge", "tiny"]


def views(kind, n, d):
    rng = np.random.default_rng(100 * n + d)
    a, other = rng.standard_normal((2, n, d))
    b = {
        "nearly parallel": a + 1e-2 * other,
        "nearly opposite": -a + 1e-2 * other,
    }.get(kind, other)
    scale = {"huge": 1e15, "tiny": 1e-9}.get(kind, 1)
    return [(scale * x).astype(np.float32) for x in (a, b)]


def apart(got, want):
    """Largest difference over largest element, as elements share their rounding."""
    want = np.asarray(want, np.float64)
    least = np.finfo(np.float32).tiny
    return np.abs(got - want).max() / max(np.abs(want).max(), least)


def compare(name, arrays, **options):
    """Calls both and holds their values and gradients together."""
    got = getattr(jm.losses, name)(*arrays, **options)
    wide = [x if x.dtype == np.int64 else x.astype(np.float64) for x in arrays]
    want = getattr(reference_losses, name)(*wide, *options.values())
    assert apart(got[0], want[0]) <= LIMIT
    limit = max(LIMIT, LOGIT / options.get("temperature", 1))
    for g, w in zip(got[1:], want[1:], strict=True):
        assert apart(g, w) <= limit


@pytest.mark.parametrize("temperature", [0.01, 0.07, 0.5, 10])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d"), SIZES)
def test_contrastive(kind, n, d, temperature):
    a, b = views(kind, n, d)
    queue = views("random", 2 * n + 1, d)[1]
    compare("nt_xent", (a, b), temperature=temperature)
    compare("info_nce", (a, b), temperature=temperature)
    compare("info_nce_negatives", (a, b, queue), temperature=temperature)
    compare("info_nce_queue", (a, b, queue), temperature=temperature)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d"), [*SIZES, (3, 40), (40, 200)])
def test_regressions(kind, n, d):
    a, b = views(kind, n, d)
    compare("byol", (a, b))
    for weight in (0.0051, 1 / d):
        compare("barlow_twins", (a, b), off_diagonal_weight=weight)
    mask = (np.arange(a.size).reshape(a.shape) % 3).astype(np.float32)
    compare("masked_mse", (a, b, mask))


@pytest.mark.parametrize("scale", [1e-4, 1, 30])
@pytest.mark.parametrize("smoothing", [0, 0.1, 1])
@pytest.mark.parametrize(("n", "classes"), [(1, 2), (64, 10), (30, 1000)])
def test_cross_entropy(n, classes, smoothing, scale):
    rng = np.random.default_rng(n)
    logits = (scale * rng.standard_normal((n, classes))).astype(np.float32)
    labels = rng.integers(0, classes, n)
    compare("cross_entropy", (logits, labels), smoothing=smoothing)


def differences(value, x, h):
    """d value() / d x, by central differences, extrapolated once."""

    def slope(i, step):
        old = x.flat[i]
        x.flat[i] = old + step
        up = value()
        x.flat[i] = old - step
        down = value()
        x.flat[i] = old
        return (up - down) / (2 * step)

    both = [[slope(i, h / k) for i in range(x.size)] for k in (1, 2)]
    return ((4 * np.asarray(both[1]) - both[0]) / 3).reshape(x.shape)


@pytest.mark.parametrize(
    ("name", "inputs", "options"),
    [
        ("nt_xent", 2, (0.3,)),
        ("info_nce", 2, (0.3,)),
        ("info_nce_negatives", 3, (0.3,)),
        ("byol", 2, ()),
        ("barlow_twins", 2, (0.1,)),
        ("cross_entropy", 1, (np.asarray([0, 3, 1, 1]), 0.2)),
        ("masked_mse", 2, (np.arange(20.0).reshape(4, 5),)),
    ],
)
def test_the_reference_is_right(name, inputs, options):
    rng = np.random.default_rng(4)
    arrays = list(rng.standard_normal((inputs, 4, 5)))
    function = functools.partial(getattr(reference_losses, name), *arrays, *options)
    _, *gradients = function()
    for x, g in zip(arrays, gradients, strict=False):
        np.testing.assert_allclose(
            g, differences(lambda: function()[0], x, 1e-3), rtol=1e-6, atol=1e-9
        )


@pytest.mark.parametrize("name", ["nt_xent", "info_nce", "byol"])
def test_zero_rows(name):
    a, b = views("random", 5, 7)
    a[2] = 0
    compare(name, (a, b), **({} if name == "byol" else {"temperature": 0.5}))


def test_constant_and_identical_columns():
    a, b = views("random", 6, 4)
    a[:, 1] = 3
    compare("barlow_twins", (a, b), off_diagonal_weight=0.1)
    same = np.repeat(a[:, :1], 4, axis=1)
    loss, ga, gb = jm.losses.barlow_twins(same, same, 0.1)
    # C is 1 everywhere, up to eps: only the redundancy is left, 4 x 3 times the weight.
    assert loss == pytest.approx(1.2, rel=1e-4)
    assert np.abs([ga, gb]).max() < 1e-4
