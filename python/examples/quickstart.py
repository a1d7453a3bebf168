import jumelle as jm

# Any of: an array (N, H, W, 3) of uint8, a .npy file, a folder of pictures.
images, labels = jm.datasets.shapes(1500, size=32, seed=0)

model = jm.SimCLR(encoder="small", epochs=4, batch_size=128, seed=0).fit(images)
features = model.transform(images)  # (1500, 256) float32
model.save("model.npz")  # jm.load("model.npz") reads it

# Labels only to judge the features: nearest neighbours among the first 1200.
known, test = (images[:1200], labels[:1200]), (images[1200:], labels[1200:])
print(jm.evaluate.report(model, train=known, test=test))
