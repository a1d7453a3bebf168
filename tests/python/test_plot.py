"""Figures: made without pyplot, with what they claim to show."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import jumelle as jm
from jumelle._captions import caption
from jumelle.augment import (
    CenterCrop,
    ColorJitter,
    Compose,
    Cutout,
    Equalize,
    GaussianBlur,
    GaussianNoise,
    Grayscale,
    HorizontalFlip,
    OneOf,
    Operation,
    Posterize,
    RandomCrop,
    RandomOrder,
    RandomResizedCrop,
    Resize,
    Rotate,
    RotateRight,
    Sobel,
    Solarize,
    VerticalFlip,
)
from jumelle.errors import InvalidArgument, NotFittedError

from conftest import python


def pictures_in(figure):
    return [image for axes in figure.axes for image in axes.images]


def test_views(shapes):
    pipe = jm.augment.simclr(size=16)
    figure = jm.plot.views(shapes[0], pipe, n=3, views=4, seed=2)
    assert isinstance(figure, Figure)
    shown = pictures_in(figure)
    assert len(shown) == 3 * 5
    rows = np.asarray([0, 48, 95])
    made = pipe(shapes[0][rows], views=4, seed=2, indices=rows)
    np.testing.assert_array_equal(shown[0].get_array(), shapes[0][0])
    np.testing.assert_array_equal(shown[7].get_array(), made[1, 1])
    drawn = pipe.explain((32, 32, 3), index=48, view=1, seed=2)
    assert shown[7].axes.get_xlabel() == caption(drawn)
    assert f"crop {100 * drawn[0]['values'][4]['value']:.0f} %" in caption(drawn)


def test_views_of_files_at_their_own_size(tmp_path):
    for i, side in enumerate([20, 30]):
        Image.new("RGB", (side, 25), (200, 0, 0)).save(tmp_path / f"{i}.png")
    figure = jm.plot.views(tmp_path, jm.augment.weak(size=8), views=2)
    shown = pictures_in(figure)
    assert [p.get_array().shape[1] for p in shown] == [20, 8, 8, 30, 8, 8]
    assert shown[3].axes.get_xlabel() == "30 x 25 pixels"


def test_every_operation_has_its_words():
    # What is told of a view is what was drawn for it, whatever the operation.
    operations = [
        RandomCrop(size=20, padding=2),
        ColorJitter(0.4, hue=0.1),
        GaussianNoise(sigma=(3, 3)),
        GaussianBlur(sigma=(1, 1)),
        RandomOrder([HorizontalFlip(1), VerticalFlip(1)]),
        OneOf([Cutout(2)]),
        Grayscale(),
        Solarize(),
        Sobel(),
        RotateRight(angles=[90]),
        Rotate(degrees=(7, 7)),
        Posterize(),
        Equalize(),
        Resize(),
        CenterCrop(),
        RandomResizedCrop(scale=(1, 1), ratio=(1, 1)),
    ]
    assert len(operations) + 3 == len(Operation.__subclasses__())
    pipe = Compose(operations, size=20)
    text = caption(pipe.explain((20, 20, 3), seed=4)).replace("\n", " ")
    for word in (
        "crop at (",
        "brightness ",
        "hue ",
        "noise 3.0",
        "blur 1.0 px",
        "mirrored",
        "upside down",
        "hole at (",
        "gray",
        "solarized",
        "edges",
        "turned 90°",
        "turned 7°",
        "posterized",
        "equalized",
        "crop 100 %",
    ):
        assert word in text
    assert caption(jm.augment.test(8).explain((9, 9, 3))) == "unchanged"


def test_history(small):
    figure = jm.plot.history(small)
    loss, rate, spread, rank = figure.axes
    np.testing.assert_array_equal(loss.lines[0].get_ydata(), small.history_["loss"])
    np.testing.assert_array_equal(rate.lines[0].get_ydata(), small.history_["lr"])
    assert spread.lines[1].get_ydata()[0] == pytest.approx(1 / 4)
    assert "of 16" in rank.get_title()


def test_neighbours(small, shapes):
    images, labels = shapes
    figure = jm.plot.neighbours(small, images, labels, queries=2, k=3, seed=1)
    shown = pictures_in(figure)
    assert len(shown) == 2 * 4
    features = small.transform(images)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    query = np.random.default_rng(1).choice(96, 2, replace=False)[0]
    similarity = features @ features[query]
    similarity[query] = -1
    nearest = similarity.argmax()
    np.testing.assert_array_equal(shown[0].get_array(), images[query])
    np.testing.assert_array_equal(shown[1].get_array(), images[nearest])


def test_neighbours_without_labels_have_no_frames(small, shapes):
    figure = jm.plot.neighbours(small, shapes[0], queries=2, k=3)
    assert not any(
        s.get_visible() for a in figure.axes if a.images for s in a.spines.values()
    )


def test_story(small, shapes):
    report = jm.evaluate.report(small, train=shapes, test=shapes)
    pipe = jm.augment.simclr(size=16)
    with_report = jm.plot.story(small, shapes[0], pipe, report, shapes[1])
    texts = [t.get_text() for axes in with_report.axes for t in axes.texts]
    accuracy = f"{100 * report['accuracy']:.1f} %"
    assert accuracy in texts
    assert len(jm.plot.story(small, shapes[0], pipe).axes) < len(with_report.axes)


def test_gray_pictures(shapes):
    gray = jm.Images(shapes[0][..., 0], channels=1)
    assert pictures_in(jm.plot.views(gray, jm.augment.weak(size=16), n=2))


def test_notebooks_show_figures(small):
    png = jm.plot.history(small)._repr_png_()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"


def test_wrong_arguments(small, shapes):
    with pytest.raises(NotFittedError):
        jm.plot.history(jm.SimCLR())
    with pytest.raises(InvalidArgument, match="views: n: want 1 to"):
        jm.plot.views(shapes[0], jm.augment.weak(size=16), n=0)
    with pytest.raises(InvalidArgument, match="neighbours: images: want at least 2"):
        jm.plot.neighbours(small, shapes[0][:1])
    with pytest.raises(
        InvalidArgument, match=r"neighbours: labels: want shape \(96,\)"
    ):
        jm.plot.neighbours(small, shapes[0], labels=[1])


def test_pyplot_stays_out():
    printed = python("""
import sys
import jumelle as jm
x, _ = jm.datasets.shapes(8, size=16)
jm.plot.views(x, jm.augment.weak(size=16), n=2)
print("matplotlib.pyplot" in sys.modules)
""")
    assert printed == "False\n"


def test_without_matplotlib_the_message_says_what_to_do():
    printed = python("""
import sys
sys.modules["matplotlib"] = None
import jumelle as jm
try:
    jm.plot
except ImportError as error:
    print(error)
""")
    assert 'pip install "jumelle[plot]"' in printed
