#!/usr/bin/env python3
"""Time and extra memory of a loss with its gradients, on a CPU.

A call takes two float32 arrays (pairs, width) and gives the value as a Python
number and both gradients. Extra memory is the peak of the process during one
such call above what it held before, inputs included and the gradients not yet
made; a tiny call beforehand has already loaded whatever code is needed.

    losses_bench.py --side torch --loss nt_xent --pairs 1024 --json
"""

import argparse
import os

import measure

os.environ["LIGHTLY_DID_VERSION_CHECK"] = "True"


def autograd(loss, a, b, threads):
    """Value and both gradients of a torch loss of two leaf tensors."""
    import torch

    torch.set_num_threads(threads)
    a, b = torch.from_numpy(a).requires_grad_(), torch.from_numpy(b).requires_grad_()

    def call():
        a.grad = b.grad = None
        value = loss(a, b)
        value.backward()
        return value.item(), a.grad, b.grad

    return call


def plain_torch(name, a, b, threads):
    import torch_nets

    return autograd({"nt_xent": torch_nets.nt_xent, "barlow_twins": torch_nets.barlow_twins}[name], a, b, threads)


def lightly(name, a, b, threads):
    from lightly.loss import BarlowTwinsLoss, NTXentLoss

    made = NTXentLoss(temperature=0.5) if name == "nt_xent" else BarlowTwinsLoss(lambda_param=0.0051)
    return autograd(made, a, b, threads)


def ours(name, a, b, threads):
    import jumelle as jm

    jm.set_threads(threads)
    if name == "nt_xent":
        return lambda: jm.losses.nt_xent(a, b, temperature=0.5)
    return lambda: jm.losses.barlow_twins(a, b, off_diagonal_weight=0.0051)


SIDES = {"torch": plain_torch, "lightly": lightly, "ours": ours}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", choices=SIDES, required=True)
    parser.add_argument("--loss", choices=("nt_xent", "barlow_twins"), default="nt_xent")
    parser.add_argument("--pairs", type=int, default=1024)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0, help="measure at least this long")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    measure.use_cores(args.threads)
    import numpy as np

    make = SIDES[args.side]
    rng = np.random.default_rng(0)
    a = rng.standard_normal((args.pairs, args.width), dtype=np.float32)
    # The second view agrees with the first about as far as a trained one does.
    b = a + rng.standard_normal(a.shape, dtype=np.float32)
    make(args.loss, a[:32].copy(), b[:32].copy(), args.threads)()
    call = make(args.loss, a, b, args.threads)

    before = measure.memory()
    measure.reset_peak()
    value, grad_a, _ = call()
    extra = measure.memory("VmHWM") - before
    result = measure.spread(measure.timed_for(call, 1, args.seconds))
    measure.emit(
        {
            "side": args.side,
            "loss": args.loss,
            "pairs": args.pairs,
            "width": args.width,
            "threads": args.threads,
            **result,
            "extra_bytes": extra,
            "value": float(value),
            "gradient_norm": float(np.linalg.norm(np.asarray(grad_a, dtype=np.float64))),
        },
        args.json,
    )


if __name__ == "__main__":
    main()
