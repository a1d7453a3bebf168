#!/usr/bin/env python3
"""The learning runs to beat: lightly's methods on CIFAR-10 rows.

The encoder is the `small` one, views come from albumentations in two DataLoader
workers (the fastest of the usual ways on a CPU), the rest is lightly's: losses,
heads and settings of each method (lightly_methods.py), kNN, and what its CIFAR-10
benchmark has for all of them: SimCLR's views without blur and SGD with momentum
0.9, decay 5e-4 and a cosine once an epoch. The features judged are those of the
last epoch.

    reference_lightly.py --data DIR --seed 0 --json
"""

import argparse
import os
import time

import measure

# Neither library shall ask the network for news while the clock runs.
os.environ["LIGHTLY_DID_VERSION_CHECK"] = "True"
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def view_maker(size, strength=0.5):
    """SimCLR's views without blur, as albumentations spells them."""
    import albumentations as A
    from albumentations.pytorch import ToTensorV2

    jitter = A.ColorJitter(
        brightness=0.8 * strength, contrast=0.8 * strength, saturation=0.8 * strength, hue=0.2 * strength, p=0.8
    )
    return A.Compose(
        [
            A.RandomResizedCrop((size, size), scale=(0.08, 1.0)),
            A.HorizontalFlip(p=0.5),
            jitter,
            A.ToGray(p=0.2),
            A.Normalize(MEAN, STD),
            ToTensorV2(),
        ]
    )


class Pairs:
    """A data set of two views a picture; an ordinary map-style torch data set."""

    def __init__(self, images):
        self.images, self.views = images, view_maker(images.shape[1])

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        picture = self.images[index]
        return self.views(image=picture)["image"], self.views(image=picture)["image"]


def start_worker(_):
    """Each worker draws its own views and leaves the other core alone."""
    import cv2
    import torch

    cv2.setNumThreads(0)
    info = torch.utils.data.get_worker_info()
    info.dataset.views.set_random_seed(info.seed % 2**32)


def encode(encoder, images, batch=500):
    """Features of untouched pictures in evaluation mode."""
    import numpy as np
    import torch

    encoder.eval()
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), batch):
            x = torch.from_numpy(np.array(images[start : start + batch])).permute(0, 3, 1, 2).float() / 255
            parts.append(encoder((x - mean) / std))
    return torch.cat(parts)


def knn_accuracy(encoder, images, labels, bank, queries, k=200, temperature=0.1):
    import torch
    import torch.nn.functional as F
    from lightly.utils.benchmarking import knn_predict

    known = F.normalize(encode(encoder, images[bank]), dim=1)
    asked = F.normalize(encode(encoder, images[queries]), dim=1)
    ranked = knn_predict(
        asked, known.T.contiguous(), torch.from_numpy(labels[bank]), num_classes=10, knn_k=k, knn_t=temperature
    )
    return (ranked[:, 0] == torch.from_numpy(labels[queries])).float().mean().item()


def train(method, images, args):
    """One pass of the recipe; returns the mean loss of each epoch."""
    import torch

    loader = torch.utils.data.DataLoader(
        Pairs(images),
        batch_size=args.batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=args.workers,
        persistent_workers=args.workers > 0,
        worker_init_fn=start_worker,
    )
    trained = [p for p in method.train().parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=args.learning_rate, momentum=0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)
    history = []
    for _ in range(args.epochs):
        total = 0.0
        for first, second in loader:
            optimizer.zero_grad()
            loss = method(first, second)
            loss.backward()
            optimizer.step()
            total += loss.item()
        schedule.step()
        history.append(total / len(loader))
    return history


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with CIFAR-10's train_images.npy")
    parser.add_argument("--method", choices=("simclr", "moco", "byol", "barlow_twins"), default="simclr")
    parser.add_argument("--epochs", type=int, default=10, help="0 judges the untrained encoder")
    parser.add_argument("--pictures", type=int, default=10_000, help="rows to learn from, and the kNN bank")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--learning-rate", type=float, default=0.12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2, help="DataLoader processes that make views")
    parser.add_argument("--compile", action="store_true", help="torch.compile the networks: the same numbers, sooner")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    measure.use_cores(args.threads)
    import albumentations  # noqa: F401  its seconds of import are not training
    import lightly
    import numpy as np
    import torch

    import lightly_methods
    import torch_nets

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    images, labels = measure.cifar10(args.data)
    bank, queries = slice(0, args.pictures), slice(45_000, 50_000)
    encoder, features = torch_nets.small()
    method = lightly_methods.METHODS[args.method](encoder, features)
    if args.compile:
        for network in (method.online, *(target.network for target in method.children() if hasattr(target, "network"))):
            network.compile()

    with measure.TreePeak() as peak:
        start = time.perf_counter()
        history = train(method, np.array(images[bank]), args) if args.epochs else []
        seconds = time.perf_counter() - start
    accuracy = knn_accuracy(encoder, images, labels, bank, queries)
    measure.emit(
        {
            "side": "lightly",
            "method": args.method,
            "accuracy": accuracy,
            "seconds": seconds,
            "images_per_second": args.epochs * (args.pictures // args.batch_size) * args.batch_size / seconds,
            "peak_bytes": peak.rss,
            "peak_shared_out_bytes": peak.pss,
            "epochs": args.epochs,
            "seed": args.seed,
            "loss": history,
            "version": f"lightly {lightly.__version__}, torch {torch.__version__}",
        },
        args.json,
    )


if __name__ == "__main__":
    main()
