"""Training steps: time and memory beside PyTorch's and lightly's, and on their own."""

from runner import OURS, REFERENCE, median, mib, row

MODES = ("eager", "channels_last", "compile")
BFLOAT16_MODES = ("channels_last", "compile", "compile_channels_last")
METHODS = ("simclr", "moco", "byol", "barlow_twins")


def ours(run, args, net="small", pairs=256, *, steps=None, **options):
    """One measurement of our step."""
    common = {"net": net, "pairs": pairs, "steps": steps or args.steps, "threads": args.threads, **options}
    return run.script(OURS, "ours_step.py", *(w for k, v in common.items() for w in (f"--{k}", v)))


def step(net, pairs, want, size=32, precision="float32", modes=MODES):
    """Our SimCLR step against PyTorch's fastest, and its memory against the leanest."""

    def measure(run, args):
        mine, theirs = [], {mode: [] for mode in modes}
        for _ in range(args.rounds):
            mine.append(ours(run, args, net, pairs, size=size, precision=precision))
            for mode in modes:
                words = ("--net", net, "--pairs", pairs, "--size", size, "--steps", args.steps)
                words += ("--threads", args.threads, "--mode", mode, "--precision", precision)
                theirs[mode].append(run.script(REFERENCE, "step_torch.py", *words))
        each = ", ".join(f"{mode} {median(r['median_s'] for r in theirs[mode]):.3f}" for mode in modes)
        name = net if precision == "float32" else f"{precision} {net}"
        return beside(name, mine, theirs, want, f"; {each}")

    return measure


def beside(name, mine, theirs, want, more=""):
    """Two rows of results, and of another side's in several modes: time and memory."""
    best = min(theirs, key=lambda mode: median(r["median_s"] for r in theirs[mode]))
    lean = min(theirs, key=lambda mode: mib(theirs[mode]))
    speed = median(t["median_s"] / o["median_s"] for o, t in zip(mine, theirs[best]))
    memory = median(o["peak_bytes"] / t["peak_bytes"] for o, t in zip(mine, theirs[lean]))
    own = [median(r["peak_bytes"] - r["imported_bytes"] for r in side) for side in (mine, theirs[lean])]
    rate = [median(r["images_per_second"] for r in side) for side in (mine, theirs[best])]
    return [
        row(f"step {name}", "s", median(r["median_s"] for r in mine), median(r["median_s"] for r in theirs[best]),
            speed, want, "up", f"reference / ours; {rate[0]:.0f} against {rate[1]:.0f} images/s{more}"),
        row(f"memory {name}", "MiB", mib(mine), mib(theirs[lean]), memory, 0.4, "down",
            f"ours / reference ({lean}); {own[0] / own[1]:.2f} without what importing takes"),
    ]  # fmt: skip


def method(name):
    """A method's step against lightly's."""

    def measure(run, args):
        modes = ("eager", "channels_last")
        mine, theirs = [], {mode: [] for mode in modes}
        for _ in range(args.rounds):
            mine.append(ours(run, args, method=name))
            for mode in modes:
                words = ("--method", name, "--steps", args.steps, "--threads", args.threads, "--mode", mode)
                theirs[mode].append(run.script(REFERENCE, "step_lightly.py", *words))
        return beside(name, mine, theirs, 2)

    return measure


def portable(run, args):
    """Kernels in Go alone against those of the library that the wheel brings."""
    go, fast = [], []
    for _ in range(args.rounds):
        fast.append(ours(run, args))
        go.append(ours(run, args, kernels="portable"))
    slower = median(g["median_s"] / f["median_s"] for g, f in zip(go, fast))
    seconds = [median(r["median_s"] for r in side) for side in (go, fast)]
    return [row("portable small", "s", *seconds, slower, 4, "down", "kernels in Go / oneDNN")]


