"""The modules against float64 autograd, and all that PyTorch does with a loss."""

import copy
import functools
import pickle

import losses_agree
import pytest
import torch
import torch_nets

import jumelle as jm
import jumelle.torch as jt
from jumelle.errors import DTypeError, InvalidArgument, NumericError

TWO = [jt.NTXentLoss, jt.InfoNCELoss, jt.BarlowTwinsLoss]  # gradients for both inputs
ALL = [*TWO, jt.BYOLLoss, jt.InfoNCEQueueLoss]


def arguments(kind, a, b):
    """What a loss of this class takes: the same queue for all inputs of one shape."""
    if kind is not jt.InfoNCEQueueLoss:
        return a, b
    n, d = b.shape
    queue = torch.randn(4 * n, d, generator=torch.Generator().manual_seed(9))
    return a, b, queue.to(b.dtype)


def judge_of(loss):
    """The same loss in torch operations, whatever the precision of its inputs."""
    if isinstance(loss, jt.BYOLLoss):
        return losses_agree.byol
    if isinstance(loss, jt.BarlowTwinsLoss):
        weight = loss.off_diagonal_weight
        return functools.partial(torch_nets.barlow_twins, off_diagonal_weight=weight)
    judge = {
        jt.NTXentLoss: losses_agree.nt_xent,
        jt.InfoNCELoss: losses_agree.info_nce,
        jt.InfoNCEQueueLoss: losses_agree.info_nce_queue,
    }[type(loss)]
    return functools.partial(judge, temperature=loss.temperature)


def leaf(array, dtype=torch.float32):
    return torch.from_numpy(array).to(dtype, copy=True).requires_grad_()


LOSSES = [
    *(kind(t) for kind in (jt.NTXentLoss, jt.InfoNCELoss) for t in (0.05, 0.5, 10.0)),
    *(jt.InfoNCEQueueLoss(t) for t in (0.05, 0.5, 10.0)),
    jt.BYOLLoss(),
    jt.BarlowTwinsLoss(),
    jt.BarlowTwinsLoss(0.125),
]


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("kind", ["random", "near", "opposite", "huge", "tiny"])
@pytest.mark.parametrize(("n", "d"), [(2, 3), (48, 32)])
def test_value_and_gradients(loss, kind, n, d):
    a, b = losses_agree.inputs(kind, n, d)
    ours, wide = ([leaf(x, t) for x in (a, b)] for t in (torch.float32, torch.float64))
    got = loss(*arguments(type(loss), *ours))
    assert got.dtype == torch.float32
    assert got.shape == ()
    # An upstream gradient of its own, so that one that is lost shows.
    (0.25 * got).backward()
    want = judge_of(loss)(*arguments(type(loss), *wide))
    (0.25 * want).backward()
    assert losses_agree.apart(got.item(), want.item()) <= losses_agree.LIMIT
    assert [x.grad is not None for x in ours] == [True, type(loss) in TWO]
    for x, judge in zip(ours, wide, strict=True):
        if x.grad is None:
            continue
        assert x.grad.dtype == torch.float32
        assert losses_agree.apart(x.grad, judge.grad) <= losses_agree.LIMIT


@pytest.mark.parametrize("kind", ["random", "near", "opposite", "huge", "tiny"])
@pytest.mark.parametrize("temperature", [0.05, 0.5, 10.0])
def test_negatives_learn(kind, temperature):
    a, b = losses_agree.inputs(kind, 48, 32)
    negatives = losses_agree.inputs("random", 60, 32)[1]
    ours, wide = (
        [leaf(x, t) for x in (a, b, negatives)] for t in (torch.float32, torch.float64)
    )
    got = jt.InfoNCELoss(temperature)(*ours)
    want = losses_agree.info_nce_queue(*wide, temperature=temperature)
    (0.25 * got).backward()
    (0.25 * want).backward()
    assert losses_agree.apart(got.item(), want.item()) <= losses_agree.LIMIT
    for x, judge in zip(ours, wide, strict=True):
        assert losses_agree.apart(x.grad, judge.grad) <= losses_agree.LIMIT
    constant = negatives + 0
    (alone,) = torch.autograd.grad(
        jt.InfoNCELoss(temperature)(ours[0], ours[1].detach(), leaf(constant).detach()),
        ours[0],
    )
    torch.testing.assert_close(0.25 * alone, ours[0].grad)


