"""What an estimator is set by: parameters, and the run's document made of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from .. import _check
from ..augment import Pipeline
from ..errors import InvalidArgument
from ._trainer import Spec

_SHARED = """encoder : {"small", "resnet18", "resnet34", "resnet50"}
        The network that makes features. "small" has four blocks and 256 features.
    width : float
        Multiplies the encoder's channels.
    stem : {"auto", "small", "imagenet"}
        The first layers. "auto" chooses by the size of the views.
    size : int, optional
        The side of the views in pixels. None: that of the pictures, if square.
        Files of other sizes are resized to it.
    epochs : int
        Passes over the pictures.
    batch_size : int
        Pictures of one step.
    micro_batch : int
        Pictures that go through the networks together, to save memory; it divides
        batch_size. Loss and gradient stay those of the batch, but batch norm has the
        statistics of each slice, and a step takes up to half as long again. 0: the
        whole batch, and all that MoCo 1 and 2 take: their queue stands in for it.
    optimizer : {"sgd", "lars", "adamw"}, optional
        None: the preset's, "adamw", and "sgd" for SimCLR ("paper": "lars", and "sgd"
        for MoCo 1 and 2).
    learning_rate : float, optional
        At its peak, for this batch size. None: the preset's, which grows with the
        batch.
    optimizer_momentum : float, optional
        "sgd" and "lars". None: 0.9.
    nesterov : bool, optional
        "sgd". None: False.
    trust : float, optional
        "lars": η of the trust ratio. None: 0.001.
    weight_decay : float, optional
        Of weights; biases and the scales of batch norms have none. None: the
        preset's, by optimizer: 5e-4 for "sgd".
    bias_rate : float, optional
        Multiplies the learning rate of biases and batch norms. None: 1 ("paper":
        0.024 for Barlow Twins).
    warmup_epochs : float, optional
        Epochs in which the learning rate rises; then it falls. None: 0 for "sgd", else
        10, and at most a tenth of all.
    schedule : {"cosine", "cosine_by_epoch", "steps"}, optional
        How the rate falls. None: "cosine" ("paper": "steps" for MoCo 1,
        "cosine_by_epoch" for MoCo 2).
    final_rate : float, optional
        Where it ends, as a part of the peak. None: 0 ("paper": 0.001 for Barlow
        Twins).
    gradient_clip : float
        The longest gradient; longer ones are cut to it. 0: any.
    augment : pipeline or dict, optional
        What makes the views: see ``jumelle.augment``. None: those of the method's
        paper, and less of them under "small".
    preset : {"auto", "small", "paper"}
        Sets what is None: "small" for a few thousand small pictures on one machine,
        "paper" as the method's paper has it. "auto" chooses by the data.
        ``jumelle.presets()`` and ``jumelle info presets`` list what they set.
    mean, std : sequence of float, optional
        Of the pictures, a value a channel, for values of 0 to 1. None: ImageNet's.
    precision : {"float32", "bfloat16"}
        "bfloat16" rounds what some convolutions read to 8 bits, where that is faster;
        sums, weights and everything else stay float32. It needs a processor with
        AVX-512 BF16 (``jumelle.info()["instruction_set"]``); on another one a saved
        model goes on in float32.
    seed : int
        Start values, order and views depend on it alone.
    threads : int, optional
        None: as ``set_threads`` says.
    verbose : bool
        False shows no progress."""


@dataclasses.dataclass(kw_only=True, eq=False, repr=False)
class Parameters:
    """The parameters that all methods share, by name as scikit-learn wants them."""

    encoder: str = "small"
    width: float = 1.0
    stem: str = "auto"
    size: int | None = None
    epochs: int = 20
    batch_size: int = 256
    micro_batch: int = 0
    optimizer: str | None = None
    learning_rate: float | None = None
    optimizer_momentum: float | None = None
    nesterov: bool | None = None
    trust: float | None = None
    weight_decay: float | None = None
    bias_rate: float | None = None
    warmup_epochs: float | None = None
    schedule: str | None = None
    final_rate: float | None = None
    gradient_clip: float = 0.0
    augment: Pipeline | dict[str, Any] | None = None
    preset: str = "auto"
    mean: Sequence[float] | None = None
    std: Sequence[float] | None = None
    precision: str = "float32"
    seed: int = 0
    threads: int | None = None
    verbose: bool = True

    _method: ClassVar[str]
    # Parameters that are not fields of the run's document.
    _not_in_spec: ClassVar[frozenset[str]] = frozenset({"verbose"})

    def __init_subclass__(cls) -> None:
        cls.__doc__ = (cls.__doc__ or "").replace("{shared}", _SHARED)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters by name.

        Parameters
        ----------
        deep : bool
            Takes no effect: there are no estimators inside.
        """
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def set_params(self, **params: Any) -> Any:
        """Set parameters by name, and return the estimator.

        Raises
        ------
        InvalidArgument
            A name that the estimator does not have.
        """
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise InvalidArgument(
                    f"set_params: {name}: want one of {', '.join(known)}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = [
            f"{f.name}={getattr(self, f.name)!r}"
            for f in dataclasses.fields(self)
            if getattr(self, f.name) is not f.default
            and getattr(self, f.name) != f.default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def _spec(self, shape: tuple[int, ...], pictures: int) -> Spec:
        """Write the run's document for pictures (n, h, w, c)."""
        op = type(self).__name__
        spec: Spec = {"method": self._method, "channels": int(shape[3])}
        if pictures:
            spec["pictures"] = pictures
        for name, value in self.get_params().items():
            if value is not None and name not in self._not_in_spec:
                spec[name] = _plain(op, name, value)
        if self.size is None:
            if shape[1] != shape[2]:
                raise InvalidArgument(
                    f"{op}: size: want the side of the views, as the pictures are not "
                    f"square ({shape[1]}x{shape[2]}), got None"
                )
            spec["size"] = int(shape[1])
        return spec

    def _adopt_parameters(self, spec: Spec) -> None:
        """Take over the parameters that a run's document names."""
        for name in self.get_params():
            if name in spec:
                setattr(self, name, _python(name, spec[name]))


def _plain(op: str, name: str, value: Any) -> Any:
    """Make a parameter fit for JSON; the library judges its value."""
    if isinstance(value, Pipeline):
        return value.spec
    if isinstance(value, np.generic):  # as a grid search over an array gives
        value = value.item()
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(op, name, v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidArgument(f"{op}: {name}: want a finite number, got {value}")
    if isinstance(value, (str, bool, int, float, dict)):
        return value
    raise InvalidArgument(f"{op}: {name}: want a plain value, got {_check.kind(value)}")


def _python(name: str, value: Any) -> Any:
    """Turn a field of a document into the parameter it came from."""
    if name == "augment" and value is not None:
        return Pipeline(value)
    if name == "threads":
        return value or None
    return tuple(value) if isinstance(value, list) else value
