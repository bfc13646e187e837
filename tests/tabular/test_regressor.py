"""The regressor of tables: units of y, scores out of fold, intervals."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import d2_tweedie_score, mean_absolute_error, mean_tweedie_deviance, r2_score
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit

from skl2 import TabularEncoder, TabularMLPRegressor
from skl2._inputs.targets import to_values

RANDOM = np.random.default_rng(0)
N = 60
X = pd.DataFrame({"a": RANDOM.standard_normal(N), "b": RANDOM.uniform(size=N), "c": RANDOM.choice(["u", "v", "w"], N)})
Y = (2 * X["a"] + (X["c"] == "u") + 0.1 * RANDOM.standard_normal(N)).to_numpy()
TWO = np.column_stack([Y, X["b"]])
COUNTS = RANDOM.poisson(np.exp(0.5 * X["a"] + 1)).astype(float)
TRAINING = {"batch_size": 20, "max_iter": 8, "learning_rate_init": 0.05}
SMALL = {"hidden_layer_sizes": (8,), "alphas": 2, "random_state": 0} | TRAINING
LARGEST = np.finfo(float).max


def fitted(y=Y, weight=None, **settings):
    """A small model, with predictions out of fold."""
    return TabularMLPRegressor(**SMALL | {"store_predictions": True} | settings).fit(X, y, sample_weight=weight)


@pytest.mark.parametrize(
    ("unit", "zero"), [(1e6, 1e9), (1e-9, 0.0), (1e-9, 1e-3), (LARGEST / 4 / np.abs(Y).max(), 0.0)]
)
def test_units_do_not_matter(unit, zero):
    """For y in another unit the model is the same, up to the unit and rounding."""
    model, other = fitted(), fitted(unit * Y + zero)
    for ours, theirs in [
        (model.predict(X), other.predict(X)),
        (model.cv_predictions_, other.cv_predictions_),
        (model.predict_interval(X), other.predict_interval(X)),
    ]:
        np.testing.assert_allclose((theirs - zero) / unit, ours, atol=1e-5)
    assert other.best_score_ == pytest.approx(model.best_score_, abs=1e-6)


def test_outputs_of_different_units():
    """Several outputs do not know each other's units, nor that one of them is a constant."""
    model, other = fitted(TWO), fitted(TWO * [1e6, 1e-9] + [1e9, 0])
    np.testing.assert_allclose((other.predict(X) - [1e9, 0]) / [1e6, 1e-9], model.predict(X), atol=1e-5)
    assert other.best_score_ == pytest.approx(model.best_score_, abs=1e-6)
    assert model.predict_interval(X).shape == (N, 2, 2)
    constant = fitted(np.column_stack([Y, np.full(N, 0.1)]))
    np.testing.assert_array_equal(constant.predict(X)[:, 1], 0.1)
    assert np.ptp(constant.predict(X)[:, 0]) > 0


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
@pytest.mark.parametrize("value", [0.0, 0.1, 1e9])
def test_a_constant_target(loss, value):
    """A constant is predicted to the last bit, with R² = 1 as scikit-learn has it, and an interval that is a point."""
    model = fitted(np.full(N, value), loss=loss)
    for values in (model.predict(X), model.cv_predictions_, model.predict_interval(X)):
        np.testing.assert_array_equal(values, value)
    assert (model.best_score_, model.best_score_error_) == (1.0, 0.0)
    np.testing.assert_array_equal(model.cv_results_["mean_test_score"], 1)
    np.testing.assert_array_equal(model.cv_results_["std_test_score"], 0)
    np.testing.assert_array_equal(
        TabularMLPRegressor(**SMALL).fit(X[:5], [value] * 5).predict_interval(X[:1]), np.inf * np.array([[-1, 1]])
    )


@pytest.mark.parametrize("weight", [None, np.resize([1.0, 3.0], N)])
@pytest.mark.parametrize("y", [Y, 1e6 * Y + 1e9, TWO])
def test_best_score_is_r2_out_of_fold(y, weight):
    """On folds of equal weight best_score_ is R² of cv_predictions_, over outputs its mean."""
    model = fitted(y, weight, cv=KFold(3))
    assert model.best_score_ == pytest.approx(r2_score(y, model.cv_predictions_, sample_weight=weight), abs=1e-6)


