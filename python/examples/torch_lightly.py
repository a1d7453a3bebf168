"""lightly's SimCLR, its head and its loss, with jumelle's views in a DataLoader."""

import torch
from lightly.loss import NTXentLoss  # jumelle.torch.NTXentLoss: the same number
from lightly.models.modules import SimCLRProjectionHead
from torch import nn
from torch.utils.data import DataLoader

import jumelle as jm
import jumelle.torch as jt

torch.manual_seed(0)
images, labels = jm.datasets.shapes(1200, size=32, seed=0)
pipe = jm.augment.simclr(size=32, strength=0.5, blur=False)
dataset = jt.ViewsDataset(images[:1000], pipe, labels=labels[:1000])
loader = DataLoader(dataset, batch_size=125, shuffle=True, collate_fn=jt.collate)

layers = []
for channels, out, stride in ((3, 32, 2), (32, 64, 2), (64, 64, 2)):
    layers += [nn.Conv2d(channels, out, 3, stride, 1), nn.BatchNorm2d(out), nn.ReLU()]
encoder = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
net = nn.Sequential(encoder, SimCLRProjectionHead(64, 64, 32))


def floats(x):
    """uint8 views are a quarter of the bytes to send to a device: normalise there."""
    return (x.float() / 255 - 0.5) / 0.25


def recognised():
    """How many of the 200 other pictures are known again in another view."""
    a, b = torch.from_numpy(pipe(images[1000:], seed=1)).permute(0, 1, 4, 2, 3)
    net.eval()
    with torch.no_grad():
        a, b = (nn.functional.normalize(net(floats(x))) for x in (a, b))
    net.train()
    return ((a @ b.T).argmax(1) == torch.arange(200)).float().mean().item()


before = recognised()
criterion = NTXentLoss(temperature=0.2)
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(12):
    dataset.set_epoch(epoch)  # or every epoch would have the same views
    total = 0.0
    for (x1, x2), _ in loader:  # the labels, here for nothing
        loss = criterion(net(floats(x1)), net(floats(x2)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch + 1}  loss {total / len(loader):.3f}")

print(f"known again: {before:.3f} before, {recognised():.3f} after")
