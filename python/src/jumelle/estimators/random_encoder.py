"""An encoder that has learned nothing, to compare with."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, ClassVar

from ..images import images_of
from ._base import Estimator
from ._run import Run


@dataclasses.dataclass(kw_only=True, eq=False, repr=False)
class RandomEncoder(Estimator):
    """Gives the features of an encoder with its random start values.

    Features that a method has learned are worth what they are better than these.
    With the same encoder, size and seed it is the network that SimCLR starts from.
    ``fit`` takes no step: it only looks at the pictures' size. A saved one loads as
    a SimCLR that has taken no step.

    Parameters
    ----------
    {shared}

    Examples
    --------
    >>> import jumelle as jm
    >>> images, _ = jm.datasets.shapes(8, size=32, seed=0)
    >>> jm.RandomEncoder(seed=1).fit_transform(images).shape
    (8, 256)
    """

    _method: ClassVar[str] = "simclr"

    def fit(
        self,
        images: Any,
        y: Any = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_minutes: float = 5.0,
        held_out: Any = None,
        tensorboard: str | os.PathLike[str] | None = None,
    ) -> Any:
        """Make the network for pictures of this size.

        Parameters
        ----------
        images : anything that Images takes
        y, checkpoint, checkpoint_minutes, held_out, tensorboard : ignored

        Returns
        -------
        self
        """
        pictures = images_of(images, size=self.size)
        self._run = Run.start(self._spec(pictures.shape, 0), None)
        return self

    def partial_fit(self, images: Any, y: Any = None) -> Any:
        """Make the network, if there is none yet; take no step.

        Parameters
        ----------
        images : anything that Images takes
        y : ignored

        Returns
        -------
        self
        """
        return self if self.__sklearn_is_fitted__() else self.fit(images)
