"""What is learned, and in how much time."""

import statistics

from runner import OURS, REFERENCE, median, mib, row


def learning(run, args):
    """Accuracy and training time of the SimCLR run on CIFAR-10."""
    ours, theirs = [], []
    for seed in range(args.seeds):
        theirs.append(run.script(REFERENCE, "reference_lightly.py", "--data", args.data, "--seed", seed))
        ours.append(run.script(OURS, "ours_learning.py", "--data", args.data, "--seed", seed))
    random = run.script(OURS, "ours_learning.py", "--data", args.data, "--method", "random")
    pixels = run.script(OURS, "ours_learning.py", "--data", args.data, "--method", "pixels")
    mean = [statistics.fmean(r["accuracy"] for r in side) for side in (ours, theirs)]
    each = " ".join(f"{r['accuracy']:.3f}" for r in ours)
    note = f"seeds {each}; random encoder {random['accuracy']:.3f}, pixels {pixels['accuracy']:.3f}"
    speed = median(t["seconds"] / o["seconds"] for o, t in zip(ours, theirs))
    memory = median(o["peak_shared_out_bytes"] / t["peak_shared_out_bytes"] for o, t in zip(ours, theirs))
    return [
        # What is wanted here is a figure, not a ratio: it stands in the ratio's column.
        row("learning accuracy", "kNN, mean of seeds", mean[0], mean[1], mean[0], 0.415, "up", note),
        row("learning time", "s", median(o["seconds"] for o in ours), median(t["seconds"] for t in theirs),
            speed, 1, "up", "reference / ours"),
        row("learning memory", "MiB", mib(ours, "peak_shared_out_bytes"), mib(theirs, "peak_shared_out_bytes"),
            memory, 0.5, "down", "ours / reference; all processes, shared pages counted once"),
    ]  # fmt: skip


ROWS = {"learning": learning}
