import numpy as np

import jumelle as jm
from jumelle.augment import ColorJitter, Compose, HorizontalFlip, RandomResizedCrop

images, _ = jm.datasets.shapes(256, size=48, seed=0)

# A paper's preset, or any composition: uint8 in, uint8 (views, n, size, size, 3) out.
pipe = jm.augment.simclr(size=32, strength=0.5)
mine = Compose(
    [RandomResizedCrop(scale=(0.2, 1)), HorizontalFlip(), ColorJitter(0.4)], 32
)
views = mine(images, views=2, seed=0, epoch=0)
print(views.shape, views.dtype)

# A view depends on seed, epoch, the picture's index and its own number alone: one
# picture by itself has the views that it has in any batch.
rows = np.asarray([17])
alone = mine(images[rows], views=2, seed=0, epoch=0, indices=rows)
print(bool((alone == views[:, rows]).all()))

# A pipeline is a document, and the document is the pipeline.
print(jm.augment.from_spec(pipe.spec) == pipe)
