"""The best constant prediction of a problem: its loss, the unit of the loss, and what held-out samples say of it."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import accuracy_score, log_loss, r2_score

from skl2 import MLPClassifier, MLPRegressor
from skl2._estimators.problem import make_problem
from skl2._inputs.samples import Given
from skl2._training.progress import NOTHING_TO_BEAT

RANDOM = np.random.default_rng(0)
N = 60
X = RANDOM.standard_normal((N, 3))
Y = X[:, 0] + RANDOM.standard_normal(N)
Y = (Y - Y.mean()) / Y.std()
LABELS = np.digitize(Y, [-0.8, 0.3])
WEIGHT = RANDOM.uniform(0.5, 2, N)


def baseline_of(estimator, y, sample_weight=None, *validation):
    """The Baseline of a fit."""
    return make_problem(estimator, Given(X, y, sample_weight), Given(*validation)).baseline


def unit(y, sample_weight=None, **settings):
    """The unit of the loss of a regressor."""
    return baseline_of(MLPRegressor(**settings), y, sample_weight).unit


@pytest.mark.parametrize("variance", [0.71, 0.9, 1.0, 1.3, 1.41])
@pytest.mark.parametrize("mean", [0.0, -3e3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_unit_of_scaled_targets_is_one(variance, mean, dtype):
    """Where targets have about unit variance, tol and the tolerances of lbfgs are exactly scikit-learn's."""
    assert unit((mean + np.sqrt(variance) * Y).astype(dtype)) == 1.0


@pytest.mark.parametrize("factor", [1e-150, 1e-4, 0.5, 3.0, 1e5, 1e150])
def test_the_unit_is_the_variance_to_a_power_of_two(factor):
    """It is a power of two within √2 of the variance, so that c·y has c² times the unit."""
    power = np.log2(unit(factor * Y))
    assert power == round(power)
    assert abs(power - 2 * np.log2(factor)) <= 0.5
    for exponent in (-13, 13):
        assert unit(2.0**exponent * Y) == 2.0 ** (2 * exponent)


def test_the_unit_of_several_outputs_is_the_mean():
    """Outputs share a loss, and so they share the mean of their variances."""
    assert unit(np.column_stack([Y, 4 * Y])) == 8  # of 17 / 2
    assert unit(np.column_stack([Y, 0 * Y])) == 0.5


@pytest.mark.parametrize("y", [LABELS, np.arange(N) == 7, np.eye(N)[:, :3].astype(int)])
def test_losses_of_classes_have_no_unit(y):
    """Log losses are numbers of their own, however rare a class or a label is: tol is absolute."""
    assert baseline_of(MLPClassifier(), y).unit == 1.0


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_values_are_held_against_their_mean(weight):
    """The constant of a regressor is what DummyRegressor predicts, with weights that count."""
    dummy = DummyRegressor().fit(X, Y, weight)
    baseline = baseline_of(MLPRegressor(), Y, weight)
    assert baseline.raw_prediction == pytest.approx(dummy.constant_.ravel(), abs=1e-12)
    assert baseline.loss == pytest.approx(np.average((Y - dummy.constant_.ravel()) ** 2, weights=weight) / 2)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_classes_are_held_against_their_frequencies(weight):
    """The constant of a classifier is what DummyClassifier(strategy='prior') predicts, with weights that count."""
    dummy = DummyClassifier(strategy="prior").fit(X, LABELS, weight)
    baseline = baseline_of(MLPClassifier(), LABELS, weight)
    assert np.exp(baseline.raw_prediction) == pytest.approx(dummy.class_prior_)
    assert baseline.loss == pytest.approx(log_loss(LABELS, dummy.predict_proba(X), sample_weight=weight))


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 0.0, 2: 5.0}])
def test_weights_of_classes_count(class_weight):
    """class_weight changes the constant as sample weights would: balanced classes are equally frequent in it."""
    baseline = baseline_of(MLPClassifier(class_weight=class_weight), LABELS)
    if class_weight == "balanced":
        assert baseline.raw_prediction == pytest.approx(np.log([1 / 3] * 3))
        assert baseline.loss == pytest.approx(np.log(3))
    else:
        same = baseline_of(MLPClassifier(), LABELS, np.array([1.0, 0.0, 5.0])[LABELS])
        np.testing.assert_array_equal(baseline.raw_prediction, same.raw_prediction)
        assert baseline.loss == same.loss


