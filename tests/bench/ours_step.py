#!/usr/bin/env python3
"""Time and peak memory of one training step in jumelle.

A step is one ``partial_fit`` on a batch of uint8 pictures: making both views of
each, encoder and heads, loss, backward, SGD, and the statistics of the step. The
PyTorch side gets its views for nothing, so the comparison is to its advantage;
``views_s`` says by how much.

    ours_step.py --net resnet18 --pairs 64 --json
"""

import argparse
import os
import time

import measure

# Method: the estimator and, where the other side's settings differ from its own, its.
METHODS = {
    "simclr": ("SimCLR", {"temperature": 0.5}),
    "moco": ("MoCo", {"optimizer": "sgd"}),
    "byol": ("BYOL", {"optimizer": "sgd"}),
    "barlow_twins": ("BarlowTwins", {"optimizer": "sgd", "projection": (2048, 2048, 2048)}),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--net", choices=("small", "resnet18", "resnet50"), default="small")
    parser.add_argument("--method", choices=METHODS, default="simclr")
    parser.add_argument("--pairs", type=int, default=256, help="pictures a batch; each gives two views")
    parser.add_argument("--micro-batch", type=int, default=0, help="pictures that go through the network together")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--kernels", choices=("fastest", "portable"), default="fastest")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=3, help="steps before the clock starts")
    parser.add_argument("--steps", type=int, default=5, help="steps on the clock")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    measure.use_cores(args.threads)
    if args.kernels == "portable":
        os.environ["JUMELLE_ONEDNN"] = os.devnull  # no library: Go's own kernels take over
    import jumelle as jm

    kernels = jm.info()["kernels"]
    if (kernels == "portable") != (args.kernels == "portable"):
        parser.error(f"want {args.kernels} kernels, got {kernels}: {jm.info()['kernels_note']}")
    imported = measure.memory()
    pictures = measure.made_up_pictures(args.pairs, args.size)
    estimator, settings = METHODS[args.method]
    model = getattr(jm, estimator)(
        encoder=args.net,
        size=args.size,
        batch_size=args.pairs,
        micro_batch=args.micro_batch,
        precision=args.precision,
        seed=0,
        threads=args.threads,
        verbose=False,
        **settings,
    )
    start = time.perf_counter()
    model.partial_fit(pictures)  # makes networks and plans
    first = time.perf_counter() - start
    seconds, cpu = measure.timed_cpu(lambda: model.partial_fit(pictures), args.warmup - 1, args.steps)
    peak = measure.memory("VmHWM")
    pipe = jm.augment.simclr(size=args.size, strength=0.5, blur=False)
    views = measure.timed(lambda: pipe(pictures, views=2, threads=args.threads), 1, 5)

    result = measure.spread(seconds)
    losses = model.history_["loss"]
    measure.emit(
        {
            "side": "jumelle",
            "mode": "partial_fit",
            "kernels": kernels,
            "net": args.net,
            "method": args.method,
            "precision": args.precision,
            "pairs": args.pairs,
            "size": args.size,
            "threads": args.threads,
            **result,
            "cpu_s": cpu,
            "images_per_second": args.pairs / result["median_s"],
            "views_s": measure.spread(views)["median_s"],
            "first_step_s": first,
            "imported_bytes": imported,
            "peak_bytes": peak,
            "first_loss": float(losses[0]),
            "last_loss": float(losses[-1]),
            "version": f"jumelle {jm.__version__}, {jm.info()['kernels']}",
        },
        args.json,
    )


if __name__ == "__main__":
    main()
