#!/usr/bin/env python3
"""Do jumelle's losses and gradients agree with torch's autograd and with lightly?

Value and gradients on the same inputs: torch in float64 is the judge, 1e-5
relative the limit (largest difference over largest element for gradients), at
temperature 0.01 what float32 keeps of a logit of 100.
Beside it stands what torch's own float32 loses on the same inputs: where that
is large too, the gradient is a small rest of large terms.
lightly's losses take part where its definition is ours. Runs in the reference
environment, where tests/bench/setup has put jumelle too.

    .build/bench-venv/bin/python tests/bench/losses_agree.py
"""

import argparse
import functools
import json
import os
import sys

os.environ["LIGHTLY_DID_VERSION_CHECK"] = "True"

import numpy as np
import torch
import torch.nn.functional as F
import torch_nets
from lightly.loss import BarlowTwinsLoss, NTXentLoss

import jumelle as jm

LIMIT = 1e-5
LOGIT = 3e-7  # float32's part in a cosine; of a logit, over the temperature


def inputs(kind, n, d):
    rng = np.random.default_rng(n * 1000 + d)
    a = rng.standard_normal((n, d))
    other = rng.standard_normal((n, d))
    b = {"near": a + 1e-2 * other, "opposite": -a + 1e-2 * other, "huge": 1e6 * other}.get(kind, other)
    scale = 1e-6 if kind == "tiny" else 1
    return (scale * a).astype(np.float32), (scale * b).astype(np.float32)


def classify(logits, labels):
    """The mean cross-entropy as ln(1 + others / right one): cross_entropy subtracts
    nearly equal numbers where it is near 0, and loses its gradient with that."""
    right = F.one_hot(labels, logits.shape[1]).bool()
    others = logits.masked_fill(right, float("-inf"))
    return F.softplus(torch.logsumexp(others, 1) - logits[right]).mean()


def nt_xent(a, b, temperature):
    z = F.normalize(torch.cat([a, b]), dim=1)
    logits = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool), float("-inf"))
    return classify(logits, torch.arange(len(z)).roll(len(a)))


def info_nce(q, k, temperature):
    logits = F.normalize(q, dim=1) @ F.normalize(k, dim=1).T / temperature
    return classify(logits, torch.arange(len(q)))


def info_nce_queue(q, k, queue, temperature):
    """Also InfoNCE with separate negatives, where keys and negatives learn."""
    q, k, queue = (F.normalize(x, dim=1) for x in (q, k, queue))
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.T], dim=1) / temperature
    return classify(logits, torch.zeros(len(q), dtype=torch.long))


def byol(prediction, target):
    return (2 - 2 * F.cosine_similarity(prediction, target, dim=1)).mean()


def masked_mse(x, target, mask):
    return (mask * (x - target).square()).sum() / mask.sum()


def judge(loss, arrays, wanted, dtype=np.float64):
    """Value, and gradients of the first ``wanted`` arrays, computed in dtype."""
    tensors = [torch.from_numpy(x if x.dtype == np.int64 else x.astype(dtype)) for x in arrays]
    for tensor in tensors[:wanted]:
        tensor.requires_grad_()
    value = loss(*tensors)
    value.backward()
    return value.item(), [tensor.grad.numpy() for tensor in tensors[:wanted]]


def apart(got, want):
    """Largest difference over largest element. Below 1e-9 a judge that subtracts
    numbers of size 1/temperature, such as lightly's, has too few digits left."""
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    return float(np.abs(got - want).max() / max(np.abs(want).max(), 1e-9))


def furthest(got, want):
    """The worst of the value and the gradients."""
    return max([apart(got[0], want[0]), *map(apart, got[1], want[1])])


def cases():
    """(name, our loss, its options, the judge, arrays, how many of them get a gradient)"""
    for kind in ("random", "near", "opposite", "huge", "tiny"):
        for n, d in ((2, 3), (5, 7), (64, 32), (256, 128)):
            a, b = inputs(kind, n, d)
            queue = inputs("random", 4 * n, d)[1]
            where = f"{kind} {n}x{d}"
            for t in (0.01, 0.05, 0.5, 10.0):
                option = {"temperature": t}
                plain = {
                    "nt_xent": (nt_xent, (a, b), 2),
                    "info_nce": (info_nce, (a, b), 2),
                    "info_nce_queue": (info_nce_queue, (a, b, queue), 1),
                    "info_nce_negatives": (info_nce_queue, (a, b, queue), 3),
                }
                for name, (loss, arrays, wanted) in plain.items():
                    yield f"{name} {where} t={t}", name, option, functools.partial(loss, **option), arrays, wanted
                yield f"nt_xent, lightly {where} t={t}", "nt_xent", option, NTXentLoss(temperature=t), (a, b), 2
            yield f"byol {where}", "byol", {}, byol, (a, b), 1
            option = {"off_diagonal_weight": 0.0051}
            for other, loss in (
                ("", functools.partial(torch_nets.barlow_twins, **option)),
                (", lightly", BarlowTwinsLoss(lambda_param=0.0051)),
            ):
                yield f"barlow_twins{other} {where}", "barlow_twins", option, loss, (a, b), 2
            mask = (np.arange(a.size).reshape(a.shape) % 3).astype(np.float32)
            yield f"masked_mse {where}", "masked_mse", {}, masked_mse, (a, b, mask), 1
            labels = np.arange(n) % d
            for smoothing in (0.0, 0.1):
                loss = functools.partial(F.cross_entropy, label_smoothing=smoothing)
                name = f"cross_entropy {where} smoothing={smoothing}"
                yield name, "cross_entropy", {"smoothing": smoothing}, loss, (a, labels), 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    results = []
    for name, ours, options, loss, arrays, wanted in cases():
        value, *gradients = getattr(jm.losses, ours)(*arrays, **options)
        truth = judge(loss, arrays, wanted)
        worst = furthest((value, gradients), truth)
        results.append({
            "case": name,
            "relative_difference": worst,
            "torch_float32": furthest(judge(loss, arrays, wanted, np.float32), truth),
            "agrees": worst <= max(LIMIT, LOGIT / options.get("temperature", 1)),
        })  # fmt: skip
    wrong = [r for r in results if not r["agrees"]]
    if args.json:
        print(json.dumps({"cases": len(results), "limit": LIMIT, "disagree": wrong}))
    else:
        for r in results:
            print(f"{r['relative_difference']:.1e} (torch float32 {r['torch_float32']:.1e}) {'ok' if r['agrees'] else 'DISAGREES'}  {r['case']}")
        least = f"gradients at temperature 0.01 to {LOGIT / 0.01:g}"
        print(f"{len(results) - len(wrong)} of {len(results)} agree to {LIMIT:g}, {least}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
