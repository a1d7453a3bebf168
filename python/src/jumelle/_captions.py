"""What was drawn for a view, in a few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_WIDTH = 22  # letters of a line under a view

Values = dict[str, float]

# How an operation that happened is told. Those that draw nothing and always do the
# same, and those that only hold others, need no word.
_WORDS: dict[str, Callable[[Values], list[str]]] = {
    "RandomResizedCrop": lambda v: [f"crop {100 * v['scale']:.0f} %"],
    "RandomCrop": lambda v: [f"crop at ({v['x']:.0f}, {v['y']:.0f})"],
    "CenterCrop": lambda _: [],
    "Resize": lambda _: [],
    "HorizontalFlip": lambda _: ["mirrored"],
    "VerticalFlip": lambda _: ["upside down"],
    "ColorJitter": lambda v: [f"{name} {value:.2f}" for name, value in v.items()],
    "Grayscale": lambda _: ["gray"],
    "GaussianBlur": lambda v: [f"blur {v['sigma']:.1f} px"],
    "Solarize": lambda _: ["solarized"],
    "Cutout": lambda v: [f"hole at ({v['x']:.0f}, {v['y']:.0f})"],
    "Sobel": lambda _: ["edges"],
    "GaussianNoise": lambda v: [f"noise {v['sigma']:.1f}"],
    "RotateRight": lambda v: [f"turned {v['degrees']:.0f}°"],
    "Rotate": lambda v: [f"turned {v['degrees']:.0f}°"],
    "Posterize": lambda _: ["posterized"],
    "Equalize": lambda _: ["equalized"],
    "RandomOrder": lambda _: [],
    "OneOf": lambda _: [],
}


def caption(drawn: list[dict[str, Any]]) -> str:
    """Tell in short lines what ``Pipeline.explain`` says of a view."""
    words = []
    for entry in drawn:
        if entry["applied"]:
            values = {v["name"]: v["value"] for v in entry["values"]}
            words += _WORDS[entry["op"]](values)
    lines = [""]
    for word in words or ["unchanged"]:
        longer = f"{lines[-1]}, {word}" if lines[-1] else word
        if len(longer) <= _WIDTH:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
