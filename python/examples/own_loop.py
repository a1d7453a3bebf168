import numpy as np

import jumelle as jm

images, _ = jm.datasets.shapes(512, size=32, seed=0)

# partial_fit takes one step on a batch: the loop, its order and its end are yours.
model = jm.SimCLR(encoder="small", width=0.5, verbose=False)
rng = np.random.default_rng(0)
for step in range(8):
    model.partial_fit(images[rng.choice(512, 64, replace=False)])
    history = model.history_
    print(
        f"step {step + 1}  loss {history['loss'][-1]:.3f}  "
        f"effective rank {history['effective_rank'][-1]:.1f}"
    )
