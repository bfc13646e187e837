"""Training that goes on in the other library, step for step where both do the same."""

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.base import is_classifier
from versions import needs_scikit_learn

from skl2 import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
NUMBERS = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])
TARGETS = {
    "two classes": np.array(["no", "yes"])[(NUMBERS > 0).astype(int)],
    "three classes": NUMBERS,
    "three labels": np.stack([X[:, 0] > 0, X[:, 1] > 0, X[:, 2] > 0.5], axis=1).astype(int),
    "one class": np.full(40, "only"),
    "a value": X[:, 0] + X[:, 1] ** 2,
    "two values": X[:, :2] ** 2,
}
REGRESSION = {"a value", "two values"}
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 3, "random_state": 0, "learning_rate_init": 0.05}
PLAIN = {"momentum": 0.0, "alpha": 0.1}
PAIRS = [(MLPClassifier, neural_network.MLPClassifier), (MLPRegressor, neural_network.MLPRegressor)]


def make(library, target, optimizer="sgd", **changes):
    """An estimator of one library for one of TARGETS."""
    kind = "MLPRegressor" if target in REGRESSION else "MLPClassifier"
    if library == "ours":
        Estimator = MLPRegressor if target in REGRESSION else MLPClassifier
        return Estimator(**SMALL | {"optimizer": optimizer} | changes)
    return getattr(neural_network, kind)(**SMALL | {"solver": optimizer} | changes)


def convert(model):
    """The same model in the other library."""
    if hasattr(model, "to_sklearn"):
        return model.to_sklearn()
    return (MLPClassifier if is_classifier(model) else MLPRegressor).from_sklearn(model)


def assert_same_weights(a, b):
    """Both have the same weights to rounding."""
    for one, other in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("library", ["ours", "theirs"])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("target", [target for target in TARGETS if target != "one class"])
def test_plain_sgd_goes_on_step_for_step(target, method, library):
    """A warm fit, or partial_fit, ends with equal weights in both libraries, at every call."""
    y = TARGETS[target]
    model = make(library, target, warm_start=True, **PLAIN).fit(X, y)
    moved = convert(model)
    before = model.coefs_[0].copy()
    for _ in range(3):
        getattr(model, method)(X, y)
        getattr(moved, method)(X, y)
        assert_same_weights(model, moved)
    assert np.max(np.abs(model.coefs_[0] - before)) > 1e-3
    assert moved.t_ == model.t_
    assert len(moved.loss_curve_) == len(model.loss_curve_) == (12 if method == "fit" else 6)


@pytest.mark.parametrize(("Ours", "Theirs"), PAIRS)
@pytest.mark.parametrize("learning_rate", ["constant", "invscaling"])
@pytest.mark.parametrize(("optimizer", "n_samples"), [("sgd", None), ("lbfgs", 40)])
def test_unfitted_estimators_train_alike(optimizer, n_samples, learning_rate, Ours, Theirs):
    """What is moved before fit becomes the same network in both libraries, from one seed to the last weight."""
    settings = SMALL | PLAIN | {"learning_rate": learning_rate}
    ours, theirs = Ours(optimizer=optimizer, **settings), Theirs(solver=optimizer, **settings)
    for model, moved in (
        (ours, ours.to_sklearn(n_samples=n_samples)),
        (theirs, Ours.from_sklearn(theirs, n_samples=n_samples)),
    ):
        np.testing.assert_allclose(model.fit(X, NUMBERS).coefs_[0], moved.fit(X, NUMBERS).coefs_[0], rtol=1e-6)


@pytest.mark.parametrize("library", ["ours", "theirs"])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_partial_fit_works_there(optimizer, target, library):
    """Momentum and Adam begin anew, and partial_fit goes on from the weights, without asking for classes."""
    y = TARGETS[target]
    moved = convert(make(library, target, optimizer).fit(X, y))
    curve = list(moved.loss_curve_)
    moved.partial_fit(X, y)
    assert len(curve) == 3
    assert moved.loss_curve_[:-1] == curve
    assert moved.predict(X).shape == y.shape
    if target == "one class":
        np.testing.assert_array_equal(moved.predict(X), y)


