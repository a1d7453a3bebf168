"""Files of fitted models: saved and loaded, pickled, and refused when broken."""

import copy
import pickle

import numpy as np
import pytest

import jumelle as jm
from jumelle.errors import DTypeError, FileError, InvalidArgument


def test_save_and_load(small, shapes, tmp_path):
    small.save(tmp_path / "model.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]
    loaded = jm.load(tmp_path / "model.npz")
    assert isinstance(loaded, jm.SimCLR)
    np.testing.assert_array_equal(
        loaded.transform(shapes[0]), small.transform(shapes[0])
    )
    assert loaded.history_["loss"].tolist() == small.history_["loss"].tolist()
    assert np.isnan(loaded.history_["seconds"]).all()
    params = loaded.get_params()
    assert (params["epochs"], params["batch_size"], params["size"]) == (2, 32, 16)
    assert (params["projection"], params["width"]) == ((32, 16), 0.25)
    assert params["threads"] is None
    with np.load(tmp_path / "model.npz", allow_pickle=False) as file:
        assert len(file.files) > 10


def test_loaded_parameters_start_the_same_run(small, shapes, tmp_path):
    small.save(tmp_path / "model.npz")
    again = jm.load(tmp_path / "model.npz").set_params(verbose=False).fit(shapes[0])
    assert again.history_["loss"].tolist() == small.history_["loss"].tolist()


@pytest.mark.parametrize(
    "copied", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy]
)
def test_pickle(small, shapes, copied):
    again = copied(small)
    np.testing.assert_array_equal(
        again.transform(shapes[0]), small.transform(shapes[0])
    )
    np.testing.assert_array_equal(again.history_["seconds"], small.history_["seconds"])
    assert again.get_params() == small.get_params()
    assert copied(jm.SimCLR(epochs=7)).epochs == 7


def test_what_cannot_be_loaded(tmp_path):
    with pytest.raises(FileError, match=r"none\.npz"):
        jm.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises((InvalidArgument, FileError), match="npz|archive|path"):
        jm.load(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises((InvalidArgument, DTypeError), match=r"other\.npz"):
        jm.load(tmp_path / "other.npz")
    with pytest.raises(InvalidArgument, match="path: want a path"):
        jm.load(3)


@pytest.mark.parametrize("cut", [10, 1000, -100, -1])
def test_a_file_cut_short_is_refused(small, tmp_path, cut):
    small.save(tmp_path / "model.npz")
    whole = (tmp_path / "model.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[:cut])
    with pytest.raises((InvalidArgument, FileError)):
        jm.load(tmp_path / "cut.npz")


def test_save_cannot_be_written(small, tmp_path):
    with pytest.raises(FileError, match="nowhere"):
        small.save(tmp_path / "nowhere" / "model.npz")
    with pytest.raises(FileError):
        small.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
