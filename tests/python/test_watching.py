"""What a run says of itself while it goes on: warnings, held-out accuracy, scalars."""

import json
import struct
import sys
import warnings

import numpy as np
import pytest

import jumelle as jm
from jumelle.errors import FileError, InvalidArgument, LearningWarning

from conftest import command, make_photos, quick

SMALL = {"width": 0.125, "size": 16, "batch_size": 32, "verbose": False}


def caught(call):
    """Calls, and gives the warnings."""
    with warnings.catch_warnings(record=True) as list_:
        warnings.simplefilter("always")
        call()
    assert all(w.category is LearningWarning for w in list_)
    return list_


# ---- warnings ----------------------------------------------------------------------


def test_byol_without_prediction_collapses_and_says_so():
    images, _ = jm.datasets.shapes(64, size=16, seed=3)
    params = {"projection": (16, 8), "momentum": 0.9}
    params |= {**SMALL, "epochs": 28, "optimizer": "sgd", "learning_rate": 0.1}
    bare = jm.BYOL(prediction=(), **params)
    said = [str(w.message) for w in caught(lambda: bare.fit(images))]
    # Each once, although the embeddings were collapsed at many steps.
    assert [text.split(":")[0] for text in said] == [
        "BYOL without a prediction head collapses",
        "the embeddings have collapsed",
    ]
    assert list(bare.warnings_) == ["no_prediction", "collapse"]
    assert bare.history_["feature_std"][-1] < 0.1 / np.sqrt(8)
    assert bare.history_["effective_rank"][-1] < 2

    whole = jm.BYOL(prediction=(16, 8), **params)
    assert caught(lambda: whole.fit(images)) == []
    assert whole.warnings_ == {}
    assert whole.history_["feature_std"][-1] > 0.5 / np.sqrt(8)


@pytest.mark.parametrize(
    ("params", "kind"),
    [({"temperature": 0.001}, "temperature"), ({"batch_size": 4}, "small_batch")],
)
def test_settings_that_cannot_work(shapes, params, kind):
    model = quick(**{"epochs": 1, **params})
    (warning,) = caught(lambda: model.fit(shapes[0][:32]))
    assert list(model.warnings_) == [kind]
    assert str(warning.message) == model.warnings_[kind]
    assert warning.filename == __file__  # the caller's line, not ours
    (warning,) = caught(lambda: quick(**params).partial_fit(shapes[0][:32]))
    assert warning.filename == __file__


def test_a_queue_of_parts_of_batches(shapes):
    model = jm.MoCo(queue=40, epochs=1, **SMALL)
    (warning,) = caught(lambda: model.fit(shapes[0]))
    assert "queue 40 is no multiple of batch_size 32" in str(warning.message)


def test_barlow_twins_of_one_picture_is_refused(shapes):
    with pytest.raises(InvalidArgument, match="batch_size: want 2 to"):
        jm.BarlowTwins(batch_size=1).fit(shapes[0])


def test_a_warning_that_is_an_error_keeps_what_was_learned(shapes):
    model = quick(batch_size=4, epochs=1)
    with pytest.raises(LearningWarning, match="4 pictures are normalised together"):
        model.partial_fit(shapes[0][:4])
    assert not hasattr(model, "history_")  # nothing was kept of the first call
    model = quick(temperature=0.001)
    with pytest.raises(LearningWarning, match="temperature 0.001 cannot work"):
        model.fit(shapes[0])
    assert model.history_["step"].tolist() == []


def test_the_command_line_warns(tmp_path):
    photos = make_photos(tmp_path / "photos", n=16)
    options = ["--size", "16", "--width", "0.125", "--epochs", "1"]
    done = command(
        *["train", photos, *options, "--batch-size", "4", "--out", tmp_path / "run"],
        *["--json", "--quiet"],
    )
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("jumelle: warning: 4 pictures are normalised together")
    assert list(json.loads(done.stdout)["warnings"]) == ["small_batch"]


# ---- a held-out slice --------------------------------------------------------------


def test_held_out_accuracy(shapes, tmp_path):
    images, labels = jm.datasets.shapes(60, size=16, seed=8)
    model = quick().fit(shapes[0], held_out=(images, labels), checkpoint=tmp_path / "r")
    accuracy = model.history_["held_out_accuracy"]
    assert np.isnan(accuracy[[0, 1, 3, 4]]).all()
    features = model.transform(images)
    wanted = jm.evaluate.knn(
        features[::2], labels[::2], features[1::2], labels[1::2], k=20
    )
    assert accuracy[5] == wanted["accuracy"]
    assert 0 < accuracy[2] <= 1
    # Learning is not touched, and the log keeps what was measured.
    assert "held_out_accuracy" not in quick().fit(shapes[0]).history_
    plain = quick().fit(shapes[0]).history_["loss"]
    assert model.history_["loss"].tolist() == plain.tolist()
    loaded = jm.load(tmp_path / "r").history_["held_out_accuracy"]
    np.testing.assert_array_equal(loaded, accuracy)


