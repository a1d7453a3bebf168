"""The whole story in one command."""

from __future__ import annotations

import importlib
import math
import time
from argparse import Namespace
from pathlib import Path

import jumelle as jm

from ..errors import FileError
from ..images import Images, images_of
from ._commands import give, save_figure, say, split

PICTURES, TESTED, EPOCHS = 6000, 1000, 12


def demo(arguments: Namespace) -> None:
    """Make or read pictures, learn from them, judge and draw what was learned."""
    began = time.monotonic()
    if arguments.threads is not None:
        jm.set_threads(arguments.threads)
    importlib.import_module(
        "jumelle.plot"
    )  # a missing matplotlib shows before training
    out = Path(arguments.out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"demo: --out: cannot make {out}: {error}") from error

    if arguments.data:
        images = images_of(arguments.data, size=arguments.size or 64)
        for path, reason in images.problems[:5]:
            say(f"jumelle: left out {path}: {reason}")
        pictures, labels = Images(images.array()), images.labels
        size = arguments.size or (None if images.shape[1] == images.shape[2] else 64)
    else:
        made, labels = jm.datasets.shapes(PICTURES, size=32, seed=arguments.seed)
        pictures, size = Images(made), 32
    n = len(pictures)
    say(f"{n} pictures of {pictures.shape[1]}x{pictures.shape[2]}; no label is used")

    model = jm.SimCLR(
        size=size,
        epochs=arguments.epochs or EPOCHS,
        batch_size=min(256, n),
        seed=arguments.seed,
        verbose=not arguments.quiet,
    ).fit(pictures)
    model.save(out / "model.npz")

    report = None
    if labels is not None:
        fraction = min(TESTED / n, 0.2)
        parts = split(pictures, labels, fraction, arguments.seed)
        report = jm.evaluate.report(model, train=parts[0], test=parts[1])
        report.save(out / "report.json")
    spec = model.spec_
    pipe = jm.augment.from_spec(
        spec["augment"] or {"preset": "simclr", "size": spec["size"]}
    )
    figure = jm.plot.story(model, pictures, pipe, report, labels, seed=arguments.seed)
    save_figure(figure, str(out / "demo.png"))

    steps = model.history_
    chance = math.log(2 * spec["batch_size"] - 1)
    seconds = time.monotonic() - began
    result = {
        "figure": str(out / "demo.png"),
        "model": str(out / "model.npz"),
        "report": report.to_dict() if report else None,
        "loss": float(steps["loss"][-1]),
        "loss_without_information": chance,
        "seconds": round(seconds, 1),
    }
    lines = [f"loss {result['loss']:.3f} ({chance:.3f} without information)"]
    lines += [str(report)] if report else []
    lines.append(f"{result['figure']}, after {seconds:.0f} s")
    give(arguments, result, "\n".join(lines))
