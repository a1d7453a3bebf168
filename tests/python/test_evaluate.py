"""kNN and reports."""

import json

import numpy as np
import pytest

import jumelle as jm
from jumelle.errors import DTypeError, InvalidArgument, NotFittedError, NumericError

BANK = [[1.0, 0.0], [0.9, 0.3], [0.0, 1.0], [0.2, 1.0]]


def reference(bank, labels, queries, k, temperature):
    """The definition, in float64."""
    unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in (bank, queries)]
    predictions = []
    for s in unit[1] @ unit[0].T:
        near = np.argsort(-s, kind="stable")[:k]
        weights = np.exp((s[near] - s.max()) / temperature)
        votes = np.bincount(labels[near], weights, minlength=labels.max() + 1)
        predictions.append(votes.argmax())
    return np.asarray(predictions)


def test_knn_golden():
    # The scores of methods.md's example favour class 1 at both temperatures.
    for temperature in (0.07, 0.1):
        result = jm.evaluate.knn(
            BANK, [0, 1, 1, 1], [[1.0, 0.2]], [1], k=3, temperature=temperature
        )
        assert result.predictions.tolist() == [1]
        assert result["accuracy"] == 1.0


def test_knn_is_its_definition():
    rng = np.random.default_rng(0)
    bank, queries = rng.standard_normal((60, 7)), rng.standard_normal((40, 7))
    labels, wanted = rng.integers(0, 4, 60), rng.integers(0, 4, 40)
    for k, temperature in ((1, 0.1), (7, 0.07), (200, 1.0)):
        result = jm.evaluate.knn(bank, labels, queries, wanted, k, temperature)
        expected = reference(bank, labels, queries, k, temperature)
        np.testing.assert_array_equal(result.predictions, expected)
        assert result["accuracy"] == np.mean(expected == wanted)
        assert result["k"] == min(k, 60)


def test_result_is_a_dict():
    result = jm.evaluate.knn(BANK, [0, 0, 1, 1], BANK, [0, 0, 1, 1], k=1)
    assert result["accuracy"] == 1.0
    assert {"n_test", "n_train", "protocol", "k", "temperature"} <= set(result)
    assert json.loads(json.dumps(result))["protocol"] == "knn"
    assert repr(result).startswith(
        "knn: accuracy 1.0000 (n_test=4, n_train=4, classes=2, k=1"
    )
    assert "<td>accuracy</td>" in result._repr_html_()


@pytest.mark.parametrize("kind", [np.int32, np.uint8, np.int64])
def test_labels_of_any_whole_number(kind):
    labels = np.asarray([0, 0, 1, 1], kind)
    assert jm.evaluate.knn(BANK, labels, BANK, labels, k=1)["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"train_features": [1.0]}, InvalidArgument, r"train_features: want shape \(n"),
        (
            {"train_features": np.ones((4, 2), int)},
            DTypeError,
            "train_features: want fl",
        ),
        (
            {"train_features": np.ones((0, 2))},
            InvalidArgument,
            "train_features: want at",
        ),
        ({"train_labels": [0, 1]}, InvalidArgument, r"train_labels: want shape \(4,\)"),
        ({"train_labels": [0.0] * 4}, DTypeError, "train_labels: want whole numbers"),
        ({"train_labels": [True] * 4}, DTypeError, "train_labels: want whole numbers"),
        ({"train_labels": [0, 0, -1, 1]}, InvalidArgument, "train_labels: want 0 to"),
        ({"test_features": np.ones((4, 3))}, InvalidArgument, "test_features: want"),
        (
            {"test_features": np.full((4, 2), np.nan)},
            NumericError,
            "test_features: want",
        ),
        ({"test_labels": [0]}, InvalidArgument, r"test_labels: want shape \(4,\)"),
        ({"k": 0}, InvalidArgument, "k: want 1 to"),
        ({"k": 1.5}, InvalidArgument, "k: want a whole number"),
        ({"k": True}, InvalidArgument, "k: want a whole number"),
        ({"temperature": 0.0}, InvalidArgument, ".*temperature"),
        ({"temperature": "warm"}, InvalidArgument, "temperature: want a number"),
    ],
)
def test_bad_arguments(change, error, message):
    good = {
        "train_features": BANK,
        "train_labels": [0, 0, 1, 1],
        "test_features": BANK,
        "test_labels": [0, 0, 1, 1],
    }
    with pytest.raises(error, match=f"^knn: (?:{message})"):
        jm.evaluate.knn(**{**good, **change})


