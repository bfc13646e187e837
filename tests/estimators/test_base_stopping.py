"""When training ends and what it says: tol, max_iter, verbose and Ctrl-C, as scikit-learn's MLP does."""

import warnings

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.exceptions import ConvergenceWarning

import skl2
from skl2 import MLPClassifier, MLPRegressor
from skl2._training.batches import Batches

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = (X[:, 0] + 0.5 * RANDOM.standard_normal(40) > 0).astype(int)
TARGETS = {"MLPClassifier": Y, "MLPRegressor": 2.0 * Y - 1}  # scaled: there tol is scikit-learn's
ALPHA, BATCH_SIZE = 0.01, 10
SGD = {"hidden_layer_sizes": (4,), "batch_size": BATCH_SIZE, "random_state": 0, "validation_fraction": 0.25}


def fit_both(name, **settings):
    """Return our estimator and scikit-learn's, fitted by SGD with equal seeds and the same penalty."""
    settings = SGD | settings
    ours = getattr(skl2, name)(optimizer="sgd", alpha=ALPHA, **settings)
    theirs = getattr(neural_network, name)(solver="sgd", alpha=ALPHA * BATCH_SIZE, **settings)
    return ours.fit(X, TARGETS[name]), theirs.fit(X, TARGETS[name])


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("tol", [1e9, 0.02, 0.0])
@pytest.mark.parametrize("n_iter_no_change", [1, 3])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_training_stops_in_the_epoch_of_scikit_learn(name, early_stopping, tol, n_iter_no_change):
    """tol and n_iter_no_change end training after the same epoch, with the same history."""
    settings = {"tol": tol, "n_iter_no_change": n_iter_no_change, "max_iter": 15, "learning_rate_init": 0.1}
    ours, theirs = fit_both(name, early_stopping=early_stopping, **settings)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.t_ == theirs.t_
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    if tol == 1e9:
        assert ours.n_iter_ == n_iter_no_change + 2  # the first epoch always improves; then patience, and one more


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_infinite_patience_trains_to_the_end():
    """n_iter_no_change=np.inf never stops before max_iter."""
    model = MLPRegressor(**SGD, tol=1e9, n_iter_no_change=np.inf, max_iter=15).fit(X, Y)
    assert model.n_iter_ == 15


def test_the_warning_at_max_iter_is_scikit_learns():
    """Training that did not converge warns as scikit-learn does, word for word."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit_both("MLPClassifier", max_iter=3, learning_rate_init=0.1)
    assert {warning.category for warning in caught} == {ConvergenceWarning}
    ours, theirs = (str(warning.message) for warning in caught)
    assert ours == theirs


@pytest.mark.parametrize(
    ("method", "settings", "n_iter"),
    [
        ("fit", {"tol": 1e9, "n_iter_no_change": 1}, 3),
        ("fit", {"learning_rate": "cosine"}, 5),
        ("partial_fit", {"max_iter": 1}, 1),
    ],
)
def test_complete_training_does_not_warn(method, settings, n_iter):
    """Training that converged or followed a cosine to its end, and partial_fit, end without a warning."""
    model = MLPRegressor(**SGD | {"max_iter": 5, "learning_rate_init": 0.2} | settings)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        getattr(model, method)(X, Y)
    assert model.n_iter_ == n_iter


VERBOSE = {
    "to max_iter": {"max_iter": 3},
    "converged": {"max_iter": 30, "tol": 0.05, "n_iter_no_change": 2},
    "early stopping": {"max_iter": 30, "early_stopping": True, "n_iter_no_change": 2, "learning_rate_init": 0.1},
    "early stopping to max_iter": {"max_iter": 3, "early_stopping": True},
    "adaptive": {"max_iter": 9, "learning_rate": "adaptive", "tol": 10, "n_iter_no_change": 1},
    "adaptive to the end": {
        "max_iter": 99,
        "learning_rate": "adaptive",
        "tol": 10,
        "n_iter_no_change": 1,
        "learning_rate_init": 3e-5,
    },
    "adaptive, early stopping": {
        "max_iter": 20,
        "learning_rate": "adaptive",
        "tol": 0.1,
        "n_iter_no_change": 2,
        "early_stopping": True,
    },
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
@pytest.mark.parametrize("case", VERBOSE)
def test_verbose_prints_scikit_learns_lines(name, case, capsys):
    """verbose=True prints what scikit-learn's MLP prints, line for line."""
    ours, theirs = fit_both(name, **VERBOSE[case], verbose=False)
    assert capsys.readouterr() == ("", "")
    ours.set_params(verbose=True).fit(X, TARGETS[name])
    printed = capsys.readouterr().out
    theirs.set_params(verbose=True).fit(X, TARGETS[name])
    assert printed == capsys.readouterr().out
    assert printed.count("Iteration") == ours.n_iter_


class Interrupting(np.random.RandomState):
    """Ctrl-C at the beginning of an epoch: the generator that shuffles it raises KeyboardInterrupt."""

    def __init__(self, seed, n_complete):
        super().__init__(seed)
        self.n_left = n_complete

    def shuffle(self, x):
        """Shuffle n_complete times."""
        if self.n_left == 0:
            raise KeyboardInterrupt
        self.n_left -= 1
        super().shuffle(x)

    def permutation(self, x):
        """Permute for the validation split, which does not count."""
        return np.random.RandomState(self._bit_generator).permutation(x)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_an_interrupted_fit_is_the_fit_so_far(Estimator, early_stopping, monkeypatch):
    """Ctrl-C ends training with a warning and the model of the epochs that were complete, which trains on."""
    monkeypatch.setattr(Batches, "count_epochs", lambda batches: 1)  # their order is drawn when they begin
    settings = SGD | {"early_stopping": early_stopping}
    model = Estimator(**settings | {"random_state": Interrupting(0, 4)})
    with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
        model.fit(X, Y)
    complete = Estimator(**settings, max_iter=4).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), complete.predict(X))
    assert model.loss_curve_ == complete.loss_curve_
    assert model.n_iter_ == 4
    for estimator in (model, complete):
        estimator.set_params(early_stopping=False, random_state=0).partial_fit(X, Y)
    np.testing.assert_array_equal(model.coefs_[0], complete.coefs_[0])


def test_an_interrupt_in_the_first_epoch_leaves_a_model():
    """Ctrl-C before any epoch is complete leaves initial weights, an empty history and a model that predicts."""
    model = MLPRegressor(**SGD | {"random_state": Interrupting(0, 0)})
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(X, Y)
    assert model.n_iter_ == len(model.loss_curve_) == model.t_ == 0
    assert np.isnan(model.loss_)
    assert np.all(np.isfinite(model.predict(X)))
