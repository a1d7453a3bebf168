"""lightly's losses and ours: the factor between them, and what its tests ask for."""

import math

import pytest
import torch
from lightly import loss as lightly_loss

import jumelle.torch as jt

LIMIT = 1e-5


def pairs(n, d, seed=0):
    """Two standard normal float32 (n, d) leaves, twice: for them and for us."""
    made = torch.randn(2, n, d, generator=torch.Generator().manual_seed(seed))
    return [[x.clone().requires_grad_() for x in made] for _ in range(2)]


def same(got, want, factor=1.0, shift=0.0):
    """Relative to the largest element, as gradients are small where others are not."""
    want = factor * want.detach().double() + shift
    far = (got.detach().double() - want).abs().max() / want.abs().max().clamp_min(1e-9)
    assert far <= LIMIT


@pytest.mark.parametrize("n", [2, 4, 64])
@pytest.mark.parametrize("d", [1, 2, 16, 64])
@pytest.mark.parametrize("temperature", [0.1, 1, 10])
def test_nt_xent_is_lightly_s(n, d, temperature):
    theirs, ours = pairs(n, d)
    # lightly computes in the precision it is given: float64, to be a judge.
    wide = [x.detach().double().requires_grad_() for x in theirs]
    want = lightly_loss.NTXentLoss(temperature=temperature)(*wide)
    want.backward()
    got = jt.NTXentLoss(temperature)(*ours)
    got.backward()
    same(got, want)
    if d > 1:  # with d = 1 the rows are signs, and every gradient is rounding
        for mine, other in zip(ours, wide, strict=True):
            same(mine.grad, other.grad)
    assert jt.NTXentLoss(temperature)(*ours[::-1]).item() == pytest.approx(
        got.item(), rel=1e-6
    )


@pytest.mark.parametrize("n", [2, 8, 16])
@pytest.mark.parametrize("temperature", [0.1, 1, 7])
def test_collinear_embeddings(n, temperature):
    a, b = torch.rand(2, n, 1, generator=torch.Generator().manual_seed(n)) + 0.1
    a, b = (torch.cat([x, 2 * x], dim=1) for x in (a, b))
    got = jt.NTXentLoss(temperature)(a, b).item()
    assert got == pytest.approx(math.log(2 * n - 1), rel=1e-6)
    for keys in (1, 15, 17):
        queue = torch.tensor([[3.0, 6.0]]).expand(keys, 2)
        got = jt.InfoNCEQueueLoss(temperature)(a, b, queue).item()
        assert got == pytest.approx(math.log(keys + 1), rel=1e-6)


@pytest.mark.parametrize("temperature", [0.07, 0.5])
def test_a_queue_is_lightly_s_memory_bank(temperature):
    theirs, ours = pairs(8, 16, seed=1)
    bank = lightly_loss.NTXentLoss(temperature=temperature, memory_bank_size=(32, 16))
    for seed in range(4):  # fill it
        keys = torch.randn(8, 16, generator=torch.Generator().manual_seed(seed))
        bank(keys.clone().requires_grad_(), keys)
    queue = bank.memory_bank.bank.detach().clone()
    queue = queue if queue.shape == (32, 16) else queue.T
    wanted = bank(theirs[0], theirs[1].detach())
    wanted.backward()
    got = jt.InfoNCEQueueLoss(temperature)(*ours, queue)
    got.backward()
    same(got, wanted)
    same(ours[0].grad, theirs[0].grad)


def test_byol_is_two_plus_two_times_the_negative_cosine():
    theirs, ours = pairs(32, 16, seed=2)
    cosine = lightly_loss.NegativeCosineSimilarity()
    want = cosine(theirs[0], theirs[1].detach())
    want.backward()
    got = jt.BYOLLoss()(*ours)
    got.backward()
    same(got, want, factor=2, shift=2)
    same(ours[0].grad, theirs[0].grad, factor=2)


def test_both_directions_of_byol_are_four_times_lightly_s_mean():
    (p1, p2), (q1, q2) = pairs(32, 16, seed=3)
    z1, z2 = torch.randn(2, 32, 16, generator=torch.Generator().manual_seed(4))
    cosine = lightly_loss.NegativeCosineSimilarity()
    want = (cosine(p1, z2) + cosine(p2, z1)) / 2
    want.backward()
    loss = jt.BYOLLoss()
    got = loss(q1, z2) + loss(q2, z1)
    got.backward()
    same(got, want, factor=4, shift=4)
    same(q1.grad, p1.grad, factor=4)
    same(q2.grad, p2.grad, factor=4)


@pytest.mark.parametrize(("n", "d"), [(32, 8), (64, 128), (32, 1024)])
def test_barlow_twins_is_lightly_s_of_the_same_weight(n, d):
    theirs, ours = pairs(n, d, seed=5)
    wide = [x.detach().double().requires_grad_() for x in theirs]
    want = lightly_loss.BarlowTwinsLoss(lambda_param=5e-3)(*wide)
    want.backward()
    got = jt.BarlowTwinsLoss(off_diagonal_weight=5e-3)(*ours)
    got.backward()
    same(got, want)
    for mine, other in zip(ours, wide, strict=True):
        same(mine.grad, other.grad)


def test_barlow_twins_does_not_see_affine_maps():
    x = torch.randn(32, 1024, generator=torch.Generator().manual_seed(6))
    loss = jt.BarlowTwinsLoss(5e-3)
    # Up to the eps in the variance, which is why rtol is 1e-5, as in lightly's test.
    torch.testing.assert_close(loss(x, x), loss(x, 2 * x + 4), rtol=1e-5, atol=0)


def test_a_step_of_training_ends_at_lightly_s_weights():
    x = torch.randn(2, 24, 10, generator=torch.Generator().manual_seed(7))
    weights = []
    for loss in (lightly_loss.NTXentLoss(temperature=0.5), jt.NTXentLoss(0.5)):
        torch.manual_seed(8)
        net = torch.nn.Sequential(
            torch.nn.Linear(10, 32), torch.nn.ReLU(), torch.nn.Linear(32, 16)
        )
        optimizer = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
        for _ in range(5):
            optimizer.zero_grad()
            loss(*net(x.flatten(0, 1)).chunk(2)).backward()
            optimizer.step()
        weights.append(torch.cat([p.detach().ravel() for p in net.parameters()]))
    torch.testing.assert_close(*weights, rtol=1e-5, atol=1e-6)
