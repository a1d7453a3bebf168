"""The operations, as values that know their part of a pipeline's document.

Their ranges are checked where they are used: when a pipeline is made of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

Range = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Operation:
    """The base of all operations; not used by itself."""

    @property
    def spec(self) -> dict[str, Any]:
        """The operation as a part of a pipeline's document."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        plain = {k: _plain(v) for k, v in fields.items() if v is not None}
        return {"op": type(self).__name__, **plain}


def _plain(value: Any) -> Any:
    if isinstance(value, Operation):
        return value.spec
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value.item() if hasattr(value, "item") else value


@dataclasses.dataclass(frozen=True)
class RandomResizedCrop(Operation):
    """Cuts out a part of random area and shape, and brings it to size x size.

    Parameters
    ----------
    size : int, optional
        Side of the result in pixels. None: the pipeline's.
    scale : (float, float)
        Area, as a part of the picture's.
    ratio : (float, float)
        Width over height.
    interpolation : {"bicubic", "bilinear"}
    """

    size: int | None = None
    scale: Range = (0.08, 1.0)
    ratio: Range = (3 / 4, 4 / 3)
    interpolation: str = "bicubic"


@dataclasses.dataclass(frozen=True)
class CenterCrop(Operation):
    """Cuts size x size out of the middle; smaller pictures get a black border.

    Parameters
    ----------
    size : int, optional
        In pixels. None: the pipeline's.
    """

    size: int | None = None


@dataclasses.dataclass(frozen=True)
class Resize(Operation):
    """Brings the picture to a size.

    Parameters
    ----------
    size : int, optional
        In pixels. None: the pipeline's.
    keep_aspect : bool
        True: of the shorter side. False: of both sides.
    interpolation : {"bicubic", "bilinear"}
    """

    size: int | None = None
    keep_aspect: bool = True
    interpolation: str = "bicubic"


@dataclasses.dataclass(frozen=True)
class HorizontalFlip(Operation):
    """Mirrors left and right.

    Parameters
    ----------
    p : float
        The probability that it happens.
    """

    p: float = 0.5


@dataclasses.dataclass(frozen=True)
class ColorJitter(Operation):
    """Changes brightness, contrast, saturation and hue, in random order.

    Parameters
    ----------
    brightness, contrast, saturation : float
        x draws a factor from max(0, 1 - x) to 1 + x. 0 leaves it out.
    hue : float
        Draws a turn from -hue to hue of the circle, at most 0.5.
    p : float
        The probability that it happens.
    """

    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class Grayscale(Operation):
    """Puts gray, 0.2989 R + 0.587 G + 0.114 B, in all three channels.

    Parameters
    ----------
    p : float
        The probability that it happens.
    """

    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class GaussianBlur(Operation):
    """Blurs with a Gaussian of random deviation; the border is mirrored.

    Parameters
    ----------
    sigma : (float, float)
        Deviation in pixels, drawn uniformly.
    radius : int
        Weights on each side. 0: three deviations, rounded up.
    p : float
        The probability that it happens.
    """

    sigma: Range = (0.1, 2.0)
    radius: int = 0
    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class Solarize(Operation):
    """Inverts the values from a threshold on: v becomes 255 - v.

    Parameters
    ----------
    threshold : int
        0 inverts all values, 256 none.
    p : float
        The probability that it happens.
    """

    threshold: int = 128
    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class RandomCrop(Operation):
    """Cuts size x size out at a random place.

    Parameters
    ----------
    size : int, optional
        In pixels. None: the pipeline's.
    padding : int
        Pixels of border that are put around the picture first (CIFAR: 4).
    fill : int
        Value of the border, 0 to 255.
    """

    size: int | None = None
    padding: int = 0
    fill: int = 0


@dataclasses.dataclass(frozen=True)
class VerticalFlip(Operation):
    """Mirrors top and bottom.

    Parameters
    ----------
    p : float
        The probability that it happens.
    """

    p: float = 0.5


@dataclasses.dataclass(frozen=True)
class Cutout(Operation):
    """Covers one square with a colour (DeVries & Taylor 2017).

    Parameters
    ----------
    length : int, optional
        Side of the square in pixels. None: half the pipeline's size.
    fill : sequence of int
        One value, or one a channel. Empty: the picture's mean.
    p : float
        The probability that it happens.
    """

    length: int | None = None
    fill: Sequence[int] = ()
    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class Sobel(Operation):
    """Replaces each channel by the strength of its edges.

    Parameters
    ----------
    p : float
        The probability that it happens.
    """

    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class GaussianNoise(Operation):
    """Adds to every value its own normal number.

    Parameters
    ----------
    sigma : (float, float)
        Deviation in gray levels, 0 to 255, drawn uniformly. No default: papers do
        not agree on one.
    p : float
        The probability that it happens.
    """

    sigma: Range
    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class RotateRight(Operation):
    """Turns by a random multiple of a right angle, counter-clockwise and exact.

    Pictures that are not square are refused, unless all angles keep their shape or
    all swap it.

    Parameters
    ----------
    angles : sequence of int
        Which ones, each as likely: 0, 90, 180, 270.
    p : float
        The probability that it happens.
    """

    angles: Sequence[int] = (0, 90, 180, 270)
    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class Rotate(Operation):
    """Turns by a random angle about the centre, counter-clockwise.

    Parameters
    ----------
    degrees : (float, float)
        Drawn uniformly.
    fill : int
        Value of what comes from outside the picture.
    p : float
        The probability that it happens.
    """

    degrees: Range = (-30.0, 30.0)
    fill: int = 0
    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class Posterize(Operation):
    """Keeps the highest bits of every value.

    Parameters
    ----------
    bits : int
        1 to 8.
    p : float
        The probability that it happens.
    """

    bits: int = 4
    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class Equalize(Operation):
    """Spreads the values of each channel so that they fill 0 to 255 evenly.

    Parameters
    ----------
    p : float
        The probability that it happens.
    """

    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class RandomOrder(Operation):
    """Runs all its operations, in random order.

    Parameters
    ----------
    operations : sequence of operations
    p : float
        The probability that it happens.
    """

    operations: Sequence[Operation]
    p: float = 1.0


@dataclasses.dataclass(frozen=True)
class OneOf(Operation):
    """Runs one of its operations, each as likely.

    Parameters
    ----------
    operations : sequence of operations
    p : float
        The probability that it happens.
    """

    operations: Sequence[Operation]
    p: float = 1.0
