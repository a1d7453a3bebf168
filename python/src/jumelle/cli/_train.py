"""The command train: its options, which are the estimators' parameters."""

from __future__ import annotations

import argparse
import dataclasses
from argparse import Namespace
from pathlib import Path

import jumelle as jm

from ..errors import InvalidArgument
from ..estimators import METHODS
from ..estimators._base import Estimator
from ._commands import SOURCE, document, give, open_pictures, say

# Parameters that only some methods have.
METHOD_OPTIONS = {
    field.name for kind in METHODS.values() for field in dataclasses.fields(kind)
} - {field.name for field in dataclasses.fields(Estimator)}


def options(train: argparse.ArgumentParser) -> None:
    """Give the parser every parameter of a run."""
    train.add_argument("source", help=SOURCE)
    train.add_argument("--out", required=True, help="folder for model and log")
    train.add_argument(
        "--method",
        default="simclr",
        choices=sorted(METHODS),
        help="what to learn by (%(default)s)",
    )
    train.add_argument("--version", type=int, choices=[1, 2, 3], help="of moco (2)")
    train.add_argument(
        "--preset",
        help="small, paper or auto (the default): sets what is not given; "
        "jumelle info presets prints what",
    )
    train.add_argument("--epochs", type=int, help="passes over the pictures (20)")
    train.add_argument("--batch-size", type=int, help="pictures of a step (256)")
    train.add_argument(
        "--micro-batch", type=int, help="of them, through the networks together"
    )

    network = train.add_argument_group("pictures and network")
    network.add_argument("--size", type=int, help="side of the views, in pixels")
    network.add_argument("--channels", type=int, default=3, choices=[1, 3])
    network.add_argument("--augment", metavar="FILE", help="a pipeline's JSON document")
    network.add_argument("--mean", type=_numbers, help="of the pictures: 0.5,0.5,0.5")
    network.add_argument("--std", type=_numbers, help="the same")
    network.add_argument(
        "--encoder", help="small (the default), resnet18, resnet34 or resnet50"
    )
    network.add_argument("--width", type=float, help="multiplies its channels (1)")
    network.add_argument("--stem", help="auto (the default), small or imagenet")
    network.add_argument(
        "--projection", type=_widths, help="of the head's layers: 256,128"
    )
    network.add_argument(
        "--prediction", type=_widths, help="byol, moco 3: of the second head's layers"
    )
    network.add_argument("--precision", help="float32 (the default) or bfloat16")

    method = train.add_argument_group("methods")
    method.add_argument("--temperature", type=float, help="simclr, moco")
    method.add_argument("--momentum", type=float, help="moco, byol: of the target")
    method.add_argument("--queue", type=int, help="moco 1, 2: keys")
    method.add_argument(
        "--norm-splits", type=int, help="moco 1, 2: parts normalised apart"
    )
    method.add_argument("--off-diagonal-weight", type=float, help="barlow_twins")

    optimizer = train.add_argument_group("optimizer and schedule")
    optimizer.add_argument("--optimizer", help="sgd, lars or adamw")
    optimizer.add_argument("--learning-rate", type=float, help="at its peak")
    optimizer.add_argument("--optimizer-momentum", type=float, help="sgd, lars")
    optimizer.add_argument(
        "--nesterov", action=argparse.BooleanOptionalAction, help="sgd"
    )
    optimizer.add_argument("--trust", type=float, help="lars: of the trust ratio")
    optimizer.add_argument("--weight-decay", type=float)
    optimizer.add_argument(
        "--bias-rate", type=float, help="multiplies the rate of biases and norms"
    )
    optimizer.add_argument("--warmup-epochs", type=float)
    optimizer.add_argument("--schedule", help="cosine, cosine_by_epoch or steps")
    optimizer.add_argument("--final-rate", type=float, help="as a part of the peak")
    optimizer.add_argument(
        "--gradient-clip", type=float, help="longest gradient; 0: any"
    )

    watching = train.add_argument_group("watching and keeping")
    watching.add_argument(
        "--held-out",
        metavar="FOLDER",
        help="pictures with a sub-folder a class, classified after every epoch",
    )
    watching.add_argument(
        "--tensorboard",
        metavar="FOLDER",
        help="write scalars for TensorBoard there (needs jumelle[tensorboard])",
    )
    watching.add_argument(
        "--checkpoint-minutes",
        type=float,
        default=5.0,
        help="between checkpoints within an epoch (%(default)s)",
    )


def train(arguments: Namespace) -> None:
    """Learn from pictures, into a folder."""
    if arguments.threads is not None:
        jm.set_threads(arguments.threads)
    images = open_pictures(arguments.source, arguments.size, arguments.channels)
    params = {
        field.name: getattr(arguments, field.name)
        for field in dataclasses.fields(METHODS[arguments.method])
        if getattr(arguments, field.name, None) is not None
    }
    for name in sorted(METHOD_OPTIONS - set(params)):
        if getattr(arguments, name) is not None:
            raise InvalidArgument(
                f"train: --{name.replace('_', '-')}: want none for {arguments.method}, "
                f"got {getattr(arguments, name)}"
            )
    if arguments.augment:
        params["augment"] = document(arguments.augment)
    model = METHODS[arguments.method](**params, verbose=not arguments.quiet)
    try:
        model.fit(
            images,
            checkpoint=arguments.out,
            checkpoint_minutes=arguments.checkpoint_minutes,
            held_out=arguments.held_out,
            tensorboard=arguments.tensorboard,
        )
    except KeyboardInterrupt:
        say(f"\n{arguments.out} holds what was learned; the same command goes on")
        raise
    steps = model.history_
    file = Path(arguments.out, "model.npz")
    result = {
        "model": str(file),
        "pictures": len(images),
        "problems": images.problems,
        "steps": len(steps["step"]),
        "loss": float(steps["loss"][-1]),
        "warnings": model.warnings_,
        "spec": model.spec_,
    }
    text = f"{file}: {result['steps']} steps, loss {result['loss']:.4f}"
    if "held_out_accuracy" in steps:
        result["held_out_accuracy"] = float(steps["held_out_accuracy"][-1])
        text += f", held out {result['held_out_accuracy']:.1%}"
    give(arguments, result, text)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def _widths(text: str) -> tuple[int, ...]:
    """Read "256,128"; "" is no layer."""
    return tuple(int(part) for part in text.split(",") if part)
