"""Learning: features of SimCLR beat raw pixels and a random encoder."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

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
