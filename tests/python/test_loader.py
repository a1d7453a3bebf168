"""The loader: order, views, what happens when it is broken off or something fails."""

import pickle
import threading

import numpy as np
import pytest
from PIL import Image

import jumelle as jm
from jumelle.errors import FileError, InvalidArgument

from conftest import python

PIPE = jm.augment.simclr(size=16)


def threads():
    return [t for t in threading.enumerate() if t.name.startswith("jumelle")]


@pytest.fixture
def mixed(tmp_path):
    """A folder of ten pictures of several sizes."""
    rng = np.random.default_rng(1)
    for i in range(10):
        pixels = rng.integers(0, 256, (18 + i % 3, 30 - i, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{i}.png")
    return tmp_path


@pytest.mark.parametrize("prefetch", [0, 1, 3, 100])
@pytest.mark.parametrize("batch_size", [1, 4, 10, 64])
def test_views_are_those_of_the_pipeline(mixed, batch_size, prefetch):
    images = jm.Images(mixed)
    loader = jm.augment.Loader(
        images, PIPE, batch_size=batch_size, seed=3, prefetch=prefetch
    )
    for epoch in range(2):
        batches = list(loader)
        assert len(batches) == len(loader) == -(-10 // batch_size)
        order = np.concatenate([batch.indices for batch in batches])
        assert sorted(order) == list(range(10))
        views = np.concatenate([batch.views for batch in batches], axis=1)
        whole = PIPE(images, seed=3, epoch=epoch)
        np.testing.assert_array_equal(views, whole[:, order])
        # Each picture alone, at its own size, is the same.
        alone = PIPE(images[7][None], seed=3, epoch=epoch, indices=[7])
        np.testing.assert_array_equal(alone[:, 0], whole[:, 7])
    assert threads() == []


def test_order_is_that_of_training(shapes):
    images = shapes[0]
    loader = jm.augment.Loader(images, PIPE, batch_size=32, seed=5, drop_last=True)
    model = jm.SimCLR(batch_size=32, epochs=2, size=16, width=0.25, seed=5)
    seen = []

    class Spy(jm.Images):
        def read(self, indices):
            seen.append(np.array(indices))
            return super().read(indices)

    model.set_params(verbose=False).fit(Spy(images))
    ours = [batch.indices for _ in range(2) for batch in loader]
    assert len(ours) == len(seen) == 6
    for a, b in zip(ours, seen, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (ours[0] != ours[3]).any()


def test_settings(shapes):
    images = shapes[0][:10]
    loader = jm.augment.Loader(images, PIPE, batch_size=4, views=3, shuffle=False)
    assert [b.indices.tolist() for b in loader][-1] == [8, 9]
    assert next(iter(loader)).views.shape == (3, 4, 16, 16, 3)
    assert loader.epoch == 2
    loader.epoch = 0
    views = next(iter(loader)).views
    np.testing.assert_array_equal(views, PIPE(images[:4], views=3))
    short = jm.augment.Loader(images, PIPE, batch_size=4, drop_last=True)
    assert [len(b.indices) for b in short] == [4, 4]
    assert len(list(jm.augment.Loader(images, PIPE, 64, drop_last=True))) == 0
    gray = jm.augment.Loader(images[..., :1], PIPE, batch_size=10)
    assert next(iter(gray)).views.shape == (2, 10, 16, 16, 1)
    again = pickle.loads(pickle.dumps(loader))
    assert again.epoch == loader.epoch
    assert len(list(again)) == 3


def test_caller_may_use_images_and_pipeline_meanwhile(mixed):
    images = jm.Images(mixed, check=False)
    loader = jm.augment.Loader(images, PIPE, batch_size=1, prefetch=4)
    for views, rows in loader:
        np.testing.assert_array_equal(PIPE(images, epoch=0, indices=rows), views)
        assert images[int(rows[0])].ndim == 3
        assert images.problems == []


def test_early_stop_leaves_no_thread(mixed):
    for _ in jm.augment.Loader(mixed, PIPE, batch_size=1, prefetch=8):
        break
    assert threads() == []
    passing = iter(jm.augment.Loader(mixed, PIPE, batch_size=1))
    next(passing)
    passing.close()
    assert threads() == []


def test_errors_arrive_at_the_batch_they_belong_to(mixed):
    images = jm.Images(mixed, check=False)
    (mixed / "7.png").unlink()
    done = []
    loader = jm.augment.Loader(images, PIPE, batch_size=1, shuffle=False, prefetch=3)

    def run():
        for batch in loader:
            done.append(int(batch.indices[0]))

    with pytest.raises(FileError, match=r"7\.png: no such file"):
        run()
    assert done == list(range(7))
    assert threads() == []


def test_a_broken_file_does_not_stop_it(mixed):
    whole = (mixed / "7.png").read_bytes()
    (mixed / "7.png").write_bytes(whole[: len(whole) // 2])
    loader = jm.augment.Loader(
        jm.Images(mixed, check=False), PIPE, batch_size=4, shuffle=False
    )
    with pytest.warns(UserWarning, match=r"broken files.*7\.png"):
        batches = list(loader)
    assert not batches[1].views[:, 3].any()
    assert [path for path, _ in loader.images.problems] == [str(mixed / "7.png")]


CTRL_C = """
import os, signal, threading, time
import numpy as np
import jumelle as jm

images = np.zeros((4000, 64, 64, 3), np.uint8)
loader = jm.augment.Loader(images, jm.augment.simclr(size=224, blur=True), 40)
timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
timer.start()
try:
    for batch in loader:
        pass
    print("not stopped")
except KeyboardInterrupt:
    left = [t.name for t in threading.enumerate() if "jumelle" in t.name]
    print("stopped", left)
"""


def test_ctrl_c():
    start = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    assert python(start + CTRL_C).strip() == "stopped []"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pipe": "simclr"}, "pipe: want a pipeline of jumelle.augment, got str"),
        ({"batch_size": 0}, "batch_size: want 1"),
        ({"views": 0}, "views: want 1"),
        ({"seed": -1}, "seed: want 0"),
        ({"prefetch": -1}, "prefetch: want 0"),
        ({"threads": 0}, "threads: want 1"),
    ],
)
def test_bad_arguments(options, message):
    given = {"images": np.zeros((4, 8, 8, 3), np.uint8), "pipe": PIPE, **options}
    with pytest.raises(InvalidArgument, match=f"^Loader: {message}"):
        jm.augment.Loader(**given)


def test_bad_epoch(shapes):
    loader = jm.augment.Loader(shapes[0], PIPE)
    loader.epoch = -1
    with pytest.raises(InvalidArgument, match="^Loader: epoch: want 0"):
        iter(loader)
