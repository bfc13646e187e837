"""path(continued=True) trains one network after the other, each from the weights of the one before."""

import numpy as np
import pytest
from ctrl_c import press_ctrl_c
from numpy.testing import assert_array_equal
from sklearn.utils._param_validation import InvalidParameterError

from skl2 import MLPClassifier, MLPRegressor
from skl2._estimators import solution

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 5))
Y = X[:, 0] - 0.5 * X[:, 1] + 0.1 * RANDOM.standard_normal(60)
SETTINGS = {
    "hidden_layer_sizes": (4,),
    "penalty": "group_l1",
    "learning_rate": "cosine",
    "learning_rate_init": 0.03,
    "max_iter": 20,
    "n_iter_no_change": np.inf,
    "batch_size": 20,
    "random_state": 0,
}
ALPHAS = [0.0, 0.01, 0.05, 0.02]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("settings", [{}, {"penalty": "auto", "decay": "decoupled"}, {"optimizer": "lbfgs"}], ids=str)
def test_each_goes_on_from_the_one_before(settings):
    """The networks are those of fit with warm_start, in the order of alphas, where no order of samples is drawn."""
    settings = SETTINGS | {"shuffle": False} | settings
    if settings.get("optimizer") == "lbfgs":
        settings["penalty"], settings["n_iter_no_change"] = "l2", 10
    network = MLPRegressor(**settings, warm_start=True)
    path = MLPRegressor(**settings).path(X, Y, ALPHAS, continued=True)
    for number, alpha in enumerate(ALPHAS):
        network.set_params(alpha=alpha).fit(X, Y)
        assert_array_equal(path[number].coefs_[0], network.coefs_[0])
        assert path[number].loss_curve_ == network.loss_curve_[-path.n_iter[number] :]


def test_the_first_is_that_of_fit_and_jobs_change_nothing():
    """The first network is the one of fit; n_jobs does not matter, since each waits for the one before."""
    path = MLPRegressor(**SETTINGS).path(X, Y, ALPHAS, continued=True)
    assert_array_equal(path[0].coefs_[0], MLPRegressor(**SETTINGS, alpha=0.0).fit(X, Y).coefs_[0])
    assert_array_equal(MLPRegressor(**SETTINGS).path(X, Y, ALPHAS, continued=True, n_jobs=2).params, path.params)


def test_columns_leave_one_after_another():
    """From small to large λ the default grid goes from all columns to none, and no column that has left comes back."""
    path = MLPRegressor(**SETTINGS | {"max_iter": 60}).path(X, Y, alphas=12, continued=True)
    n_columns = path.coef_supports.sum(axis=1)
    assert (n_columns[0], n_columns[-1]) == (5, 0)
    assert np.all(np.diff(n_columns) <= 0)
    assert 0 < n_columns[-5] < 5
    assert_array_equal(path.coef_supports, path.column_norms > 0)


def test_one_that_diverges_is_left_out():
    """After a network that diverged the next begins with the weights before it."""
    settings = SETTINGS | {"optimizer": "sgd", "momentum": 0.0, "shuffle": False, "penalty": "l2"}
    with pytest.warns(match="diverged"):
        path = MLPRegressor(**settings).path(X, Y, [0.0, 1e6, 0.01], continued=True)
    without = MLPRegressor(**settings).path(X, Y, [0.0, 0.01], continued=True)
    assert path.status.tolist()[1] == "diverged"
    assert_array_equal(path.params[2], without.params[1])


def test_ctrl_c_leaves_the_networks_before(monkeypatch):
    """After Ctrl-C the networks that are done stay, that in training ends, and the others are not trained."""
    numbers, train = iter(range(4)), solution.train

    def train_and_press(task, training, hooks):
        if next(numbers) == 1:
            hooks = hooks._replace(begin=press_ctrl_c)  # as an epoch begins
        train(task, training, hooks)

    monkeypatch.setattr("skl2._estimators.solution.train", train_and_press)
    with pytest.warns(UserWarning, match=r"At alpha=0\.01, 0\.05, 0\.02: Training interrupted by user"):
        path = MLPClassifier(**SETTINGS).path(X, Y > 0, ALPHAS, continued=True)
    assert path.status.tolist() == ["max_iter", *["interrupted"] * 3]
    assert path.n_iter[0] == 20
    assert np.all(path.n_iter[2:] == 0)
    assert np.isfinite(path.score(X, Y > 0)).all()


def test_continued_is_a_truth_value():
    """What is neither True nor False is refused."""
    with pytest.raises(InvalidParameterError, match="'continued' parameter of path"):
        MLPRegressor(**SETTINGS).path(X, Y, ALPHAS, continued="yes")


def test_alphas_may_come_back():
    """A value that is there twice is trained twice, the second time from the weights before it."""
    path = MLPRegressor(**SETTINGS).path(X, Y, [0.01, 1.0, 0.01], continued=True)
    assert np.any(path.params[0] != path.params[2])
    assert_array_equal(path.params[:2], MLPRegressor(**SETTINGS).path(X, Y, [0.01, 1.0], continued=True).params)
