"""Estimators: learning, features, and what can be wrong."""

import os
import re

import numpy as np
import pytest

import jumelle as jm
from jumelle.errors import (
    DTypeError,
    FileError,
    InvalidArgument,
    NotFittedError,
    NumericError,
)

from conftest import make_photos, python, quick


def test_fit_gives_back_the_estimator(shapes):
    model = quick(epochs=1)
    assert model.fit(shapes[0]) is model


def test_history(small):
    history = small.history_
    wanted = "step epoch loss lr seconds images_per_second feature_std effective_rank"
    assert list(history)[:8] == wanted.split()
    assert {"uninformed_loss", "alignment", "uniformity", "gradient_norm"} < set(
        history
    )
    assert history["uninformed_loss"].tolist() == [pytest.approx(np.log(63))] * 6
    assert history["step"].tolist() == [1, 2, 3, 4, 5, 6]
    assert history["epoch"].tolist() == [0, 0, 0, 1, 1, 1]
    for values in history.values():
        assert isinstance(values, np.ndarray)
        assert np.isfinite(values).all()
    assert (np.diff(history["seconds"]) > 0).all()
    assert (history["images_per_second"] > 0).all()
    assert history["lr"][0] == pytest.approx(0.06 * 32 / 128)
    assert (np.diff(history["lr"]) < 0).all()
    # Embeddings of 16 values: neither collapsed nor better than possible.
    assert ((history["feature_std"] > 0.02) & (history["feature_std"] <= 0.26)).all()
    assert ((history["effective_rank"] > 1) & (history["effective_rank"] <= 16)).all()


def test_same_seed_same_bits(shapes, small):
    again = quick().fit(shapes[0])
    assert again.history_["loss"].tolist() == small.history_["loss"].tolist()
    np.testing.assert_array_equal(
        again.transform(shapes[0]), small.transform(shapes[0])
    )
    other = quick(seed=1).fit(shapes[0])
    assert other.history_["loss"].tolist() != small.history_["loss"].tolist()


def test_features(small, shapes):
    features = small.transform(shapes[0])
    assert features.shape == (96, 64)
    assert features.dtype == np.float32
    assert features.flags.c_contiguous
    assert np.isfinite(features).all()
    assert features.std(axis=0).max() > 0
    assert small.project(shapes[0]).shape == (96, 16)
    np.testing.assert_array_equal(small.transform(shapes[0][40:50]), features[40:50])


@pytest.mark.parametrize(("block", "d"), [(1, 8), (2, 16), (3, 32), (4, 64)])
def test_blocks(small, shapes, block, d):
    assert small.transform(shapes[0][:5], block=block).shape == (5, d)


def test_last_block_is_the_features(small, shapes):
    np.testing.assert_array_equal(
        small.transform(shapes[0], block=4), small.transform(shapes[0])
    )


def test_many_pictures_are_encoded_in_chunks(small):
    images, _ = jm.datasets.shapes(1100, size=16)
    features = small.transform(images)
    assert features.shape == (1100, 64)
    np.testing.assert_array_equal(features[1000:], small.transform(images[1000:]))


def test_no_pictures(small):
    assert small.transform(np.zeros((0, 16, 16, 3), np.uint8)).shape == (0, 64)


def test_transform_takes_other_sizes_and_channels(small, shapes):
    gray = np.ascontiguousarray(shapes[0][..., 1])
    three = np.repeat(gray[..., None], 3, axis=3)
    np.testing.assert_array_equal(small.transform(gray), small.transform(three))
    assert small.transform(np.zeros((2, 50, 70, 3), np.uint8)).shape == (2, 64)