def micro_batch(run, args):
    """4,096 pictures in slices of 256 against a batch of 256."""
    whole, sliced = [], []
    few = {"steps": 2, "warmup": 1}
    for _ in range(args.rounds):
        whole.append(ours(run, args))
        sliced.append(ours(run, args, pairs=4096, **{"micro-batch": 256}, **few))
    time = [median(1e3 / r["images_per_second"] for r in side) for side in (sliced, whole)]
    ratios = zip(sliced, whole)
    slower = median(w["images_per_second"] / s["images_per_second"] for s, w in ratios)
    larger = median(s["peak_bytes"] / w["peak_bytes"] for s, w in zip(sliced, whole))
    return [
        row("micro-batch time", "ms/image", *time, slower, 1.5, "down", "4,096 pictures in slices of 256 / 256"),
        row("micro-batch memory", "MiB", mib(sliced), mib(whole), larger, 1.3, "down", "of the processes"),
    ]


def growth(run, args):
    """Time per picture as the batch grows."""
    batches = (64, 128, 256, 512, 1024)
    found = {pairs: [] for pairs in batches}
    for _ in range(args.rounds):
        for pairs, into in found.items():
            result = ours(run, args, pairs=pairs, steps=max(3, args.steps * 128 // pairs))
            into.append(1e3 / result["images_per_second"])
    each = {pairs: median(values) for pairs, values in found.items()}
    ratio = median(max(turn) / min(turn) for turn in zip(*found.values()))
    note = "slowest / fastest batch; " + ", ".join(f"{pairs}: {value:.3f}" for pairs, value in each.items())
    return [row("growth", "ms/image", max(each.values()), min(each.values()), ratio, 1.15, "down", note)]


def overhead(run, args):
    """The part of a step that is neither kernels nor views, loss, statistics or update."""
    found = [run.command("bench", "--threads", args.threads) for _ in range(args.rounds)]
    share = median(r["shares"]["overhead"] for r in found)
    parts = ", ".join(f"{name} {median(r['shares'][name] for r in found):.1%}" for name in found[0]["shares"])
    milliseconds = [1e3 * median(r["parts"]["overhead"] for r in found), 1e3 * median(r["step_seconds"] for r in found)]
    return [row("overhead small", "ms", *milliseconds, share, 0.03, "down", f"of the step; {parts}")]


def allocations(run, args):
    """What a step of each method takes from the Go heap."""
    rows = []
    for name in METHODS:
        words = ("--method", name, "--threads", args.threads, "--steps", 4 * args.steps)
        found = [run.command("bench", *words) for _ in range(args.rounds)]
        kib, objects = (median(r[key] for r in found) for key in ("allocated_bytes", "allocations"))
        note = f"{objects:.0f} objects; the views of a batch have {2 * 256 * 3 * 32**2 / 1024:.0f} KiB"
        rows.append(row(f"allocations {name}", "KiB", kib / 1024, None, kib / 1024, 256, "down", note))
    return rows


def idle(run, args):
    """The host's speed right after a step, on the one core that it shares with the library."""
    found = [run.script(OURS, "ours_idle.py", "--threads", args.threads) for _ in range(args.rounds)]
    speed, others = (median(r[key] for r in found) for key in ("speed", "others"))
    note = f"of the host's speed before; the library's threads took {others:.2%} of a core"
    return [row("idle", "speed", speed, None, speed, 0.92, "up", note)]


ROWS = {
    "step-resnet18": step("resnet18", 64, 1.7),
    "step-small": step("small", 256, 2),
    "step-resnet50": step("resnet50", 8, 1.3, size=224),
    "step-bfloat16-resnet18": step("resnet18", 64, 1.2, precision="bfloat16", modes=BFLOAT16_MODES),
    "step-bfloat16-small": step("small", 256, 1.2, precision="bfloat16", modes=BFLOAT16_MODES),
    **{f"step-{name.replace('_', '-')}": method(name) for name in METHODS},
    "portable": portable,
    "micro-batch": micro_batch,
    "growth": growth,
    "overhead": overhead,
    "allocations": allocations,
    "idle": idle,
}
