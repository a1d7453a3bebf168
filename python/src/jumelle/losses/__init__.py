"""Losses as functions of arrays: the value in float64, the gradients in float32.

Inputs are float32, C-contiguous, most of them (n, d). float64 and non-contiguous arrays
are converted, once; other dtypes raise DTypeError, and NaN or infinity NumericError,
which names the first row. Losses of cosines normalise the rows, û = u / max(‖u‖,
1e-12): a row of zeros counts as orthogonal to all.

Sums are in float64 and in a fixed order: the same bits for any number of threads.
Products are in float32: values and gradients are right to 1e-5 of their largest
element, gradients at temperatures below 0.03 to 3e-7 / temperature.

``grad=False`` skips the gradients: None takes their places. ``out`` gives the arrays
to fill with them: float32, contiguous, writable, with memory of their own.

``rows=(lo, hi)`` is for workers that share one loss of a gathered batch: each names its
rows and gets their share of the value and of the gradients (of all rows). The sums over
slices that cover all rows are what one call gives. BYOL needs no such thing: its rows
do not meet.

InfoNCE is the cross-entropy of "which candidate belongs to this anchor".
``accuracy=True`` appends to the result the part of the anchors, 0 to 1, that are most
similar to the right candidate (a tie is a wrong guess), and ``..._logits`` gives the
logits and labels of that classification.
"""

from ._barlow_twins import barlow_twins
from ._byol import byol
from ._cross_entropy import cross_entropy
from ._info_nce import info_nce, info_nce_logits
from ._info_nce_negatives import info_nce_negatives
from ._info_nce_queue import info_nce_queue, info_nce_queue_logits
from ._masked_mse import masked_mse
from ._nt_xent import nt_xent, nt_xent_logits

__all__ = [
    "barlow_twins",
    "byol",
    "cross_entropy",
    "info_nce",
    "info_nce_logits",
    "info_nce_negatives",
    "info_nce_queue",
    "info_nce_queue_logits",
    "masked_mse",
    "nt_xent",
    "nt_xent_logits",
]
