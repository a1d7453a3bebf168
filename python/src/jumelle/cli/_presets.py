"""The table of what presets set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# Rows that are the same for all methods and presets, or not a preset's to set.
_SKIPPED = {
    "method",
    "version",
    "width",
    "stem",
    "channels",
    "micro_batch",
    "gradient_clip",
    "precision",
    "seed",
    "threads",
    "mean",
    "std",
    "augment",
    "preset",
}


def table(documents: Sequence[dict[str, Any]]) -> str:
    """Write a block a method, with a column for each preset."""
    methods: dict[str, dict[str, dict[str, Any]]] = {}
    for spec in documents:
        title = " ".join(str(spec[k]) for k in ("method", "version") if k in spec)
        methods.setdefault(title, {})[spec["preset"]] = _rows(spec)
    lines = []
    for title, presets in methods.items():
        names = dict.fromkeys(name for rows in presets.values() for name in rows)
        lines += ["", _line(title, list(presets))]
        for name in names:
            values = [rows.get(name, "-") for rows in presets.values()]
            lines.append(_line(f"  {name}", values))
    lines += ["", "learning_rate is for the batch_size and the epochs above it."]
    return "\n".join(lines[1:])


def _line(name: str, values: Sequence[str]) -> str:
    return f"{name:<24}{''.join(f'{value:<22}' for value in values)}".rstrip()


def _rows(spec: dict[str, Any]) -> dict[str, str]:
    rows = {k: _text(v) for k, v in spec.items() if k not in _SKIPPED}
    return {**rows, **_views(spec["augment"])}


def _views(pipeline: dict[str, Any]) -> dict[str, str]:
    """Tell what distinguishes the views of presets: a value for each view."""
    rows: dict[str, list[str]] = {"crop from": [], "jitter": [], "blur": []}
    for view in pipeline.get("views") or [pipeline]:
        found = {o["op"]: o for o in view["operations"]}
        jitter = found["ColorJitter"]
        strengths = ("brightness", "contrast", "saturation", "hue")
        rows["crop from"].append(_text(found["RandomResizedCrop"]["scale"][0]))
        rows["jitter"].append(" ".join(_text(jitter[k]) for k in strengths))
        rows["blur"].append(_text(found.get("GaussianBlur", {"p": 0})["p"]))
    # Views that agree are told once.
    return {name: " | ".join(dict.fromkeys(v)) for name, v in rows.items()}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
