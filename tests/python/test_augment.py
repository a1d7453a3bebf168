"""Pipelines: documents, views, and everything that can be wrong with arguments."""

import copy
import pickle
import re

import numpy as np
import pytest

import jumelle as jm
from jumelle.augment import (
    CenterCrop,
    ColorJitter,
    Compose,
    GaussianBlur,
    HorizontalFlip,
    OneOf,
    Operation,
    Posterize,
    RandomOrder,
    RandomResizedCrop,
    Resize,
    Solarize,
)
from jumelle.errors import DTypeError, InvalidArgument

from conftest import ROOT

PRESETS = ("simclr", "moco_v1", "moco_v2", "byol", "barlow_twins", "weak", "test")
OPERATIONS = sorted(Operation.__subclasses__(), key=lambda c: c.__name__)


@pytest.fixture
def pictures(tiles):
    return tiles[:12]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_and_their_documents(name, pictures):
    pipe = getattr(jm.augment, name)(size=24)
    views = pipe(pictures, views=2, seed=5, epoch=1)
    assert views.shape == (2, 12, 24, 24, 3)
    assert views.dtype == np.uint8
    again = jm.augment.from_spec(pipe.spec)
    assert again == pipe
    assert hash(again) == hash(pipe)
    np.testing.assert_array_equal(again(pictures, views=2, seed=5, epoch=1), views)
    assert pipe.size == pipe.spec["size"] == 24


# What has no default.
REQUIRED = {
    "GaussianNoise": {"sigma": (1.0, 2.0)},
    "RandomOrder": {"operations": [HorizontalFlip()]},
    "OneOf": {"operations": [HorizontalFlip()]},
}


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda c: c.__name__)
def test_defaults_are_the_library_s(kind, pictures):
    # What a bare {"op": name} stands for is what the Python class says.
    given = REQUIRED.get(kind.__name__, {})
    mine = kind(**given)
    bare = {"op": kind.__name__, **{name: mine.spec[name] for name in given}}
    end = [Resize().spec, CenterCrop().spec]
    ours = jm.augment.from_spec({"size": 16, "operations": [mine.spec, *end]})
    assert jm.augment.from_spec({"size": 16, "operations": [bare, *end]}) == ours
    whole = ours.spec["operations"][0]
    assert set(whole) == {"op", *kind.__dataclass_fields__}
    assert ours(pictures, views=2).shape == (2, 12, 16, 16, 3)


def test_every_operation_of_the_library_has_its_class():
    source = (ROOT / "augment" / "operation.go").read_text()
    names = set(re.findall(r"return &(\w+)\{", source))
    assert {kind.__name__ for kind in OPERATIONS} == names


def test_nested_operations(pictures):
    jitter = RandomOrder([ColorJitter(0.4), OneOf([Solarize(), Posterize(bits=2)])])
    pipe = Compose([jitter, Resize(16)], size=16)
    inner = pipe.spec["operations"][0]["operations"][1]
    assert [o["op"] for o in inner["operations"]] == ["Solarize", "Posterize"]
    assert pipe(pictures).shape == (2, 12, 16, 16, 3)


def test_compose(pictures):
    pipe = Compose([RandomResizedCrop(32, scale=(0.2, 1)), HorizontalFlip()], size=32)
    assert [o["op"] for o in pipe.spec["operations"]] == [
        "RandomResizedCrop",
        "HorizontalFlip",
    ]
    assert pipe.spec["operations"][0]["scale"] == [0.2, 1]
    numpy_values = Compose(
        [HorizontalFlip(np.float64(0.25)), Resize(np.int64(8))], size=8
    )
    assert numpy_values.spec["operations"][0]["p"] == 0.25


def test_views_of_their_own(pictures):
    flip, still = [HorizontalFlip(p=1.0)], [HorizontalFlip(p=0.0)]
    pipe = Compose([flip, still], size=32)
    views = pipe(pictures, views=3)
    np.testing.assert_array_equal(views[0], pictures[:, :, ::-1])
    np.testing.assert_array_equal(views[1], pictures)
    np.testing.assert_array_equal(views[2], views[0])


