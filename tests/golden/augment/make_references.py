#!/usr/bin/env python3
"""Make the reference pictures of the views' tests with torchvision and Pillow.

usage: python3 make_references.py        (needs numpy, torch, torchvision, Pillow)

Writes PNG files and references.json beside itself. The sources are made up from
a formula, so that nothing but this script decides what they hold. Each case of
references.json says: the source, the operation with its fixed values, the file
with the expected bytes, and how many grey levels the library may be off.
"""
import json
import os

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F
from torchvision.transforms.v2 import functional as F2

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = []


def sources():
    """Areas, edges, saturated colours, gray, black, white and noise."""
    h, w = 40, 56
    y, x = np.mgrid[0:h, 0:w].astype(np.float64)
    a = np.stack([127 + 120 * np.sin(x / 7 + y / 19), 127 + 127 * np.cos(y / 6 - x / 31),
                  255 * (x + y) / (h + w)], axis=-1)
    a[4:12, 6:20] = (255, 0, 0)
    a[10:18, 15:30] = (10, 200, 255)
    a[20:30, 30:33] = 255
    a[22:28, 2:25] = (x[22:28, 2:25] * 10)[..., None]
    a[30:36, 40:52] = 0
    a[0:9, 40:56] = np.random.RandomState(5).randint(0, 256, (9, 16, 3))
    rgb = np.clip(a, 0, 255).astype(np.uint8)
    return {"rgb": rgb, "gray": rgb[:, :, 1].copy()}


def save(name, a):
    a = np.ascontiguousarray(a)
    if a.ndim == 3 and a.shape[2] == 1:
        a = a[:, :, 0]
    Image.fromarray(a).save(os.path.join(HERE, name + ".png"), optimize=True)


def case(name, source, op, values, bound, result):
    """result: (C, H, W) tensor, array or Pillow picture."""
    if isinstance(result, torch.Tensor):
        result = result.permute(1, 2, 0).numpy()
    save(name, np.asarray(result))
    CASES.append({"name": name, "source": source, "op": op, "values": values, "bound": bound})


def sobel(a):
    """Square root of the sum of squares of both 3x3 kernels, border mirrored."""
    p = np.pad(a.astype(np.int64), ((1, 1), (1, 1), (0, 0)), mode="reflect")
    h, w = a.shape[:2]
    at = lambda dy, dx: p[1 + dy:1 + dy + h, 1 + dx:1 + dx + w]
    gx = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1)
    gy = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1)
    return np.minimum(np.floor(np.sqrt(gx * gx + gy * gy)), 255).astype(np.uint8)


def main():
    for source, a in sources().items():
        save("source_" + source, a)
        t = torch.from_numpy(a.reshape(40, 56, -1)).permute(2, 0, 1).contiguous()
        p = Image.fromarray(a)

        def add(name, op, values, bound, result):
            case(f"{source}_{name}", source, op, values, bound, result)

        # transforms.v2 and Pillow round to bytes between rows and columns, as the
        # library does; torchvision's older tensor functions do not, and differ
        # from both by several levels where a bicubic filter overshoots.
        for word, mode in ("bicubic", InterpolationMode.BICUBIC), ("bilinear", InterpolationMode.BILINEAR):
            for name, (y, x, h, w, n) in {"up": (3, 5, 17, 22, 32), "down": (0, 0, 40, 56, 24), "much": (1, 2, 39, 50, 6),
                                          "tall": (2, 30, 35, 9, 20), "one": (7, 8, 1, 1, 5)}.items():
                add(f"resize_{word}_{name}", "resize", {"y": y, "x": x, "h": h, "w": w, "size": n, "interpolation": word}, 1,
                    F2.resized_crop(t, y, x, h, w, [n, n], interpolation=mode, antialias=True))
            add(f"resize_{word}_pillow", "resize", {"y": 3, "x": 5, "h": 30, "w": 45, "size": 24, "interpolation": word}, 1,
                F.resized_crop(p, 3, 5, 30, 45, [24, 24], interpolation=mode))
        add("hflip", "hflip", {}, 0, F.hflip(t))
        add("vflip", "vflip", {}, 0, F.vflip(t))
        for k in 1, 2, 3:
            add(f"turn_{k}", "turn", {"quarters": k}, 0, torch.rot90(t, k, (1, 2)))
        for f in 0.3, 0.8, 1.0, 1.7:
            add(f"brightness_{f}", "brightness", {"factor": f}, 0, F.adjust_brightness(t, f))
            add(f"contrast_{f}", "contrast", {"factor": f}, 0, F.adjust_contrast(t, f))
        if source == "rgb":
            for f in 0.0, 0.6, 1.0, 1.8:
                add(f"saturation_{f}", "saturation", {"factor": f}, 0, F.adjust_saturation(t, f))
            for f in -0.5, -0.2, -0.01, 0.05, 0.1, 1 / 3, 0.5:
                add(f"hue_{f:.2f}", "hue", {"factor": f}, 1, F.adjust_hue(t, f))
            add("grayscale", "grayscale", {}, 0, F.rgb_to_grayscale(t, 3))
        for sigma, radius in (0.1, 1), (0.7, 3), (1.3, 1), (1.3, 4), (2.0, 6), (2.0, 11), (5.0, 15):
            add(f"blur_{sigma}_{radius}", "blur", {"sigma": sigma, "radius": radius}, 1,
                F.gaussian_blur(t, [2 * radius + 1] * 2, [sigma] * 2))
        for v in 128, 40:
            add(f"solarize_{v}", "solarize", {"threshold": v}, 0, F.solarize(t, v))
        for bits in 1, 4, 7:
            add(f"posterize_{bits}", "posterize", {"bits": bits}, 0, F.posterize(t, bits))
        add("equalize", "equalize", {}, 0, F.equalize(t))
        add("equalize_pillow", "equalize", {}, 0, ImageOps.equalize(p))
        for angle in 30, -77.5, 90, 171:
            add(f"rotate_{angle}", "rotate", {"degrees": angle, "fill": 0}, 1,
                F.rotate(t, angle, interpolation=InterpolationMode.BILINEAR))
        add("sobel", "sobel", {}, 0, sobel(a.reshape(40, 56, -1)))
        for n in 20, 48:
            add(f"centre_{n}", "centre", {"size": n}, 0, F.center_crop(t, [n, n]))

    with open(os.path.join(HERE, "references.json"), "w") as f:
        json.dump(CASES, f, indent=0)
        f.write("\n")
    print(len(CASES), "cases")


if __name__ == "__main__":
    main()
