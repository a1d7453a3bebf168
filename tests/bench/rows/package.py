"""The package itself: its size, and what importing it takes."""

import subprocess
import time

from runner import BUILD, OURS, Failed, median, row


def import_time(run, args):
    """Whole processes that import NumPy, and NumPy and jumelle, in turns.

    NumPy is named on both sides because jumelle itself may put it off: whoever
    has pictures has imported it.
    """
    seconds = {"numpy": [], "numpy, jumelle": []}
    with run.watch():
        for turn in range(2 * args.rounds + 2):
            for modules, into in seconds.items():
                start = time.perf_counter()
                subprocess.run([OURS, "-c", f"import {modules}"], check=True)
                if turn > 0:  # the first turn reads the files from disk
                    into.append(time.perf_counter() - start)
    numpy, both = seconds.values()
    more = median(b - n for n, b in zip(numpy, both))
    return [
        row("import", "ms", 1e3 * median(both), 1e3 * median(numpy), 1e3 * more, 50, "down",
            "milliseconds more than import numpy")
    ]  # fmt: skip


def wheel(run, args):
    found = list((BUILD / "wheel").glob("*.whl"))
    if len(found) != 1:
        raise Failed(f"{BUILD / 'wheel'}: want one wheel, got {len(found)}")
    size = found[0].stat().st_size / 1e6
    return [row("wheel", "MB", size, None, size, 20, "down", found[0].name)]


ROWS = {"import": import_time, "wheel": wheel}
