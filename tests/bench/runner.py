"""What rows are measured with: processes that take turns, and how busy the machine was."""

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent.parent / ".build"
REFERENCE = BUILD / "bench-venv" / "bin" / "python"
OURS = BUILD / "ours-venv" / "bin" / "python"
TICK = os.sysconf("SC_CLK_TCK")


class Runner:
    """Runs scripts, remembers every raw result and how busy the machine was."""

    def __init__(self):
        self.raw = []
        self.others = 0.0

    @contextlib.contextmanager
    def watch(self):
        """Cores kept busy by anything but our own children, while the block runs."""
        seen = {}
        start, machine, mine = time.perf_counter(), machine_seconds(), children_seconds()
        yield seen
        seen["wall_s"] = time.perf_counter() - start
        others = machine_seconds() - machine - (children_seconds() - mine)
        seen["others"] = max(0.0, others / seen["wall_s"])
        self.others = max(self.others, seen["others"])

    def script(self, python, name, *words):
        """One measuring process of a script beside this one; its JSON line as a dict."""
        return self.process(python, name, [HERE / name], words)

    def command(self, name, *words):
        """The same of a jumelle command."""
        return self.process(OURS, f"jumelle {name}", ["-m", "jumelle", name], words)

    def process(self, python, name, start, words):
        words = [*map(str, words), "--json"]
        command = [str(python), *map(str, start), *words]
        with self.watch() as seen:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.stderr.write(done.stderr[-2000:])
            raise Failed(f"{' '.join((name, *words))} exited with {done.returncode}")
        result = json.loads(done.stdout.strip().splitlines()[-1])
        self.raw.append({"command": [name, *words], **seen, **result})
        say(f"  {' '.join((name, *words[:-1]))}: {seen['wall_s']:.0f} s, others {seen['others']:.2f} cores")
        return result


class Failed(Exception):
    """A measuring process ended badly; its row is reported as failed."""


def machine_seconds():
    """Processor seconds the whole machine has spent on anything but idling."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICK


def children_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def say(text):
    print(text, file=sys.stderr, flush=True)


def median(values):
    return statistics.median(list(values))


def row(name, unit, ours, other, ratio, want, better, note=""):
    """``better`` is "up" or "down": which way the ratio meets what is wanted."""
    met = ratio >= want if better == "up" else ratio <= want
    return {
        "row": name, "unit": unit, "ours": ours, "reference": other, "ratio": ratio,
        "wanted": f"{'at least' if better == 'up' else 'at most'} {want:g}", "met": met, "note": note,
    }  # fmt: skip


def mib(results, field="peak_bytes"):
    return median(r[field] for r in results) / (1 << 20)