def test_views_depend_on_their_key_alone(pictures):
    pipe = jm.augment.simclr(size=32)
    views = pipe(pictures, views=2, seed=1, epoch=2)
    np.testing.assert_array_equal(
        pipe(pictures, views=2, seed=1, epoch=2, threads=1), views
    )
    rows = np.asarray([7, 3])
    part = pipe(pictures[rows], views=2, seed=1, epoch=2, indices=rows)
    np.testing.assert_array_equal(part, views[:, rows])
    more = pipe(pictures, views=3, seed=1, epoch=2)
    np.testing.assert_array_equal(more[:2], views)
    for other in ({"seed": 2, "epoch": 2}, {"seed": 1, "epoch": 3}):
        assert (pipe(pictures, views=2, **other) != views).any()


def test_test_preset_is_no_chance(pictures):
    pipe = jm.augment.test(size=32)
    np.testing.assert_array_equal(pipe(pictures, views=1)[0], pictures)


def test_flip_is_exact(pictures):
    views = Compose([HorizontalFlip(p=1.0)], size=32)(pictures, views=1)
    np.testing.assert_array_equal(views[0], pictures[:, :, ::-1])


def test_accepted_inputs(pictures):
    pipe = jm.augment.weak(size=16)
    wanted = pipe(pictures)
    np.testing.assert_array_equal(pipe(jm.Images(pictures)), wanted)
    some = pipe(jm.Images(pictures), indices=[5, 2])
    np.testing.assert_array_equal(some, wanted[:, [5, 2]])
    np.testing.assert_array_equal(pipe(list(pictures)), wanted)
    wide = np.repeat(pictures, 2, axis=2)[:, :, ::2]
    np.testing.assert_array_equal(pipe(wide), wanted)
    gray = pipe(pictures[..., 0])
    assert gray.shape == (2, 12, 16, 16, 1)


def test_out(pictures):
    pipe = jm.augment.weak(size=16)
    out = np.zeros((2, 12, 16, 16, 3), np.uint8)
    assert pipe(pictures, out=out) is out
    np.testing.assert_array_equal(out, pipe(pictures))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"array": np.zeros((2, 8, 8, 3), np.float32)},
            DTypeError,
            "array: want uint8",
        ),
        (
            {"array": np.zeros((2, 8, 8, 2), np.uint8)},
            InvalidArgument,
            "array: .*c = 1",
        ),
        ({"array": np.zeros((8, 8), np.uint8)}, InvalidArgument, "array: want uint8"),
        ({"array": np.zeros((2, 0, 8, 3), np.uint8)}, InvalidArgument, "array: want"),
        (
            {"array": np.zeros((0, 8, 8, 3), np.uint8)},
            InvalidArgument,
            "array: want at least one picture",
        ),
        (
            {"array": jm.Images(np.zeros((2, 8, 8, 3), np.uint8)), "indices": []},
            InvalidArgument,
            "indices: want at least one picture",
        ),
        (
            {"array": jm.Images(np.zeros((2, 8, 8, 3), np.uint8)), "indices": [2]},
            InvalidArgument,
            "indices: want 0 to 1, got 2",
        ),
        ({"array": "photos/"}, InvalidArgument, "array: want .* got str"),
        ({"views": 0}, InvalidArgument, "views: want 1 to"),
        ({"views": 2.0}, InvalidArgument, "views: want a whole number"),
        ({"seed": -1}, InvalidArgument, "seed: want 0 to"),
        ({"seed": 2**64}, InvalidArgument, "seed: want 0 to"),
        ({"epoch": 2**32}, InvalidArgument, "epoch: want 0 to"),
        ({"indices": [0]}, InvalidArgument, r"indices: want shape \(3,\), got \(1,\)"),
        ({"indices": [0, 1, 2**32]}, InvalidArgument, "indices: want 0 to"),
        ({"indices": [0.0, 1, 2]}, DTypeError, "indices: want whole numbers"),
        ({"threads": 0}, InvalidArgument, "threads: want 1 to"),
        ({"out": np.zeros((2, 3, 8, 8, 3), np.int8)}, DTypeError, "out: want uint8"),
        (
            {"out": np.zeros((2, 3, 9, 8, 3), np.uint8)},
            InvalidArgument,
            "out: want shape",
        ),
        ({"out": []}, InvalidArgument, "out: want an array, got list"),
    ],
)
def test_bad_arguments(arguments, error, message):
    good = {"array": np.zeros((3, 16, 16, 3), np.uint8)}
    with pytest.raises(error, match=f"^pipeline_apply: {message}"):
        jm.augment.weak(size=8)(**{**good, **arguments})


