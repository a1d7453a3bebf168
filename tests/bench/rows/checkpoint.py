"""Writing a run down."""

from runner import OURS, row


def checkpoint(run, args):
    """A checkpoint of ResNet-18 under MoCo v2: query and key network, optimizer, queue."""
    found = run.script(OURS, "checkpoint_bench.py", "--rounds", args.rounds)
    seconds, size, both = found["save_s"], found["bytes"], found["parameters_bytes"]
    note = f"{size / found['query_parameters_bytes']:.2f} times the query network alone"
    return [
        row("checkpoint resnet18 moco", "s", seconds, None, seconds, 1, "down", f"loaded in {found['load_s']:.2f} s"),
        row("checkpoint size", "MB", size / 1e6, both / 1e6, size / both, 3, "down", note),
    ]


ROWS = {"checkpoint": checkpoint}