def test_best_score_of_counts():
    """With 'poisson' it is D², the share of the deviance explained."""
    model = fitted(COUNTS, loss="poisson", cv=KFold(3))
    expected = d2_tweedie_score(COUNTS, model.cv_predictions_, power=1)
    assert model.best_score_ == pytest.approx(expected, abs=1e-6)
    assert np.all(model.predict(X) > 0)
    assert np.all(model.predict_interval(X) >= 0)
    assert fitted(COUNTS * 1e-9, loss="poisson", cv=KFold(3)).best_score_ == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("y", "loss"), [(Y, "squared_error"), (1e6 * Y + 1e9, "squared_error"), (COUNTS, "poisson")])
def test_results_are_in_the_unit_of_best_score(y, loss):
    """Scores of splits, with their mean and spread, are R² or D²: 1 less the loss in units of the best constant's."""
    same = {"encoder": TabularEncoder(), "alphas": [0.1], "max_iter": 40, "cv": KFold(3)}
    model = fitted(y, loss=loss, hidden_layer_sizes=(1,), **same)
    results = model.cv_results_
    splits = np.array([results[f"split{number}_test_score"][0] for number in range(3)])
    assert results["mean_test_score"][0] == pytest.approx(splits.mean())
    assert results["std_test_score"][0] == pytest.approx(splits.std())
    raw = fitted(y, loss=loss, hidden_layer_sizes=(1,), scoring=negative_loss(loss), **same)
    own = np.array([raw.cv_results_[f"split{number}_test_score"][0] for number in range(3)])
    power = 1 if loss == "poisson" else 0
    expected = 1 + own / mean_tweedie_deviance(y, np.full(N, y.mean()), power=power)
    np.testing.assert_allclose(splits, expected, rtol=1e-5, atol=1e-6)
    assert -1 < model.best_score_ < 1
    assert results["mean_test_score"].max() <= 1


def negative_loss(loss):
    """A scorer of minus the deviance, in the unit of y."""
    power = 1 if loss == "poisson" else 0
    return lambda network, X, y: -mean_tweedie_deviance(y, network.predict(X), power=power)


def test_results_of_a_scorer_are_its_own():
    """With a scorer cv_results_ and best_score_ are what it says."""
    model = fitted(scoring=lambda network, X, y: 7.5)
    np.testing.assert_array_equal(model.cv_results_["mean_test_score"], 7.5)
    np.testing.assert_array_equal(model.cv_results_["std_test_score"], 0)
    assert model.best_score_ == 7.5


def test_its_error_is_that_of_the_folds():
    """best_score_error_ is the standard error over the folds; of one fold there is none."""
    model = fitted(cv=KFold(4), scoring="neg_mean_absolute_error")
    scores = [-mean_absolute_error(Y[test], model.cv_predictions_[test]) for _, test in KFold(4).split(X)]
    assert model.best_score_ == pytest.approx(np.mean(scores), rel=1e-6)
    assert model.best_score_error_ == pytest.approx(np.std(scores, ddof=1) / 2, rel=1e-4)
    one = fitted(cv=ShuffleSplit(1, random_state=0))
    assert np.isnan(one.best_score_error_)
    assert np.isnan(one.cv_predictions_).sum() == 54


@pytest.mark.parametrize(
    ("scoring", "unit"),
    [("r2", 0), ("neg_mean_absolute_error", 1), ("neg_mean_squared_error", 2), ("loss", 2)],
)
def test_scores_are_in_units_of_y(scoring, unit):
    """Scorers by name compare values in the unit of y."""
    scores = [fitted(1000.0**k * Y, scoring=scoring).best_score_ for k in range(2)]
    assert scores[1] == pytest.approx(1000.0**unit * scores[0], rel=1e-4)


def test_a_callable_scores_in_units_of_y():
    """A callable is given y, and a network that says values, in the unit of y."""
    seen = []

    def score(network, X, y):
        seen.append((y.min(), y.max(), network.predict(X).mean()))
        return -np.abs(network.predict(X) - y).max()

    model = fitted(Y + 1e9, scoring=score, cv=3)
    low, high, mean = np.array(seen).T
    assert min(low) == pytest.approx(Y.min() + 1e9, abs=1e-6)
    assert max(high) == pytest.approx(Y.max() + 1e9, abs=1e-6)
    np.testing.assert_allclose(mean, 1e9, atol=10)
    assert -10 < model.best_score_ < 0


def test_noise_has_no_score():
    """Where there is nothing to learn, best_score_ is about 0, also for a column of many levels."""
    random = np.random.default_rng(1)
    noise = pd.DataFrame({"a": random.standard_normal(240), "id": random.integers(0, 80, 240).astype(str)})
    model = TabularMLPRegressor(**SMALL | {"alphas": 3}).fit(noise, random.standard_normal(240))
    assert -0.3 < model.best_score_ < 0.05