def test_linear_separates_what_a_line_can():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, 5))
    labels = (x @ [1, -2, 0.5, 0, 1] > 0).astype(int) + (x[:, 0] > 1)
    result = jm.evaluate.linear(x[:200], labels[:200], x[200:], labels[200:])
    assert result["accuracy"] > 0.85
    assert result["accuracy"] == np.mean(result.predictions == labels[200:])
    assert (result["protocol"], result["penalty"]) == ("linear", "chosen")
    assert (result["n_train"], result["n_test"], result["classes"]) == (200, 100, 3)


def test_linear_is_scikit_learn_s_regression():
    # Of standardised features, with 1/C = n times our penalty, both are convex.
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(1)
    x, labels = rng.standard_normal((150, 4)), rng.integers(0, 3, 150)
    ours = jm.evaluate.linear(
        x[:100], labels[:100], x[100:], labels[100:], penalty=0.05
    )
    scaled = (x - x[:100].mean(0)) / x[:100].std(0)
    theirs = LogisticRegression(C=1 / (0.05 * 100), tol=1e-8, max_iter=1000)
    theirs.fit(scaled[:100], labels[:100])
    np.testing.assert_array_equal(ours.predictions, theirs.predict(scaled[100:]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"penalty": -1.0}, "penalty: want at least 0"),
        ({"penalty": "much"}, "penalty: want a number"),
        ({"iterations": 0}, "iterations: want 1 to"),
    ],
)
def test_linear_names_what_is_wrong(options, message):
    with pytest.raises(InvalidArgument, match=f"^linear: {message}"):
        jm.evaluate.linear(BANK, [0, 0, 1, 1], BANK, [0, 0, 1, 1], **options)
    with pytest.raises(DTypeError, match="^linear: test_labels: want whole"):
        jm.evaluate.linear(BANK, [0, 0, 1, 1], BANK, [0.5] * 4)


def test_report_with_both_protocols(small, shapes):
    both = ("knn", "linear")
    report = jm.evaluate.report(small, train=shapes, test=shapes, protocols=both)
    assert [row["protocol"] for row in report["rows"]] == ["knn"] * 3 + ["linear"] * 3
    assert report["accuracy"] == report["rows"][2]["accuracy"]
    assert str(report).splitlines()[0].split()[-2:] == ["knn", "linear"]
    for bad in ("knn", ["knm"]):
        with pytest.raises(
            InvalidArgument, match="protocols: want some of knn, linear"
        ):
            jm.evaluate.report(small, train=shapes, test=shapes, protocols=bad)


def test_report(small, shapes, tmp_path):
    images, labels = shapes
    bank, test = (images[:64], labels[:64]), (images[64:], labels[64:])
    report = jm.evaluate.report(small, train=bank, test=test, k=5)
    names = [row["features"] for row in report["rows"]]
    assert names == ["raw pixels", "random encoder", "SimCLR"]
    assert report["accuracy"] == report["rows"][2]["accuracy"]
    assert (report["n_test"], report["n_train"], report["k"]) == (32, 64, 5)
    learned = jm.evaluate.knn(
        small.transform(images[:64]), labels[:64], small.transform(images[64:]),
        labels[64:], k=5,
    )  # fmt: skip
    assert learned["accuracy"] == report["accuracy"]

    report.save(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text()) == report.to_dict()
    assert list(tmp_path.iterdir()) == [tmp_path / "report.json"]
    table = str(report)
    assert "raw pixels" in table
    assert "32 tested" in table
    assert report._repr_html_().count("<tr>") == 4


def test_report_random_row_is_the_start_of_training(small, shapes):
    images, labels = shapes
    start = jm.RandomEncoder(width=0.25, size=16, verbose=False).fit(images)
    bank, test = (images[:64], labels[:64]), (images[64:], labels[64:])
    report = jm.evaluate.report(small, train=bank, test=test)
    expected = jm.evaluate.knn(
        start.transform(images[:64]), labels[:64], start.transform(images[64:]),
        labels[64:],
    )  # fmt: skip
    assert report["rows"][1]["accuracy"] == expected["accuracy"]


def test_report_wants_labels_and_a_fitted_model(small, shapes):
    with pytest.raises(InvalidArgument, match="train: want .images, labels."):
        jm.evaluate.report(small, train=shapes[0], test=shapes[0])
    with pytest.raises(NotFittedError, match="call fit first"):
        jm.evaluate.report(jm.SimCLR(), train=shapes, test=shapes)


def test_report_cannot_be_written(small, shapes):
    report = jm.evaluate.report(small, train=shapes, test=shapes)
    with pytest.raises(jm.errors.FileError, match="cannot write"):
        report.save("/nowhere/at/all.json")
