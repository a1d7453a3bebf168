"""The rows of the table by name: a function of the runner and the arguments each."""

from . import checkpoint, learning, losses, package, steps, views

ROWS = {**learning.ROWS, **steps.ROWS, **checkpoint.ROWS, **package.ROWS, **views.ROWS, **losses.ROWS}