def test_intervals_are_cv_plus():
    """Bounds are those of the definition, sample by sample, in the unit of y."""
    y, coverage = 1e3 * Y + 1e6, 0.8
    model = fitted(y, cv=KFold(4))
    fold, number = np.arange(N) // 15, model._encoder_numbers
    first = [splits for k in range(len(model.encoders_)) for splits in range(k, 4, len(model.encoders_))]
    networks = np.argsort(first)  # of each fold the number of its network
    later = X[:9]
    says = np.array(
        [
            model._scale.invert(model.estimators_[k].predict(model.encoders_[number[k]].transform(later)))
            for k in networks
        ]
    )
    residuals = np.abs(y - model.cv_predictions_)
    lower = np.sort(says[fold] - residuals[:, np.newaxis], axis=0)[int(np.floor((1 - coverage) * (N + 1) + 1e-9)) - 1]
    upper = np.sort(says[fold] + residuals[:, np.newaxis], axis=0)[int(np.ceil(coverage * (N + 1) - 1e-9)) - 1]
    np.testing.assert_allclose(model.predict_interval(later, coverage), np.column_stack([lower, upper]), rtol=1e-6)


def test_coverage():
    """On new samples the intervals hold about as many as promised, and more coverage is wider."""
    random = np.random.default_rng(2)
    inputs = random.standard_normal((1200, 3))
    y = inputs[:, 0] + np.abs(inputs[:, 1]) * random.standard_normal(1200)
    model = TabularMLPRegressor(**SMALL).fit(inputs[:200], y[:200])
    widths = []
    for coverage in (0.6, 0.8, 0.95):
        low, high = model.predict_interval(inputs[200:], coverage).T
        assert np.mean((low <= y[200:]) & (y[200:] <= high)) == pytest.approx(coverage + 0.02, abs=0.07)
        widths.append(np.mean(high - low))
    assert widths == sorted(widths)
    assert np.all(np.isinf(model.predict_interval(inputs, 0.999)))


def test_repeated_folds_give_more_networks():
    """With RepeatedKFold each sample has the mean of several predictions out of fold."""
    model = fitted(cv=RepeatedKFold(n_splits=2, n_repeats=3, random_state=0))
    assert len(model.estimators_) == model.n_splits_ == 6
    assert np.all(np.isfinite(model.cv_predictions_))


@pytest.mark.parametrize(
    "y", [Y.tolist(), pd.Series(Y, index=range(N, 0, -1)), Y.astype(object), Y.astype(np.float32), pd.array(Y)]
)
def test_what_y_may_be(y):
    """Lists, series, objects and nullable numbers are values; predictions are float64."""
    model = fitted(y)
    np.testing.assert_allclose(model.predict(X), fitted().predict(X), rtol=1e-4)
    assert model.predict(X).dtype == np.float64


def test_a_column_warns_as_in_scikit_learn():
    """y of shape (n, 1) is one output, with scikit-learn's warning."""
    with pytest.warns(DataConversionWarning):
        to_values(Y[:, np.newaxis])
    with pytest.warns(DataConversionWarning):
        model = fitted(Y[:, np.newaxis])
    np.testing.assert_array_equal(model.predict(X), fitted().predict(X))


@pytest.mark.parametrize(
    ("y", "settings", "message"),
    [
        (1000 * Y, {"loss": "poisson"}, rf"y must be >= 0; its smallest value is {1000 * Y.min():.6}"),
        (np.where(Y > 2, np.nan, Y), {}, r"y has gaps \(NaN, None or NA\): 12 of 60 values"),
        (np.where(Y > 2, np.inf, Y), {}, "Input y contains infinity"),
        (X["c"], {}, "y holds text"),
        (Y[:-1], {}, "inconsistent numbers of samples: .60, 59."),
        (None, {}, "requires y to be passed, but the target y is None"),
        (np.ma.masked_greater(Y, 2), {}, "y has masked values"),
        (Y, {"loss": "log_cosh"}, "The 'loss' parameter of TabularMLPRegressor must be"),
        ([10**400] * N, {}, "y holds a number that no float can hold"),
    ],
)
def test_bad_targets(y, settings, message):
    """What is wrong with y is said in its own unit, and the model stays as it was."""
    model = TabularMLPRegressor(**SMALL | settings)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert vars(model) == before


@pytest.mark.parametrize("coverage", [0, 1, 1.5, "much"])
def test_bad_coverage(coverage):
    """Coverage is between 0 and 1."""
    with pytest.raises(ValueError, match="The 'coverage' parameter of predict_interval must be a float in the range"):
        fitted().predict_interval(X, coverage)
