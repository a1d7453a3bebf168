"""InfoNCE as a classification: accuracy, logits, labels; and shares of a batch."""

import itertools

import numpy as np
import pytest

import jumelle as jm
from jumelle.errors import DTypeError, InvalidArgument, NumericError

N, M, D = 30, 17, 8


@pytest.fixture
def arrays():
    rng = np.random.default_rng(7)
    a = rng.standard_normal((N, D))
    b = a + 0.8 * rng.standard_normal((N, D))
    return [x.astype(np.float32) for x in (a, b, rng.standard_normal((M, D)))]


# The loss, how many of the arrays it takes, its logits' function, their shape.
CONTRASTIVE = [
    ("nt_xent", 2, "nt_xent_logits", (2 * N, 2 * N)),
    ("info_nce", 2, "info_nce_logits", (N, N)),
    ("info_nce_queue", 3, "info_nce_queue_logits", (N, 1 + M)),
    ("info_nce_negatives", 3, "info_nce_queue_logits", (N, 1 + M)),
]


@pytest.mark.parametrize(("name", "inputs", "view", "shape"), CONTRASTIVE)
@pytest.mark.parametrize("temperature", [0.05, 0.5])
def test_the_loss_is_the_cross_entropy_of_the_logits(
    arrays, name, inputs, view, shape, temperature
):
    given = arrays[:inputs]
    plain = getattr(jm.losses, name)(*given, temperature)
    *same, accuracy = getattr(jm.losses, name)(*given, temperature, accuracy=True)
    assert same[0] == plain[0]
    for got, wanted in zip(same[1:], plain[1:], strict=True):
        np.testing.assert_array_equal(got, wanted)

    logits, labels = getattr(jm.losses, view)(*given, temperature)
    assert (logits.shape, labels.shape) == (shape, shape[:1])
    assert (logits.dtype, labels.dtype) == (np.float32, np.int64)
    rows = np.arange(len(labels))
    wide = logits.astype(float)
    entropy = np.log(np.exp(wide).sum(1)) - wide[rows, labels]
    assert entropy.mean() == pytest.approx(plain[0], rel=1e-6)
    assert accuracy == (wide.argmax(1) == labels).mean()
    assert 0 < accuracy < 1
    loss, _, right = jm.losses.cross_entropy(logits, labels, accuracy=True)
    assert loss == pytest.approx(plain[0], rel=1e-6)
    assert right == accuracy


def test_labels(arrays):
    a, b, queue = arrays
    logits, labels = jm.losses.nt_xent_logits(a, b)
    assert labels.tolist() == [*range(N, 2 * N), *range(N)]
    assert (np.diag(logits) == -np.inf).all()
    np.testing.assert_array_equal(logits, logits.T)
    assert jm.losses.info_nce_logits(a, b)[1].tolist() == list(range(N))
    assert not jm.losses.info_nce_queue_logits(a, b, queue)[1].any()


def test_default_temperatures_are_the_losses(arrays):
    for name, inputs, view, _ in CONTRASTIVE[:3]:
        logits, labels = getattr(jm.losses, view)(*arrays[:inputs])
        loss = getattr(jm.losses, name)(*arrays[:inputs], grad=False)[0]
        assert jm.losses.cross_entropy(logits, labels)[0] == pytest.approx(loss)


def test_a_collapsed_encoder_guesses_nothing():
    same = np.ones((5, 4), np.float32)
    for name, inputs, *_ in CONTRASTIVE:
        assert getattr(jm.losses, name)(*[same] * inputs, accuracy=True)[-1] == 0


SHARED = [
    ("nt_xent", 2),
    ("info_nce", 2),
    ("info_nce_queue", 3),
    ("info_nce_negatives", 3),
    ("barlow_twins", 2),
]