def test_negatives_are_checked(pair):
    loss = jt.InfoNCELoss()
    with pytest.raises(InvalidArgument, match=r"^info_nce_negatives: negatives: want s"):
        loss(*pair, torch.ones(3, 4))
    with pytest.raises(DTypeError, match="^info_nce_negatives: negatives: want float32"):
        loss(*pair, torch.ones(3, 5, dtype=torch.long))
    with pytest.raises(NumericError, match="^info_nce_negatives: negatives: .*row 1"):
        loss(*pair, torch.tensor([[1.0] * 5, [float("inf")] * 5]))
    views = torch.randn(5, 14, requires_grad=True)
    loss(*pair, views.T[::2]).backward()
    assert views.grad[:, ::2].count_nonzero() == 35
    assert views.grad[:, 1::2].count_nonzero() == 0


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore:Input #")  # gradcheck would rather have float64
def test_gradcheck(kind, pair):
    first, second = pair
    second.requires_grad_(kind in TWO)
    # The value is in float32: coarse steps, and what coarse steps allow.
    assert torch.autograd.gradcheck(
        kind(), arguments(kind, first, second), eps=1e-2, atol=2e-3, rtol=1e-2
    )


@pytest.mark.parametrize("kind", ALL)
def test_tensors_that_are_views(kind):
    base = torch.randn(2, 9, 12, generator=torch.Generator().manual_seed(3))
    views = {
        "chunk": lambda t: t.reshape(18, 12).chunk(2),
        "columns": lambda t: (t[0, :, ::2], t[1, :, 1::2]),
        "transposed": lambda t: (t[0].T, t[1].T),
        "reversed rows": lambda t: (t[0].flip(0), t[1].flip(0)),
        "offset": lambda t: (t[0, 2:, 3:], t[1, 2:, 3:]),
        "expanded": lambda t: (t[0], t[1, :, :1].expand(9, 12) + t[0]),
    }
    loss = kind()
    for name, take in views.items():
        got, want = (base.clone().requires_grad_() for _ in range(2))
        loss(*arguments(kind, *take(got))).backward()
        dense = [x.clone(memory_format=torch.contiguous_format) for x in take(want)]
        loss(*arguments(kind, *dense)).backward()
        assert got.grad.count_nonzero() > 0, name
        assert torch.equal(got.grad, want.grad), name


def test_an_expanded_tensor_has_no_memory_of_its_own(pair):
    row = torch.ones(1, 5, requires_grad=True)
    jt.NTXentLoss()(pair[0], row.expand(6, 5)).backward()
    dense = torch.ones(6, 5, requires_grad=True)
    jt.NTXentLoss()(pair[0], dense).backward()
    torch.testing.assert_close(row.grad, dense.grad.sum(0, keepdim=True))


@pytest.mark.parametrize("kind", TWO)
def test_upstream_gradients(kind, pair):
    loss = kind()
    one = torch.autograd.grad(loss(*pair), pair)
    scaled = torch.autograd.grad(-8 * loss(*pair), pair)
    given = torch.autograd.grad(loss(*pair), pair, torch.tensor(-8.0))
    wide = torch.autograd.grad(loss(*pair).double() * -8, pair)
    summed = torch.autograd.grad(loss(*pair) + loss(*pair), pair)
    for g, *times_8, twice in zip(one, scaled, given, wide, summed, strict=True):
        assert all(torch.equal(-8 * g, other) for other in times_8)
        assert torch.equal(2 * g, twice)


