"""Losses and their gradients."""

from runner import OURS, REFERENCE, Failed, median, mib, row


def losses(run, args):
    rows = []
    jobs = [("nt_xent", n, 128, want) for n, want in ((256, 2), (1024, 2), (4096, 4), (8192, 4))]
    for job in [*jobs, ("barlow_twins", 1024, 2048, 1.2)]:
        try:
            rows += one_loss(run, args, *job)
        except Failed as error:
            rows.append({"row": f"{job[0]} {job[1]}x{job[2]}", "failed": str(error)})
    return rows


def one_loss(run, args, loss, pairs, width, want):
    found = {side: [] for side in ("ours", "torch", "lightly")}
    common = ("--loss", loss, "--pairs", pairs, "--width", width, "--threads", args.threads)
    for _ in range(args.rounds):
        for side, into in found.items():
            python = OURS if side == "ours" else REFERENCE
            into.append(run.script(python, "losses_bench.py", "--side", side, *common))
    seconds = {side: median(r["median_s"] for r in results) for side, results in found.items()}
    best = min(("torch", "lightly"), key=seconds.get)
    ratio = median(t["median_s"] / o["median_s"] for o, t in zip(found["ours"], found[best]))
    note = "reference / ours; " + ", ".join(f"{side} {1e3 * value:.2f}" for side, value in seconds.items())
    rows = [row(f"{loss} {pairs}x{width}", "ms", 1e3 * seconds["ours"], 1e3 * seconds[best], ratio, want, "up", note)]
    if pairs == 8192:
        lean = min(("torch", "lightly"), key=lambda side: mib(found[side], "extra_bytes"))
        memory = [mib(found[side], "extra_bytes") for side in ("ours", lean)]
        rows.append(row(f"{loss} {pairs} extra memory", "MiB", *memory, memory[0] / memory[1], 0.02, "down", lean))
    return rows


def loss_limits(run, args):
    """What one call may cost where the matrix of similarities is tiny, and where it is huge."""
    common = ("--side", "ours", "--threads", args.threads)
    calls = [run.script(OURS, "losses_bench.py", *common, "--pairs", 32, "--width", 32) for _ in range(args.rounds)]
    micro = 1e6 * median(r["median_s"] for r in calls)
    huge = run.script(OURS, "losses_bench.py", *common, "--pairs", 32768, "--width", 128, "--seconds", 0)
    memory = mib([huge], "extra_bytes")
    return [
        row("nt_xent 32x32, one call", "us", micro, None, micro, 60, "down", "value and gradients, from Python"),
        row("nt_xent 32768x128 extra memory", "MiB", memory, None, memory, 200, "down", "gradients included"),
    ]  # fmt: skip


ROWS = {"losses": losses, "losses-limits": loss_limits}
