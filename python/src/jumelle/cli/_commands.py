"""What the commands do."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np

import jumelle as jm

from .. import _abi
from ..errors import FileError, InvalidArgument
from ..images import Images, images_of
from . import _presets

SOURCE = "folder of pictures, or .npy file (uint8; n, h, w, c)"


def give(arguments: Namespace, result: dict[str, Any], text: str) -> None:
    """Print a result: one JSON object, or its text."""
    print(json.dumps(result) if arguments.json else text)


def say(message: str) -> None:
    """Tell the person something."""
    print(message, file=sys.stderr)


def embed(arguments: Namespace) -> None:
    """Write features of pictures."""
    if not arguments.out.endswith(".npy"):
        raise InvalidArgument(f"embed: --out: want a .npy file, got {arguments.out}")
    if arguments.threads is not None:
        jm.set_threads(arguments.threads)
    model = jm.load(arguments.model)
    spec = model.spec_
    images = open_pictures(arguments.source, spec["size"], spec["channels"])
    if arguments.project:
        features = model.project(images)
    else:
        features = model.transform(images, block=arguments.block)
    about = {
        "paths": images.paths,
        "labels": None if images.labels is None else images.labels.tolist(),
        "classes": images.classes,
        "problems": images.problems,
    }
    try:
        np.save(arguments.out, features, allow_pickle=False)
        Path(f"{arguments.out}.json").write_text(json.dumps(about))
    except OSError as error:
        raise FileError(f"embed: --out: cannot write: {error}") from error
    result = {
        "features": arguments.out,
        "shape": list(features.shape),
        "problems": images.problems,
    }
    n, d = features.shape
    give(arguments, result, f"{arguments.out}: {n} pictures, {d} features each")


def evaluate(arguments: Namespace) -> None:
    """Judge a model with labelled pictures."""
    if arguments.threads is not None:
        jm.set_threads(arguments.threads)
    model = jm.load(arguments.model)
    spec = model.spec_
    images = open_pictures(arguments.source, spec["size"], spec["channels"])
    bank, test = images, images
    if arguments.test:
        test = open_pictures(arguments.test, spec["size"], spec["channels"])
        if bank.classes != test.classes:
            raise InvalidArgument(
                f"evaluate: --test: want the classes {bank.classes}, got {test.classes}"
            )
    for name, given in (("source", bank), ("--test", test)):
        if given.labels is None:
            raise InvalidArgument(
                f"evaluate: {name}: want a folder with one sub-folder a class, got "
                "pictures without labels"
            )
    if arguments.test:
        first = (bank, bank.labels)
        second = (test, test.labels)
    else:
        first, second = split(
            images.array(), images.labels, arguments.test_fraction, arguments.seed
        )
    report = jm.evaluate.report(
        model,
        train=first,
        test=second,
        protocols=arguments.protocol.split(","),
        k=arguments.k,
        temperature=arguments.temperature,
    )
    give(arguments, report.to_dict(), str(report))


def split(
    images: Any, labels: Any, fraction: float, seed: int
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Split pictures into a bank and a part to classify, at random."""
    if not 0 < fraction < 1:
        raise InvalidArgument(f"evaluate: --test-fraction: want 0 to 1, got {fraction}")
    n = len(images)
    tested = round(n * fraction)
    if not 0 < tested < n:
        raise InvalidArgument(
            f"evaluate: --test-fraction: want some of the {n} pictures on both sides, "
            f"got {tested} to classify"
        )
    order = np.random.default_rng(seed).permutation(n)
    bank, test = np.sort(order[tested:]), np.sort(order[:tested])
    return (images[bank], labels[bank]), (images[test], labels[test])


def views(arguments: Namespace) -> None:
    """Draw random views of pictures."""
    if arguments.augment:
        pipe = jm.augment.from_spec(document(arguments.augment))
    else:
        spec = {"preset": arguments.preset, "size": arguments.size}
        if arguments.strength is not None:
            spec["strength"] = arguments.strength
        pipe = jm.augment.from_spec(spec)
    images = Images(arguments.source)  # each at its own size
    report_problems(images)
    figure = jm.plot.views(
        images, pipe, n=arguments.n, views=arguments.views, seed=arguments.seed
    )
    save_figure(figure, arguments.out)
    result = {"figure": arguments.out, "spec": pipe.spec, "problems": images.problems}
    give(arguments, result, arguments.out)


def neighbours(arguments: Namespace) -> None:
    """Draw pictures and those nearest to them."""
    model = jm.load(arguments.model)
    spec = model.spec_
    images = open_pictures(arguments.source, spec["size"], spec["channels"])
    figure = jm.plot.neighbours(
        model, images, queries=arguments.queries, k=arguments.k, seed=arguments.seed
    )
    save_figure(figure, arguments.out)
    result = {"figure": arguments.out, "problems": images.problems}
    give(arguments, result, arguments.out)


def pack(arguments: Namespace) -> None:
    """Decode pictures once."""
    source = Images(arguments.source, size=arguments.size, channels=arguments.channels)
    packed = jm.pack(source, arguments.out)
    report_problems(source)
    result = {
        "file": arguments.out,
        "shape": list(packed.shape),
        "problems": source.problems,
    }
    n, h, w, c = packed.shape
    give(arguments, result, f"{arguments.out}: {n} pictures of {h}x{w}x{c}")


def info(arguments: Namespace) -> None:
    """Tell what this installation computes with, or what presets set."""
    if arguments.about == "presets":
        documents = jm.presets()
        give(arguments, {"presets": documents}, _presets.table(documents))
        return
    about = jm.info()
    width = max(map(len, about))
    lines = [f"{name:<{width}}  {value}" for name, value in about.items()]
    give(arguments, about, "\n".join(lines))


def config(arguments: Namespace) -> None:
    """Print what a C compiler needs; both parts where neither is asked for."""
    home = _abi.folder()
    lib = home / "lib"
    flags = {
        "cflags": f"-I{home / 'include'}",
        "libs": f"-L{lib} -ljumelle -Wl,-rpath,{lib}",
    }
    every = not (arguments.cflags or arguments.libs)
    chosen = {k: v for k, v in flags.items() if every or getattr(arguments, k)}
    give(arguments, chosen, " ".join(chosen.values()))


def save_figure(figure: Any, path: str) -> None:
    """Write a figure, or say why not."""
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:  # ValueError: an ending it cannot write
        raise FileError(f"cannot write {path}: {error}") from error


def open_pictures(source: str, size: int | None, channels: int) -> Images:
    images = images_of(source, size=size, channels=channels)
    report_problems(images)
    return images


def report_problems(images: Images) -> None:
    """Tell which files were left out."""
    problems = images.problems
    for path, reason in problems[:5]:
        say(f"jumelle: left out {path}: {reason}")
    if len(problems) > 5:
        say(f"jumelle: left out {len(problems) - 5} more")


def document(path: str) -> dict[str, Any]:
    """Read a JSON document."""
    try:
        return dict(json.loads(Path(path).read_text()))
    except OSError as error:
        raise FileError(f"cannot read {path}: {error}") from error
    except (ValueError, TypeError) as error:
        raise InvalidArgument(f"{path}: want a JSON object: {error}") from error
