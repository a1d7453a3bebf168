"""Losses against golden numbers, and everything that can be wrong with arguments."""

import math

import numpy as np
import pytest

import jumelle as jm
from jumelle.errors import DTypeError, InvalidArgument, NumericError


@pytest.fixture
def pair(golden):
    return golden["inputs"]["a"], golden["inputs"]["b"]


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_nt_xent_golden(golden, pair, temperature):
    wanted = golden["nt_xent"][f"t={temperature}"]
    loss, ga, gb = jm.losses.nt_xent(*pair, temperature=temperature)
    assert isinstance(loss, float)
    # The inputs are rounded to float32.
    assert loss == pytest.approx(wanted["value"], rel=2e-6)
    np.testing.assert_allclose(ga, wanted["da"], rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(gb, wanted["db"], rtol=1e-4, atol=1e-7)
    assert ga.dtype == gb.dtype == np.float32


def test_nt_xent_golden_cases(golden):
    same = np.ones((4, 8), np.float32)
    wanted = golden["nt_xent"]["identical rows, n=4"]
    assert jm.losses.nt_xent(same, same)[0] == pytest.approx(wanted, rel=1e-6)
    eye = np.eye(4, dtype=np.float32)
    wanted = golden["nt_xent"]["orthonormal pairs, n=4, t=0.5"]
    assert jm.losses.nt_xent(eye, eye)[0] == pytest.approx(wanted, rel=1e-6)


def test_nt_xent_gradient_is_the_value_s_difference():
    rng = np.random.default_rng(0)
    a, b, way = rng.standard_normal((3, 6, 5)).astype(np.float32)
    _, ga, _ = jm.losses.nt_xent(a, b, 0.5)
    h = 1e-2
    up, down = (jm.losses.nt_xent(a + s * h * way, b)[0] for s in (1, -1))
    assert np.vdot(ga, way) == pytest.approx((up - down) / (2 * h), rel=2e-3)


CASES = [
    ("info_nce", "t=0.2", ("a", "b"), {"temperature": 0.2}),
    ("info_nce_queue", "t=0.07", ("a", "b", "queue"), {"temperature": 0.07}),
    ("info_nce_queue", "t=0.2", ("a", "b", "queue"), {"temperature": 0.2}),
    ("byol", None, ("a", "b"), {}),
    ("barlow_twins", "w=0.0051", ("a", "b"), {"off_diagonal_weight": 0.0051}),
]


@pytest.mark.parametrize(("name", "case", "inputs", "options"), CASES)
def test_golden(golden, name, case, inputs, options):
    wanted = golden[name][case] if case else golden[name]
    function = getattr(jm.losses, name)
    arrays = [golden["inputs"][i] for i in inputs]
    loss, *gradients = function(*arrays, **options)
    assert loss == pytest.approx(wanted["value"], rel=1e-5)
    named = [wanted[key] for key in ("da", "dq", "db", "dk") if key in wanted]
    assert named
    for got, expected in zip(gradients, named, strict=True):
        np.testing.assert_allclose(got, expected, rtol=2e-4, atol=2e-6)
    skipped = function(*arrays, **options, grad=False)
    assert skipped == (loss, *[None] * len(gradients))
    out = [np.empty_like(g) for g in gradients]
    function(*arrays, **options, out=out if len(out) > 1 else out[0])
    np.testing.assert_array_equal(out, gradients)


@pytest.mark.parametrize("keys", [4096, 65536])
def test_info_nce_queue_equal_similarities(golden, keys):
    wanted = golden["info_nce_queue"][f"equal similarities, K={keys}"]
    one = np.ones((2, 4), np.float32)
    queue = np.ones((keys, 4), np.float32)
    assert jm.losses.info_nce_queue(one, one, queue)[0] == pytest.approx(wanted)


# Each loss of two inputs of one shape: what they are called, the least rows.
EACH = [
    ("nt_xent", "a", "b", 2),
    ("info_nce", "q", "k", 2),
    ("info_nce_queue", "q", "k", 1),
    ("info_nce_negatives", "q", "k", 1),
    ("byol", "prediction", "target", 1),
    ("barlow_twins", "a", "b", 2),
]


@pytest.mark.parametrize(("name", "first", "second", "least"), EACH)
def test_each_loss_names_what_is_wrong(name, first, second, least):
    function = getattr(jm.losses, name)
    more = 1 if name in ("info_nce_queue", "info_nce_negatives") else 0
    gradients = {"info_nce_negatives": 3, "info_nce_queue": 1, "byol": 1}.get(name, 2)

    def call(a, b, **options):
        return function(a, b, *[a[:1]] * more, **options)

    good = np.arange(12, dtype=np.float32).reshape(3, 4) + 1
    with pytest.raises(
        InvalidArgument, match=rf"^{name}: {second}: want shape \(3, 4\)"
    ):
        call(good, good[:2])
    with pytest.raises(
        InvalidArgument, match=rf"^{name}: {second}: want shape \(3, 4\)"
    ):
        call(good, good[:, :2])
    with pytest.raises(DTypeError, match=f"^{name}: {second}: want float32"):
        call(good, good.astype(int))
    with pytest.raises(InvalidArgument, match=f"^{name}: {first}: want at least "):
        function(*[good[: least - 1]] * 2, *[good] * more)
    with pytest.raises(
        InvalidArgument, match=rf"^{name}: {first}: .*column, got shape \(3, 0\)"
    ):
        call(good[:, :0], good[:, :0])
    for value in (np.nan, np.inf, -np.inf):
        for side, argument in enumerate((first, second)):
            pair = [good.copy(), good.copy()]
            pair[side][1, 2] = pair[side][2, 0] = value
            with pytest.raises(
                NumericError, match=f"^{name}: {argument}: .* in row 1, column 2"
            ):
                function(*pair, *[good] * more)
    out = [np.empty_like(good) for _ in range(gradients)]
    out[0] = good
    with pytest.raises(InvalidArgument, match=r"out(\[0\])?: want memory of its own"):
        call(good, good + 1, out=out if gradients > 1 else out[0])


def test_queue_and_weight_are_checked():
    good = np.ones((3, 4), np.float32)
    with pytest.raises(
        InvalidArgument, match=r"queue: want shape \(m, 4\), got \(3, 5"
    ):
        jm.losses.info_nce_queue(good, good, np.ones((3, 5)))
    with pytest.raises(InvalidArgument, match="off_diagonal_weight: want a finite"):
        jm.losses.barlow_twins(good, good, off_diagonal_weight=math.inf)
    with pytest.raises(InvalidArgument, match="out: want an array, got tuple"):
        jm.losses.byol(good, good, out=(good,))


def test_float64_and_strided_inputs_are_converted(pair):
    wanted = jm.losses.nt_xent(*(np.asarray(x, np.float32) for x in pair))
    wide = np.asarray(pair[0])
    strided = np.repeat(np.asarray(pair[1], np.float32), 2, axis=1)[:, ::2]
    assert not strided.flags.c_contiguous
    got = jm.losses.nt_xent(wide, strided)
    assert got[0] == wanted[0]
    np.testing.assert_array_equal(got[1], wanted[1])
    read_only = np.asarray(pair[0], np.float32)
    read_only.flags.writeable = False
    assert jm.losses.nt_xent(read_only, pair[1])[0] == wanted[0]


@pytest.mark.parametrize("name", [name for name, *_ in EACH])
def test_same_bits_for_any_number_of_threads(name):
    function = getattr(jm.losses, name)
    inputs = list(np.random.default_rng(1).standard_normal((3, 300, 32)))
    if name not in ("info_nce_queue", "info_nce_negatives"):
        inputs.pop()
    try:
        jm.set_threads(1)
        one = function(*inputs)
        jm.set_threads(2)
        two = function(*inputs)
    finally:
        jm.set_threads(None)
    assert one[0] == two[0]
    for x, y in zip(one[1:], two[1:], strict=True):
        np.testing.assert_array_equal(x, y)


def test_without_gradients(pair):
    loss, ga, gb = jm.losses.nt_xent(*pair, grad=False)
    assert (ga, gb) == (None, None)
    assert loss == jm.losses.nt_xent(*pair)[0]


def test_out_is_filled_and_given_back(pair):
    out = np.full((2, 3, 4), np.nan, np.float32)
    _, ga, gb = jm.losses.nt_xent(*pair, out=(out[0], out[1]))
    assert np.shares_memory(ga, out)
    assert np.shares_memory(gb, out)
    np.testing.assert_array_equal(out[0], jm.losses.nt_xent(*pair)[1])


@pytest.mark.parametrize(
    ("b", "error", "message"),
    [
        (np.zeros((2, 4), np.float32), InvalidArgument, r"b: want shape \(3, 4\), got"),
        (
            np.zeros(4, np.float32),
            InvalidArgument,
            r"b: want shape \(n, d\), got \(4,\)",
        ),
        (np.zeros((3, 4), np.int32), DTypeError, "b: want float32 or float64"),
        (np.zeros((3, 4), np.float16), DTypeError, "b: want .* got float16"),
        (np.zeros((3, 4), complex), DTypeError, "b: want"),
        ("text", InvalidArgument, "b: want .* got str"),
        (None, InvalidArgument, "b: want .* got NoneType"),
        ([[1.0], [2.0, 3.0]], InvalidArgument, "b: want"),
        (np.full((3, 4), np.nan, np.float32), NumericError, "b"),
        (np.full((3, 4), 1e300), NumericError, "b"),
    ],
)
def test_bad_second_input(pair, b, error, message):
    with pytest.raises(error, match=f"^nt_xent: {message}"):
        jm.losses.nt_xent(pair[0], b)


@pytest.mark.parametrize("temperature", [0, -1, 1e-9, math.nan, math.inf, "0.5", None])
@pytest.mark.parametrize("name", [name for name, *_ in EACH[:4]])
def test_bad_temperature(golden, name, temperature):
    inputs = [golden["inputs"][i] for i in ("a", "b", "queue")]
    if name in ("nt_xent", "info_nce"):
        inputs.pop()
    with pytest.raises(InvalidArgument, match=f"^{name}: .*temperature"):
        getattr(jm.losses, name)(*inputs, temperature=temperature)


@pytest.mark.parametrize(
    ("out", "error", "message"),
    [
        (lambda: np.empty((3, 4), np.float32), InvalidArgument, "out: want 2 arrays"),
        (
            lambda: [np.empty((3, 4), np.float32)] * 2,
            InvalidArgument,
            r"out\[1\]: want mem",
        ),
        (
            lambda: [np.empty((3, 4)), np.empty((3, 4))],
            DTypeError,
            r"out\[0\]: want float32",
        ),
        (
            lambda: [np.empty((3, 5), np.float32), np.empty((3, 4), np.float32)],
            InvalidArgument,
            r"out\[0\]: want shape \(3, 4\), got \(3, 5\)",
        ),
        (
            lambda: [
                np.empty((3, 8), np.float32)[:, ::2],
                np.empty((3, 4), np.float32),
            ],
            InvalidArgument,
            r"out\[0\]: want a writable C-contiguous array, got one that is not contig",
        ),
        (
            lambda: [
                np.broadcast_to(np.float32(0), (3, 4)),
                np.empty((3, 4), np.float32),
            ],
            InvalidArgument,
            r"out\[0\]: want a writable",
        ),
    ],
)
def test_bad_out(pair, out, error, message):
    with pytest.raises(error, match=f"^nt_xent: {message}"):
        jm.losses.nt_xent(*pair, out=out())


def test_out_must_not_be_an_input(pair):
    a, b = (np.asarray(x, np.float32) for x in pair)
    with pytest.raises(InvalidArgument, match=r"out\[0\]: want memory of its own"):
        jm.losses.nt_xent(a, b, out=(a, np.empty_like(b)))
    with pytest.raises(InvalidArgument, match="out: want none where grad is False"):
        jm.losses.nt_xent(a, b, grad=False, out=(a, b))


def test_threads_may_call_at_once():
    from concurrent.futures import ThreadPoolExecutor

    rng = np.random.default_rng(2)
    a, b = rng.standard_normal((2, 64, 16)).astype(np.float32)
    wanted = jm.losses.nt_xent(a, b)[0]

    def one(i):
        if i % 3:
            return jm.losses.nt_xent(a, b)[0]
        with pytest.raises(InvalidArgument, match="b: want shape"):
            jm.losses.nt_xent(a, b[:5])
        return wanted

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(200))) == {wanted}
