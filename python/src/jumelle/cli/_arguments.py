"""What the commands are called with."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from ..estimators import METHODS
from . import _bench, _commands, _demo, _train
from ._commands import SOURCE

_MODEL = "folder that train wrote, or its model.npz"


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="jumelle",
        description="Learn picture features without labels, and use them.",
        epilog="example: jumelle demo",
    )
    top.add_argument("--version", action=_Version, help="print the version")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[Any], None], about: str, example: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=f"example: jumelle {name}{' ' if example else ''}{example}",
        )
        sub.add_argument(
            "--json", action="store_true", help="print the result as one JSON object"
        )
        sub.set_defaults(run=run)
        return sub

    demo = command(
        "demo", _demo.demo, "show the whole story on made-up pictures", "--out demo/"
    )
    demo.add_argument("--data", metavar="SOURCE", help=f"instead: {SOURCE}")
    demo.add_argument("--out", default="jumelle-demo", help="folder (%(default)s)")
    demo.add_argument("--epochs", type=int, help="passes over the pictures")
    demo.add_argument("--size", type=int, help="side of the views of --data")
    _common(demo)

    train = command(
        "train",
        _train.train,
        "learn from pictures; the same command again resumes",
        "photos/ --method simclr --size 64 --epochs 20 --out run/",
    )
    _train.options(train)
    _common(train)

    embed = command(
        "embed",
        _commands.embed,
        "write features of pictures; FILE.json beside it names the pictures",
        "run/ photos/ --out features.npy",
    )
    embed.add_argument("model", help=_MODEL)
    embed.add_argument("source", help=SOURCE)
    embed.add_argument("--out", required=True, metavar="FILE", help="a .npy file")
    embed.add_argument("--block", type=int, help="features after this block, from 1")
    embed.add_argument(
        "--project", action="store_true", help="the projection head's output instead"
    )
    _threads(embed)

    evaluate = command(
        "evaluate",
        _commands.evaluate,
        "judge a model with labelled pictures",
        "run/ labelled/ --protocol knn,linear",
    )
    evaluate.add_argument("model", help=_MODEL)
    evaluate.add_argument("source", help="folder with one sub-folder a class")
    evaluate.add_argument("--test", metavar="SOURCE", help="pictures to classify")
    evaluate.add_argument(
        "--test-fraction",
        type=float,
        default=0.2,
        help="without --test: the part of the pictures to classify (%(default)s)",
    )
    evaluate.add_argument(
        "--protocol", default="knn", help="knn, linear or both: knn,linear"
    )
    evaluate.add_argument("--k", type=int, default=200, help="neighbours (%(default)s)")
    evaluate.add_argument("--temperature", type=float, default=0.1)
    evaluate.add_argument("--seed", type=int, default=0, help="of the split")
    _threads(evaluate)

    views = command(
        "views",
        _commands.views,
        "draw random views of pictures, with what was drawn for each",
        "photos/ --size 64 --strength 0.5 --out views.png",
    )
    views.add_argument("source", help=SOURCE)
    views.add_argument("--out", required=True, metavar="FILE", help="a picture file")
    views.add_argument(
        "--size", type=int, default=64, help="of the views (%(default)s)"
    )
    views.add_argument("--preset", default="simclr", help="%(default)s")
    views.add_argument("--strength", type=float, help="of simclr's colours (0.5)")
    views.add_argument("--augment", metavar="FILE", help="a pipeline's JSON document")
    views.add_argument("--n", type=int, default=6, help="pictures (%(default)s)")
    views.add_argument("--views", type=int, default=6, help="of each (%(default)s)")
    views.add_argument("--seed", type=int, default=0)

    neighbours = command(
        "neighbours",
        _commands.neighbours,
        "draw pictures and those nearest to them",
        "run/ photos/ --out neighbours.png",
    )
    neighbours.add_argument("model", help=_MODEL)
    neighbours.add_argument("source", help=SOURCE)
    neighbours.add_argument("--out", required=True, metavar="FILE")
    neighbours.add_argument("--queries", type=int, default=6, help="%(default)s")
    neighbours.add_argument("--k", type=int, default=8, help="%(default)s")
    neighbours.add_argument("--seed", type=int, default=0, help="which pictures")

    pack = command(
        "pack",
        _commands.pack,
        "decode pictures once, into a .npy file",
        "photos/ --size 64 --out photos.npy",
    )
    pack.add_argument("source", help=SOURCE)
    pack.add_argument("--out", required=True, metavar="FILE", help="a .npy file")
    pack.add_argument("--size", type=int, help="side in pixels")
    pack.add_argument("--channels", type=int, default=3, choices=[1, 3])

    bench = command(
        "bench",
        _bench.bench,
        "measure a training step and where its time goes",
        "--method simclr --encoder small --batch-size 256",
    )
    bench.add_argument("--method", default="simclr", choices=sorted(METHODS))
    bench.add_argument(
        "--encoder",
        default="small",
        help="or resnet18, resnet34, resnet50 (%(default)s)",
    )
    bench.add_argument(
        "--size",
        type=int,
        default=32,
        help="side of the views, in pixels (%(default)s)",
    )
    bench.add_argument(
        "--batch-size", type=int, default=256, help="pictures of a step (%(default)s)"
    )
    bench.add_argument(
        "--micro-batch",
        type=int,
        default=0,
        help="of them, through the networks together (all)",
    )
    bench.add_argument(
        "--precision", default="float32", help="or bfloat16 (%(default)s)"
    )
    bench.add_argument(
        "--steps", type=int, default=5, help="that are timed (%(default)s)"
    )
    bench.add_argument(
        "--warmup", type=int, default=3, help="steps before those (%(default)s)"
    )
    _threads(bench)

    info = command(
        "info",
        _commands.info,
        "tell what this installation computes with, or what presets set",
        "presets",
    )
    info.add_argument(
        "about",
        nargs="?",
        choices=["presets"],
        help="what the presets of the methods set; without it: the installation",
    )

    config = command(
        "config",
        _commands.config,
        "print what a C compiler needs",
        "--cflags --libs",
    )
    config.add_argument("--cflags", action="store_true", help="where the header is")
    config.add_argument("--libs", action="store_true", help="how to link")
    return top


def _common(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--quiet", action="store_true", help="no progress")
    _threads(sub)


def _threads(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--threads", type=int, help="all cores without it")


class _Version(argparse.Action):
    """Prints the version; reads it only when asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from .. import __version__

        print(f"jumelle {__version__}")
        parser.exit()