def test_out_must_not_be_the_pictures():
    array = np.zeros((2, 8, 8, 3), np.uint8)
    with pytest.raises(InvalidArgument, match="out: want memory of its own"):
        jm.augment.weak(size=8)(array, views=1, out=array[None])


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"size": 8, "operatoins": []}, 'operatoins: .*"operations"'),
        ({"size": 8, "operations": [{"op": "HorizontalFlop"}]}, "HorizontalFlip"),
        ({"size": 8, "operations": [{"op": "HorizontalFlip", "P": 1}]}, '.P: .*"p"'),
        ({"preset": "simclir", "size": 8}, "simclr"),
        ({"preset": "simclr", "size": 0}, "size"),
        ({"preset": "weak", "size": 8, "strength": 1}, "strength"),
        ({}, "size"),
        ({"size": 8, "operations": [object()]}, "object"),
        ({"size": float("nan")}, "size: want a finite number, got nan"),
        ({"preset": "simclr", "size": 8, "strength": float("nan")}, "strength: want a"),
        (
            {"size": 8, "operations": [{"op": "HorizontalFlip", "p": float("inf")}]},
            r"operations\[0\]\.p: want a finite number, got inf",
        ),
        (
            {"size": 8, "operations": [{"op": "GaussianBlur", "sigma": (1, np.nan)}]},
            r"operations\[0\]\.sigma\[1\]: want a finite number, got nan",
        ),
        ([], "want a dict, got list"),
    ],
)
def test_bad_documents(spec, message):
    with pytest.raises(InvalidArgument, match=f"^pipeline(?:_new)?: .*{message}"):
        jm.augment.from_spec(spec)


@pytest.mark.parametrize(
    "operations",
    [
        [HorizontalFlip(p=1.5)],
        [ColorJitter(hue=0.6)],
        [RandomResizedCrop(scale=(0.5, 0.1))],
        [RandomResizedCrop(interpolation="cubic")],
        [GaussianBlur(sigma=(-1, 1))],
        [Resize(-3)],
    ],
)
def test_values_out_of_range_name_their_place(operations):
    with pytest.raises(InvalidArgument, match=r"^pipeline_new: operations\[0\]"):
        Compose(operations, size=8)


def test_compose_wants_operations():
    with pytest.raises(InvalidArgument, match="operations: want a list, got Horiz"):
        Compose(HorizontalFlip(), size=8)
    with pytest.raises(InvalidArgument, match="operations: want operations, got str"):
        Compose(["HorizontalFlip"], size=8)


def test_what_comes_out_must_have_the_size(pictures):
    with pytest.raises(InvalidArgument, match="size"):
        Compose([HorizontalFlip()], size=16)(pictures)


def test_explain():
    pipe = jm.augment.simclr(size=16)
    drawn = pipe.explain((32, 32, 3), index=4, view=1, seed=2, epoch=3)
    assert {"RandomResizedCrop", "HorizontalFlip"} <= {entry["op"] for entry in drawn}
    assert {"op", "at", "applied", "values"} <= set(drawn[0])
    assert drawn == pipe.explain((32, 32, 3), index=4, view=1, seed=2, epoch=3)
    assert drawn != pipe.explain((32, 32, 3), index=5, view=1, seed=2, epoch=3)
    with pytest.raises(InvalidArgument, match="shape"):
        pipe.explain((32, 32))
    with pytest.raises(InvalidArgument, match="index"):
        pipe.explain((32, 32, 3), index=-1)


def test_pipelines_are_values():
    pipe = jm.augment.simclr(size=16, strength=0.3, blur=True)
    for copied in (pickle.loads(pickle.dumps(pipe)), copy.deepcopy(pipe)):
        assert copied == pipe
    assert pipe != jm.augment.simclr(size=16, strength=0.4)
    assert "RandomResizedCrop" in repr(pipe)
    assert HorizontalFlip() == HorizontalFlip(0.5)
    assert repr(HorizontalFlip(0.1)) == "HorizontalFlip(p=0.1)"
