"""Pictures from arrays, files and folders."""

import json
import os
import pickle
import resource
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import jumelle as jm
from jumelle.errors import DTypeError, FileError, InvalidArgument

from conftest import ROOT, make_photos


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
    assert images[:0].shape == (0, 16, 16, 3)
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


def test_pictures_of_several_sizes(tmp_path):
    for i, (w, h) in enumerate([(20, 16), (10, 10), (10, 10)]):
        gray = Image.new("RGB", (w, h), (i * 50,) * 3)
        gray.save(tmp_path / f"{i}.png")
    images = jm.Images(tmp_path)
    assert images.shape == (3, 0, 0, 3)
    assert images.sizes.tolist() == [[16, 20], [10, 10], [10, 10]]
    assert "3 pictures of several sizes" in repr(images)
    assert [p.shape for p in images] == [(16, 20, 3), (10, 10, 3), (10, 10, 3)]
    assert images[1:].shape == (2, 10, 10, 3)
    assert images[2].max() == 100
    for use in (lambda: images[:2], images.array, lambda: np.asarray(images)):
        with pytest.raises(InvalidArgument, match="size: want pictures of one size"):
            use()
    with pytest.raises(InvalidArgument, match="2 sizes from 10x10 to 16x20"):
        jm.RandomEncoder().fit(images)
    assert jm.Images(tmp_path, size=8).array().shape == (3, 8, 8, 3)
    assert jm.Images(tmp_path, size=8).sizes.tolist() == [[8, 8]] * 3


def test_a_file_that_breaks_later_is_a_problem_and_black(folder, tmp_path):
    cut = folder / "left" / "cut.png"
    cut.write_bytes((folder / "left" / "00.png").read_bytes()[:900])
    images = jm.Images(folder, size=16, check=False)
    assert (len(images), images.problems) == (13, [])
    at = images.paths.index(str(cut))
    with pytest.warns(UserWarning, match="1 broken files are black.*cut.png"):
        assert not images[at].any()
    assert [path for path, _ in images.problems] == [str(cut)]
    assert len(images.labels) == 13
    images.array()  # known by now: no second warning
    checked = jm.Images(folder, size=16, check=True)
    assert (len(checked), checked.problems) == (12, images.problems)
    packed = jm.pack(jm.Images(folder, size=16, check=False), tmp_path / "p.npy")
    np.testing.assert_array_equal(packed.array(), checked.array())
    assert packed.labels.tolist() == checked.labels.tolist()
    assert packed.problems == images.problems
    (folder / "left" / "00.png").unlink()
    gone = jm.Images(folder, size=16)
    (folder / "left" / "02.png").unlink()
    assert gone[0].any()  # in memory already
    lazy = jm.Images(folder, size=16, check=False)
    (folder / "left" / "04.png").unlink()
    with pytest.raises(FileError, match="04.png: no such file"):
        lazy.array()


def test_threads_share_images(folder):
    images = jm.Images(folder, size=16, check=False)
    wanted = jm.Images(folder, size=16).array()
    with ThreadPoolExecutor(8) as pool:
        for got in pool.map(lambda _: images.array(), range(16)):
            np.testing.assert_array_equal(got, wanted)


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
        (
            np.zeros((2, 8, 8, 3), np.uint8),
            {"check": 2},
            InvalidArgument,
            "check: want True, False or None",
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


# Files that are read although Pillow 9.4 does not, or the other way round: see
# core/pictures/odd_test.go.
OTHER = {"exif/truncated_exif_dpi.jpg", "gif/no_palette.gif", "gif/oob.gif"}


@pytest.mark.parametrize("check", [True, False])
def test_real_files_of_every_kind(check):
    odd = odd_files()
    lines = (odd / "MANIFEST.tsv").read_text().splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    good = {row[0] for row in rows if row[5].startswith("ok ") != (row[0] in OTHER)}
    before = peak()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of broken files, which are looked at below
        images = jm.Images(odd, check=check)
        views = jm.augment.simclr(size=32)(images)
        assert views.shape == (2, len(images), 32, 32, 3)
    bad = {os.path.relpath(path, odd) for path, _ in images.problems}
    read = {os.path.relpath(path, odd) for path in images.paths} - bad
    assert read == good
    litter = {"synthetic/.DS_Store", "synthetic/Thumbs.db"}
    assert bad >= {row[0] for row in rows} - good - litter
    assert all(reason for _, reason in images.problems)
    assert peak() - before < 2**30


def odd_files():
    """The folder of odd files beside the project, or where JUMELLE_DATA says."""
    data = Path(os.environ.get("JUMELLE_DATA") or ROOT.parent / "shared" / "data")
    if not (data / "odd").is_dir():
        pytest.skip(f"{data} has no odd/: NOT TESTED on odd files")
    return data / "odd"


def peak():
    """The most memory that this process had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
