"""Pictures from arrays, files and folders."""

import json
import os
import pickle

import numpy as np
import pytest
from PIL import Image

import jumelle as jm
from jumelle.errors import DTypeError, FileError, InvalidArgument

from conftest import make_photos


@pytest.fixture
def folder(tmp_path):
    return make_photos(tmp_path / "photos")


def test_array(tiles):
    images = jm.Images(tiles)
    assert len(images) == len(tiles)
    assert images.shape == tiles.shape
    assert images.array() is tiles
    assert (images.paths, images.labels, images.classes) == (None, None, None)
    assert images.problems == []


def test_indexing_is_an_array_s(tiles):
    images = jm.Images(tiles)
    mask = np.arange(len(tiles)) % 3 == 0
    for key in (0, -1, np.int64(2), slice(3, 9), slice(None, None, -2), [5, 1], mask):
        np.testing.assert_array_equal(images[key], tiles[key])
    np.testing.assert_array_equal(images[2:4, :16], tiles[2:4, :16])
    np.testing.assert_array_equal(images[1, 3], tiles[1, 3])
    np.testing.assert_array_equal(np.asarray(images), tiles)
    assert sum(1 for _ in images) == len(tiles)
    assert images[:0].shape == (0, 32, 32, 3)
    for key in (len(tiles), -len(tiles) - 1, [0, len(tiles)], "0", 1.0):
        with pytest.raises(IndexError):
            images[key]


def test_read_names_a_bad_index(tiles):
    with pytest.raises(InvalidArgument, match="images_read: indices: want 0 to"):
        jm.Images(tiles).read([len(tiles)])


def test_gray_and_colour(tiles):
    gray = jm.Images(tiles, channels=1)
    assert gray.shape == (len(tiles), 32, 32, 1)
    weights = np.asarray([0.2989, 0.587, 0.114])
    assert np.abs(gray[:4][..., 0] - tiles[:4] @ weights).max() <= 1
    three = jm.Images(gray.array())
    assert three.shape == tiles.shape
    np.testing.assert_array_equal(three[0][..., 2], gray[0][..., 0])
    assert jm.Images(gray.array()[..., 0]).shape == tiles.shape


def test_size(tiles):
    images = jm.Images(tiles[:, :, :24], size=16)
    assert images.shape == (len(tiles), 16, 16, 3)
    assert images[0].shape == (16, 16, 3)
    assert images.array().shape == images.shape


def test_npy(tiles, tmp_path):
    np.save(tmp_path / "tiles.npy", tiles)
    images = jm.Images(tmp_path / "tiles.npy")
    np.testing.assert_array_equal(images.array(), tiles)
    np.testing.assert_array_equal(images[[3, 1]], tiles[[3, 1]])
    assert images.labels is None
    resized = jm.Images(str(tmp_path / "tiles.npy"), size=16)
    # Files are resized in other arithmetic than arrays: a level apart at most.
    both = resized.array().astype(int), jm.Images(tiles, size=16).array().astype(int)
    assert np.abs(both[0] - both[1]).max() <= 1
    gray = jm.Images(tmp_path / "tiles.npy", channels=1)
    np.testing.assert_array_equal(gray.array(), jm.Images(tiles, channels=1).array())


def test_folder(folder):
    images = jm.Images(folder, size=32)
    assert images.shape == (12, 32, 32, 3)
    assert images.classes == ["left", "right"]
    assert images.labels.tolist() == [0] * 6 + [1] * 6
    assert images.labels.dtype == np.int64
    assert [os.path.basename(p) for p in images.paths[:2]] == ["00.png", "02.png"]
    with Image.open(images.paths[0]) as picture:
        wide = np.asarray(picture)
    assert wide.shape == (40, 48, 3)
    assert abs(images[0].mean() - wide.mean()) < 6


def test_folder_of_one_size_as_stored(folder):
    images = jm.Images(folder)
    assert images.shape == (12, 40, 48, 3)
    with Image.open(images.paths[3]) as picture:
        np.testing.assert_array_equal(images[3], np.asarray(picture))


def test_list_of_paths(folder):
    paths = [folder / "right" / "01.png", str(folder / "left" / "00.png")]
    images = jm.Images(paths)
    assert images.paths == [str(p) for p in paths]
    whole = jm.Images(folder)
    np.testing.assert_array_equal(images[1], whole[0])