@pytest.mark.parametrize(("name", "inputs"), SHARED)
@pytest.mark.parametrize("cuts", [(0, N), (0, 11, N), (0, 1, 2, 29, N)])
def test_shares_add_up(arrays, name, inputs, cuts):
    function = getattr(jm.losses, name)
    given = arrays[:inputs]
    whole = function(*given)
    parts = [function(*given, rows=rows) for rows in itertools.pairwise(cuts)]
    loss, *gradients = (sum(column) for column in zip(*parts, strict=True))
    assert loss == pytest.approx(whole[0], rel=1e-6)
    for got, wanted in zip(gradients, whole[1:], strict=True):
        np.testing.assert_allclose(
            got, wanted, rtol=0, atol=2e-6 * np.abs(wanted).max()
        )
        if name == "barlow_twins":
            np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize(("name", "inputs", "view", "shape"), CONTRASTIVE)
def test_accuracies_of_shares_average(arrays, name, inputs, view, shape):
    function = getattr(jm.losses, name)
    given = arrays[:inputs]
    whole = function(*given, accuracy=True)[-1]
    parts = [function(*given, rows=r, accuracy=True)[-1] for r in ((0, 10), (10, N))]
    assert (10 * parts[0] + 20 * parts[1]) / N == pytest.approx(whole)


@pytest.mark.parametrize(("name", "inputs"), SHARED)
def test_bad_rows(arrays, name, inputs):
    function = getattr(jm.losses, name)
    for rows, message in [
        ((0, 0), rf"rows\[1\]: want 1 to {N}, got 0"),
        ((3, 3), rf"rows\[1\]: want 4 to {N}, got 3"),
        ((5, N + 1), rf"rows\[1\]: want 6 to {N}, got {N + 1}"),
        ((-1, 3), rf"rows\[0\]: want 0 to {N - 1}, got -1"),
        ((N, N), rf"rows\[0\]: want 0 to {N - 1}, got {N}"),
        ((0.0, 3), r"rows\[0\]: want a whole number"),
        (3, r"rows: want \(lo, hi\), got int"),
        ((1, 2, 3), r"rows: want \(lo, hi\), got tuple"),
        (slice(0, 3), r"rows: want \(lo, hi\), got slice"),
    ]:
        with pytest.raises(InvalidArgument, match=f"^{name}: {message}"):
            function(*arrays[:inputs], rows=rows)


@pytest.mark.parametrize("view", ["nt_xent_logits", "info_nce_logits"])
def test_logits_name_what_is_wrong(arrays, view):
    second = "b" if view == "nt_xent_logits" else "k"
    function = getattr(jm.losses, view)
    a, b, _ = arrays
    with pytest.raises(
        InvalidArgument, match=rf"^{view}: {second}: want shape \(30, 8"
    ):
        function(a, b[:4])
    with pytest.raises(InvalidArgument, match=f"^{view}: temperature: "):
        function(a, b, temperature=0)
    b[4, 2] = np.nan
    with pytest.raises(NumericError, match=f"^{view}: {second}: .*row 4, column 2"):
        function(a, b)
    with pytest.raises(DTypeError, match=f"^{view}: {second}: want float32"):
        function(a, a.astype(int))


def test_negatives_are_checked(arrays):
    a, b, queue = arrays
    function = jm.losses.info_nce_negatives
    with pytest.raises(InvalidArgument, match=r"negatives: want shape \(m, 8\), got"):
        function(a, b, queue[:, :5])
    with pytest.raises(InvalidArgument, match="negatives: want at least 1 row, got 0"):
        function(a, b, queue[:0])
    out = [np.empty_like(x) for x in arrays]
    result = function(a, b, queue, out=out)
    assert all(g is o for g, o in zip(result[1:], out, strict=True))
    with pytest.raises(InvalidArgument, match=r"out\[2\]: want memory of its own"):
        function(a, b, queue, out=(*out[:2], queue))
    queue[3, 1] = np.inf
    with pytest.raises(NumericError, match="negatives: .*row 3, column 1"):
        function(a, b, queue)


