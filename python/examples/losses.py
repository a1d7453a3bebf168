"""InfoNCE is the classification "which picture does this view come from"."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import jumelle as jm

# Two views of each of eight pictures, embedded by an encoder that learned a little.
images, _ = jm.datasets.shapes(1000, size=32, seed=0)
model = jm.SimCLR(
    encoder="small", width=0.5, epochs=6, batch_size=100, seed=0, verbose=False
)
model.fit(images)
pipe = jm.augment.weak(size=32)  # crop and flip
views = pipe(images[:8], views=2, seed=1)  # (2, 8, 32, 32, 3)
q, k = (model.project(v) for v in views)  # (8, 128) each

# The loss, its gradients, and how often the guess is right.
temperature = 0.2
loss, gq, gk, accuracy = jm.losses.info_nce(q, k, temperature, accuracy=True)

# The same as a classification: a row of logits for each query, a class for each key,
# and the label is the query's own number.
logits, labels = jm.losses.info_nce_logits(q, k, temperature)
cosines = logits * temperature
softmax = np.exp(logits - logits.max(axis=1, keepdims=True))
softmax /= softmax.sum(axis=1, keepdims=True)
by_hand = -np.log(softmax[np.arange(8), labels]).mean()
entropy, _ = jm.losses.cross_entropy(logits, labels)
print(f"InfoNCE {loss:.6f}")
print(f"cross-entropy of the logits {entropy:.6f}, by hand {by_hand:.6f}")
print(f"right guesses {round(8 * accuracy)} of 8; without information, 1 of 8")
print(f"loss without information: ln 8 = {np.log(8):.6f}")
assert np.isclose(loss, entropy, rtol=1e-6)
assert np.isclose(loss, by_hand, rtol=1e-5)
assert accuracy == (softmax.argmax(axis=1) == labels).mean()


def panel(area, title, values, colours, low, high):
    """Draw an 8 x 8 matrix between the views it compares; a frame marks each label."""
    rows = area.add_gridspec(9, 9, wspace=0.06, hspace=0.06, top=0.88)
    for i in range(8):
        for spot, picture in (
            (rows[i + 1, 0], views[0, i]),
            (rows[0, i + 1], views[1, i]),
        ):
            axes = area.add_subplot(spot)
            axes.imshow(picture)
            axes.axis("off")
    axes = area.add_subplot(rows[1:, 1:])
    axes.imshow(values, cmap=colours, vmin=low, vmax=high, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        dark = (value - low) / (high - low) > 0.65
        text = f"{value:.2f}"
        axes.text(j, i, text, ha="center", va="center", color="w" if dark else "k")
    for i, label in enumerate(labels):
        frame = Rectangle(
            (label - 0.5, i - 0.5), 1, 1, fill=False, ec="#d1495b", lw=2.5
        )
        axes.add_patch(frame)
    axes.set_xticks([])
    axes.set_yticks([])
    area.suptitle(title)


figure = Figure(figsize=(12.5, 6.5), dpi=100)
left, right = figure.subfigures(1, 2)
panel(left, "cosine of query (rows) and key (columns)", cosines, "Greys", -1, 1)
title = f"softmax over the keys at temperature {temperature}; framed: the label\n"
title += f"InfoNCE = mean of -ln(framed) = {loss:.3f}"
panel(right, title, softmax, "Blues", 0, 1)
figure.savefig("info_nce.png")
