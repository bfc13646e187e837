"""weight_averaging: what is left is the average of the weights, and training goes on with those behind it."""

import pickle

import numpy as np
import pytest
from same_model import assert_same_model

from skl2 import MLPClassifier, MLPRegressor, MLPRegressorCV
from skl2._training.parameters import norm

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])  # three classes, also a target
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}
AVERAGING = SMALL | {"weight_averaging": 0.9}
PLAIN_SGD = {"optimizer": "sgd", "momentum": 0.0, "shuffle": False}


def test_linear_regression_by_hand():
    """Weights of gradient descent on squares, averaged in numpy, are coefs_; the losses are those of the steps."""
    settings = {"hidden_layer_sizes": (), "penalty": None, "batch_size": 40, "learning_rate_init": 0.1, "max_iter": 9}
    settings |= PLAIN_SGD | {"random_state": 0}
    start = MLPRegressor(**settings | {"learning_rate_init": 1e-300, "max_iter": 1}).fit(X, Y)
    w, b, trajectory, losses = start.coefs_[0][:, 0].copy(), start.intercepts_[0][0], [], []
    for _ in range(9):
        error = X @ w + b - Y
        losses.append(0.5 * np.mean(error**2))
        w, b = w - 0.1 * X.T @ error / 40, b - 0.1 * error.mean()
        trajectory.append([*w, b])
    weights = 0.7 ** np.arange(8, -1, -1.0)
    model = MLPRegressor(**settings, weight_averaging=0.7).fit(X, Y)
    np.testing.assert_allclose([*model.coefs_[0][:, 0], *model.intercepts_[0]], weights @ trajectory / weights.sum())
    np.testing.assert_allclose(model.loss_curve_, losses)


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_partial_fit_is_fit_in_parts(optimizer, Estimator):
    """As many calls of partial_fit as max_iter are one fit, also if the estimator is pickled in between."""
    settings = AVERAGING | {"optimizer": optimizer, "shuffle": False}
    whole, parts = Estimator(**settings).fit(X, Y), Estimator(**settings)
    parts.partial_fit(X, Y, None, *([np.unique(Y)] if Estimator is MLPClassifier else []))
    for _ in range(3):
        parts = pickle.loads(pickle.dumps(parts)).partial_fit(X, Y)
    assert_same_model(whole, parts)


def test_warm_start_goes_on_where_it_ended():
    """Two warm fits without momentum and shuffling are one fit of as many epochs, through a pickle too."""
    twice = MLPRegressor(**AVERAGING | PLAIN_SGD, warm_start=True).fit(X, Y)
    twice = pickle.loads(pickle.dumps(twice)).fit(X, Y)
    assert_same_model(twice, MLPRegressor(**AVERAGING | PLAIN_SGD | {"max_iter": 8}).fit(X, Y))


def test_training_goes_on_from_the_weights_behind_the_average():
    """Parts with an average have the losses of parts without; turned off, what is left are the weights of the last."""
    averaging, plain = MLPRegressor(**AVERAGING), MLPRegressor(**SMALL)
    for _ in range(3):
        averaging.partial_fit(X, Y)
        plain.partial_fit(X, Y)
    assert averaging.loss_curve_ == plain.loss_curve_
    assert not np.array_equal(averaging.coefs_[0], plain.coefs_[0])
    averaging.set_params(weight_averaging=0.0).partial_fit(X, Y)
    np.testing.assert_array_equal(averaging.coefs_[0], plain.partial_fit(X, Y).coefs_[0])


def test_an_average_that_is_turned_on_begins_there():
    """Turned on after parts without, it is that of the steps since."""
    late, always = MLPRegressor(**SMALL).partial_fit(X, Y), MLPRegressor(**SMALL).partial_fit(X, Y)
    late.set_params(weight_averaging=0.9).partial_fit(X, Y)
    always.set_params(weight_averaging=1e-9).partial_fit(X, Y)  # the last step alone, to nine digits
    assert late._optimizer_memory["n_averaged"] == 4
    assert late.loss_curve_ == always.loss_curve_
    assert 1e-4 < np.max(np.abs(late.coefs_[0] - always.coefs_[0])) < 0.1


