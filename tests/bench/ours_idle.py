#!/usr/bin/env python3
"""What the library takes from its host right after a step, when it has nothing to do.

The host counts in a loop on one core for a second, when the library has been idle
for as long and right after each of some steps; idle threads that wait by spinning would halve its
speed. The processor time of all threads but the host's shows them too.

    ours_idle.py --json
"""

import argparse
import os
import time

import measure


def count(seconds):
    """Rounds of a loop a second, and the cores that other threads kept busy meanwhile."""
    rounds = 0
    wall, process, own = time.perf_counter(), time.process_time(), time.thread_time()
    while time.perf_counter() - wall < seconds:
        for _ in range(1000):
            pass
        rounds += 1
    spent = time.perf_counter() - wall
    others = (time.process_time() - process) - (time.thread_time() - own)
    return rounds / spent, others / spent


def share_a_core():
    """Bind all threads that there are, and those they start, to one core."""
    core = min(os.sched_getaffinity(0))
    for task in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(task), {core})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="of the library; all of them share one core with the host")
    parser.add_argument("--seconds", type=float, default=1, help="of each count")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    measure.use_cores(args.threads)
    import jumelle as jm

    pictures = measure.made_up_pictures(64, 32)
    model = jm.SimCLR(batch_size=64, threads=args.threads, verbose=False)
    model.partial_fit(pictures)  # the library starts as many threads as there are cores
    share_a_core()
    count(args.seconds)
    before, _ = count(args.seconds)
    after, others = [], []
    for _ in range(args.steps):
        model.partial_fit(pictures)
        rate, busy = count(args.seconds)
        after.append(rate / before)
        others.append(busy)
    measure.emit(
        {
            "side": "jumelle",
            "threads": args.threads,
            "rounds_per_second": before,
            "speed": measure.statistics.median(after),
            "others": measure.statistics.median(others),
            "version": f"jumelle {jm.__version__}, {jm.info()['kernels']}",
        },
        args.json,
    )


if __name__ == "__main__":
    main()