def test_folder(tmp_path):
    folder = make_photos(tmp_path / "photos", n=40)
    model = quick(epochs=1, batch_size=16).fit(folder)
    assert model.spec_["pictures"] == 40
    features = model.transform(folder)
    assert features.shape == (40, 64)
    images = jm.Images(folder, size=16)
    np.testing.assert_array_equal(model.transform(images), features)
    again = quick(epochs=1, batch_size=16).fit(images)
    np.testing.assert_array_equal(again.transform(images), features)
    paths = model.transform(images.paths)
    np.testing.assert_array_equal(paths, features)


def test_npy_file(tmp_path, shapes, small):
    np.save(tmp_path / "shapes.npy", shapes[0])
    model = quick().fit(str(tmp_path / "shapes.npy"))
    assert model.history_["loss"].tolist() == small.history_["loss"].tolist()


def test_one_channel(shapes):
    gray = jm.Images(shapes[0], channels=1)
    model = quick(epochs=1).fit(gray)
    assert model.spec_["channels"] == 1
    np.testing.assert_array_equal(model.transform(gray), model.transform(shapes[0]))


def test_own_views(shapes):
    pipe = jm.augment.weak(size=16)
    model = quick(epochs=1, augment=pipe).fit(shapes[0])
    assert model.spec_["augment"] == pipe.spec
    as_dict = quick(epochs=1, augment=pipe.spec).fit(shapes[0])
    assert as_dict.history_["loss"].tolist() == model.history_["loss"].tolist()
    preset = quick(epochs=1).fit(shapes[0])
    assert preset.history_["loss"].tolist() != model.history_["loss"].tolist()


def test_partial_fit(shapes):
    model = quick()
    for first in range(0, 96, 24):
        assert model.partial_fit(shapes[0][first : first + 24]) is model
    history = model.history_
    assert history["step"].tolist() == [1, 2, 3, 4]
    assert len(set(history["lr"])) == 1
    assert np.isfinite(history["images_per_second"]).all()
    assert model.transform(shapes[0]).shape == (96, 64)
    model.partial_fit(shapes[0][:10])
    assert len(model.history_["step"]) == 5


METHODS = [
    jm.SimCLR(),
    jm.MoCo(version=1),
    jm.MoCo(),
    jm.MoCo(version=3, projection=(32, 16)),
    jm.BYOL(projection=(32, 16)),
    jm.BarlowTwins(projection=(32, 16)),
    jm.SimCLR(projection=(32, 16), micro_batch=8),
]


@pytest.mark.parametrize("model", METHODS, ids=repr)
def test_every_method_learns_saves_and_resumes(model, shapes, tmp_path):
    quickly = {"epochs": 2, "batch_size": 32, "size": 16, "width": 0.25}
    model.set_params(**quickly, verbose=False)
    model.fit(shapes[0], checkpoint=tmp_path / "run")
    features = model.transform(shapes[0])
    assert features.shape == (96, 64)
    for values in model.history_.values():
        assert len(values) == 6
        assert np.isfinite(values).all()

    loaded = jm.load(tmp_path / "run")
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(loaded.transform(shapes[0]), features)
    again = loaded.set_params(verbose=False).fit(shapes[0])
    assert again.history_["loss"].tolist() == model.history_["loss"].tolist()


def test_a_preset_is_what_presets_lists():
    images, _ = jm.datasets.shapes(256, size=16)
    for document in jm.presets():
        if document["preset"] == "small" and document["method"] == "simclr":
            spec = jm.SimCLR(epochs=1, verbose=False).fit(images).spec_
            differing = {k for k in spec if spec[k] != document[k]}
            # What is given, and the pipeline's size.
            assert differing == {"epochs", "pictures", "size", "augment"}


def test_presets_fill_what_is_not_given(shapes):
    small = quick(epochs=1, temperature=None, projection=None).fit(shapes[0]).spec_
    assert (small["temperature"], small["projection"]) == (0.5, [256, 128])
    paper = quick(epochs=1, projection=None, preset="paper").fit(shapes[0]).spec_
    assert (paper["temperature"], paper["optimizer"]) == (0.1, "lars")
    both = quick(epochs=1, temperature=0.3, preset="paper").fit(shapes[0]).spec_
    assert (both["temperature"], both["projection"]) == (0.3, [32, 16])
    adamw = quick(epochs=1, optimizer="adamw").fit(shapes[0]).spec_
    assert adamw["optimizer"] == "adamw"


