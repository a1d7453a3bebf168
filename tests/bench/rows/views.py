"""Making views."""

from runner import OURS, REFERENCE, Failed, median, row

SIDES = ("albumentations", "torchvision-pil", "torchvision-v2", "torchvision-v2-batch", "kornia", "lightly")


def views(size, want):
    def measure(run, args):
        results = {side: [] for side in ("ours", *SIDES)}
        for _ in range(args.rounds):
            for side, into in results.items():
                python = OURS if side == "ours" else REFERENCE
                into.append(run.script(python, "views_bench.py", "--side", side, "--size", size))
        rate = {side: median(r["views_per_second"] for r in found) for side, found in results.items()}
        rows = []
        for name, sides, times in want:
            best = max(sides, key=rate.get)
            ratio = median(
                o["views_per_second"] / t["views_per_second"] for o, t in zip(results["ours"], results[best])
            )
            rows.append(row(f"views {size} {name}", "views/s", rate["ours"], rate[best], ratio, times, "up", best))
        rows[0]["note"] += "; " + ", ".join(f"{side} {value:.0f}" for side, value in rate.items())
        return rows

    return measure


def view_cores(run, args):
    """The same views on two cores and on one."""
    ratios, one, two = [], [], []
    for _ in range(args.rounds):
        for cores, into in ((1, one), (2, two)):
            into.append(
                run.script(OURS, "views_bench.py", "--side", "ours", "--size", 32, "--cores", cores)["views_per_second"]
            )
        ratios.append(two[-1] / one[-1])
    return [row("views two cores", "views/s", median(two), median(one), median(ratios), 1.9, "up", "ours over ours")]


def jpeg(run, args):
    if not args.photos:
        raise Failed("--photos FOLDER of JPEG files, one sub-folder a class, is needed")
    ours, theirs = [], []
    for _ in range(args.rounds):
        for python, side, into in ((OURS, "ours", ours), (REFERENCE, "torchvision-pil", theirs)):
            into.append(run.script(python, "photos_bench.py", "--side", side, "--photos", args.photos))
    ratio = median(o["views_per_second"] / t["views_per_second"] for o, t in zip(ours, theirs))
    return [
        row("views from JPEG", "views/s", median(o["views_per_second"] for o in ours),
            median(t["views_per_second"] for t in theirs), ratio, 3, "up", "two cores; torchvision PIL, 2 workers")
    ]  # fmt: skip


def packed(run, args):
    """Views of photos decoded before: from a mapped .npy file, and from an array."""
    if not args.photos:
        raise Failed("--photos FOLDER of JPEG files, one sub-folder a class, is needed")
    found = {"packed": [], "memory": []}
    for _ in range(args.rounds):
        for side, into in found.items():
            result = run.script(OURS, "photos_bench.py", "--side", side, "--photos", args.photos)
            into.append(result["views_per_second"])
    ratio = median(p / m for p, m in zip(found["packed"], found["memory"]))
    return [
        row("views from .npy", "views/s", median(found["packed"]), median(found["memory"]), ratio, 0.97, "up",
            "two cores; ours from memory")
    ]  # fmt: skip


ROWS = {
    "views-32": views(32, [("fastest", SIDES, 4)]),
    "views-224": views(
        224,
        [
            ("albumentations", ["albumentations"], 1.2),
            ("torchvision", ["torchvision-pil", "torchvision-v2"], 10),
            ("lightly", ["lightly"], 7),
        ],
    ),
    "views-cores": view_cores,
    "views-jpeg": jpeg,
    "views-packed": packed,
}
