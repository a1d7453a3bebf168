"""With scikit-learn: clone, Pipeline, GridSearchCV, on real pictures."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError as SklearnNotFitted
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

import jumelle as jm

from conftest import quick


@pytest.fixture(scope="module")
def digits():
    """Real digits, uint8 (240, 16, 16) and their labels."""
    data = load_digits()
    images = (data.images[:240] * 15.9).astype(np.uint8)
    return images.repeat(2, axis=1).repeat(2, axis=2), data.target[:240]


def test_clone():
    pipe = jm.augment.weak(size=16)
    model = jm.SimCLR(epochs=3, augment=pipe, projection=(64, 32))
    copied = clone(model)
    assert copied is not model
    assert copied.get_params() == model.get_params()
    assert type(clone(jm.RandomEncoder(seed=2))) is jm.RandomEncoder


def test_clone_of_a_fitted_model_is_not_fitted(small):
    assert not hasattr(clone(small), "history_")


def test_check_is_fitted(small):
    check_is_fitted(small)
    with pytest.raises(SklearnNotFitted):
        check_is_fitted(jm.SimCLR())


def test_pipeline(digits):
    images, labels = digits
    pipeline = make_pipeline(quick(), LogisticRegression(max_iter=2000))
    pipeline.fit(images[:200], labels[:200])
    assert pipeline.score(images[200:], labels[200:]) > 0.3  # chance is 0.1
    assert pipeline[:-1].transform(images).shape == (240, 64)
    assert "SimCLR" in repr(pipeline)


def test_grid_search(digits):
    images, labels = digits
    pipeline = make_pipeline(quick(epochs=1), LogisticRegression(max_iter=2000))
    grid = {"simclr__temperature": np.asarray([0.1, 0.5]), "simclr__seed": [0, 1]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise")
    search.fit(images, labels)
    assert len(search.cv_results_["params"]) == 4
    assert set(search.best_params_) == set(grid)
    assert search.predict(images).shape == labels.shape


def test_images_may_be_split_by_sklearn(digits):
    images, labels = digits
    pipeline = make_pipeline(
        jm.RandomEncoder(width=0.25), LogisticRegression(max_iter=2000)
    )
    search = GridSearchCV(pipeline, {"randomencoder__seed": [0, 1]}, cv=2)
    search.fit(jm.Images(images), labels)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
