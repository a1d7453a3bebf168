"""The losses in NumPy and float64, straight from their definitions: for the tests.

Nothing is shared with the library, and nothing is clever: whole matrices, and gradients
by the chain rule, which test_losses_reference.py holds against differences. Each
function gives the value and the gradients of all inputs that may learn.
"""

import numpy as np


def unit(x):
    """Rows of length 1, and what they were divided by."""
    length = np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    return x / length, length


def through_unit(x, h):
    """The gradient before normalisation of h, the gradient after it."""
    u, length = unit(x)
    along = (u * h).sum(1, keepdims=True) * (length > 1e-12)
    return (h - along * u) / length


def classify(logits, right):
    """The mean over rows of -ln softmax(logits)[right], and its gradient.

    Written as ln(1 + sum of the others / right one), which keeps the digits of a loss
    near 0; a logit of -inf is no candidate.
    """
    rows = np.arange(len(logits))
    others = logits.copy()
    others[rows, right] = -np.inf
    top = others.max(1)
    total = top + np.log(np.exp(others - top[:, None]).sum(1))
    x = total - logits[rows, right]
    miss = np.exp(-np.logaddexp(0, -x))
    g = np.exp(others - total[:, None]) * miss[:, None]
    g[rows, right] = -miss
    return np.logaddexp(0, x).mean(), g / len(logits)


def nt_xent(a, b, temperature):
    n = len(a)
    z = np.concatenate([a, b])
    u, _ = unit(z)
    logits = u @ u.T / temperature
    np.fill_diagonal(logits, -np.inf)
    value, g = classify(logits, np.roll(np.arange(2 * n), n))
    gz = through_unit(z, (g + g.T) @ u / temperature)
    return value, gz[:n], gz[n:]


def info_nce(q, k, temperature):
    uq, uk = unit(q)[0], unit(k)[0]
    value, g = classify(uq @ uk.T / temperature, np.arange(len(q)))
    g = g / temperature
    return value, through_unit(q, g @ uk), through_unit(k, g.T @ uq)


def info_nce_negatives(q, k, negatives, temperature):
    uq, uk, un = (unit(x)[0] for x in (q, k, negatives))
    own = (uq * uk).sum(1, keepdims=True)
    logits = np.concatenate([own, uq @ un.T], axis=1) / temperature
    value, g = classify(logits, np.zeros(len(q), int))
    own, g = g[:, :1] / temperature, g[:, 1:] / temperature
    return (
        value,
        through_unit(q, own * uk + g @ un),
        through_unit(k, own * uq),
        through_unit(negatives, g.T @ uq),
    )


def info_nce_queue(q, k, queue, temperature):
    return info_nce_negatives(q, k, queue, temperature)[:2]


def byol(prediction, target):
    p, t = unit(prediction)[0], unit(target)[0]
    n = len(p)
    value = (2 - 2 * (p * t).sum(1)).mean()
    return value, through_unit(prediction, -2 / n * t)


def standard(x):
    """Columns of mean 0 and deviation 1, and what they were divided by."""
    scale = np.sqrt(x.var(0) + 1e-5)
    return (x - x.mean(0)) / scale, scale


def through_standard(x, h):
    z, scale = standard(x)
    return (h - h.mean(0) - z * (z * h).mean(0)) / scale


def barlow_twins(a, b, off_diagonal_weight):
    n, d = a.shape
    za, zb = standard(a)[0], standard(b)[0]
    c = za.T @ zb / n
    weight = np.where(np.eye(d, dtype=bool), 1, off_diagonal_weight)
    value = (weight * (c - np.eye(d)) ** 2).sum()
    g = 2 * weight * (c - np.eye(d)) / n
    return value, through_standard(a, zb @ g.T), through_standard(b, za @ g)


def cross_entropy(logits, labels, smoothing):
    n, classes = logits.shape
    target = (1 - smoothing) * np.eye(classes)[labels] + smoothing / classes
    top = logits.max(1, keepdims=True)
    p = np.exp(logits - top)
    log_p = logits - top - np.log(p.sum(1, keepdims=True))
    value = -(np.where(target > 0, target * np.maximum(log_p, -1e300), 0)).sum() / n
    return value, (np.exp(log_p) - target) / n


def masked_mse(x, target, mask):
    value = (mask * (x - target) ** 2).sum() / mask.sum()
    return value, 2 * mask * (x - target) / mask.sum()
