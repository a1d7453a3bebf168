"""Resuming: the result of an interrupted run is that of an unbroken one."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import jumelle as jm
from jumelle.errors import FileError, InvalidArgument, JumelleError

from conftest import python, quick

TRAIN = """
import sys
import numpy as np
import jumelle as jm

pictures = np.load(sys.argv[1])
model = jm.SimCLR(epochs=200, batch_size=32, size=16, width=0.25, projection=(32, 16))
print("ready", flush=True)
try:
    model.fit(pictures, checkpoint=sys.argv[2] if len(sys.argv) > 2 else None)
except KeyboardInterrupt:
    features = model.transform(pictures)
    steps = len(model.history_["step"])
    print("interrupted", steps, features.shape, bool(np.isfinite(features).all()))
    for name, values in model.history_.items():
        assert len(values) == steps, name
    model.partial_fit(pictures[:32])
    sys.exit(42)
print("done", len(model.history_["step"]))
"""


def stopped_by_sigint(arguments, after=3):
    """Runs TRAIN and sends SIGINT when a few lines of progress have come."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", TRAIN, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(after):
        assert process.stderr.readline()
    process.send_signal(signal.SIGINT)
    sent = time.monotonic()
    out, error = process.communicate(timeout=60)
    return process.returncode, out, error, time.monotonic() - sent


def log_of(run):
    """The log's lines as columns; a step that is there twice shows."""
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return {name: [line[name] for line in lines] for name in lines[0]}


def test_ctrl_c_keeps_what_was_learned(shapes, tmp_path):
    np.save(tmp_path / "pictures.npy", shapes[0])
    for _ in range(3):
        code, out, error, seconds = stopped_by_sigint([tmp_path / "pictures.npy"])
        assert code == 42, error
        _, steps, rest = out.splitlines()[1].split(" ", 2)
        assert 9 <= int(steps) < 600
        assert rest == "(96, 64) True"
        assert seconds < 20


def test_ctrl_c_and_again_equals_an_unbroken_run(shapes, tmp_path):
    np.save(tmp_path / "pictures.npy", shapes[0])
    params = {"epochs": 200}
    unbroken = quick(**params).fit(shapes[0])
    run = tmp_path / "run"
    code, out, error, _ = stopped_by_sigint([tmp_path / "pictures.npy", run])
    assert code == 42, error
    steps = int(out.split()[2])
    assert log_of(run)["step"] == list(range(1, steps + 1))
    assert sorted(p.name for p in run.iterdir()) == ["log.jsonl", "model.npz"]

    resumed = quick(**params).fit(shapes[0], checkpoint=run)
    loss = resumed.history_["loss"]
    assert loss.tolist() == unbroken.history_["loss"].tolist()
    np.testing.assert_array_equal(
        resumed.transform(shapes[0]), unbroken.transform(shapes[0])
    )
    # The times of the first part are still known.
    assert np.isfinite(resumed.history_["seconds"][: steps - 1]).all()
    assert log_of(run)["loss"] == loss.tolist()


# Each method with what makes its networks small, and the step at which it is killed,
# of 30: numbers drawn once, about the middle of the run.
KILLED = {
    "simclr": (jm.SimCLR, {"projection": (16, 8)}, 17),
    "moco 1": (jm.MoCo, {"version": 1, "projection": (8,), "queue": 64}, 13),
    "moco 2": (jm.MoCo, {"version": 2, "projection": (16, 8), "queue": 64}, 19),
    "moco 3": (jm.MoCo, {"version": 3, "projection": (16, 8)}, 11),
    "byol": (jm.BYOL, {"projection": (16, 8)}, 16),
    "barlow_twins": (jm.BarlowTwins, {"projection": (16, 8)}, 14),
}
TINY = {"epochs": 10, "batch_size": 32, "size": 16, "width": 0.125, "verbose": False}
KILL = """
import json, sys
import numpy as np
import jumelle as jm

kind, params = json.loads(sys.argv[3])
model = getattr(jm, kind)(**params)
# A checkpoint after every step: some kills come while one is written.
model.fit(np.load(sys.argv[1]), checkpoint=sys.argv[2], checkpoint_minutes=0)
"""


@pytest.mark.parametrize("name", KILLED)
def test_killed_and_resumed_is_the_unbroken_run_to_the_last_byte(
    name, shapes, tmp_path
):
    kind, own, step = KILLED[name]
    params = {**TINY, **own}
    np.save(tmp_path / "pictures.npy", shapes[0])
    run = tmp_path / "run"
    arguments = [tmp_path / "pictures.npy", run, json.dumps([kind.__name__, params])]
    process = subprocess.Popen([sys.executable, "-c", KILL, *map(str, arguments)])
    log = run / "log.jsonl"
    while process.poll() is None:
        if log.exists() and log.read_bytes().count(b"\n") >= step:
            break
        time.sleep(0.001)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    killed = jm.load(run)
    assert step - 1 <= len(killed.history_["step"]) < 30

    kind(**params).fit(shapes[0], checkpoint=run)
    kind(**params).fit(shapes[0], checkpoint=tmp_path / "unbroken")
    whole = (tmp_path / "unbroken" / "model.npz").read_bytes()
    assert (run / "model.npz").read_bytes() == whole
    assert log_of(run)["step"] == list(range(1, 31))
    assert log_of(run)["loss"] == log_of(tmp_path / "unbroken")["loss"]


