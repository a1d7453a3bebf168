#!/usr/bin/env python3
"""Do jumelle's losses and gradients agree with torch's autograd and with lightly?

Value and gradients on the same inputs: torch in float64 is the judge, 1e-5
relative the limit (largest difference over largest element for gradients).
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


def judge(loss, arrays, wanted, dtype=np.float64):
    """Value, and gradients of the first ``wanted`` arrays, computed in dtype."""
    tensors = [torch.from_numpy(x.astype(dtype)) for x in arrays]
    for tensor in tensors[:wanted]:
        tensor.requires_grad_()
    value = loss(*tensors)
    value.backward()
    return value.item(), [tensor.grad.numpy() for tensor in tensors[:wanted]]


def apart(got, want):
    """Largest difference over largest element. Below 1e-9 the judge itself, a
    difference of float64 numbers of size 1/temperature, has too few digits left."""
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    return float(np.abs(got - want).max() / max(np.abs(want).max(), 1e-9))


def furthest(got, want):
    """The worst of the value and the gradients."""
    return max([apart(got[0], want[0]), *map(apart, got[1], want[1])])


def cases():
    """(name, our loss, its options, the judge, arrays, how many of them get a gradient)"""
    for kind in ("random", "near", "opposite", "huge"):
        for n, d in ((2, 3), (64, 32), (256, 128)):
            a, b = inputs(kind, n, d)
            queue = inputs("random", 4 * n, d)[1]
            where = f"{kind} {n}x{d}"
            for t in (0.05, 0.5, 10.0):
                option = {"temperature": t}
                plain = {
                    "nt_xent": (functools.partial(torch_nets.nt_xent, temperature=t), (a, b), 2),
                    "info_nce": (functools.partial(info_nce, temperature=t), (a, b), 2),
                    "info_nce_queue": (functools.partial(info_nce_queue, temperature=t), (a, b, queue), 1),
                }
                for name, (loss, arrays, wanted) in plain.items():
                    yield f"{name} {where} t={t}", name, option, loss, arrays, wanted
                yield f"nt_xent, lightly {where} t={t}", "nt_xent", option, NTXentLoss(temperature=t), (a, b), 2
            yield f"byol {where}", "byol", {}, byol, (a, b), 1
            option = {"off_diagonal_weight": 0.0051}
            for other, loss in (
                ("", functools.partial(torch_nets.barlow_twins, **option)),
                (", lightly", BarlowTwinsLoss(lambda_param=0.0051)),
            ):
                yield f"barlow_twins{other} {where}", "barlow_twins", option, loss, (a, b), 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    results, missing = [], set()
    for name, ours, options, loss, arrays, wanted in cases():
        if not hasattr(jm.losses, ours):
            missing.add(ours)
            continue
        value, *gradients = getattr(jm.losses, ours)(*arrays, **options)
        truth = judge(loss, arrays, wanted)
        worst = furthest((value, gradients), truth)
        results.append({
            "case": name,
            "relative_difference": worst,
            "torch_float32": furthest(judge(loss, arrays, wanted, np.float32), truth),
            "agrees": worst <= LIMIT,
        })  # fmt: skip
    wrong = [r for r in results if not r["agrees"]]
    if args.json:
        print(json.dumps({"cases": len(results), "limit": LIMIT, "disagree": wrong, "missing": sorted(missing)}))
    else:
        for r in results:
            print(f"{r['relative_difference']:.1e} (torch float32 {r['torch_float32']:.1e}) {'ok' if r['agrees'] else 'DISAGREES'}  {r['case']}")
        for name in sorted(missing):
            print(f"NOT COMPARED: this jumelle has no losses.{name}")
        print(f"{len(results) - len(wrong)} of {len(results)} agree to {LIMIT:g}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
