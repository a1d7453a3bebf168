"""The whole story in one command."""

from __future__ import annotations

import importlib
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import jumelle as jm

from ..errors import FileError
from ..images import images_of
from ._commands import give, report_problems, save_figure, say, split

PICTURES, TESTED = 5000, 1000
# Half the width of "small", small batches and a high rate learn most in a minute.
QUICK = {"width": 0.5, "batch_size": 64, "learning_rate": 0.06, "epochs": 12}


def demo(arguments: Namespace) -> None:
    """Make or read pictures, learn from them, judge and draw what was learned."""
    began = time.monotonic()
    if arguments.threads is not None:
        jm.set_threads(arguments.threads)
    importlib.import_module("jumelle.plot")  # no matplotlib: say so before training
    out = Path(arguments.out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"demo: --out: cannot make {out}: {error}") from error

    params: dict[str, Any] = {"size": 32, **QUICK}
    if arguments.data:
        images = images_of(arguments.data, size=arguments.size or 64)
        report_problems(images)
        pictures, labels = images.array(), images.labels
        _, h, w, _ = images.shape
        params = {"size": arguments.size or min(h, w)}
    else:
        pictures, labels = jm.datasets.shapes(PICTURES, size=32, seed=arguments.seed)
    learned, tested = (pictures, labels), None
    if labels is not None:  # what is judged with is not learned from
        fraction = min(TESTED / len(pictures), 0.2)
        learned, tested = split(pictures, labels, fraction, arguments.seed)
    n, h, w, _ = learned[0].shape
    say(f"learning from {n} pictures of {h}x{w}, without a label")
    params.setdefault("batch_size", min(256, n))
    if arguments.epochs:
        params["epochs"] = arguments.epochs

    model = jm.SimCLR(**params, seed=arguments.seed, verbose=not arguments.quiet)
    model.fit(learned[0])
    model.save(out / "model.npz")
    report = None
    if tested is not None:
        report = jm.evaluate.report(model, train=learned, test=tested)
        report.save(out / "report.json")
    spec = model.spec_
    pipe = jm.augment.from_spec(spec["augment"])  # the views that it learned from
    figure = jm.plot.story(model, learned[0], pipe, report, learned[1])
    save_figure(figure, str(out / "demo.png"))

    steps = model.history_
    chance = float(steps["uninformed_loss"][-1])
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
