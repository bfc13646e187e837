"""Sample weights in models of tables, with metadata routing and without."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import get_scorer
from sklearn.model_selection import GroupKFold, KFold, cross_validate
from sklearn.utils.metadata_routing import get_routing_for_object
from versions import needs_scikit_learn

from skl2 import TabularMLPClassifier, TabularMLPRegressor

RANDOM = np.random.default_rng(0)
N = 60
X = pd.DataFrame({"a": RANDOM.standard_normal(N), "b": RANDOM.uniform(size=N), "c": RANDOM.choice(["u", "v", "w"], N)})
X.loc[::9, "b"] = None
Y = (2 * X["a"] + (X["c"] == "u")).to_numpy()
WEIGHT = RANDOM.uniform(0.1, 3, N)
GROUPS = np.arange(N) % 5
TRAINING = {"batch_size": 10, "max_iter": 4, "learning_rate_init": 0.05}
SMALL = {"hidden_layer_sizes": (8,), "alphas": 2, "random_state": 0, "store_predictions": True} | TRAINING
BOTH = pytest.mark.parametrize("Model", [TabularMLPClassifier, TabularMLPRegressor])


def fitted(Model, rows=slice(None), weight=None, **settings):
    """A small model of some rows."""
    y = Y if Model is TabularMLPRegressor else np.where(Y > 0.5, "high", "low")
    return Model(**SMALL | settings).fit(X.iloc[rows], y[rows], sample_weight=weight)


@BOTH
def test_weight_0_is_no_row(Model):
    """With the same folds, rows of weight 0 might not be there: encoders, networks, scores and choice are the same."""
    kept = np.flatnonzero(np.arange(N) % 4)
    splits = list(KFold(3, shuffle=True, random_state=0).split(kept))
    model = fitted(Model, weight=(np.arange(N) % 4 > 0) * 2.0, cv=[(kept[a], kept[b]) for a, b in splits])
    without = fitted(Model, kept, cv=splits)
    assert model.best_score_ == pytest.approx(without.best_score_, abs=1e-9)
    assert model.alpha_ == pytest.approx(without.alpha_)
    np.testing.assert_allclose(model.cv_predictions_[kept], without.cv_predictions_, rtol=1e-9)
    method = "predict_proba" if Model is TabularMLPClassifier else "predict"
    np.testing.assert_allclose(getattr(model, method)(X), getattr(without, method)(X), rtol=1e-9)
    np.testing.assert_allclose(model.cv_results_["mean_test_score"], without.cv_results_["mean_test_score"])


@BOTH
def test_only_ratios_matter(Model):
    """Weights, times anything, are the same, from the smallest to the largest numbers, in a list too."""
    model = fitted(Model, weight=WEIGHT)
    assert model.best_score_ != fitted(Model).best_score_
    for unit in (2.0**-1000, 2.0**1020):
        other = fitted(Model, weight=(WEIGHT * unit).tolist())
        assert other.best_score_ == pytest.approx(model.best_score_, rel=1e-9)
        np.testing.assert_allclose(other.cv_predictions_, model.cv_predictions_, rtol=1e-9)
    equal = fitted(Model, weight=3.0)
    np.testing.assert_allclose(equal.cv_predictions_, fitted(Model).cv_predictions_, rtol=1e-6)


@BOTH
def test_scorers_get_the_weights_of_what_is_held_out(Model):
    """A callable with sample_weight gets it, up to a power of two; without, a warning says so."""
    seen = []

    def score(network, X, y, sample_weight=None):
        seen.append(sample_weight)
        return float(np.mean(network.predict(X) == y))

    fitted(Model, weight=WEIGHT, scoring=score, cv=KFold(2), alphas=[1.0])
    for part, expected in zip(seen[:2], np.split(WEIGHT, 2), strict=True):
        np.testing.assert_array_equal(part / part[0], expected / expected[0])
    with pytest.warns(UserWarning, match="takes no sample_weight: networks are trained with weights and scored with"):
        fitted(Model, weight=WEIGHT, scoring=lambda network, X, y: 1.0)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (-WEIGHT, "Negative values in data passed to `sample_weight`"),
        (np.zeros(N), "at least one non-zero number|weigh 0"),
        (WEIGHT[:-1], r"sample_weight.shape == \(59,\), expected \(60,\)"),
        (np.where(WEIGHT > 1, np.nan, WEIGHT), "Input sample_weight contains NaN"),
        (np.ma.masked_greater(WEIGHT, 2), "sample_weight has masked values"),
        (np.arange(N) >= N // 2, "All samples to train on weigh 0"),
    ],
)
@BOTH
def test_bad_weights(Model, weight, message):
    """Negative, missing, or too few weights, and folds without any, are errors."""
    with pytest.raises(ValueError, match=message):
        fitted(Model, weight=weight, cv=KFold(2))


def test_intervals_and_weights():
    """Weights of training leave predictions finite, and sets and intervals there."""
    assert np.all(np.isfinite(fitted(TabularMLPRegressor, weight=WEIGHT).predict_interval(X, 0.5)))
    assert fitted(TabularMLPClassifier, weight=WEIGHT).predict_set(X, 0.5).any()


@BOTH
def test_routing(Model):
    """With routing, the splitter gets groups and the default scorer the weights: all is as without."""
    plain = fitted(Model, weight=WEIGHT, cv=list(GroupKFold(3).split(X, Y, GROUPS)))
    y = Y if Model is TabularMLPRegressor else np.where(Y > 0.5, "high", "low")
    with config_context(enable_metadata_routing=True):
        model = Model(**SMALL, cv=GroupKFold(3)).fit(X, y, sample_weight=WEIGHT, groups=GROUPS)
        assert model.best_score_ == plain.best_score_
        np.testing.assert_array_equal(model.cv_predictions_, plain.cv_predictions_)
        routing = get_routing_for_object(model)
        assert routing.consumes("fit", ["sample_weight", "groups", "other"]) >= {"groups"}


@BOTH
def test_routing_from_outside(Model):
    """A cross-validation around it hands on groups and weights, if they are requested."""
    needs_scikit_learn("1.7", "cross_validate hands on what a router's own splitter asks for")
    y = Y if Model is TabularMLPRegressor else np.where(Y > 0.5, "high", "low")
    params = {"sample_weight": WEIGHT, "groups": GROUPS}
    with config_context(enable_metadata_routing=True):
        model = Model(**SMALL, cv=GroupKFold(2))
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            cross_validate(model, X, y, params=params, cv=GroupKFold(2), error_score="raise")
        model.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        found = cross_validate(model, X, y, params=params, cv=GroupKFold(2), error_score="raise")
    assert np.all(np.isfinite(found["test_score"]))


@BOTH
def test_routing_under_another_name(Model):
    """A scorer may ask for weights of its own, which training does not see."""
    name = "r2" if Model is TabularMLPRegressor else "accuracy"
    y = Y if Model is TabularMLPRegressor else np.where(Y > 0.5, "high", "low")
    with config_context(enable_metadata_routing=True):
        scoring = get_scorer(name).set_score_request(sample_weight="mass")
        model = Model(**SMALL | {"alphas": [1.0]}, scoring=scoring, cv=3).fit(X, y, mass=WEIGHT)
        plain = Model(**SMALL | {"alphas": [1.0]}, scoring=name, cv=3).fit(X, y)
        np.testing.assert_array_equal(model.cv_predictions_, plain.cv_predictions_)
        assert model.best_score_ != plain.best_score_
        with pytest.raises(TypeError, match=r"\{'groups'\}, which are not routed|unexpected argument"):
            Model(**SMALL).fit(X, y, groups=GROUPS)
