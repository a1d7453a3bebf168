"""SimCLR in plain PyTorch, with jumelle's views and loss."""

import torch
from torch import nn

import jumelle as jm
import jumelle.torch as jt

torch.manual_seed(0)
images, _ = jm.datasets.shapes(1200, size=32, seed=0)

# A batch is one tensor (2, n, 3, 32, 32), float32; each pass has other views.
pipe = jm.augment.simclr(size=32, strength=0.5, blur=False)
dataset = jt.ViewsDataset(images[:1000], pipe, seed=0, normalize=(0.5, 0.25))
loader = jt.ViewsLoader(dataset, batch_size=125, shuffle=True)


def block(channels, out, stride):
    conv = nn.Conv2d(channels, out, 3, stride, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out), nn.ReLU())


class Net(nn.Sequential):
    def __init__(self):
        blocks = [block(3, 32, 2), block(32, 64, 2), block(64, 64, 2)]
        encoder = [*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        head = [nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 32)]
        super().__init__(*encoder, *head)


def recognised(net):
    """How many of the 200 other pictures are known again in another view."""
    other = jt.ViewsDataset(images[1000:], pipe, seed=1, normalize=(0.5, 0.25))
    views = jt.collate(other.__getitems__(range(200)))
    with torch.no_grad():
        a, b = nn.functional.normalize(net.eval()(views.flatten(0, 1))).chunk(2)
    return ((a @ b.T).argmax(1) == torch.arange(200)).float().mean().item()


net = Net()
before = recognised(net)
criterion = jt.NTXentLoss(temperature=0.2)
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
net.train()
for epoch in range(12):
    total = 0.0
    for views in loader:
        z1, z2 = net(views.flatten(0, 1)).chunk(2)
        loss = criterion(z1, z2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch + 1}  loss {total / len(loader):.3f}")

print(f"known again: {before:.3f} before, {recognised(net):.3f} after")
