"""DataLoader and ViewsLoader: order, epochs, subsets, workers."""

import numpy as np
import pytest
import torch
from torch.utils.data import ConcatDataset, DataLoader, Subset, random_split

import jumelle as jm
import jumelle.torch as jt
from jumelle.errors import ForkedError, InvalidArgument

PIPE = jm.augment.simclr(size=16)


@pytest.fixture
def dataset(pictures):
    """Labelled by index, so that a shuffled batch says what is in it."""
    return jt.ViewsDataset(pictures[0], PIPE, seed=11, labels=np.arange(40))


def by_index(loader):
    """One pass over a loader: the views of each picture, in the order of pictures."""
    batches = list(loader)
    views = torch.cat([views for views, _ in batches], dim=1)
    order = torch.cat([index for _, index in batches]).argsort()
    return views[:, order]


def direct(pictures, **options):
    views = PIPE(pictures[0], seed=11, **options)
    return torch.from_numpy(views).permute(0, 1, 4, 2, 3)


@pytest.mark.parametrize("loader", [DataLoader, jt.ViewsLoader])
@pytest.mark.parametrize("batch_size", [1, 7, 40])
@pytest.mark.parametrize("shuffle", [False, True])
def test_order_and_batch_size_change_no_byte(
    loader, batch_size, shuffle, dataset, pictures
):
    options = {"batch_size": batch_size, "shuffle": shuffle, "collate_fn": jt.collate}
    got = by_index(loader(dataset, **options))
    assert torch.equal(got, direct(pictures))


def test_shuffling_is_the_generator_s(dataset):
    orders = []
    for seed in (1, 1, 2):
        generator = torch.Generator().manual_seed(seed)
        loader = jt.ViewsLoader(dataset, 8, shuffle=True, generator=generator)
        orders.append([i for _, labels in loader for i in labels.tolist()])
    assert orders[0] == orders[1] != orders[2]


def test_set_epoch_with_a_plain_loader(dataset, pictures):
    loader = DataLoader(dataset, 16, shuffle=True, collate_fn=jt.collate)
    passes = []
    for epoch in (0, 1, 5, 1):
        dataset.set_epoch(epoch)
        passes.append(by_index(loader))
        assert torch.equal(passes[-1], direct(pictures, epoch=epoch))
    assert torch.equal(passes[1], passes[3])
    assert not torch.equal(passes[0], passes[1])
    # Nothing counts here: the next pass has the same views.
    assert torch.equal(by_index(loader), passes[3])


def test_a_views_loader_counts(dataset, pictures):
    loader = jt.ViewsLoader(dataset, 16, shuffle=True)
    for epoch in range(3):
        assert torch.equal(by_index(loader), direct(pictures, epoch=epoch))
    for chosen in (0, 7):
        dataset.set_epoch(chosen)
        assert torch.equal(by_index(loader), direct(pictures, epoch=chosen))
        assert torch.equal(by_index(loader), direct(pictures, epoch=chosen + 1))
    # A pass that is left early is a pass.
    next(iter(loader))
    assert dataset.epoch == 9
    assert torch.equal(by_index(loader), direct(pictures, epoch=10))


def test_two_loaders_of_one_data_set_stay_together(dataset):
    train = jt.ViewsLoader(Subset(dataset, range(30)), 16)
    test = jt.ViewsLoader(Subset(dataset, range(30, 40)), 16)
    epochs = []
    for _ in range(3):
        for loader in (train, test):
            list(loader)
            epochs.append(dataset.epoch)
    assert epochs == [0, 0, 1, 1, 2, 2]


def test_pytorch_s_own_collation(dataset, pictures):
    whole = list(DataLoader(dataset, 16, collate_fn=jt.collate))
    for (views, labels), (mine, mine_labels) in zip(
        DataLoader(dataset, 16), whole, strict=True
    ):
        assert isinstance(views, list)
        x1, x2 = views
        assert torch.equal(torch.stack([x1, x2]), mine)
        assert torch.equal(labels, mine_labels)
    plain = jt.ViewsDataset(pictures[0], PIPE)
    x1, x2 = next(iter(DataLoader(plain, 16)))
    assert x1.shape == (16, 3, 16, 16)
    assert not torch.equal(x1, x2)


def test_subsets_keep_the_indices(dataset, pictures):
    want = direct(pictures)
    subset = Subset(dataset, [5, 3, 39])
    views, labels = next(iter(jt.ViewsLoader(subset, 3)))
    assert labels.tolist() == [5, 3, 39]
    assert torch.equal(views, want[:, [5, 3, 39]])
    generator = torch.Generator().manual_seed(0)
    for part in random_split(dataset, [30, 10], generator=generator):
        dataset.set_epoch(0)
        views, labels = next(iter(jt.ViewsLoader(part, 10)))
        assert torch.equal(views, want[:, labels])


@pytest.mark.parametrize("labelled", [True, False])
def test_samples_that_come_one_by_one(labelled, pictures):
    labels = np.arange(40) if labelled else None
    dataset = jt.ViewsDataset(pictures[0], PIPE, seed=11, labels=labels)
    joined = ConcatDataset([dataset, dataset])
    batch = next(iter(DataLoader(joined, 80, collate_fn=jt.collate)))
    views = batch[0] if labelled else batch
    assert views.shape == (2, 80, 3, 16, 16)
    assert torch.equal(views, direct(pictures).repeat(1, 2, 1, 1, 1))
    if labelled:
        assert batch[1].tolist() == [*range(40)] * 2


def test_no_batches(dataset, pictures):
    # batch_size=None: samples as they are, converted by nobody.
    (x1, _), label = next(iter(DataLoader(dataset, batch_size=None, shuffle=False)))
    assert label == 0
    assert torch.equal(x1, direct(pictures)[0, 0])


def test_a_views_loader_of_something_else():
    with pytest.raises(InvalidArgument, match="^ViewsLoader: dataset: want a ViewsD"):
        jt.ViewsLoader([1, 2, 3])


def test_workers_by_fork_say_what_to_do(dataset):
    loader = DataLoader(
        dataset,
        8,
        collate_fn=jt.collate,
        num_workers=1,
        multiprocessing_context="fork",
        timeout=60,
    )
    with pytest.raises(ForkedError, match="want num_workers=0 .*spawn"):
        next(iter(loader))


def test_workers_by_spawn(dataset, pictures):
    # Workers that live on: they must hear of the epochs, too.
    loader = jt.ViewsLoader(
        dataset, 8, shuffle=True, num_workers=2, persistent_workers=True
    )
    for epoch in (0, 1):
        assert torch.equal(by_index(loader), direct(pictures, epoch=epoch))
    dataset.set_epoch(9)
    assert torch.equal(by_index(loader), direct(pictures, epoch=9))
