"""ViewsDataset: the pipeline's bytes, as tensors, in memory that nobody copied."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as tv

import jumelle as jm
import jumelle.torch as jt
from jumelle.errors import DTypeError, InvalidArgument

PIPE = jm.augment.simclr(size=24)
ROWS = [7, 0, 31, 7, 12]


def direct(pipe, pictures, rows, **options):
    """What the pipeline itself gives for these rows, as (views, n, c, size, size)."""
    views = pipe(pictures[rows], indices=rows, **options)
    return torch.from_numpy(views).permute(0, 1, 4, 2, 3)


@pytest.mark.parametrize(
    "pipe",
    [PIPE, jm.augment.byol(size=32), jm.augment.test(size=16)],
    ids=["simclr", "byol", "test"],
)
@pytest.mark.parametrize("views", [1, 2, 3])
def test_bytes_are_the_pipeline_s(pipe, views, pictures):
    dataset = jt.ViewsDataset(pictures[0], pipe, views, seed=3)
    for epoch in (0, 2):
        dataset.set_epoch(epoch)
        got = jt.collate(dataset.__getitems__(ROWS))
        want = direct(pipe, pictures[0], ROWS, views=views, seed=3, epoch=epoch)
        assert got.dtype == torch.uint8
        assert torch.equal(got, want)


def test_a_sample_is_its_row_of_a_batch(pictures):
    dataset = jt.ViewsDataset(pictures[0], PIPE, 3, seed=1)
    batch = jt.collate(dataset.__getitems__(ROWS))
    for i, row in enumerate(ROWS):
        sample = dataset[row]
        assert isinstance(sample, tuple)
        assert len(sample) == 3
        assert torch.equal(torch.stack(sample), batch[:, i])
    assert torch.equal(torch.stack(dataset[-1]), torch.stack(dataset[len(dataset) - 1]))


def test_a_batch_takes_one_call_and_no_copy(pictures, monkeypatch):
    filled = []

    class Watched(type(PIPE)):
        def __call__(self, array, **options):
            filled.append(options["out"])
            return super().__call__(array, **options)

    monkeypatch.setattr(PIPE, "__class__", Watched)
    batch = jt.collate(jt.ViewsDataset(pictures[0], PIPE).__getitems__(ROWS))
    assert len(filled) == 1
    assert batch.data_ptr() == filled[0].ctypes.data
    assert batch.untyped_storage().nbytes() == filled[0].nbytes
    x1, x2 = batch
    for x in (x1, x2, batch.flatten(0, 1)):
        assert x.untyped_storage().data_ptr() == batch.untyped_storage().data_ptr()
        assert x.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("mean", "std"),
    [
        (0, 1),
        (0.5, 0.25),
        ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
        (np.asarray([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])),
        ([0.1, 0.2, 0.3], 2),
    ],
)
def test_normalisation_is_torchvision_s(mean, std, pictures):
    plain = jt.ViewsDataset(pictures[0], PIPE, seed=2)
    floats = jt.ViewsDataset(pictures[0], PIPE, seed=2, normalize=(mean, std))
    bytes_, got = (jt.collate(d.__getitems__(ROWS)) for d in (plain, floats))
    wide = tv.to_dtype(bytes_, torch.float64, scale=True)
    values = [np.broadcast_to(np.asarray(v, float), 3).tolist() for v in (mean, std)]
    want = tv.normalize(wide, *values)
    assert got.dtype == torch.float32
    assert got.is_contiguous()
    torch.testing.assert_close(got.double(), want, rtol=1e-6, atol=1e-6)
    assert torch.equal(torch.stack(floats[ROWS[0]]), got[:, 0])


def test_normalised_extremes():
    ends = np.zeros((2, 8, 8, 3), np.uint8)
    ends[1] = 255
    dataset = jt.ViewsDataset(ends, jm.augment.test(size=8), 1, normalize=(0, 1))
    black, white = (dataset[i][0] for i in range(2))
    assert black.unique().tolist() == [0]
    assert white.unique().tolist() == [1]


def test_labels(pictures):
    images, labels = pictures
    dataset = jt.ViewsDataset(images, PIPE, labels=labels)
    views, y = jt.collate(dataset.__getitems__(ROWS))
    assert y.dtype == torch.int64
    assert y.tolist() == labels[ROWS].tolist()
    assert torch.equal(views, direct(PIPE, images, ROWS))
    (x1, x2), label = dataset[31]
    assert label == labels[31]
    assert isinstance(label, int)
    assert torch.equal(torch.stack([x1, x2]), views[:, 2])
    labels = torch.from_numpy(labels).clone()
    dataset = jt.ViewsDataset(images, PIPE, labels=labels)
    wanted = labels.tolist()
    labels.zero_()
    assert [dataset[i][1] for i in range(3)] == wanted[:3]


def test_gray_pictures_stay_gray(pictures):
    gray = np.ascontiguousarray(pictures[0][..., 0])
    pipe = jm.augment.weak(size=16)
    for source in (gray, gray[..., None], torch.from_numpy(gray)):
        got = jt.collate(jt.ViewsDataset(source, pipe).__getitems__(ROWS))
        assert got.shape == (2, 5, 1, 16, 16)
        assert torch.equal(got, direct(pipe, gray, ROWS))
    coloured = jt.ViewsDataset(jm.Images(gray), pipe)
    assert jt.collate(coloured.__getitems__(ROWS)).shape == (2, 5, 3, 16, 16)


def test_sources(pictures, tmp_path):
    from PIL import Image

    images = pictures[0]
    np.save(tmp_path / "pictures.npy", images)
    photos = tmp_path / "photos"
    photos.mkdir()
    for i, picture in enumerate(images):
        Image.fromarray(picture).save(photos / f"{i:03}.png")
    want = direct(PIPE, images, ROWS)
    sources = [
        jm.Images(images),
        tmp_path / "pictures.npy",
        str(photos),
        jm.Images(photos),
        sorted(photos.iterdir()),
        torch.from_numpy(images),
        np.asfortranarray(images),
    ]
    for source in sources:
        dataset = jt.ViewsDataset(source, PIPE)
        assert len(dataset) == len(images)
        assert torch.equal(jt.collate(dataset.__getitems__(ROWS)), want), source
        again = pickle.loads(pickle.dumps(dataset))
        assert torch.equal(jt.collate(again.__getitems__(ROWS)), want), source


def test_copies_are_independent(pictures):
    dataset = jt.ViewsDataset(pictures[0], PIPE, normalize=(0.5, 0.25))
    dataset.set_epoch(4)
    for other in (copy.deepcopy(dataset), pickle.loads(pickle.dumps(dataset))):
        assert other.epoch == 4
        assert torch.equal(other[3][0], dataset[3][0])
        other.set_epoch(5)
        assert dataset.epoch == 4


def test_threads_change_no_byte(pictures):
    one, two = (jt.ViewsDataset(pictures[0], PIPE, threads=n) for n in (1, 2))
    got = [jt.collate(d.__getitems__(range(40))) for d in (one, two)]
    assert torch.equal(*got)


def test_indices(pictures):
    dataset = jt.ViewsDataset(pictures[0], PIPE)
    want = jt.collate(dataset.__getitems__(ROWS))
    for rows in (np.asarray(ROWS), torch.tensor(ROWS), [np.int32(i) for i in ROWS]):
        assert torch.equal(jt.collate(dataset.__getitems__(rows)), want)
    behind = [i - len(dataset) for i in ROWS]
    assert torch.equal(jt.collate(dataset.__getitems__(behind)), want)
    assert len(dataset.__getitems__([])) == 0
    assert len(list(dataset)) == 40  # iteration ends with IndexError
    for wrong in (40, -41, 2**70):
        with pytest.raises((IndexError, InvalidArgument), match="ViewsDataset: index"):
            dataset[wrong]
    for wrong in (1.0, "1", slice(3), None):
        with pytest.raises(InvalidArgument, match="index: want whole numbers, got"):
            dataset[wrong]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"views": 0}, InvalidArgument, "views: want 1 to"),
        ({"views": 1.5}, InvalidArgument, "views: want a whole number"),
        ({"seed": -1}, InvalidArgument, "seed: want 0 to"),
        ({"threads": 0}, InvalidArgument, "threads: want 1 to"),
        ({"labels": [1, 2]}, InvalidArgument, r"labels: want shape \(40,\), got \(2,"),
        ({"labels": np.ones(40)}, DTypeError, "labels: want whole numbers"),
        ({"normalize": 0.5}, InvalidArgument, r"normalize: want \(mean, std\), got fl"),
        ({"normalize": (0.5,)}, InvalidArgument, r"normalize: want \(mean, std\)"),
        ({"normalize": (0.5, 0)}, InvalidArgument, "std: want positive numbers, got 0"),
        (
            {"normalize": (0, [1, 1])},
            InvalidArgument,
            "std: want a finite number, or 3",
        ),
        ({"normalize": ("x", 1)}, InvalidArgument, "mean: want a finite number, or 3"),
        ({"normalize": (float("nan"), 1)}, InvalidArgument, "mean: want a finite"),
        ({"normalize": (None, 1)}, InvalidArgument, "mean: want a finite"),
    ],
)
def test_bad_options(options, error, message, pictures):
    with pytest.raises(error, match=f"^ViewsDataset: (normalize: )?{message}"):
        jt.ViewsDataset(pictures[0], PIPE, **options)


def test_bad_pictures_and_pipes(pictures):
    with pytest.raises(DTypeError, match="^ViewsDataset: images: want uint8"):
        jt.ViewsDataset(torch.ones(4, 8, 8, 3), PIPE)
    with pytest.raises(InvalidArgument, match="^ViewsDataset: images: want uint8"):
        jt.ViewsDataset(torch.ones(4, 3, 8, 8, dtype=torch.uint8), PIPE)
    with pytest.raises(InvalidArgument, match="^ViewsDataset: pipe: want a pipeline"):
        jt.ViewsDataset(pictures[0], lambda x: x)
    with pytest.raises(InvalidArgument, match="^ViewsDataset: epoch: want 0 to"):
        jt.ViewsDataset(pictures[0], PIPE).set_epoch(-1)
