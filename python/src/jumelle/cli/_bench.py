"""Where the time and the memory of a training step go."""

from __future__ import annotations

import resource
import statistics
import time
from argparse import Namespace
from typing import Any

import numpy as np

import jumelle as jm

from .. import _check
from ..estimators._trainer import Trainer
from ._commands import give

_MADE = 256  # pictures that are made; larger batches repeat them
_MIB = 1 << 20


def bench(arguments: Namespace) -> None:
    """Time steps on made-up pictures."""
    if arguments.threads is not None:
        jm.set_threads(arguments.threads)
    steps = _check.integer("bench", "--steps", arguments.steps, 1, 1000)
    warmup = _check.integer("bench", "--warmup", arguments.warmup, 1, 1000)
    names = ("method", "encoder", "size", "batch_size", "micro_batch", "precision")
    trainer = Trainer({name: getattr(arguments, name) for name in names})
    spec = trainer.spec
    batch, size = spec["batch_size"], spec["size"]
    made, _ = jm.datasets.shapes(min(batch, _MADE), size=size, seed=0)
    pictures = np.resize(made, (batch, *made.shape[1:]))
    for _ in range(warmup):
        trainer.step(pictures)
    trainer.profile()  # forgets the first steps
    seconds = []
    for _ in range(steps):
        began = time.perf_counter()
        trainer.step(pictures)
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    result = summary(spec, seconds, trainer.profile(), peak)
    give(arguments, result, table(result))


def summary(
    spec: dict[str, Any], seconds: list[float], profile: dict[str, Any], peak: int
) -> dict[str, Any]:
    """Put the times of steps and the trainer's profile together."""
    mean = statistics.fmean(seconds)
    step = profile["step"]
    kernels = step["networks"] - profile["handing"]
    parts = {
        "kernels": kernels,
        "views": step["views"],
        "loss": step["loss"],
        "statistics": step["statistics"],
        "update": step["update"],
        "overhead": mean - sum(step.values()) + profile["handing"],
    }
    operations: dict[str, dict[str, float]] = {}
    for call in profile["calls"]:
        kind = {"calls": 0.0, "seconds": 0.0, "flops": 0.0}
        kind = operations.setdefault(call["name"], kind)
        kind["calls"] += call["runs"]
        kind["seconds"] += call["seconds"]
        kind["flops"] += call["flops"]
    flops = sum(kind["flops"] for kind in operations.values())
    order = sorted(operations.items(), key=lambda item: -item[1]["seconds"])
    return {
        "spec": spec,
        "kernels": profile["kernels"],
        "isa": profile["isa"],
        "threads": profile["threads"],
        "step_seconds": statistics.median(seconds),
        "seconds": seconds,
        "images_per_second": spec["batch_size"] / statistics.median(seconds),
        "flops": flops,
        "flops_per_second": flops / mean,
        "peak_flops": profile["peak_flops"],
        "peak_bytes": peak,
        "arena_bytes": profile["arena_bytes"],
        "parameter_bytes": profile["parameter_bytes"],
        "allocations": profile["allocations"],
        "allocated_bytes": profile["allocated_bytes"],
        "parts": parts,
        "shares": {name: value / mean for name, value in parts.items()},
        "operations": dict(order),
    }


def table(r: dict[str, Any]) -> str:
    """Lay a summary out for people."""
    spec, mean = r["spec"], sum(r["parts"].values())
    slices = f", {spec['micro_batch']} at once" if spec["micro_batch"] else ""
    lines = [
        f"{spec['method']} {spec['encoder']}, {spec['batch_size']} pictures{slices} of "
        f"{spec['size']}x{spec['size']} in {spec['precision']}; {r['kernels']} "
        f"({r['isa']}), {r['threads']} threads",
        f"step         {r['step_seconds']:.4f} s ({min(r['seconds']):.4f} to "
        f"{max(r['seconds']):.4f}), {r['images_per_second']:.0f} pictures/s",
        f"rate         {r['flops_per_second'] / 1e9:.0f} GFLOP/s, "
        f"{r['flops_per_second'] / r['peak_flops']:.2f} of the largest matrix "
        f"product's {r['peak_flops'] / 1e9:.0f}",
        f"memory       {r['peak_bytes'] / _MIB:.0f} MiB at the peak of the process; "
        f"{r['arena_bytes'] / _MIB:.0f} of the networks' values, "
        f"{r['parameter_bytes'] / _MIB:.1f} of parameters",
        f"allocations  {r['allocations']:.0f} a step, "
        f"{r['allocated_bytes'] / 1024:.0f} KiB",
        "",
        f"{'part':<26}{'ms':>19}{'share':>9}",
    ]
    for name, seconds in r["parts"].items():
        lines.append(f"{name:<26}{1e3 * seconds:>19.2f}{seconds / mean:>9.1%}")
    lines += ["", f"{'operation':<26}{'calls':>8}{'ms':>11}{'share':>9}{'GFLOP/s':>10}"]
    for name, kind in r["operations"].items():
        rate = kind["flops"] / kind["seconds"] / 1e9 if kind["seconds"] else 0
        lines.append(
            f"{name:<26}{kind['calls']:>8.0f}{1e3 * kind['seconds']:>11.2f}"
            f"{kind['seconds'] / mean:>9.1%}{rate:>10.0f}"
        )
    return "\n".join(lines)