def test_a_file_has_the_weights_behind_the_average_where_training_goes_on():
    """fit alone keeps none of them; a warm fit does, unless it returns to the best epoch."""
    plain = MLPRegressor(**AVERAGING).fit(X, Y)
    warm = MLPRegressor(**AVERAGING, warm_start=True).fit(X, Y)
    best = MLPRegressor(**AVERAGING, warm_start=True, early_stopping=True).fit(X, Y)
    assert plain._optimizer_memory["params"] is None
    assert warm._optimizer_memory["params"].shape == (21,)
    assert best._optimizer_memory["params"] is None
    again = best.best_validation_score_
    assert best.fit(X, Y).best_validation_score_ >= again


def test_the_best_score_is_that_of_the_weights_kept_where_the_average_is_turned_off():
    """A warm fit goes on from the weights behind the average, so these are its first candidate, and not the average."""
    far = AVERAGING | {"learning_rate_init": 0.1, "max_iter": 30, "warm_start": True}
    for seed in range(4):
        model = MLPRegressor(**far | {"random_state": seed}).fit(X, Y)
        model.set_params(weight_averaging=0.0, early_stopping=True, learning_rate_init=1e-12, max_iter=1)
        model.fit(X, Y, X_val=X[:15], y_val=Y[:15])
        assert model.score(X[:15], Y[:15]) == pytest.approx(model.best_validation_score_, rel=1e-9)


def test_early_stopping_judges_the_average():
    """Validation scores are of the average, and the best epoch's is what is left."""
    settings = AVERAGING | {"early_stopping": True, "max_iter": 30, "learning_rate_init": 0.2, "n_iter_no_change": 3}
    X_val, y_val = X[:15] + 0.1, Y[:15]
    model = MLPRegressor(**settings).fit(X, Y, X_val=X_val, y_val=y_val)
    best_epoch = int(np.argmax(model.validation_scores_)) + 1
    assert 1 < best_epoch < model.n_iter_
    assert model.score(X_val, y_val) == pytest.approx(model.best_validation_score_, rel=1e-12)
    up_to_best = MLPRegressor(**settings | {"early_stopping": False, "max_iter": best_epoch}).fit(X, Y)
    np.testing.assert_array_equal(model.coefs_[0], up_to_best.coefs_[0])


@pytest.mark.parametrize("early_stopping", [False, True])
def test_each_network_of_a_path_is_the_fit_at_its_alpha(early_stopping):
    """With its average, and what is said of it."""
    alphas, settings = [0.0, 0.1, 1.0], AVERAGING | {"early_stopping": early_stopping}
    path = MLPRegressor(**settings).path(X, Y, alphas)
    for network, row, alpha in zip(path, path.params, alphas, strict=True):
        assert_same_model(network, MLPRegressor(**settings, alpha=alpha).fit(X, Y))
        assert norm(row[:16]) == pytest.approx(norm(np.concatenate([coef.ravel() for coef in network.coefs_])))


def test_weight_norms_are_of_the_average():
    """weight_norm_curve_ ends with ‖W‖ of coefs_."""
    model = MLPRegressor(**AVERAGING).fit(X, Y)
    assert model.weight_norm_curve_[-1] == pytest.approx(np.linalg.norm(np.concatenate(model.coefs_, axis=None)))


def test_a_search_scores_averages():
    """Scores of the folds are those of averaged networks."""
    model = MLPRegressorCV(alphas=[0.1], cv=2, **AVERAGING).fit(X, Y)
    fold = MLPRegressor(**AVERAGING, alpha=0.1).fit(X[20:], Y[20:])
    assert model.cv_results_["split0_test_score"][0] == pytest.approx(fold.score(X[:20], Y[:20]), rel=1e-12)
    assert_same_model(model.best_estimator_, MLPRegressor(**AVERAGING, alpha=0.1).fit(X, Y))


def test_callbacks_see_the_average():
    """What a callback is given after the last epoch is the model that fit leaves."""
    pytest.importorskip("sklearn.callback")
    seen = []

    class Listener:
        def setup(self, estimator, context):
            pass

        def teardown(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
            pass

        def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
            seen.append(fitted_estimator)

    model = MLPRegressor(**AVERAGING).set_callbacks(Listener()).fit(X, Y)
    np.testing.assert_array_equal(seen[3].coefs_[0], model.coefs_[0])


@pytest.mark.parametrize("method", ["fit", "path"])
def test_lbfgs_has_no_steps_to_average_over(method):
    """It is refused, with what to write instead."""
    model = MLPRegressor(optimizer="lbfgs", weight_averaging=0.9)
    with pytest.raises(ValueError, match=r"weight_averaging=0.9 averages .* Write weight_averaging=0, or take"):
        getattr(model, method)(X, Y)
