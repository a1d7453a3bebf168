#!/usr/bin/env python3
"""The learning runs of reference_lightly.py, by jumelle: the same rows, encoder,
batch, epochs and way of judging, each method with the package's own settings.

``--method random`` judges the encoder as initialised, ``--method pixels`` the
raw pictures: what learning has to beat.

    ours_learning.py --data DIR --seed 0 --json
"""

import argparse
import json
import time

import measure


METHODS = {
    "simclr": ("SimCLR", {}),
    "moco_v1": ("MoCo", {"version": 1}),
    "moco": ("MoCo", {"version": 2}),
    "moco_v3": ("MoCo", {"version": 3}),
    "byol": ("BYOL", {}),
    "barlow_twins": ("BarlowTwins", {}),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with CIFAR-10's train_images.npy")
    parser.add_argument("--method", choices=(*METHODS, "random", "pixels"), default="simclr")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--pictures", type=int, default=10_000, help="rows to learn from, and the kNN bank")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--settings", type=json.loads, default={}, help="parameters of the estimator, a JSON object")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    measure.use_cores(args.threads)
    import numpy as np

    import jumelle as jm

    images, labels = measure.cifar10(args.data)
    bank, queries = np.array(images[: args.pictures]), np.array(images[45_000:])
    bank_labels, query_labels = labels[: args.pictures], labels[45_000:]

    seconds, losses = 0.0, []
    with measure.TreePeak() as peak:
        if args.method == "pixels":

            def features(pictures):
                return pictures.reshape(len(pictures), -1).astype(np.float32)

        elif args.method == "random":
            model = jm.RandomEncoder(encoder="small", seed=args.seed, threads=args.threads, verbose=False)
            features = model.fit(bank).transform
        else:
            name, settings = METHODS[args.method]
            common = {"encoder": "small", "epochs": args.epochs, "batch_size": args.batch_size, "seed": args.seed}
            model = getattr(jm, name)(**common, threads=args.threads, verbose=False, **settings, **args.settings)
            start = time.perf_counter()
            model.fit(bank)
            seconds = time.perf_counter() - start
            losses = [float(loss) for loss in model.history_["loss"]]
            features = model.transform
    start = time.perf_counter()
    judged = jm.evaluate.knn(features(bank), bank_labels, features(queries), query_labels, k=200, temperature=0.1)
    steps = len(losses)
    measure.emit(
        {
            "side": "jumelle",
            "method": args.method,
            "accuracy": float(judged["accuracy"]),
            "seconds": seconds,
            "judging_s": time.perf_counter() - start,
            "images_per_second": steps * args.batch_size / seconds if seconds else 0.0,
            "peak_bytes": peak.rss,
            "peak_shared_out_bytes": peak.pss,
            "epochs": args.epochs,
            "settings": args.settings,
            "seed": args.seed,
            "first_loss": losses[0] if losses else None,
            "last_loss": losses[-1] if losses else None,
            "version": f"jumelle {jm.__version__}, {jm.info()['kernels']}",
        },
        args.json,
    )


if __name__ == "__main__":
    main()
