#!/usr/bin/env python3
"""Do jumelle's losses and gradients agree with torch's autograd and with lightly?

Value and gradients on the same inputs: torch in float64 is the judge, 1e-5
relative the limit (largest difference over largest element for gradients).
lightly's losses take part where its definition is ours. Runs in the reference
environment, where tests/bench/setup has put jumelle too.

    .build/bench-venv/bin/python tests/bench/losses_agree.py
"""

import argparse
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


def inputs(kind, n, d):
    rng = np.random.default_rng(n * 1000 + d)
    a = rng.standard_normal((n, d))
    b = {
        "random": lambda: rng.standard_normal((n, d)),
        "near": lambda: a + 1e-2 * rng.standard_normal((n, d)),
        "opposite": lambda: -a + 1e-2 * rng.standard_normal((n, d)),
        "huge": lambda: 1e6 * rng.standard_normal((n, d)),
    }[kind]()
    return a.astype(np.float32), b.astype(np.float32)


def info_nce(q, k, temperature):
    logits = F.normalize(q, dim=1) @ F.normalize(k, dim=1).T / temperature
    return F.cross_entropy(logits, torch.arange(len(q)))


def info_nce_queue(q, k, queue, temperature):
    q, k, queue = (F.normalize(x, dim=1) for x in (q, k, queue))
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.T], dim=1) / temperature
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))


def byol(prediction, target):
    return (2 - 2 * F.cosine_similarity(prediction, target, dim=1)).mean()


def judge(loss, arrays, wanted):
    """float64 value, and gradients of the first ``wanted`` arrays."""
    tensors = [torch.from_numpy(x.astype(np.float64)) for x in arrays]
    for tensor in tensors[:wanted]:
        tensor.requires_grad_()
    value = loss(*tensors)
    value.backward()
    return value.item(), [tensor.grad.numpy() for tensor in tensors[:wanted]]


def apart(got, want):
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    return float(np.abs(got - want).max() / max(np.abs(want).max(), 1e-30))


def cases():
    for kind in ("random", "near", "opposite", "huge"):
        for n, d in ((2, 3), (64, 32), (256, 128)):
            a, b = inputs(kind, n, d)
            for t in (0.05, 0.5, 10.0):
                yield f"nt_xent {kind} {n}x{d} t={t}", lambda: jm.losses.nt_xent(a, b, temperature=t), (
                    lambda x, y: torch_nets.nt_xent(x, y, t)
                ), (a, b), 2
                yield f"lightly NTXentLoss {kind} {n}x{d} t={t}", lambda: jm.losses.nt_xent(a, b, temperature=t), (
                    NTXentLoss(temperature=t)
                ), (a, b), 2
                yield f"info_nce {kind} {n}x{d} t={t}", lambda: jm.losses.info_nce(a, b, temperature=t), (
                    lambda x, y: info_nce(x, y, t)
                ), (a, b), 2
                queue = inputs("random", 4 * n, d)[1]
                yield (
                    f"info_nce_queue {kind} {n}x{d} t={t}",
                    lambda: jm.losses.info_nce_queue(a, b, queue, temperature=t),
                    lambda x, y, z: info_nce_queue(x, y, z, t),
                    (a, b, queue),
                    1,
                )
            yield f"byol {kind} {n}x{d}", lambda: jm.losses.byol(a, b), byol, (a, b), 1
            if n > 2:
                yield f"barlow_twins {kind} {n}x{d}", lambda: jm.losses.barlow_twins(a, b, off_diagonal_weight=0.0051), (
                    lambda x, y: torch_nets.barlow_twins(x, y, 0.0051)
                ), (a, b), 2
                yield (
                    f"lightly BarlowTwinsLoss {kind} {n}x{d}",
                    lambda: jm.losses.barlow_twins(a, b, off_diagonal_weight=0.0051),
                    BarlowTwinsLoss(lambda_param=0.0051),
                    (a, b),
                    2,
                )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    results = []
    for name, ours, loss, arrays, wanted in cases():
        value, *gradients = ours()
        true_value, true_gradients = judge(loss, arrays, wanted)
        worst = max([apart(value, true_value), *map(apart, gradients, true_gradients)])
        results.append({"case": name, "relative_difference": worst, "agrees": worst <= LIMIT})
    wrong = [r for r in results if not r["agrees"]]
    if args.json:
        print(json.dumps({"cases": len(results), "limit": LIMIT, "disagree": wrong}))
    else:
        for r in results:
            print(f"{r['relative_difference']:.1e} {'ok' if r['agrees'] else 'DISAGREES'}  {r['case']}")
        print(f"{len(results) - len(wrong)} of {len(results)} agree to {LIMIT:g}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
