#!/usr/bin/env python3
"""Time and peak memory of one SimCLR training step in PyTorch.

A step is: both views of all pairs through encoder and projection head in one
batch, NT-Xent, backward, SGD with momentum, the loss as a Python number. The
views are ready in memory as normalised float32, so making them costs nothing
here. With bfloat16 the networks run under autocast, the loss in float32.

    step_torch.py --net resnet18 --pairs 64 --mode channels_last --json
"""

import argparse
import time

import measure

MODES = ("eager", "channels_last", "compile", "compile_channels_last")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--net", choices=("small", "resnet18", "resnet50"), default="small")
    parser.add_argument("--pairs", type=int, default=256, help="pictures a batch; each gives two views")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--mode", choices=MODES, default="eager")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=3, help="steps before the clock starts")
    parser.add_argument("--steps", type=int, default=5, help="steps on the clock")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    measure.use_cores(args.threads)
    import torch

    import torch_nets

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    imported = measure.memory()

    encoder, features = torch_nets.ENCODERS[args.net]()
    model = torch.nn.Sequential(encoder, torch_nets.head(features))
    views = torch.randn(2 * args.pairs, 3, args.size, args.size)
    if "channels_last" in args.mode:
        model = model.to(memory_format=torch.channels_last)
        views = views.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9, weight_decay=5e-4, fused=True)

    def forward(x):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.precision == "bfloat16"):
            z = model(x)
        z = z.float()
        return torch_nets.nt_xent(z[: args.pairs], z[args.pairs :])

    if "compile" in args.mode:
        forward = torch.compile(forward)
    losses = []

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = forward(views)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    start = time.perf_counter()
    step()  # compiles where it has to
    first = time.perf_counter() - start
    seconds, cpu = measure.timed_cpu(step, args.warmup - 1, args.steps)
    result = measure.spread(seconds)
    measure.emit(
        {
            "side": "torch",
            "mode": args.mode,
            "precision": args.precision,
            "net": args.net,
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
            "version": torch.__version__,
        },
        args.json,
    )


if __name__ == "__main__":
    main()