def test_cross_entropy_golden(golden):
    logits = golden["inputs"]["a"]
    labels = golden["cross_entropy"]["labels"]
    for smoothing in (0, 0.1):
        wanted = golden["cross_entropy"][f"smoothing={smoothing}"]
        loss, g = jm.losses.cross_entropy(logits, labels, smoothing)
        assert loss == pytest.approx(wanted["value"], rel=1e-6)
        np.testing.assert_allclose(g, wanted["da"], rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(
    ("labels", "options", "error", "message"),
    [
        ([0, 3], {}, InvalidArgument, "labels: want 0 to 2, got 3"),
        ([0, -1], {}, InvalidArgument, "labels: want 0 to 2, got -1"),
        ([0], {}, InvalidArgument, r"labels: want shape \(2,\), got \(1,\)"),
        ([0.0, 1.0], {}, DTypeError, "labels: want whole numbers"),
        ([0, 1], {"smoothing": 1.5}, InvalidArgument, "smoothing: want a number from"),
        ([0, 1], {"smoothing": -0.1}, InvalidArgument, "smoothing: want a number"),
        ([0, 1], {"smoothing": "x"}, InvalidArgument, "smoothing: want a number"),
        ([2, 1], {}, NumericError, "logits: .*got -Inf in row 0, column 2"),
        ([0, 1], {"smoothing": 0.1}, NumericError, "logits: .*in row 0, column 2"),
    ],
)
def test_cross_entropy_names_what_is_wrong(labels, options, error, message):
    logits = np.asarray([[1, 2, -np.inf], [0, 0, 0]], np.float32)
    with pytest.raises(error, match=f"^cross_entropy: {message}"):
        jm.losses.cross_entropy(logits, labels, **options)


def test_masked_mse(golden):
    a, b = golden["inputs"]["a"], golden["inputs"]["b"]
    mask = golden["masked_mse"]["mask"]
    for weights in (mask, np.asarray(mask, bool), 2 * np.asarray(mask)):
        loss, gx = jm.losses.masked_mse(a, b, weights)
        assert loss == pytest.approx(golden["masked_mse"]["value"], rel=1e-6)
        np.testing.assert_allclose(gx, golden["masked_mse"]["da"], rtol=1e-5, atol=1e-8)
    pictures = np.random.default_rng(0).random((2, 2, 5, 4, 3))
    loss, gx = jm.losses.masked_mse(*pictures)
    assert loss == pytest.approx(np.square(pictures[0] - pictures[1]).mean(), rel=1e-6)
    assert gx.shape == (2, 5, 4, 3)
    assert jm.losses.masked_mse(*pictures, grad=False) == (loss, None)


def test_masked_mse_names_what_is_wrong():
    x = np.ones((2, 3), np.float32)
    for arguments, error, message in [
        ((x, x[:1]), InvalidArgument, r"target: want shape \(2, 3\), got \(1, 3\)"),
        ((x, x, x[:1]), InvalidArgument, r"mask: want shape \(2, 3\), got \(1, 3\)"),
        ((x, x, 0 * x), InvalidArgument, "mask: want a weight above 0"),
        ((x, x, -x), InvalidArgument, "mask: want weights of at least 0"),
        ((x[:0], x[:0]), InvalidArgument, "x: want at least one value"),
        ((x, x * np.nan), NumericError, "target: want finite values"),
        ((x.astype(int), x), DTypeError, "x: want float32 or float64, got int64"),
        ((x, x, x.astype(int)), DTypeError, "mask: want float32, float64 or bool"),
    ]:
        with pytest.raises(error, match=f"^masked_mse: {message}"):
            jm.losses.masked_mse(*arguments)
    with pytest.raises(InvalidArgument, match="out: want memory of its own"):
        jm.losses.masked_mse(x, x + 1, x, out=x)