def test_the_same_tensor_twice(pair):
    z = pair[0]
    (got,) = torch.autograd.grad(jt.InfoNCELoss()(z, z), z)
    _, gq, gk = jm.losses.info_nce(z.detach().numpy(), z.detach().numpy())
    torch.testing.assert_close(got, torch.from_numpy(gq + gk))


@pytest.mark.parametrize("kind", TWO)
def test_one_side_detached(kind, pair):
    a, b = pair
    loss = kind()
    both = torch.autograd.grad(loss(a, b), pair)
    for wanted, inputs in enumerate([(a, b.detach()), (a.detach(), b)]):
        (got,) = torch.autograd.grad(loss(*inputs), pair[wanted])
        assert torch.equal(got, both[wanted])


def test_constants_get_no_gradient_though_they_ask(pair):
    a, b = pair
    queue = torch.randn(7, 5, requires_grad=True)
    (jt.BYOLLoss()(a, b) + jt.InfoNCEQueueLoss()(a, b, queue)).backward()
    assert a.grad is not None
    assert (b.grad, queue.grad) == (None, None)
    assert not jt.BYOLLoss()(a.detach(), b).requires_grad


def test_gradients_are_made_only_where_they_are_wanted(pair, monkeypatch):
    asked = []
    whole = jm.losses.nt_xent

    @functools.wraps(whole)
    def nt_xent(*arrays, grad, **options):
        asked.append(grad)
        return whole(*arrays, grad=grad, **options)

    monkeypatch.setattr(jm.losses, "nt_xent", nt_xent)
    loss = jt.NTXentLoss()
    with torch.no_grad():
        still = loss(*pair)
    with torch.inference_mode():
        loss(*pair)
    loss(*(x.detach() for x in pair))
    assert asked == [False] * 3
    assert not still.requires_grad
    moving = loss(*pair)
    assert asked[3:] == [True]
    assert moving.requires_grad
    assert moving.item() == still.item()


@pytest.mark.parametrize("kind", ALL)
def test_second_derivatives_are_refused(kind, pair):
    loss = kind()
    value = loss(*arguments(kind, *pair))
    with pytest.raises(
        InvalidArgument, match=r"^\w+: backward: want create_graph=False, got True"
    ):
        torch.autograd.grad(value, pair[0], create_graph=True)


def test_backward_twice(pair):
    value = jt.NTXentLoss()(*pair)
    value.backward(retain_graph=True)
    once = pair[0].grad.clone()
    value.backward()
    assert torch.equal(pair[0].grad, 2 * once)
    with pytest.raises(RuntimeError, match="second time"):
        value.backward()


def test_inputs_may_change_in_place_afterwards(pair):
    wanted = torch.autograd.grad(jt.NTXentLoss()(*pair), pair)
    a, b = (x.detach().clone() * 1 for x in pair)
    a.requires_grad_()
    value = jt.NTXentLoss()(a, b)
    with torch.no_grad():
        a.zero_()
        b.zero_()
    value.backward()
    assert torch.equal(a.grad, wanted[0])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("kind", ALL)
def test_other_floats_are_converted(kind, dtype, pair):
    loss = kind()
    given = [x.detach().to(dtype).requires_grad_() for x in pair]
    plain = [x.detach().float().requires_grad_() for x in given]
    constants = arguments(kind, *given)[2:]
    got = loss(*given, *constants)
    want = loss(*plain, *(x.float() for x in constants))
    assert got.dtype == torch.float32
    assert torch.equal(got, want)
    got.backward()
    want.backward()
    assert given[0].grad.dtype == dtype
    assert torch.equal(given[0].grad, plain[0].grad.to(dtype))


def test_autocast(pair):
    layer = torch.nn.Linear(5, 4)
    with torch.autocast("cpu", torch.bfloat16):
        a, b = map(layer, pair)
        assert a.dtype == torch.bfloat16
        loss = jt.NTXentLoss()(a, b)
    loss.backward()
    assert loss.dtype == torch.float32
    assert layer.weight.grad.isfinite().all()


