"""Writes golden.json, the numbers that the Go, C and Python tests compare with.

    python3 make_golden.py            # rewrites golden.json beside this file
    python3 make_golden.py --check    # fails when golden.json is not what it would write

Standard library only. Everything is written down from the definition, one scalar
at a time and in double precision, so that it shares no shortcut with the code it
judges. Gradients are central differences of the value, extrapolated once
(Richardson), and so share no formula with the analytic ones. A matrix is a list
of rows.
"""

import json
import math
import pathlib
import sys

HERE = pathlib.Path(__file__).parent

FIRST = [[0.5, -1.0, 2.0, 0.25], [-0.3, 0.8, 0.1, 1.5], [1.2, 0.4, -0.7, 0.9]]
SECOND = [[0.4, -0.9, 1.8, 0.5], [-0.1, 1.1, -0.2, 1.2], [0.9, 0.7, -1.0, 0.6]]
UNIT_QUEUE = [[float(i == j) for j in range(4)] for i in range(4)]
NEGATIVES = [[0.2, 0.1, -0.4, 0.7], [1.0, -1.0, 0.5, 0.3]]


# ---- small helpers ----------------------------------------------------------


def length(row):
    return max(math.sqrt(math.fsum(x * x for x in row)), 1e-12)


def cos(u, v):
    return math.fsum(x * y for x, y in zip(u, v)) / (length(u) * length(v))


def cross_entropy_of(logits, label):
    """-ln softmax(logits)[label]."""
    shift = max(logits)
    return shift + math.log(math.fsum(math.exp(x - shift) for x in logits)) - logits[label]


def mean(values):
    values = list(values)
    return math.fsum(values) / len(values)


def derivative(value, matrix, h=2e-3):
    """d value() / d matrix, by differences at h and h/2; the matrix is restored."""

    def slope(row, c, step):
        old = row[c]
        row[c] = old + step
        up = value()
        row[c] = old - step
        down = value()
        row[c] = old
        return (up - down) / (2 * step)

    def richardson(row, c):
        # Each level removes the next even power of the step from the error.
        table = [slope(row, c, h / 2**i) for i in range(4)]
        for level in range(1, 4):
            table = [
                (4**level * fine - coarse) / (4**level - 1)
                for coarse, fine in zip(table, table[1:])
            ]
        return table[0]

    return [[richardson(row, c) for c in range(len(row))] for row in matrix]


# ---- losses -------------------------------------------------------------------


def nt_xent(a, b, t):
    views = [(picture, row) for rows in (a, b) for picture, row in enumerate(rows)]
    losses = []
    for me, (picture, anchor) in enumerate(views):
        others = [v for i, v in enumerate(views) if i != me]
        right = [i for i, (p, _) in enumerate(others) if p == picture]
        losses.append(cross_entropy_of([cos(anchor, row) / t for _, row in others], right[0]))
    return mean(losses)


def info_nce(q, k, t):
    return mean(cross_entropy_of([cos(u, v) / t for v in k], i) for i, u in enumerate(q))


def info_nce_queue(q, k, queue, t):
    """Also InfoNCE with separate negatives, which are then not constants."""
    return mean(
        cross_entropy_of([cos(u, v) / t for v in [key] + queue], 0) for u, key in zip(q, k)
    )


def byol(p, target):
    return mean(2 - 2 * cos(u, v) for u, v in zip(p, target))


def barlow_parts(a, b, eps=1e-5):
    """Diagonal and unweighted off-diagonal part."""

    def columns(x):
        out = []
        for column in zip(*x):
            m = mean(column)
            variance = mean((v - m) ** 2 for v in column)
            out.append([(v - m) / math.sqrt(variance + eps) for v in column])
        return out

    ca, cb = columns(a), columns(b)
    c = [[mean(x * y for x, y in zip(u, v)) for v in cb] for u in ca]
    d = len(c)
    on = math.fsum((c[i][i] - 1) ** 2 for i in range(d))
    off = math.fsum(c[i][j] ** 2 for i in range(d) for j in range(d) if i != j)
    return on, off


def barlow_twins(a, b, weight):
    on, off = barlow_parts(a, b)
    return on + weight * off


def masked_mse(x, target, mask):
    """Mean over the masked values; a mask value weighs its square."""
    cells = [
        (m, (u - v) ** 2)
        for rows in zip(x, target, mask)
        for u, v, m in zip(*rows)
    ]
    return math.fsum(m * s for m, s in cells) / math.fsum(m for m, _ in cells)


