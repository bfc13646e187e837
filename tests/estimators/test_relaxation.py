"""relaxed=True trains on the columns that the penalty has left, without it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.linear_model import LinearRegression

from skl2 import MLPClassifier, MLPRegressor, MLPRegressorCV

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((80, 6))
Y = 2 * X[:, 1] - X[:, 4] + 0.1 * RANDOM.standard_normal(80)
SETTINGS = {
    "hidden_layer_sizes": (),
    "penalty": "group_l1",
    "alpha": 0.3,
    "relaxed": True,
    "learning_rate": "cosine",
    "learning_rate_init": 0.05,
    "max_iter": 300,
    "n_iter_no_change": np.inf,
    "batch_size": 80,
    "random_state": 0,
}


def test_a_linear_network_is_least_squares_on_its_columns():
    """Without the penalty there is no shrinkage left: weights are those of least squares on the columns selected."""
    network = MLPRegressor(**SETTINGS | {"max_iter": 1000}).fit(X, Y)
    least_squares = LinearRegression().fit(X[:, [1, 4]], Y)
    assert network.selected_features_.tolist() == [1, 4]
    assert_allclose(network.coefs_[0][[1, 4], 0], least_squares.coef_, atol=1e-4)
    assert_allclose(network.intercepts_[0], least_squares.intercept_, atol=1e-4)
    assert network.alpha_ == 0.3


def test_columns_are_those_of_the_penalty():
    """The support is that of the network without relaxation, and hidden layers are trained anew."""
    settings = SETTINGS | {"hidden_layer_sizes": (5,), "alpha": 0.1}
    shrunk = MLPRegressor(**settings | {"relaxed": False}).fit(X, Y)
    relaxed = MLPRegressor(**settings).fit(X, Y)
    assert_array_equal(relaxed.coef_support_, shrunk.coef_support_)
    assert relaxed.loss_ < shrunk.loss_ / 2


def test_nothing_is_left_of_a_penalty_too_strong():
    """Where no column is left, the best constant stays."""
    network = MLPRegressor(**SETTINGS | {"alpha": 10.0})
    with pytest.warns(match="learned nothing"):
        network.fit(X, Y)
    assert not network.coef_support_.any()
    assert_allclose(network.predict(X), Y.mean(), atol=1e-2)


def test_a_path_relaxes_each_network():
    """The networks of a path, dense or sparse, are those of fit; of equal columns they are equal."""
    alphas = [0.1, 0.3, 0.4]
    path = MLPRegressor(**SETTINGS).path(X, Y, alphas)
    for network, alpha in zip(path, alphas, strict=True):
        assert_array_equal(network.coefs_[0], MLPRegressor(**SETTINGS | {"alpha": alpha}).fit(X, Y).coefs_[0])
    assert_array_equal(path.coef_supports[1], path.coef_supports[2])
    assert_array_equal(path.params[1], path.params[2])
    of_sparse = MLPRegressor(**SETTINGS).path(sparse.csr_array(X), Y, alphas)
    assert_allclose(of_sparse.params, path.params, atol=1e-8)


def test_early_stopping_keeps_the_best_of_the_second_training():
    """With a validation set each training returns to its best epoch, in the columns it has."""
    labels = np.where(Y > 0, "yes", "no")
    settings = SETTINGS | {"early_stopping": True, "batch_size": 20, "max_iter": 50}
    network = MLPClassifier(**settings | {"hidden_layer_sizes": (4,), "alpha": 0.1}).fit(X, labels)
    assert network.coefs_[0].shape == (6, 4)
    assert network.coef_support_.sum() < 6
    assert network.best_validation_score_ == max(network.validation_scores_)


def test_a_search_scores_relaxed_networks():
    """Cross-validation of relaxed networks with the rule of one standard error gives the short list."""
    settings = {name: value for name, value in SETTINGS.items() if name != "alpha"}
    search = MLPRegressorCV(10, rule="one_se", continued=True, **settings).fit(X, Y)
    assert search.selected_features_.tolist() == [1, 4]
    assert search.best_score_ > 0.99


@pytest.mark.parametrize("penalty", ["auto", "l2", None])
def test_there_must_be_something_to_relax(penalty):
    """A penalty that leaves all columns is refused."""
    with pytest.raises(ValueError, match=r"penalty=.* leaves all\. Write penalty='group_l1'"):
        MLPRegressor(**SETTINGS | {"penalty": penalty}).fit(X, Y)


def test_not_with_partial_fit():
    """partial_fit cannot know when columns are chosen."""
    with pytest.raises(ValueError, match="partial_fit does not support relaxed=True"):
        MLPRegressor(**SETTINGS).partial_fit(X, Y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_samples_seen_and_words_are_of_both_trainings(capsys):
    """t_ counts the samples of both trainings, over warm fits too; verbose tells them apart."""
    network = MLPRegressor(**SETTINGS | {"max_iter": 3, "warm_start": True, "verbose": True}).fit(X, Y)
    assert network.t_ == 2 * 3 * 80
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("Iteration")[0] for line in lines] == ["", "", "", *["relaxed: "] * 3]
    assert network.fit(X, Y).t_ == 2 * 2 * 3 * 80


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("shown", [{"alphas": [0.1, 0.3]}, {"alphas": [0.1, 0.3], "continued": True}], ids=str)
def test_a_path_says_which_network_is_relaxed(shown, capsys):
    """verbose names λ and the second training."""
    MLPRegressor(**SETTINGS | {"max_iter": 2, "verbose": True}).path(X, Y, **shown)
    names = [line.partition("Iteration")[0] for line in capsys.readouterr().out.splitlines()]
    assert {"alpha=0.1: ", "alpha=0.3: ", "alpha=0.1: relaxed: "} <= set(names)


def test_not_with_halving():
    """Halving would compare networks before they are trained anew."""
    search = MLPRegressorCV(5, strategy="halving", **{k: v for k, v in SETTINGS.items() if k != "alpha"})
    with pytest.raises(ValueError, match="relaxed=True counts what networks are worth once they are trained anew"):
        search.fit(X, Y)