def test_broken_files_are_problems(folder):
    (folder / "left" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing more")
    (folder / "left" / "notes.txt").write_text("no picture")
    cut = (folder / "right" / "01.png").read_bytes()[:900]
    (folder / "right" / "cut.png").write_bytes(cut)
    images = jm.Images(folder, size=32)
    assert len(images) == 12
    assert images.array().shape == (12, 32, 32, 3)
    bad = {os.path.basename(path): reason for path, reason in images.problems}
    assert {"broken.png", "cut.png"} <= set(bad)
    assert all(bad.values())
    assert "problems" in repr(images)


def test_what_cannot_be_opened(tmp_path):
    with pytest.raises(FileError, match="nowhere"):
        jm.Images(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError, match="empty"):
        jm.Images(tmp_path / "empty")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.jpg").write_bytes(b"no jpeg")
    with pytest.raises(FileError, match="broken"):
        jm.Images(tmp_path / "broken")
    (tmp_path / "bad.npy").write_bytes(b"no array")
    with pytest.raises((InvalidArgument, FileError), match="npy"):
        jm.Images(tmp_path / "bad.npy")
    np.save(tmp_path / "wide.npy", np.zeros((2, 8, 8, 3)))
    with pytest.raises(DTypeError, match="f8|float64"):
        jm.Images(tmp_path / "wide.npy")


def test_pictures_of_several_sizes_want_a_size(folder):
    Image.new("RGB", (20, 20)).save(folder / "left" / "small.png")
    with pytest.raises(InvalidArgument, match="size"):
        jm.Images(folder)
    assert len(jm.Images(folder, size=16)) == 13


@pytest.mark.parametrize(
    ("source", "options", "error", "message"),
    [
        (np.zeros((2, 8, 8, 3)), {}, DTypeError, "source: want uint8"),
        (np.zeros((2, 8, 8, 4), np.uint8), {}, InvalidArgument, "source: .*c = 1 or 3"),
        (
            np.zeros((0, 8, 8, 3), np.uint8),
            {},
            InvalidArgument,
            "source: want pictures",
        ),
        (np.zeros((8, 8), np.uint8), {}, InvalidArgument, "source: want uint8"),
        (None, {}, InvalidArgument, "source: want .* got NoneType"),
        (3, {}, InvalidArgument, "source: want .* got int"),
        ([], {}, InvalidArgument, "source"),
        ("", {}, InvalidArgument, "source: want a path"),
        ("a\0b", {}, InvalidArgument, "source: want a path"),
        (
            np.zeros((2, 8, 8, 3), np.uint8),
            {"size": 0},
            InvalidArgument,
            "size: want 1",
        ),
        (
            np.zeros((2, 8, 8, 3), np.uint8),
            {"size": 8.5},
            InvalidArgument,
            "size: want",
        ),
        (
            np.zeros((2, 8, 8, 3), np.uint8),
            {"channels": 4},
            InvalidArgument,
            "channels",
        ),
    ],
)
def test_bad_arguments(source, options, error, message):
    with pytest.raises(error, match=f"^images: {message}"):
        jm.Images(source, **options)


def test_pack(folder, tmp_path):
    images = jm.Images(folder, size=24)
    packed = jm.pack(images, tmp_path / "photos.npy")
    np.testing.assert_array_equal(packed.array(), images.array())
    np.testing.assert_array_equal(np.load(tmp_path / "photos.npy"), images.array())
    assert packed.paths == images.paths
    assert packed.labels.tolist() == images.labels.tolist()
    assert packed.classes == images.classes
    beside = json.loads((tmp_path / "photos.npy.json").read_text())
    assert beside["classes"] == ["left", "right"]
    left = sorted(p.name for p in tmp_path.iterdir())
    assert left == ["photos", "photos.npy", "photos.npy.json"]


def test_pack_an_array(tiles, tmp_path):
    packed = jm.pack(tiles, tmp_path / "tiles.npy", size=16)
    assert packed.shape == (len(tiles), 16, 16, 3)
    np.testing.assert_array_equal(packed.array(), jm.Images(tiles, size=16).array())
    gray = jm.pack(tiles, tmp_path / "tiles.npy", channels=1)
    assert gray.shape == (len(tiles), 32, 32, 1)
    assert packed.labels is None


def test_pack_says_what_is_wrong(tiles, tmp_path):
    with pytest.raises(InvalidArgument, match=r"out: want a path that ends in \.npy"):
        jm.pack(tiles, tmp_path / "tiles.png")
    with pytest.raises(FileError, match="out: cannot write"):
        jm.pack(tiles, tmp_path / "nowhere" / "tiles.npy")
    assert list(tmp_path.iterdir()) == []


def test_pickle(folder, tiles):
    for images in (jm.Images(folder, size=16), jm.Images(tiles)):
        again = pickle.loads(pickle.dumps(images))
        np.testing.assert_array_equal(again[:3], images[:3])
        assert again.shape == images.shape


def test_real_files_of_every_kind():
    data = os.environ.get("JUMELLE_DATA")
    if not data or not os.path.isdir(os.path.join(data, "odd")):
        pytest.skip("JUMELLE_DATA names no folder with odd/: NOT TESTED on odd files")
    images = jm.Images(os.path.join(data, "odd"), size=32)
    assert images.array().shape == (len(images), 32, 32, 3)
    assert len(images.problems) > 10