def cross_entropy(logits, labels, smoothing):
    """Target: 1 - s on the label, plus s / classes on every class."""
    classes = len(logits[0])
    return mean(
        math.fsum(
            ((1 - smoothing) * (c == label) + smoothing / classes) * cross_entropy_of(row, c)
            for c in range(classes)
        )
        for row, label in zip(logits, labels)
    )


# ---- optimizers, each two steps with the same gradient ------------------------


def lars_steps(w, g, lr, mu, decay, eta):
    v = [0.0] * len(w)
    out = {"w": [], "v": [], "q": []}
    for _ in range(2):
        d = [gi + decay * wi for gi, wi in zip(g, w)]
        q = eta * math.hypot(*w) / math.hypot(*d)
        v = [mu * vi + q * di for vi, di in zip(v, d)]
        w = [wi - lr * vi for wi, vi in zip(w, v)]
        out["w"].append(w), out["v"].append(v), out["q"].append(q)
    return out


def sgd_steps(w, g, lr, mu, decay, nesterov):
    v = [0.0] * len(w)
    out = []
    for _ in range(2):
        d = [gi + decay * wi for gi, wi in zip(g, w)]
        v = [mu * vi + di for vi, di in zip(v, d)]
        move = [di + mu * vi for di, vi in zip(d, v)] if nesterov else v
        w = [wi - lr * mi for wi, mi in zip(w, move)]
        out.append(w)
    return out


