"""The networks and the loss of the benchmarks, written the PyTorch way."""

import torch
import torch.nn.functional as F
import torchvision
from torch import nn


def small():
    """Four blocks of 3x3 convolution, batch norm and ReLU, then the global mean: 256 features."""
    layers, before = [], 3
    for channels, stride in ((32, 1), (64, 2), (128, 2), (256, 2)):
        layers += [
            nn.Conv2d(before, channels, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
        ]
        before = channels
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    for module in net.modules():  # torchvision's initialisation of its ResNets
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return net, 256


def resnet18():
    """torchvision's, with the stem for small pictures: 3x3, stride 1, no max-pool; 512 features."""
    net = torchvision.models.resnet18(weights=None)
    net.conv1 = nn.Conv2d(3, 64, 3, 1, padding=1, bias=False)
    nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
    net.maxpool = nn.Identity()
    net.fc = nn.Identity()
    return net, 512


def resnet50():
    """torchvision's, with its own stem; 2,048 features."""
    net = torchvision.models.resnet50(weights=None)
    net.fc = nn.Identity()
    return net, 2048


ENCODERS = {"small": small, "resnet18": resnet18, "resnet50": resnet50}


def head(features, hidden=256, out=128):
    """SimCLR's projection: linear, batch norm, ReLU, linear, batch norm."""
    return nn.Sequential(
        nn.Linear(features, hidden, bias=False),
        nn.BatchNorm1d(hidden),
        nn.ReLU(inplace=True),
        nn.Linear(hidden, out, bias=False),
        nn.BatchNorm1d(out),
    )


def nt_xent(a, b, temperature=0.5):
    """Mean over the 2N anchors, as most people write it: one (2N, 2N) matrix."""
    z = F.normalize(torch.cat([a, b]), dim=1)
    logits = z @ z.T / temperature
    logits.fill_diagonal_(float("-inf"))
    n = len(a)
    labels = torch.arange(2 * n, device=z.device).roll(n)
    return F.cross_entropy(logits, labels)


def barlow_twins(a, b, off_diagonal_weight=0.0051, eps=1e-5):
    """Sum of squares of C minus identity, off the diagonal times the weight."""
    n = len(a)
    a = F.batch_norm(a, None, None, training=True, eps=eps)
    b = F.batch_norm(b, None, None, training=True, eps=eps)
    c = a.T @ b / n
    diagonal = torch.diagonal(c)
    on = (diagonal - 1).square().sum()
    off = c.square().sum() - diagonal.square().sum()
    return on + off_diagonal_weight * off