def test_held_out_folder(shapes, tmp_path):
    folder = make_photos(tmp_path / "photos", n=12)
    history = quick(epochs=1).fit(shapes[0], held_out=folder).history_
    assert history["held_out_accuracy"][-1] >= 0
    done = command(
        *["train", folder, "--size", "16", "--width", "0.125", "--epochs", "1"],
        *["--batch-size", "12", "--held-out", folder, "--out", tmp_path / "run"],
    )
    assert done.returncode == 0, done.stderr
    assert "held out" in done.stdout
    assert "held out" in done.stderr


@pytest.mark.parametrize(
    ("held_out", "message"),
    [
        (np.zeros((4, 16, 16, 3), np.uint8), "fit: held_out: want a pair"),
        ((np.zeros((4, 16, 16, 3), np.uint8), [0, 1]), r"held_out: want shape \(4,\)"),
        ((np.zeros((1, 16, 16, 3), np.uint8), [0]), "at least 2 pictures, got 1"),
        ((np.zeros((2, 16, 16, 3), np.uint8), [0, -1]), "held_out: want 0 to"),
    ],
)
def test_bad_held_out(shapes, held_out, message):
    with pytest.raises(InvalidArgument, match=message):
        quick().fit(shapes[0], held_out=held_out)


# ---- TensorBoard -------------------------------------------------------------------


def scalars(folder):
    """Reads the events of a folder: (step, tag, value), and the steps purged from."""
    from tensorboardX.proto.event_pb2 import Event

    found, purged = [], []
    for file in sorted(folder.iterdir()):
        data = file.read_bytes()
        while data:  # records: length, its checksum, content, its checksum
            (n,) = struct.unpack("<Q", data[:8])
            event = Event.FromString(data[12 : 12 + n])
            data = data[16 + n :]
            if event.HasField("session_log"):
                purged.append(event.step)
            for value in event.summary.value:
                found.append((event.step, value.tag, value.simple_value))
    return found, purged


def test_tensorboard(shapes, tmp_path):
    board, run = tmp_path / "board", tmp_path / "run"
    model = quick(epochs=1).fit(shapes[0], tensorboard=board, checkpoint=run)
    found, _ = scalars(board)
    history = model.history_
    assert {tag for _, tag, _ in found} == set(history) - {"step", "epoch", "seconds"}
    for step, tag, value in found:
        assert value == pytest.approx(history[tag][step - 1], rel=1e-6)
    assert [s for s, tag, _ in found if tag == "loss"] == [1, 2, 3]


def test_tensorboard_of_a_run_that_goes_on(shapes, tmp_path):
    board, run = tmp_path / "board", tmp_path / "run"

    class Stopping(jm.Images):
        left = 4

        def read(self, rows):
            self.left -= 1
            if self.left < 0:
                raise RuntimeError
            return super().read(rows)

    with pytest.raises(RuntimeError):
        quick().fit(Stopping(shapes[0]), tensorboard=board, checkpoint=run)
    quick().fit(shapes[0], tensorboard=board, checkpoint=run)
    found, purged = scalars(board)
    assert sorted(s for s, tag, _ in found if tag == "loss") == [1, 2, 3, 4, 5, 6]
    assert purged[-1] == 5  # what an earlier run wrote from there on does not count


def test_tensorboard_without_its_package(shapes, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r'pip install "jumelle\[tensorboard\]"'):
        quick().fit(shapes[0], tensorboard=tmp_path / "board")


# ---- a folder that fails -----------------------------------------------------------


def test_a_log_that_cannot_be_written(shapes, tmp_path):
    (tmp_path / "run" / "log.jsonl").mkdir(parents=True)
    with pytest.raises(FileError, match=r"checkpoint: cannot write .*log\.jsonl"):
        quick().fit(shapes[0], checkpoint=tmp_path / "run")


@pytest.mark.parametrize("minutes", ["5", float("nan"), None])
def test_bad_checkpoint_minutes(shapes, tmp_path, minutes):
    with pytest.raises(InvalidArgument, match="fit: checkpoint_minutes: want a"):
        quick().fit(shapes[0], checkpoint=tmp_path, checkpoint_minutes=minutes)