GOOD = torch.ones(3, 4)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (GOOD.long(), DTypeError, r"want float32 \(n, d\), got torch.int64 \(3, 4\)"),
        (GOOD.bool(), DTypeError, "want float32"),
        (GOOD.to(torch.complex64), DTypeError, "want float32"),
        (GOOD.to("meta"), InvalidArgument, "on the CPU, got a one on meta: move it"),
        (GOOD.to_sparse(), InvalidArgument, "dense tensor on the CPU, got a sparse"),
        (GOOD.numpy(), InvalidArgument, r"want a tensor, got float32 \(3, 4\)"),
        (None, InvalidArgument, "want a tensor, got NoneType"),
        (GOOD[:2], InvalidArgument, r"want shape \(3, 4\), got \(2, 4\)"),
        (GOOD[None], InvalidArgument, r"want shape \(n, d\), got \(1, 3, 4\)"),
        (GOOD * float("nan"), NumericError, ""),
        (GOOD.double() * 1e300, NumericError, ""),
    ],
    ids=lambda v: str(v)[:30],
)
def test_bad_second_input(kind, bad, error, message):
    name = {jt.BYOLLoss: "target", jt.InfoNCELoss: "k", jt.InfoNCEQueueLoss: "k"}
    inputs = (GOOD, bad, GOOD) if kind is jt.InfoNCEQueueLoss else (GOOD, bad)
    with pytest.raises(error, match=rf"^\w+: {name.get(kind, 'b')}: .*{message}"):
        kind()(*inputs)


@pytest.mark.parametrize("kind", [jt.NTXentLoss, jt.InfoNCELoss, jt.InfoNCEQueueLoss])
def test_bad_temperatures(kind):
    for wrong in ("0.5", None, float("nan"), torch.ones(1, requires_grad=True)):
        with pytest.raises(
            InvalidArgument, match=f"^{kind.__name__}: temperature: want"
        ):
            kind(wrong)
    with pytest.raises(InvalidArgument, match="temperature"):
        kind(0.0)(*arguments(kind, GOOD, GOOD))


def test_modules(pair):
    for loss in LOSSES:
        assert not loss.state_dict()
        assert not list(loss.parameters())
        value = loss(*arguments(type(loss), *pair))
        for other in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
            assert torch.equal(other(*arguments(type(loss), *pair)), value)
    assert repr(jt.NTXentLoss(0.1)) == "NTXentLoss(temperature=0.1)"
    assert repr(jt.BarlowTwinsLoss()) == "BarlowTwinsLoss(off_diagonal_weight=0.0051)"


def test_inside_a_compiled_function(pair):
    loss = jt.NTXentLoss()

    @torch.compile(backend="eager")
    def step(a, b):
        return loss(2 * a, b + 0) * 3

    got = torch.autograd.grad(step(*pair), pair)
    want = torch.autograd.grad(loss(2 * pair[0], pair[1]) * 3, pair)
    for g, w in zip(got, want, strict=True):
        torch.testing.assert_close(g, w)


def test_checkpointed_layers(pair):
    layer = torch.nn.Linear(5, 4)
    a, b = (
        torch.utils.checkpoint.checkpoint(layer, x, use_reentrant=False) for x in pair
    )
    jt.NTXentLoss()(a, b).backward()
    got = layer.weight.grad.clone()
    layer.zero_grad()
    jt.NTXentLoss()(*map(layer, pair)).backward()
    assert torch.equal(got, layer.weight.grad)


def test_from_many_threads(pair):
    from concurrent.futures import ThreadPoolExecutor

    want = torch.autograd.grad(jt.NTXentLoss()(*pair), pair)

    def one(_):
        mine = [x.detach().clone().requires_grad_() for x in pair]
        jt.NTXentLoss()(*mine).backward()
        return all(torch.equal(x.grad, w) for x, w in zip(mine, want, strict=True))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(one, range(40)))