def test_random_encoder_is_the_start_of_simclr(shapes):
    params = {"size": 16, "width": 0.25, "seed": 4}
    random = jm.RandomEncoder(**params).fit(shapes[0])
    features = random.transform(shapes[0])
    assert features.shape == (96, 64)
    assert len(random.history_["step"]) == 0
    assert random.partial_fit(shapes[0]) is random
    np.testing.assert_array_equal(
        jm.RandomEncoder(**params).fit_transform(shapes[0]), features
    )
    moved = jm.SimCLR(**params, epochs=1, batch_size=32, verbose=False).fit(shapes[0])
    assert (moved.transform(shapes[0]) != features).any()


# ---- before fit, and wrong arguments -----------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        lambda m, x: m.transform(x),
        lambda m, x: m.project(x),
        lambda m, x: m.save("model.npz"),
        lambda m, x: m.history_,
        lambda m, x: m.spec_,
    ],
)
def test_before_fit(use, shapes):
    with pytest.raises(
        NotFittedError, match="SimCLR has learned nothing yet: call fit"
    ):
        use(jm.SimCLR(), shapes[0])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"encoder": "smal"}, "encoder.*small"),
        ({"encoder": None, "width": 0}, "width"),
        ({"stem": "big"}, "stem"),
        ({"size": 0}, "size"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": 2.5}, "epochs"),
        ({"epochs": "2"}, "epochs"),
        ({"batch_size": 1}, "batch_size"),
        ({"batch_size": 97}, "batch_size: want at most the number of pictures, 96"),
        ({"micro_batch": 3}, "micro_batch: want 0 .* divides batch_size = 32, got 3"),
        ({"micro_batch": -1}, "micro_batch"),
        ({"optimizer": "sdg"}, "optimizer.*sgd"),
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate: want a finite"),
        ({"weight_decay": -1.0}, "weight_decay"),
        ({"warmup_epochs": -1}, "warmup_epochs"),
        ({"augment": {"size": 16, "operatoins": []}}, "operatoins"),
        ({"augment": object()}, "augment: want a plain value, got object"),
        ({"augment": {"preset": "weak", "size": 8}}, "size"),
        ({"preset": "best"}, "preset"),
        ({"precision": "float16"}, "precision"),
        ({"seed": -1}, "seed"),
        ({"threads": -1}, "threads"),
        ({"temperature": 0.0}, "temperature"),
        ({"projection": ()}, "projection"),
        ({"projection": (32, 0)}, "projection"),
    ],
)
def test_bad_parameters_are_named_at_fit(params, message, shapes):
    model = quick(**params)
    with pytest.raises(InvalidArgument, match=message):
        model.fit(shapes[0])
    assert not hasattr(model, "history_")


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (np.zeros((40, 16, 16, 3), np.float32), DTypeError, "want uint8"),
        (np.zeros((40, 16, 16, 2), np.uint8), InvalidArgument, "c = 1 or 3"),
        (np.zeros((1, 16, 16, 3), np.uint8), InvalidArgument, "batch_size"),
        (None, InvalidArgument, "NoneType"),
        ("/nowhere", FileError, "nowhere"),
    ],
)
def test_bad_pictures(images, error, message):
    with pytest.raises(error, match=message):
        quick().fit(images)


def test_oblong_pictures_want_a_size():
    oblong = np.zeros((40, 16, 24, 3), np.uint8)
    with pytest.raises(InvalidArgument, match=r"size: want the side .* \(16x24\)"):
        quick(size=None).fit(oblong)
    assert quick(size=16, epochs=1).fit(oblong).spec_["size"] == 16


