#!/usr/bin/env python3
"""From a folder of JPEG photos to 224x224 SimCLR views with blur: views a second.

In every timed pass each photo is decoded once and gives two views, in batches
of 64; what a side keeps decoded from an earlier pass does not count (it is told
apart as cached_views_per_second). torchvision works as its users have it:
ImageFolder, Pillow, and one DataLoader process a core; starting those processes
is not counted, as a long run pays it once.

The sides packed and memory make the same views of photos that were decoded
before: into a .npy file that is mapped, and into an array.

    photos_bench.py --side torchvision-pil --photos FOLDER --json
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import measure

SIZE, BATCH = 224, 64


def torchvision_pil(folder, cores, limit):
    import torch
    import views_bench
    from torchvision import datasets, transforms

    torch.set_num_threads(1)
    view = views_bench.torchvision_list(transforms, SIZE)
    to_tensor = transforms.PILToTensor()
    photos = datasets.ImageFolder(folder, lambda photo: [to_tensor(view(photo)) for _ in range(2)])
    # Spread over the classes, as a shuffled run would read them.
    chosen = torch.utils.data.Subset(photos, range(0, len(photos), max(1, len(photos) // limit)))
    loader = torch.utils.data.DataLoader(
        chosen, batch_size=BATCH, num_workers=cores, persistent_workers=True, prefetch_factor=2
    )
    next(iter(loader))  # the workers are up
    return lambda: sum(len(view) for pair, _ in loader for view in pair), None


def photo_paths(folder, limit):
    """The order and the choice of ImageFolder: by class, then by name."""
    paths = sorted(str(path) for path in Path(folder).glob("*/*") if path.suffix.lower() in (".jpg", ".jpeg"))
    return paths[:: max(1, len(paths) // limit)]


def maker(cores):
    """A function that makes two views of each picture, batch by batch."""
    import jumelle as jm

    jm.set_threads(cores)
    pipe = jm.augment.simclr(size=SIZE, strength=0.5, blur=True)

    def views_of(photos):
        made = 0
        for start in range(0, len(photos), BATCH):
            some = list(range(start, min(start + BATCH, len(photos))))
            batch = photos if isinstance(photos, jm.Images) else photos[some]
            views = pipe(batch, views=2, seed=0, indices=some, threads=cores)
            made += views.shape[0] * views.shape[1]
        return made

    return views_of


def ours(folder, cores, limit):
    import jumelle as jm

    views_of, paths = maker(cores), photo_paths(folder, limit)
    # Images keeps what it has decoded, so a pass that shall decode opens anew, by
    # headers. What the later epochs of a run then get is told apart, as cached.
    kept = jm.Images(paths)
    return lambda: views_of(jm.Images(paths, check=False)), lambda: views_of(kept)


def packed(folder, cores, limit, in_memory=False):
    import jumelle as jm
    import numpy as np

    views_of = maker(cores)
    scratch = tempfile.TemporaryDirectory()
    photos = jm.pack(photo_paths(folder, limit), f"{scratch.name}/photos.npy", size=SIZE)
    if in_memory:
        photos = np.load(f"{scratch.name}/photos.npy")

    def call(_keep=scratch):  # the folder goes when the call does
        return views_of(photos)

    return call, None


def memory(folder, cores, limit):
    return packed(folder, cores, limit, in_memory=True)


def rate(call, passes):
    """Views of one pass, and views a second of each."""
    call()  # from here on the files are in the page cache for both sides
    rates = []
    for _ in range(passes):
        start = time.perf_counter()
        made = call()
        rates.append(made / (time.perf_counter() - start))
    return made, rates


SIDES = {"torchvision-pil": torchvision_pil, "ours": ours, "packed": packed, "memory": memory}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", choices=SIDES, required=True)
    parser.add_argument("--photos", required=True, help="folder with one sub-folder of JPEG files a class")
    parser.add_argument("--limit", type=int, default=512, help="about how many photos a pass")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    measure.use_cores(args.cores)
    call, cached = SIDES[args.side](args.photos, args.cores, args.limit)
    made, rates = rate(call, args.passes)
    measure.emit(
        {
            "side": args.side,
            "cores": args.cores,
            "views": made,
            "views_per_second": statistics.median(rates),
            "min_views_per_second": min(rates),
            "max_views_per_second": max(rates),
            "cached_views_per_second": statistics.median(rate(cached, args.passes)[1]) if cached else None,
        },
        args.json,
    )


if __name__ == "__main__":
    main()
