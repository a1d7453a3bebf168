"""A small progress bar on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType

__all__ = ["Progress"]

_BAR = 24  # characters
_INTERVAL = 0.1  # seconds between two redrawings


class Progress:
    """Shows how far a long run is.

    On a terminal and in a notebook one line is drawn over and over; elsewhere, as
    in a log file, a line is written at the end of each part. Quiet if not enabled.

    Parameters
    ----------
    total : int
        Steps of the whole run.
    label : str
        What runs.
    part : int, optional
        Steps of one part, such as an epoch; the whole run without it.
    enabled : bool
    done : int
        Steps that an earlier run has taken.
    delay : float
        Seconds before anything is shown: short runs stay quiet.
    """

    def __init__(
        self,
        total: int,
        label: str,
        *,
        part: int | None = None,
        enabled: bool = True,
        done: int = 0,
        delay: float = 0.0,
    ) -> None:
        self._total, self._label, self._part = max(total, 1), label, part or total
        self._first = self._done = done
        self._start = time.monotonic()
        self._delay = delay
        self._drawn = 0.0
        self._width = 0
        self._enabled = enabled and sys.stderr is not None
        self._live = self._enabled and _is_live()
        encoding = getattr(sys.stderr, "encoding", None) or ""
        self._ink = "█░" if encoding.lower().startswith("utf") else "#-"

    def step(self, text: str = "", n: int = 1) -> None:
        """Say that n more steps are done; text follows the bar."""
        self._done += n
        if not self._enabled:
            return
        now = time.monotonic()
        if now - self._start < self._delay:
            return
        ended = self._done >= self._total
        if self._live:
            if ended or now - self._drawn >= _INTERVAL:
                self._drawn = now
                self._draw(self._line(text, now))
        elif ended or self._done // self._part > (self._done - n) // self._part:
            self._write(f"{self._line(text, now)}\n")

    def _line(self, text: str, now: float) -> str:
        spent = now - self._start
        left = spent / max(self._done - self._first, 1) * (self._total - self._done)
        share = min(self._done / self._total, 1)
        parts = [self._label]
        if self._live:
            full = round(share * _BAR)
            parts.append(self._ink[0] * full + self._ink[1] * (_BAR - full))
        parts += [f"{share:4.0%}", text, f"{_clock(spent)}<{_clock(left)}"]
        return "  ".join(part for part in parts if part)

    def _draw(self, line: str) -> None:
        # Blanks cover what a longer line left behind; notebooks know no escapes
        # that clear one.
        self._write("\r" + line.ljust(self._width))
        self._width = len(line)

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):  # closed
            self._enabled = self._live = False

    def close(self) -> None:
        """End the line."""
        if self._live and self._width:
            self._write("\n")
        self._live = self._enabled = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _is_live() -> bool:
    """Whether a line can be drawn over: a terminal or a notebook."""
    if "ipykernel" in sys.modules and type(sys.stderr).__module__.startswith(
        "ipykernel"
    ):
        return True
    try:
        return sys.stderr.isatty()
    except ValueError:  # closed
        return False


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
