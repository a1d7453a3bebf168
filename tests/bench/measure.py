"""What every benchmark script shares: clocks, memory, cores, data, output.

Standard library only (NumPy is imported where pictures are read), because the
scripts run in two environments: the reference libraries' and jumelle's own.
"""

import json
import os
import statistics
import sys
import threading
import time
from pathlib import Path

MIB = 1 << 20


def memory(field="VmRSS", pid="self"):
    """Bytes of one field of /proc/PID/status; VmHWM is the peak of VmRSS.

    VmHWM belongs to the address space, so unlike getrusage's ru_maxrss it does
    not carry over what the parent held before exec.
    """
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return 0  # a process that is just ending has no memory left to report


def reset_peak():
    """Let VmHWM start again from the present size."""
    with open("/proc/self/clear_refs", "w") as handle:
        handle.write("5")


class TreePeak:
    """Samples the memory of this process and all its descendants.

    ``rss`` adds up resident sizes, so pages shared after a fork count once in
    every process that maps them; ``pss`` shares them out and is the fairer sum
    for a program that forks workers. Peaks between two samples are missed:
    both are lower bounds.
    """

    def __init__(self, interval=0.5):
        self.rss = self.pss = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, args=(interval,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._sample()

    def _loop(self, interval):
        while not self._stop.wait(interval):
            self._sample()

    def _sample(self):
        rss = pss = 0
        for pid in descendants(os.getpid()):
            try:
                rss += memory("VmRSS", pid)
                with open(f"/proc/{pid}/smaps_rollup") as rollup:
                    for line in rollup:
                        if line.startswith("Pss:"):
                            pss += int(line.split()[1]) * 1024
            except (OSError, ProcessLookupError):
                continue  # it ended while we looked
        self.rss, self.pss = max(self.rss, rss), max(self.pss, pss)


def descendants(pid):
    """The process and everything below it, from /proc's parent numbers."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as stat:
                    # The command may hold spaces and brackets: read after the last ')'.
                    parent = int(stat.read().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def use_cores(count):
    """Bind this process to its first ``count`` cores; call before anything starts threads."""
    allowed = sorted(os.sched_getaffinity(0))
    if count > len(allowed):
        sys.exit(f"cores: want at most {len(allowed)}, got {count}")
    os.sched_setaffinity(0, allowed[:count])


def timed(call, warmup, repeats):
    """Seconds of each of ``repeats`` calls, after ``warmup`` calls nobody counts."""
    for _ in range(warmup):
        call()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return seconds


def timed_cpu(call, warmup, repeats):
    """As ``timed``, and the processor seconds of one call, over all threads.

    Other programs lengthen the wall clock much and this figure little, but
    threads that spin while they wait count as busy.
    """
    timed(call, warmup, 0)
    before = time.process_time()
    seconds = timed(call, 0, repeats)
    return seconds, (time.process_time() - before) / repeats


def timed_for(call, warmup, least_seconds, least_repeats=3):
    """As ``timed``, going on until both limits are reached: for calls of unknown length."""
    seconds = timed(call, warmup, least_repeats)
    while sum(seconds) < least_seconds:
        seconds += timed(call, 0, 1)
    return seconds


def spread(seconds):
    """Median, fastest and slowest, as the JSON carries them."""
    return {
        "median_s": statistics.median(seconds),
        "min_s": min(seconds),
        "max_s": max(seconds),
        "repeats": len(seconds),
    }


def cifar10(folder):
    """CIFAR-10's training pictures (50000, 32, 32, 3) uint8, memory-mapped, and labels.

    ``folder`` holds train_images.npy and train_labels.npy, or a cifar10/ that does.
    """
    import numpy as np

    for place in (Path(folder), Path(folder) / "cifar10"):
        if (place / "train_images.npy").exists():
            images = np.load(place / "train_images.npy", mmap_mode="r")
            labels = np.load(place / "train_labels.npy")
            if images.shape != (50000, 32, 32, 3) or images.dtype != np.uint8:
                sys.exit(f"{place}: want uint8 (50000, 32, 32, 3), got {images.dtype} {images.shape}")
            return images, labels
    sys.exit(f"{folder}: no train_images.npy here; tests/bench/README.md says how to make it")


def made_up_pictures(count, size, seed=0):
    """(count, size, size, 3) uint8: blurred colour fields with some grain.

    The time of a view depends little on the content, but saturated noise or a
    single colour would take untypical branches of the hue arithmetic.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 9, 9, 3)).astype(np.float32)
    at = np.linspace(0, 7.999, size, dtype=np.float32)
    low, part = at.astype(int), (at - at.astype(int))
    rows = coarse[:, low] * (1 - part)[:, None, None] + coarse[:, low + 1] * part[:, None, None]
    both = rows[:, :, low] * (1 - part)[:, None] + rows[:, :, low + 1] * part[:, None]
    both += rng.normal(0, 8, both.shape).astype(np.float32)
    # Indexing left the axes in another order in memory: every call would copy them.
    return np.clip(both, 0, 255).astype(np.uint8, order="C")


def emit(result, as_json):
    """One JSON line for programs, or one ``name: value`` a line for people."""
    if as_json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        if name.endswith("_bytes"):
            name, value = name[:-6] + " (MiB)", round(value / MIB, 1)
        print(f"{name}: {value:.5g}" if isinstance(value, float) else f"{name}: {value}")