@pytest.mark.parametrize("library", ["ours", "theirs"])
@pytest.mark.parametrize("target", ["two classes", "three classes", "three labels", "a value"])
def test_early_stopping_goes_on_there(target, library):
    """A warm fit with early stopping appends to the scores moved, and returns to the best of them all or of its own."""
    if target == "two classes":
        needs_scikit_learn("1.9", "scikit-learn's MLP stops early with names of classes")
    y, settings = TARGETS[target], {"early_stopping": True, "validation_fraction": 0.3, "warm_start": True}
    model = make(library, target, **settings).fit(X, y)
    moved = convert(model)
    scores = list(model.validation_scores_)
    assert moved.validation_scores_ == scores
    assert moved.best_validation_score_ == model.best_validation_score_
    moved.fit(X, y)
    assert moved.validation_scores_[:3] == scores
    assert len(moved.validation_scores_) == 6
    assert moved.best_validation_score_ == max(moved.validation_scores_)
    np.testing.assert_array_equal(convert(moved).predict(X), moved.predict(X))


@pytest.mark.parametrize("target", ["three classes", "a value"])
@pytest.mark.parametrize("before", [False, True, "loss"])
def test_early_stopping_is_turned_on_or_off_there(before, target):
    """A warm fit in scikit-learn may validate where the fit moved did not, and the other way round, and come back."""
    y, settings = TARGETS[target], {"early_stopping": before, "validation_fraction": 0.3, "warm_start": True}
    moved = make("ours", target, **settings).fit(X, y).set_params(early_stopping=not before).to_sklearn().fit(X, y)
    back = convert(moved)
    assert len(moved.loss_curve_) == 6
    if before:
        assert np.isfinite(moved.best_loss_)
    else:
        assert np.isfinite(moved.validation_scores_).tolist() == 3 * [False] + 3 * [True]
        assert back.best_validation_score_ == max(moved.validation_scores_[3:])
    for _ in range(2):
        back.set_params(early_stopping=not back.early_stopping).fit(X, y)
    expected = (3 * [bool(before)] + 3 * [not before]) * 2
    assert np.isfinite(back.validation_scores_).tolist() == expected


@pytest.mark.parametrize("library", ["ours", "theirs"])
def test_the_best_weights_are_moved(library):
    """A warm fit with early stopping that only makes things worse ends with the weights that were moved."""
    settings = {"early_stopping": True, "validation_fraction": 0.3, "warm_start": True}
    model = make(library, "a value", **settings).fit(X, TARGETS["a value"])
    moved = convert(model).set_params(learning_rate_init=0.5).fit(X, TARGETS["a value"])
    assert max(moved.validation_scores_[3:]) < moved.best_validation_score_ == model.best_validation_score_
    assert_same_weights(model, moved)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("target", ["three classes", "a value"])
def test_history_that_scikit_learn_does_not_keep_is_nan(target, early_stopping):
    """Norms and validation losses of epochs trained there are NaN, one for each, and those trained here follow."""
    settings = {"early_stopping": early_stopping, "validation_fraction": 0.3, "warm_start": True}
    theirs = make("theirs", target, **settings).fit(X, TARGETS[target])
    moved = convert(theirs)
    for name in ("loss_curve_", "loss_", "best_loss_", "validation_scores_", "best_validation_score_"):
        assert getattr(moved, name) == getattr(theirs, name)
    assert np.isnan(moved.weight_norm_curve_).tolist() == [True] * 3
    moved.fit(X, TARGETS[target])
    curves = [moved.weight_norm_curve_, moved.learning_rate_curve_, moved.validation_loss_curve_]
    if not early_stopping:
        assert curves.pop() is None
    assert [np.isnan(curve).tolist() for curve in curves] == [[True] * 3 + [False] * 3] * len(curves)


@pytest.mark.filterwarnings("ignore:scikit-learn's MLP divides alpha")
@pytest.mark.parametrize("target", ["three classes", "a value"])
def test_lbfgs_of_scikit_learn_has_no_history(target):
    """Its curves are empty here, a warm fit goes on from its weights, and any optimizer can follow."""
    theirs = make("theirs", target, "lbfgs", max_iter=30).fit(X, TARGETS[target])
    moved = convert(theirs)
    assert moved.loss_curve_ == moved.weight_norm_curve_ == moved.learning_rate_curve_ == []
    assert moved.validation_scores_ is moved.validation_loss_curve_ is moved.best_validation_score_ is None
    assert moved.loss_ == theirs.loss_
    np.testing.assert_array_equal(convert(moved).predict(X), theirs.predict(X))
    moved.set_params(warm_start=True, max_iter=3, alpha=theirs.alpha / 40).fit(X, TARGETS[target])
    assert moved.loss_curve_[0] < theirs.loss_
    moved.set_params(optimizer="adam").partial_fit(X, TARGETS[target])
    assert len(moved.loss_curve_) == 4
