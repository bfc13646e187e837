"""Models of tables in the hands of scikit-learn, and in files."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.ensemble import BaggingRegressor, VotingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skl2 import TabularEncoder, TabularMLPClassifier, TabularMLPRegressor

RANDOM = np.random.default_rng(0)
N = 60
X = pd.DataFrame({"a": RANDOM.standard_normal(N), "b": RANDOM.uniform(size=N), "c": RANDOM.choice(["u", "v", "w"], N)})
X.loc[::9, "b"] = None
Y = (2 * X["a"] + (X["c"] == "u")).to_numpy()
LABELS = np.where(Y > 0.5, "high", "low")
TRAINING = {"batch_size": 10, "max_iter": 4, "learning_rate_init": 0.05}
SMALL = {"hidden_layer_sizes": (8,), "alphas": 2, "random_state": 0} | TRAINING
BOTH = pytest.mark.parametrize("Model", [TabularMLPClassifier, TabularMLPRegressor])


def target(Model):
    """Labels or values."""
    return Y if Model is TabularMLPRegressor else LABELS


def fitted(Model, **settings):
    """A small model."""
    return Model(**SMALL | settings).fit(X, target(Model))


@BOTH
def test_pickle(Model):
    """A model read from bytes predicts the same, and says the same of itself."""
    model = fitted(Model, store_predictions=True)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict(X), model.predict(X))
    interval = "predict_set" if is_classifier(model) else "predict_interval"
    np.testing.assert_array_equal(getattr(copy, interval)(X), getattr(model, interval)(X))
    assert vars(copy).keys() == vars(model).keys()
    assert (copy.best_score_, copy.alpha_, copy.grid_) == (model.best_score_, model.alpha_, model.grid_)
    assert pickle.loads(pickle.dumps(Model(**SMALL))).get_params() == Model(**SMALL).get_params()


@BOTH
def test_parameters(Model):
    """get_params and set_params go round, those of an encoder too, and a clone has them."""
    params = Model(**SMALL, encoder=TabularEncoder(n_bins=3), cv=4, verbose=1).get_params()
    assert params["encoder__n_bins"] == 3
    model = Model().set_params(**params)
    assert model.get_params() == params
    assert clone(model).get_params(deep=False).keys() == params.keys() - {"encoder__n_bins", "encoder__max_categories"}
    assert model.set_params(encoder__n_bins=5).encoder.n_bins == 5
    assert Model().get_params()["hidden_layer_sizes"] is None


@BOTH
def test_a_clone_fits_the_same(Model):
    """A clone of a fitted model has not been fitted, and fits to the same."""
    model = fitted(Model)
    copy = clone(model)
    assert not [name for name in vars(copy) if name.endswith("_")]
    np.testing.assert_array_equal(copy.fit(X, target(Model)).predict(X), model.predict(X))


@BOTH
def test_grid_search(Model):
    """GridSearchCV goes over settings of the networks and of the encoder."""
    grid = {"hidden_layer_sizes": [(4,), 8], "encoder__n_bins": [None, 4]}
    search = GridSearchCV(Model(**SMALL, encoder=TabularEncoder()), grid, cv=2).fit(X, target(Model))
    assert search.best_params_["hidden_layer_sizes"] in [(4,), 8]
    assert np.all(np.isfinite(search.cv_results_["mean_test_score"]))
    np.testing.assert_array_equal(search.predict(X), search.best_estimator_.predict(X))


@BOTH
def test_pipeline(Model):
    """At the end of a pipeline it sees the frame that the steps before make."""
    add = FunctionTransformer(lambda frame: frame.assign(d=frame["a"] ** 2))
    model = make_pipeline(add, Model(**SMALL)).fit(X, target(Model))
    assert model[-1].feature_names_in_.tolist() == ["a", "b", "c", "d"]
    direct = Model(**SMALL).fit(X.assign(d=X["a"] ** 2), target(Model))
    np.testing.assert_array_equal(model.predict(X), direct.predict(X.assign(d=X["a"] ** 2)))
    scaled = make_pipeline(StandardScaler(), Model(**SMALL)).fit(X[["a", "b"]], target(Model))
    assert scaled.score(X[["a", "b"]], target(Model)) <= 1


def test_meta_estimators():
    """Bagging, voting and several models side by side take frames, too."""
    bag = BaggingRegressor(TabularMLPRegressor(**SMALL), n_estimators=2, random_state=0).fit(
        X[["a", "b"]].to_numpy(), Y
    )
    assert bag.predict(X[["a", "b"]].to_numpy()).shape == (N,)
    vote = VotingClassifier([("one", TabularMLPClassifier(**SMALL))], voting="soft").fit(X, LABELS)
    assert set(vote.predict(X)) <= {"high", "low"}
    two = MultiOutputRegressor(TabularMLPRegressor(**SMALL)).fit(X[["a", "b"]].fillna(0), np.column_stack([Y, -Y]))
    assert two.predict(X[["a", "b"]].fillna(0)).shape == (N, 2)


@BOTH
def test_cross_validation_from_outside(Model):
    """cross_val_predict gives each row a prediction, of probabilities too."""
    assert cross_val_predict(Model(**SMALL), X, target(Model), cv=2).shape == (N,)
    if Model is TabularMLPClassifier:
        assert cross_val_predict(Model(**SMALL), X, LABELS, cv=2, method="predict_proba").shape == (N, 2)


@BOTH
def test_what_it_says_of_itself(Model):
    """Its text has what differs from the defaults, its HTML the encoder, and its tags gaps and categories."""
    assert repr(Model(max_iter=4)) == f"{Model.__name__}(max_iter=4)"
    for model in (Model(encoder=TabularEncoder()), fitted(Model)):
        assert Model.__name__ in model._repr_html_()
    tags = Model().__sklearn_tags__()
    assert tags.input_tags.allow_nan
    assert tags.input_tags.categorical
    assert not tags.input_tags.sparse
    if Model is TabularMLPClassifier:
        assert tags.classifier_tags.multi_label
    else:
        assert tags.target_tags.multi_output


@BOTH
def test_score(Model):
    """score is scikit-learn's, the accuracy or R², with weights."""
    model = fitted(Model)
    assert model.score(X, target(Model), sample_weight=np.arange(N)) <= 1
    assert model.score(X, target(Model)) == Model.score(model, X, target(Model))