def test_size_of_the_pictures(shapes):
    assert quick(size=None, epochs=1).fit(shapes[0]).spec_["size"] == 32


@pytest.mark.parametrize("block", [0, 5, -1, 1.5, "2"])
def test_bad_block(small, shapes, block):
    with pytest.raises(InvalidArgument, match="block"):
        small.transform(shapes[0][:2], block=block)


def test_a_run_that_diverged_says_so_and_gives_no_features(shapes):
    model = quick(learning_rate=1e30, epochs=8)
    with pytest.raises(NumericError, match="loss"):
        model.fit(shapes[0])
    assert np.isfinite(model.history_["loss"]).all()
    with pytest.raises(NumericError, match="training diverged"):
        model.transform(shapes[0][:4])


def test_partial_fit_wants_two_pictures(shapes):
    with pytest.raises(InvalidArgument, match="want .*2"):
        quick().partial_fit(shapes[0][:1])


# ---- parameters --------------------------------------------------------------------


def test_parameters():
    model = jm.SimCLR(epochs=3, projection=(64, 32))
    params = model.get_params()
    assert params["epochs"] == 3
    assert params["projection"] == (64, 32)
    assert {
        "encoder",
        "width",
        "stem",
        "size",
        "epochs",
        "batch_size",
        "optimizer",
        "learning_rate",
        "weight_decay",
        "warmup_epochs",
        "augment",
        "preset",
        "precision",
        "seed",
        "threads",
        "verbose",
        "temperature",
    } <= set(params)
    assert model.set_params(epochs=4, temperature=0.1) is model
    assert (model.epochs, model.temperature) == (4, 0.1)
    with pytest.raises(InvalidArgument, match="set_params: epocs: want one of"):
        model.set_params(epocs=4)
    assert repr(model) == "SimCLR(epochs=4, temperature=0.1, projection=(64, 32))"
    with pytest.raises(TypeError):
        jm.SimCLR("small")
    with pytest.raises(TypeError):
        jm.SimCLR(epocs=3)


def test_spec_is_complete(small):
    spec = small.spec_
    assert spec["method"] == "simclr"
    assert spec["pictures"] == 96
    assert spec["learning_rate"] == pytest.approx(0.015)
    assert spec["mean"] == [0.485, 0.456, 0.406]


def test_one_model_in_two_threads_is_busy_or_right(small, shapes):
    from concurrent.futures import ThreadPoolExecutor

    wanted = small.transform(shapes[0])

    def one(_):
        try:
            return bool((small.transform(shapes[0]) == wanted).all())
        except jm.errors.BusyError:
            return None

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, range(24))) <= {True, None}


def test_bfloat16(shapes):
    info = jm.info()
    has = re.match("avx512_core_(bf16|amx)", info["instruction_set"])
    model = quick(precision="bfloat16", epochs=1)
    if not has or info["kernels"] == "portable":
        with pytest.raises(InvalidArgument, match="precision: want .float32."):
            model.fit(shapes[0])
        return
    losses = model.fit(shapes[0]).history_["loss"]
    full = quick(epochs=1).fit(shapes[0]).history_["loss"]
    np.testing.assert_allclose(losses, full, atol=0.05)
    assert not np.array_equal(losses, full)
    assert model.spec_["precision"] == "bfloat16"


def test_bfloat16_without_fast_kernels_says_why():
    printed = python(
        """
import numpy as np
import jumelle as jm
model = jm.SimCLR(size=8, batch_size=4, width=0.25, precision="bfloat16")
try:
    model.partial_fit(np.zeros((4, 8, 8, 3), np.uint8))
except jm.errors.InvalidArgument as error:
    print(error)
""",
        env={**os.environ, "JUMELLE_ONEDNN": os.devnull},
    )
    assert printed.startswith('trainer_new: precision: want "float32" on this')
    assert printed.rstrip().endswith('oneDNN\'s and avx512_core_bf16, got "bfloat16"')
