"""SimCLR, MoCo, BYOL and Barlow Twins of lightly's parts, as its CIFAR-10 benchmark
sets them: the heads, the queue of 4,096 keys at temperature 0.1, the momentum of
0.99 and the weight of 5e-3 off the diagonal.

A method is a torch module called with the two views of a batch; it returns the
loss. Only the parameters that an optimizer should train require a gradient.
"""

import copy

import torch
from lightly.loss import BarlowTwinsLoss, NegativeCosineSimilarity, NTXentLoss
from lightly.models import utils
from lightly.models.modules import heads

MOMENTUM = 0.99  # of the target networks


class SimCLR(torch.nn.Module):
    def __init__(self, encoder, features):
        super().__init__()
        self.online = torch.nn.Sequential(encoder, heads.SimCLRProjectionHead(features, 256, 128))
        self.criterion = NTXentLoss(temperature=0.5)

    def forward(self, first, second):
        return self.criterion(self.online(first), self.online(second))


class Target(torch.nn.Module):
    """A slow copy of a network, moved before each use."""

    def __init__(self, online):
        super().__init__()
        self.network = copy.deepcopy(online)
        utils.deactivate_requires_grad(self.network)

    def follow(self, online):
        utils.update_momentum(online, self.network, m=MOMENTUM)


class MoCo(torch.nn.Module):
    def __init__(self, encoder, features):
        super().__init__()
        self.online = torch.nn.Sequential(encoder, heads.MoCoProjectionHead(features, features, 128))
        self.target = Target(self.online)
        self.criterion = NTXentLoss(temperature=0.1, memory_bank_size=(4096, 128))

    def forward(self, first, second):
        self.target.follow(self.online)
        queries = self.online(first)
        with torch.no_grad():
            shuffled, order = utils.batch_shuffle(second)
            keys = utils.batch_unshuffle(self.target.network(shuffled), order)
        return self.criterion(queries, keys)


class BYOL(torch.nn.Module):
    def __init__(self, encoder, features):
        super().__init__()
        self.online = torch.nn.Sequential(encoder, heads.BYOLProjectionHead(features, 1024, 256))
        self.prediction = heads.BYOLPredictionHead(256, 1024, 256)
        self.target = Target(self.online)
        self.criterion = NegativeCosineSimilarity()

    def forward(self, first, second):
        self.target.follow(self.online)
        predicted = [self.prediction(self.online(view)) for view in (first, second)]
        with torch.no_grad():
            wanted = [self.target.network(view) for view in (second, first)]
        return sum(self.criterion(p, t) for p, t in zip(predicted, wanted)) / 2


class BarlowTwins(torch.nn.Module):
    def __init__(self, encoder, features):
        super().__init__()
        self.online = torch.nn.Sequential(encoder, heads.BarlowTwinsProjectionHead(features, 2048, 2048))
        self.criterion = BarlowTwinsLoss(lambda_param=5e-3)

    def forward(self, first, second):
        return self.criterion(self.online(first), self.online(second))


METHODS = {"simclr": SimCLR, "moco": MoCo, "byol": BYOL, "barlow_twins": BarlowTwins}
