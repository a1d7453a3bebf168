"""Learning: features of SimCLR beat raw pixels and a random encoder."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

import jumelle as jm

from conftest import quick


def test_the_curve_of_fit_is_the_trainer_s(shapes, tmp_path):
    # What C and Go programs print for this document is compared with curve.py.
    model = quick().fit(shapes[0])
    np.save(tmp_path / "shapes.npy", shapes[0])
    (tmp_path / "spec.json").write_text(json.dumps(model.spec_))
    program = Path(__file__).with_name("curve.py")
    done = subprocess.run(
        [sys.executable, program, tmp_path / "shapes.npy", tmp_path / "spec.json", "6"],
        capture_output=True,
        text=True,
        check=True,
    )
    *lines, features = done.stdout.splitlines()
    wanted = [
        f"loss {i + 1} {v.hex()}" for i, v in enumerate(model.history_["loss"].tolist())
    ]
    assert lines == wanted
    sys.path.insert(0, str(program.parent))
    from curve import fnv1a

    encoded = fnv1a(model.transform(shapes[0][:32]).tobytes())
    assert features == f"features {encoded:x}"


def test_learned_features_beat_pixels_and_a_random_encoder():
    images, labels = jm.datasets.shapes(2400, size=32, seed=11)
    known, new = (images[:2000], labels[:2000]), (images[2000:], labels[2000:])
    model = jm.SimCLR(
        width=0.5, epochs=10, batch_size=64, learning_rate=0.06, verbose=False
    )
    model.fit(known[0])
    report = jm.evaluate.report(
        model, train=known, test=new, k=20, protocols=("knn", "linear")
    )
    pixels, random, learned = (row["accuracy"] for row in report["rows"][:3])
    assert learned > pixels + 0.1
    assert learned > random + 0.1
    *_, linear_random, linear_learned = (row["accuracy"] for row in report["rows"])
    assert linear_learned > linear_random
    history = model.history_
    assert history["loss"][-30:].mean() < history["loss"][:30].mean() - 0.3
    assert 0.3 < history["feature_std"][-1] * np.sqrt(128) <= 1.01