def adamw_steps(w, g, lr, decay, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = [0.0] * len(w)
    out = []
    for t in (1, 2):
        m = [beta1 * mi + (1 - beta1) * gi for mi, gi in zip(m, g)]
        v = [beta2 * vi + (1 - beta2) * gi**2 for vi, gi in zip(v, g)]
        w = [
            wi - lr * decay * wi
            - lr * mi / (1 - beta1**t) / (math.sqrt(vi / (1 - beta2**t)) + eps)
            for wi, mi, vi in zip(w, m, v)
        ]
        out.append(w)
    return out


def half_cosine(part):
    return (1 + math.cos(math.pi * part)) / 2


def warmup_cosine(step, base, warmup, total, end=0.0):
    if step < warmup:
        return base * step / warmup
    return end + (base - end) * half_cosine((step - warmup) / (total - warmup))


# ---- evaluation ---------------------------------------------------------------


def knn(query, bank, labels, k, t, classes):
    order = sorted(range(len(bank)), key=lambda i: (-cos(query, bank[i]), i))[:k]
    scores = [
        math.fsum(math.exp(cos(query, bank[i]) / t) for i in order if labels[i] == c)
        for c in range(classes)
    ]
    return [cos(query, bank[i]) for i in order], scores


def unit_rows(x):
    return [[v / length(row) for v in row] for row in x]


def feature_std(x):
    def deviation(column):
        m = mean(column)
        return math.sqrt(mean((v - m) ** 2 for v in column))

    return mean(deviation(column) for column in zip(*unit_rows(x)))


def squared_distance(u, v):
    return math.fsum((x - y) ** 2 for x, y in zip(u, v))


def alignment(a, b):
    return mean(squared_distance(u, v) for u, v in zip(unit_rows(a), unit_rows(b)))


def uniformity(x):
    z = unit_rows(x)
    return math.log(
        mean(
            math.exp(-2 * squared_distance(u, v))
            for i, u in enumerate(z)
            for j, v in enumerate(z)
            if i != j
        )
    )


def effective_rank_of_two(x):
    """RankMe of a matrix with two columns: both singular values in closed form."""
    z = unit_rows(x)
    p = math.fsum(r[0] * r[0] for r in z)
    q = math.fsum(r[1] * r[1] for r in z)
    s = math.fsum(r[0] * r[1] for r in z)
    middle, spread = (p + q) / 2, math.hypot((p - q) / 2, s)
    values = [math.sqrt(middle + spread), math.sqrt(max(middle - spread, 0))]
    parts = [v / sum(values) for v in values if v > 0]
    return math.exp(-math.fsum(v * math.log(v) for v in parts))


# ---- the file -------------------------------------------------------------------


def golden():
    a, b = FIRST, SECOND
    eye = [[float(i == j) for j in range(5)] for i in range(4)]
    w, g = [0.6, -0.8], [0.03, 0.04]
    bank, labels = [[1, 0], [0.9, 0.3], [0, 1], [0.2, 1]], [0, 1, 1, 1]
    on, off = barlow_parts(a, b)
    near, scores07 = knn([1, 0.2], bank, labels, 3, 0.07, 2)
    scores10 = knn([1, 0.2], bank, labels, 3, 0.1, 2)[1]
    hole = [[1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0], [1.0, 1.0, 0.0, 0.0]]
    classes = [2, 3, 0]

    def both(value):
        return {"value": value(), "da": derivative(value, a), "db": derivative(value, b)}

    def first(value):
        return {"value": value(), "da": derivative(value, a)}

    return {
        "inputs": {"a": a, "b": b, "queue": UNIT_QUEUE, "negatives": NEGATIVES},
        "nt_xent": {
            "t=0.1": both(lambda: nt_xent(a, b, 0.1)),
            "t=0.5": both(lambda: nt_xent(a, b, 0.5)),
            "identical rows, n=4": nt_xent([[1, 2]] * 4, [[1, 2]] * 4, 0.5),
            "orthonormal pairs, n=4, t=0.5": nt_xent(eye, eye, 0.5),
        },
        "info_nce": {
            "t=0.2": both(lambda: info_nce(a, b, 0.2)),
            "t=0.2, separate negatives": {
                **both(lambda: info_nce_queue(a, b, NEGATIVES, 0.2)),
                "dnegatives": derivative(lambda: info_nce_queue(a, b, NEGATIVES, 0.2), NEGATIVES),
            },
        },
        "info_nce_queue": {
            "t=0.07": first(lambda: info_nce_queue(a, b, UNIT_QUEUE, 0.07)),
            "t=0.2": first(lambda: info_nce_queue(a, b, UNIT_QUEUE, 0.2)),
            "equal similarities, K=4096": math.log(4097),
            "equal similarities, K=65536": math.log(65537),
        },
        "byol": first(lambda: byol(a, b)),
        "barlow_twins": {
            "w=0.0051": both(lambda: barlow_twins(a, b, 0.0051)),
            "diagonal": on,
            "off_diagonal": off,
        },
        "masked_mse": {"mask": hole, **first(lambda: masked_mse(a, b, hole))},
        "cross_entropy": {
            "labels": classes,
            "smoothing=0": first(lambda: cross_entropy(a, classes, 0.0)),
            "smoothing=0.1": first(lambda: cross_entropy(a, classes, 0.1)),
        },
        "lars": lars_steps(w, g, 0.2, 0.9, 1e-6, 1e-3),
        "sgd": {"w": sgd_steps(w, g, 0.1, 0.9, 5e-4, False)},
        "sgd_nesterov": {"w": sgd_steps(w, g, 0.1, 0.9, 5e-4, True)},
        "adamw": {"w": adamw_steps(w, g, 1e-3, 0.01)},
        "warmup_cosine": {str(s): warmup_cosine(s, 1.0, 10, 100) for s in (0, 5, 9, 10, 55, 99, 100)},
        "ema_cosine": {str(s): 1 - (1 - 0.996) * half_cosine(s / 100) for s in (0, 25, 50, 100)},
        "knn": {"similarities": near, "scores t=0.07": scores07, "scores t=0.1": scores10},
        "health": {
            "feature_std": feature_std(a),
            "alignment": alignment(a, b),
            "uniformity": uniformity(a),
            "effective_rank of bank": effective_rank_of_two(bank),
        },
    }


def rounded(x):
    """12 significant digits: more than central differences are good for."""
    if isinstance(x, float):
        return float(f"{x:.12g}") + 0.0  # no -0.0
    if isinstance(x, dict):
        return {k: rounded(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [rounded(v) for v in x]
    return x


def text(x, indent=""):
    """JSON with a line for every dictionary entry."""
    if not isinstance(x, dict):
        return json.dumps(x)
    inner = indent + "  "
    lines = ",\n".join(f"{inner}{json.dumps(k)}: {text(v, inner)}" for k, v in x.items())
    return "{\n" + lines + "\n" + indent + "}"


def close(x, y):
    """The C library's exp and log may differ in the last digit between systems."""
    if isinstance(x, dict):
        return isinstance(y, dict) and x.keys() == y.keys() and all(close(x[k], y[k]) for k in x)
    if isinstance(x, list):
        return isinstance(y, list) and len(x) == len(y) and all(map(close, x, y))
    return math.isclose(x, y, rel_tol=1e-8, abs_tol=1e-9)


def main():
    path, numbers = HERE / "golden.json", rounded(golden())
    if sys.argv[1:] == ["--check"]:
        return 0 if close(numbers, json.loads(path.read_text())) else "golden.json is out of date"
    path.write_text(text(numbers) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
