import jumelle as jm

# Any of: an array (N, H, W, 3) of uint8, a .npy file, a folder of pictures.
images, labels = jm.datasets.shapes(2500, size=32, seed=0)
known, new = slice(0, 2000), slice(2000, 2500)

model = jm.SimCLR(
    encoder="small", width=0.5, epochs=12, batch_size=64, learning_rate=0.06, seed=0
)
model.fit(images[known])  # no labels
features = model.transform(images[new])  # (500, 128) float32
model.save("model.npz")  # jm.load("model.npz") reads it

# Labels only to judge the features: the nearest known pictures name the new ones.
train, test = (images[known], labels[known]), (images[new], labels[new])
print(jm.evaluate.report(model, train=train, test=test, k=20))
