#!/usr/bin/env python3
"""Time and peak memory of one training step of lightly's methods.

A step is: both views of all pictures through the method's networks, its loss,
backward, SGD with momentum, the loss as a Python number. The views are ready in
memory as normalised float32, so making them costs nothing here.

    step_lightly.py --method byol --mode channels_last --json
"""

import argparse
import os
import time

import measure

# Nothing shall ask the network for news while the clock runs.
os.environ["LIGHTLY_DID_VERSION_CHECK"] = "True"

METHODS = ("simclr", "moco", "byol", "barlow_twins")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", choices=METHODS, default="simclr")
    parser.add_argument("--pairs", type=int, default=256, help="pictures a batch; each gives two views")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--mode", choices=("eager", "channels_last"), default="eager")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=3, help="steps before the clock starts")
    parser.add_argument("--steps", type=int, default=5, help="steps on the clock")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    measure.use_cores(args.threads)
    import lightly
    import torch

    import lightly_methods
    import torch_nets

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    imported = measure.memory()

    model = lightly_methods.METHODS[args.method](*torch_nets.small()).train()
    views = torch.randn(2, args.pairs, 3, args.size, args.size)
    if args.mode == "channels_last":
        model = model.to(memory_format=torch.channels_last)
        views = [view.contiguous(memory_format=torch.channels_last) for view in views]
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=0.03, momentum=0.9, weight_decay=5e-4, fused=True)
    losses = []

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = model(*views)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    start = time.perf_counter()
    step()
    first = time.perf_counter() - start
    seconds, cpu = measure.timed_cpu(step, args.warmup - 1, args.steps)
    result = measure.spread(seconds)
    measure.emit(
        {
            "side": "lightly",
            "mode": args.mode,
            "net": "small",
            "method": args.method,
            "pairs": args.pairs,
            "size": args.size,
            "threads": args.threads,
            **result,
            "cpu_s": cpu,
            "images_per_second": args.pairs / result["median_s"],
            "first_step_s": first,
            "imported_bytes": imported,
            "peak_bytes": measure.memory("VmHWM"),
            "first_loss": losses[0],
            "last_loss": losses[-1],
            "version": f"lightly {lightly.__version__}, torch {torch.__version__}",
        },
        args.json,
    )


if __name__ == "__main__":
    main()