@pytest.mark.parametrize("weight", [None, WEIGHT[40:]], ids=["plain", "weighted"])
def test_held_out_values_are_predicted_by_the_training_mean(weight):
    """The score and the loss on a validation set are those of the mean of the training targets: here R² is negative."""
    model = MLPRegressor(early_stopping=True)
    problem = make_problem(model, Given(X[:40], Y[:40] + 2), Given(X[40:], Y[40:], weight))
    baseline, constant = problem.baseline, np.full(20, Y[:40].mean() + 2)
    assert len(problem.validation.y) == 20
    assert baseline.validation.score == pytest.approx(r2_score(Y[40:], constant, sample_weight=weight))
    assert baseline.validation.score < -1
    assert baseline.validation.loss == pytest.approx(np.average((Y[40:] - constant) ** 2, weights=weight) / 2)


def test_held_out_classes_are_predicted_by_the_training_frequencies():
    """The score on a validation set is that of the most frequent class of the training samples."""
    y = np.where(np.arange(N) < 40, np.arange(N) % 4 == 0, np.arange(N) % 4 > 0)
    model = MLPClassifier(early_stopping=True)
    baseline = make_problem(model, Given(X[:40], y[:40]), Given(X[40:], y[40:])).baseline
    assert baseline.validation.score == accuracy_score(y[40:], np.zeros(20)) == 0.25
    assert baseline.validation.loss == pytest.approx(log_loss(y[40:], np.tile([0.75, 0.25], (20, 1))))


def test_early_stopping_that_holds_out_judges_by_the_others():
    """Of the samples that early stopping holds out, none counts for the constant."""
    model = MLPRegressor(early_stopping=True, validation_fraction=0.25, random_state=0)
    problem = make_problem(model, Given(X, Y))
    assert problem.task.samples.y.size == 45
    assert len(problem.validation.y) == 15
    assert problem.baseline.raw_prediction == pytest.approx(problem.task.samples.y.mean(), rel=1e-12)


@pytest.mark.parametrize(
    ("Estimator", "settings", "y"),
    [
        (MLPRegressor, {}, np.zeros(N)),
        (MLPRegressor, {}, np.full(N, -0.1)),
        (MLPRegressor, {"loss": "poisson"}, np.full(N, 0.1)),
        (MLPRegressor, {}, np.full(N, 1e200)),
        (MLPRegressor, {}, 1e200 * Y),
        (MLPRegressor, {"loss": "poisson"}, np.ones(N)),
        (MLPClassifier, {}, np.full(N, "the only one")),
    ],
    ids=["zeros", "equal", "equal rates", "overflowing", "overflowing variance", "counts of one", "one class"],
)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_there_may_be_nothing_to_say(Estimator, settings, y, early_stopping):
    """Where all targets are equal, or the loss overflows, nothing is claimed and tol is absolute, in silence."""
    baseline = baseline_of(Estimator(**settings, early_stopping=early_stopping), y)
    assert baseline is NOTHING_TO_BEAT
    assert (baseline.loss, baseline.unit) == (np.inf, 1.0)


@pytest.mark.parametrize("y_val", [np.zeros(20), np.full(20, 1e200)], ids=["right", "overflowing"])
def test_a_validation_set_may_have_nothing_to_say(y_val):
    """Where the constant is right on the validation set, or its loss overflows there, only the unit is known."""
    y = np.tile([-8.0, 8.0], 20)
    baseline = make_problem(MLPRegressor(early_stopping=True), Given(X[:40], y), Given(X[40:], y_val)).baseline
    assert (baseline.loss, baseline.unit) == (32.0, 64.0)
    assert baseline.validation.loss == np.inf
