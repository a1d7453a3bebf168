"""What goes wrong, as classes.

Each message names the function, the argument, what was wanted and what came:
``nt_xent: b: want shape (256, 128), got (255, 128)``.
"""

__all__ = [
    "BusyError",
    "DTypeError",
    "FileError",
    "ForkedError",
    "InternalError",
    "InvalidArgument",
    "JumelleError",
    "LearningWarning",
    "NotFittedError",
    "NumericError",
]


class JumelleError(Exception):
    """Every error that jumelle raises on purpose."""


class InvalidArgument(JumelleError, ValueError):  # noqa: N818 (a name of the interface)
    """An argument is out of range, of another shape, or of an unknown name."""


class DTypeError(JumelleError, TypeError):
    """An array has another dtype than asked for."""


class NumericError(JumelleError, FloatingPointError):
    """NaN or infinity where a finite value must be."""


class FileError(JumelleError, OSError):
    """A file could not be read or written."""


class BusyError(JumelleError):
    """The object is in use by another thread."""


class ForkedError(JumelleError):
    """The library was used before ``fork()``, and does not work in the child."""


class InternalError(JumelleError, RuntimeError):
    """A bug in the library: please report it."""


class NotFittedError(JumelleError, ValueError, AttributeError):
    """The estimator has learned nothing yet: call ``fit`` first."""


class LearningWarning(UserWarning):
    """Something keeps a run from learning: its settings, or what its steps show."""
