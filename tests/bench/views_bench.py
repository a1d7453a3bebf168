#!/usr/bin/env python3
"""Views a second: SimCLR's random transforms (strength 0.5) on a CPU.

Pictures are uint8 in memory; one view of each is made again and again. 32x32
without blur, 224x224 with blur, as the papers have it for these sizes. What a
side yields: uint8 pictures, except kornia (float tensors) and lightly
(normalised float tensors), which have no other form.

Sides: torchvision-pil, torchvision-v2 (one picture a call),
torchvision-v2-batch (whole batches, which then share their parameters: less
than SimCLR asks for), albumentations, kornia (whole batches, parameters of
their own), lightly, ours.

    views_bench.py --side albumentations --size 32 --json
"""

import argparse
import os

import measure

os.environ["LIGHTLY_DID_VERSION_CHECK"] = "True"
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

STRENGTH = 0.5
SIGMA = (0.1, 2.0)


def torchvision_list(T, size):
    """The same names exist in torchvision.transforms and its v2."""
    s = STRENGTH
    steps = [
        T.RandomResizedCrop(size, scale=(0.08, 1.0), antialias=True),
        T.RandomHorizontalFlip(),
        T.RandomApply([T.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s)], p=0.8),
        T.RandomGrayscale(p=0.2),
    ]
    if size > 32:
        steps.append(T.RandomApply([T.GaussianBlur(size // 20 * 2 + 1, SIGMA)], p=0.5))
    return T.Compose(steps)


def torchvision_pil(pictures, cores):
    import numpy as np
    import torch
    from PIL import Image
    from torchvision import transforms

    torch.set_num_threads(cores)
    view = torchvision_list(transforms, pictures.shape[1])
    return lambda: [np.asarray(view(Image.fromarray(picture))) for picture in pictures]


def torchvision_v2(pictures, cores, batch=False):
    import torch
    from torchvision.transforms import v2

    torch.set_num_threads(cores)
    view = torchvision_list(v2, pictures.shape[1])
    tensors = torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()
    if batch:
        return lambda: view(tensors)
    return lambda: [view(tensor) for tensor in tensors]


def torchvision_v2_batch(pictures, cores):
    return torchvision_v2(pictures, cores, batch=True)


def albumentations(pictures, cores):
    import albumentations as A
    import cv2

    cv2.setNumThreads(0 if cores == 1 else cores)
    size, s = pictures.shape[1], STRENGTH
    steps = [
        A.RandomResizedCrop((size, size), scale=(0.08, 1.0)),
        A.HorizontalFlip(p=0.5),
        A.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s, p=0.8),
        A.ToGray(p=0.2),
    ]
    if size > 32:
        # blur_limit 0 sizes the kernel to the drawn sigma: the quickest it offers.
        steps.append(A.GaussianBlur(blur_limit=0, sigma_limit=SIGMA, p=0.5))
    view = A.Compose(steps, seed=0)
    return lambda: [view(image=picture)["image"] for picture in pictures]


def kornia(pictures, cores):
    import kornia.augmentation as K
    import torch

    torch.set_num_threads(cores)
    size, s = pictures.shape[1], STRENGTH
    steps = [
        K.RandomResizedCrop((size, size), scale=(0.08, 1.0)),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s, p=0.8),
        K.RandomGrayscale(p=0.2),
    ]
    if size > 32:
        side = size // 20 * 2 + 1
        steps.append(K.RandomGaussianBlur((side, side), SIGMA, p=0.5))
    view = torch.nn.Sequential(*steps)
    tensors = torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()

    def make():
        with torch.inference_mode():
            return view(tensors.float() / 255)

    return make


def lightly(pictures, cores):
    import torch
    from lightly.transforms import SimCLRTransform
    from PIL import Image

    torch.set_num_threads(cores)
    size = pictures.shape[1]
    pair = SimCLRTransform(input_size=size, cj_strength=STRENGTH, gaussian_blur=0.5 if size > 32 else 0.0, sigmas=SIGMA)
    # Its transform always makes two views: half the pictures give as many.
    half = pictures[: (len(pictures) + 1) // 2]
    return lambda: [tensor for picture in half for tensor in pair(Image.fromarray(picture))]


def ours(pictures, cores):
    import numpy as np

    import jumelle as jm

    size = pictures.shape[1]
    pipe = jm.augment.simclr(size=size, strength=STRENGTH, blur=size > 32)
    out = np.empty((1, *pictures.shape), np.uint8)
    epoch = iter(range(1 << 30))
    return lambda: pipe(pictures, views=1, seed=0, epoch=next(epoch), out=out, threads=cores)[0]


SIDES = {
    "torchvision-pil": torchvision_pil,
    "torchvision-v2": torchvision_v2,
    "torchvision-v2-batch": torchvision_v2_batch,
    "albumentations": albumentations,
    "kornia": kornia,
    "lightly": lightly,
    "ours": ours,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", choices=SIDES, required=True)
    parser.add_argument("--size", type=int, choices=(32, 224), default=32)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--pictures", type=int, help="a call; default 512 of 32x32, 64 of 224x224")
    parser.add_argument("--seconds", type=float, default=3.0, help="measure at least this long")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    measure.use_cores(args.cores)
    count = args.pictures or (512 if args.size == 32 else 64)
    pictures = measure.made_up_pictures(count, args.size)
    make = SIDES[args.side](pictures, args.cores)
    made = len(make())
    if made != count:
        parser.error(f"{args.side}: want {count} views a call, got {made}")
    result = measure.spread(measure.timed_for(make, 1, args.seconds))
    measure.emit(
        {
            "side": args.side,
            "size": args.size,
            "cores": args.cores,
            "pictures": count,
            "views_per_second": count / result["median_s"],
            **result,
        },
        args.json,
    )


if __name__ == "__main__":
    main()
