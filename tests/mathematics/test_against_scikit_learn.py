"""With equal seed and alpha_sklearn = λ · batch_size a float64 fit is scikit-learn's, weight for weight."""

import warnings

import numpy as np
import pytest
from sklearn import datasets, neural_network
from sklearn.preprocessing import scale
from versions import needs_scikit_learn

import skl2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

BATCH_SIZE, ALPHA = 25, 0.02
ACTIVATIONS = ["identity", "logistic", "tanh", "relu"]  # those that it has
OPTIMIZERS = {
    "sgd": {"optimizer": "sgd", "momentum": 0.0, "learning_rate_init": 0.05},
    "heavy-ball": {"optimizer": "sgd", "nesterovs_momentum": False, "learning_rate_init": 0.02},
    "nesterov": {"optimizer": "sgd", "learning_rate_init": 0.02},
    "invscaling": {"optimizer": "sgd", "learning_rate": "invscaling", "power_t": 0.2, "learning_rate_init": 0.1},
    "adaptive": {"optimizer": "sgd", "learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 1},
    # scikit-learn's ε stands elsewhere ("ε-hat"): where it is negligible the two agree.
    "adam": {"optimizer": "adam", "epsilon": 1e-300, "learning_rate_init": 0.01},
}


def load(name, n_samples):
    """The first rows of a real data set, scaled, a multiple of the batch size."""
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    X = scale(X)
    return X[:n_samples], scale(y)[:n_samples] if name == "diabetes" else y[:n_samples]


def fit_both(name, n_samples, **settings):
    """Return our estimator and scikit-learn's, fitted."""
    kind = "MLPRegressor" if name == "diabetes" else "MLPClassifier"
    settings = {"hidden_layer_sizes": (7, 5), "batch_size": BATCH_SIZE, "max_iter": 5, "random_state": 3} | settings
    ours = getattr(skl2, kind)(alpha=ALPHA, **settings)
    settings["solver"] = settings.pop("optimizer")
    theirs = getattr(neural_network, kind)(alpha=ALPHA * BATCH_SIZE, **settings)
    X, y = load(name, n_samples)
    return ours.fit(X, y), theirs.fit(X, y), X


def assert_equal_fits(ours, theirs, X):
    """Weights, intercepts, history and predictions agree to 1e-9."""
    for a, b in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=0, atol=1e-9)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("name", "n_samples"), [("digits", 75), ("breast_cancer", 100), ("diabetes", 125)])
def test_fit_equals_scikit_learn(name, n_samples, activation, optimizer):
    """Coefs, intercepts and loss curve are scikit-learn's for every activation and optimizer."""
    assert_equal_fits(*fit_both(name, n_samples, activation=activation, **OPTIMIZERS[optimizer]))


@pytest.mark.parametrize("optimizer", ["nesterov", "adam"])
@pytest.mark.parametrize("name", ["breast_cancer", "diabetes"])
def test_early_stopping_equals_scikit_learn(name, optimizer):
    """The validation split, its scores and the restored weights are scikit-learn's for two classes and regression."""
    settings = {"early_stopping": True, "validation_fraction": 0.2, "n_iter_no_change": 2, "max_iter": 20, "tol": 0.01}
    ours, theirs, X = fit_both(name, 250, **OPTIMIZERS[optimizer] | settings)
    assert_equal_fits(ours, theirs, X)
    np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-9)
    assert ours.best_validation_score_ == pytest.approx(theirs.best_validation_score_, rel=1e-9)
    assert ours.best_loss_ is theirs.best_loss_ is None


def test_training_stops_in_the_same_epoch():
    """tol and n_iter_no_change end a run where scikit-learn ends it, at the same best loss."""
    settings = {"tol": 0.01, "n_iter_no_change": 2, "max_iter": 60} | {"optimizer": "sgd", "learning_rate_init": 0.05}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # neither may say that it has not converged
        ours, theirs, _ = fit_both("diabetes", 200, **settings)
    assert 5 < ours.n_iter_ == theirs.n_iter_ < 60
    assert ours.best_loss_ == pytest.approx(theirs.best_loss_, rel=1e-9)


@pytest.mark.parametrize("shuffle", [False, True])
def test_partial_fit_equals_scikit_learn(shuffle):
    """Three calls of partial_fit go on with Adam's memory, and draw the same permutations, as scikit-learn's."""
    X, y = load("breast_cancer", 100)
    settings = {"hidden_layer_sizes": (5,), "batch_size": BATCH_SIZE, "random_state": 0, "shuffle": shuffle}
    ours = skl2.MLPClassifier(alpha=ALPHA, epsilon=1e-300, **settings)
    theirs = neural_network.MLPClassifier(alpha=ALPHA * BATCH_SIZE, epsilon=1e-300, **settings)
    for _ in range(3):
        ours.partial_fit(X, y, classes=[0, 1])
        theirs.partial_fit(X, y, classes=[0, 1])
    assert_equal_fits(ours, theirs, X)


def test_weighted_fit_equals_scikit_learn_without_penalty():
    """With alpha=0 sample weights give scikit-learn's weights (its penalty is divided by each batch's weight)."""
    needs_scikit_learn("1.7", "scikit-learn's MLP takes sample_weight")
    X, y = load("diabetes", 200)
    sample_weight = np.random.default_rng(0).uniform(0.1, 3, len(y))
    settings = {"hidden_layer_sizes": (5,), "batch_size": BATCH_SIZE, "random_state": 0, "max_iter": 5, "alpha": 0.0}
    ours = skl2.MLPRegressor(optimizer="sgd", **settings).fit(X, y, sample_weight)
    theirs = neural_network.MLPRegressor(solver="sgd", **settings).fit(X, y, sample_weight)
    for a, b in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-9)
