"""The checkpoint of a ResNet-18 under MoCo v2: its time on the disk, and its size."""

import argparse
import json
import tempfile
import time
import zipfile
from pathlib import Path

import jumelle as jm


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", help="on the disk to measure (the current one)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    images, _ = jm.datasets.shapes(32, size=32)
    model = jm.MoCo(encoder="resnet18", batch_size=16, queue=4096, verbose=False)
    model.partial_fit(images)  # the optimizer's memory is part of the file
    with tempfile.TemporaryDirectory(dir=arguments.folder or ".") as folder:
        path = Path(folder, "model.npz")
        seconds = []
        for _ in range(arguments.rounds):  # each replaces the file, as in a run
            began = time.perf_counter()
            model.save(path)
            seconds.append(time.perf_counter() - began)
        began = time.perf_counter()
        jm.load(path)
        loaded = time.perf_counter() - began
        size = path.stat().st_size
        with zipfile.ZipFile(path) as archive:
            entries = {e.filename.removesuffix(".npy"): e for e in archive.infolist()}
    names = [n for n in entries if n.endswith((".weight", ".bias"))]
    query = sum(entries[n].file_size for n in names if not n.startswith("target."))
    both = sum(entries[n].file_size for n in names)
    result = {
        "save_s": sorted(seconds)[len(seconds) // 2],
        "load_s": loaded,
        "bytes": size,
        "parameters_bytes": both,
        "query_parameters_bytes": query,
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name:<24}{value:.6g}" for name, value in result.items()))


if __name__ == "__main__":
    main()
