import numpy as np

import jumelle as jm

rng = np.random.default_rng(0)
a = rng.standard_normal((512, 64), dtype=np.float32)
b = a + 0.1 * rng.standard_normal((512, 64), dtype=np.float32)

# Value and gradients: for a training loop of your own.
loss, ga, gb = jm.losses.nt_xent(a, b, temperature=0.5)
print(f"nt_xent {loss:.4f}, no information: {np.log(2 * 512 - 1):.4f}")

a -= 100 * ga  # one step of gradient descent on the embeddings themselves
print(f"after a step {jm.losses.nt_xent(a, b, temperature=0.5)[0]:.4f}")
