from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import jumelle as jm

images, labels = jm.datasets.shapes(1200, size=32, seed=0)

# Features learned without labels, then a classifier from the labels of a few.
model = jm.SimCLR(epochs=3, batch_size=128, verbose=False).fit(images)
classifier = LogisticRegression(max_iter=2000)
classifier.fit(model.transform(images[:100]), labels[:100])
accuracy = classifier.score(model.transform(images[1000:]), labels[1000:])
print(f"from 100 labels: {accuracy:.2f} right of the last 200")

# Or as one estimator, which clone, Pipeline and GridSearchCV know how to use.
pipeline = make_pipeline(jm.SimCLR(epochs=1, verbose=False), LogisticRegression())
print(pipeline.set_params(simclr__temperature=0.2).get_params()["simclr__temperature"])
