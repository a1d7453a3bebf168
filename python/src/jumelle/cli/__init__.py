"""The command line: ``jumelle COMMAND``.

Results go to standard output, as text or with --json as one JSON object; progress
and messages go to standard error. Exit codes: 0 it worked, 2 wrong usage, 1 anything
else, 130 Ctrl-C.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import TextIO

from ..errors import DTypeError, InvalidArgument, JumelleError, LearningWarning
from . import _arguments

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : list of str, optional
        None: the process's own arguments.

    Returns
    -------
    code : int
        The exit code.

    Examples
    --------
    >>> import jumelle.cli
    >>> jumelle.cli.main(["config", "--libs"])  # doctest: +ELLIPSIS
    -L... -ljumelle -Wl,-rpath,...
    0
    """
    arguments = _arguments.parser().parse_args(argv)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", LearningWarning)
            warnings.showwarning = _warn
            arguments.run(arguments)
    except KeyboardInterrupt:
        _say("stopped")
        return 130
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        sys.stderr.close()
        return 1
    except (InvalidArgument, DTypeError) as error:
        _say(str(error))
        return 2
    except (JumelleError, ImportError, OSError) as error:
        _say(str(error))
        return 1
    return 0


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show a warning as a line of ours, without the place in the program."""
    _say(f"warning: {message}")


def _say(message: str) -> None:
    print(f"jumelle: {message.removeprefix('jumelle: ')}", file=sys.stderr)