def test_minutes_between_checkpoints(shapes, tmp_path):
    saved = []

    class Watched(jm.Images):
        def read(self, rows):
            saved.append((tmp_path / "run" / "model.npz").exists())
            return super().read(rows)

    # Six steps in two epochs: at once, and after an epoch.
    for minutes, wanted in ((0, [False] + 5 * [True]), (60, 3 * [False] + 3 * [True])):
        quick().fit(
            Watched(shapes[0]), checkpoint=tmp_path / "run", checkpoint_minutes=minutes
        )
        assert saved == wanted
        saved.clear()
        (tmp_path / "run" / "model.npz").unlink()


def test_a_checkpoint_that_fails_leaves_the_last_good_one(shapes, tmp_path):
    np.save(tmp_path / "pictures.npy", shapes[0])
    run = tmp_path / "run"
    printed = python(
        """
import resource, signal, sys
import numpy as np
import jumelle as jm

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

class Filling(jm.Images):
    left = 5
    def read(self, rows):
        self.left -= 1
        if self.left == 0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        return super().read(rows)

model = jm.SimCLR(epochs=2, batch_size=32, size=16, width=0.25, projection=(32, 16),
                  verbose=False)
try:
    model.fit(Filling(np.load(sys.argv[1])), checkpoint=sys.argv[2])
except jm.errors.FileError as error:
    print("model.npz" in str(error), len(model.history_["step"]))
""",
        tmp_path / "pictures.npy",
        run,
    )
    assert printed == "True 6\n"
    assert len(jm.load(run).history_["step"]) == 3
    assert sorted(p.name for p in run.iterdir()) == ["log.jsonl", "model.npz"]
    resumed = quick().fit(shapes[0], checkpoint=run)
    unbroken = quick().fit(shapes[0])
    assert resumed.history_["loss"].tolist() == unbroken.history_["loss"].tolist()
    assert log_of(run)["step"] == [1, 2, 3, 4, 5, 6]


def test_a_finished_run_is_read_back(shapes, tmp_path):
    first = quick().fit(shapes[0], checkpoint=tmp_path / "run")
    written = os.stat(tmp_path / "run" / "model.npz").st_mtime_ns
    again = quick().fit(shapes[0], checkpoint=tmp_path / "run")
    assert again.history_["loss"].tolist() == first.history_["loss"].tolist()
    np.testing.assert_allclose(again.history_["seconds"], first.history_["seconds"])
    assert os.stat(tmp_path / "run" / "model.npz").st_mtime_ns == written


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"temperature": 0.1}, "temperature"),
        ({"seed": 9}, "seed"),
        ({"epochs": 3}, "epochs"),
    ],
)
def test_another_run_is_refused(shapes, tmp_path, params, field):
    quick().fit(shapes[0], checkpoint=tmp_path / "run")
    before = (tmp_path / "run" / "model.npz").read_bytes()
    with pytest.raises(InvalidArgument, match=f"checkpoint: .*{field} is"):
        quick(**params).fit(shapes[0], checkpoint=tmp_path / "run")
    with pytest.raises(InvalidArgument, match="pictures is 64 here and 96 there"):
        quick().fit(shapes[0][:64], checkpoint=tmp_path / "run")
    assert (tmp_path / "run" / "model.npz").read_bytes() == before


def test_a_damaged_checkpoint_is_refused(shapes, tmp_path):
    quick().fit(shapes[0], checkpoint=tmp_path / "run")
    file = tmp_path / "run" / "model.npz"
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(JumelleError):
        quick().fit(shapes[0], checkpoint=tmp_path / "run")


@pytest.mark.parametrize(
    ("damage", "kept"),
    [
        (lambda lines: [], 0),
        (lambda lines: lines[:2], 2),
        (lambda lines: [*lines[:3], lines[3][:40]], 3),  # killed while it was written
        (lambda lines: [lines[0], "{", *lines[2:]], 1),
        (lambda lines: [lines[0], lines[0], *lines[1:]], 1),
        (lambda lines: [lines[0], *lines[2:]], 1),
        (lambda lines: ['{"step": "x", "seconds": 1, "images_per_second": 1}\n'], 0),
        (lambda lines: ["[1]\n"], 0),
    ],
)
def test_a_damaged_log_costs_times_alone(shapes, tmp_path, damage, kept):
    first = quick().fit(shapes[0], checkpoint=tmp_path / "run")
    log = tmp_path / "run" / "log.jsonl"
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(damage(lines)))
    again = quick().fit(shapes[0], checkpoint=tmp_path / "run")
    assert again.history_["loss"].tolist() == first.history_["loss"].tolist()
    seconds = again.history_["seconds"]
    np.testing.assert_allclose(seconds[:kept], first.history_["seconds"][:kept])
    assert np.isnan(seconds[kept:]).all()


def test_the_log_is_the_history(shapes, tmp_path):
    model = quick().fit(shapes[0], checkpoint=tmp_path / "run")
    log, history = log_of(tmp_path / "run"), model.history_
    assert list(log) == list(history)
    for name, values in history.items():
        np.testing.assert_allclose(log[name], values, rtol=1e-12, err_msg=name)
    loaded = jm.load(tmp_path / "run").history_
    np.testing.assert_allclose(loaded["seconds"], history["seconds"])


def test_a_folder_that_cannot_be_made(shapes, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FileError, match="checkpoint: cannot make"):
        quick().fit(shapes[0], checkpoint=tmp_path / "file" / "run")
