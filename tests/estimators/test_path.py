"""Each network of a regularization path is a fit."""

import copy

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal, assert_equal
from scipy.sparse import csr_array, csr_matrix, issparse
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification

from skl2 import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])  # three classes, also a target
WEIGHT = RANDOM.uniform(0.5, 2, 40)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 12, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.05}
STOPS = {"early_stopping": True, "validation_fraction": 0.25, "n_iter_no_change": 1, "max_iter": 12}
ALPHAS = [0.3, 0.0, 3.0]
ESTIMATORS = [MLPClassifier, MLPRegressor]
FITS = {  # settings, and what fit gets beside X and y
    "adam": ({}, {}),
    "adam decoupled": ({"decay": "decoupled", "learning_rate": "cosine"}, {}),
    "sgd": ({"optimizer": "sgd", "learning_rate": "invscaling", "shuffle": False}, {"sample_weight": WEIGHT}),
    "sgd decoupled": ({"optimizer": "sgd", "decay": "decoupled", "nesterovs_momentum": False}, {}),
    "adaptive": ({"optimizer": "sgd", "learning_rate": "adaptive", "tol": 0.06, "n_iter_no_change": 1}, {}),
    "converging": ({"tol": 0.02, "n_iter_no_change": 1, "max_iter": 12, "learning_rate_init": 0.2}, {}),
    "lbfgs": ({"optimizer": "lbfgs"}, {"sample_weight": WEIGHT}),
    "lbfgs early": ({"optimizer": "lbfgs"} | STOPS, {}),
    "early": (STOPS, {"sample_weight": WEIGHT}),
    "early by loss": (STOPS | {"early_stopping": "loss", "decay": "decoupled"}, {}),
    "X_val": (STOPS, {"X_val": X[30:], "y_val": Y[30:], "sample_weight_val": WEIGHT[30:]}),
    "float32": ({"dtype": "float32", "decay": "decoupled"}, {}),
}


def flat(model):
    """All weights and intercepts as one vector."""
    return np.concatenate([layer.ravel() for layer in (*model.coefs_, *model.intercepts_)])


def assert_is_fit(model, estimator, *data, **options):
    """The model is the estimator fitted at its alpha: every attribute, curve and weight, bit for bit."""
    expected = clone(estimator).set_params(alpha=model.alpha).fit(*data, **options)
    assert type(model) is type(expected)
    assert_equal(vars(model), vars(expected))
    assert flat(model).dtype == flat(expected).dtype


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("name", FITS)
def test_each_network_is_the_fit_at_its_alpha(name, Estimator):
    """path[k] has every attribute of the single fit at alphas[k], in any order and whatever the other alphas are."""
    settings, options = FITS[name]
    estimator = Estimator(**SMALL | settings)
    path = estimator.path(X, Y, ALPHAS, **options)
    assert [network.alpha for network in path] == path.alphas.tolist() == ALPHAS
    for network in path:
        assert_is_fit(network, estimator, X, Y, **options)
    others = estimator.path(X, Y, [3.0, 0.7, 0.3, 0.3], **options)
    assert_array_equal(others.params[[2, 3, 0]], path.params[[0, 0, 2]])


@pytest.mark.parametrize("name", ["converging", "early", "lbfgs early"])
def test_networks_end_one_by_one(name):
    """The fits compared above end after different numbers of epochs, and so do the networks of one path."""
    settings, options = FITS[name]
    assert len(set(MLPRegressor(**SMALL | settings).path(X, Y, np.geomspace(0.01, 3, 9), **options).n_iter)) > 1


@pytest.mark.parametrize(
    "data",
    [
        (csr_array(np.where(X > 0, X, 0)), Y),
        (np.asfortranarray(X, np.float32), Y),
        (pd.DataFrame(X, columns=["a", "b", "c"]), pd.Series(Y > 0).map({False: "no", True: "yes"})),
        make_multilabel_classification(40, 3, n_classes=4, random_state=0),
        (X, csr_matrix(make_multilabel_classification(40, 3, n_classes=4, random_state=0)[1])),
    ],
    ids=["sparse", "float32", "pandas", "multilabel", "sparse labels"],
)
def test_data_of_every_kind(data):
    """Sparse and float32 samples, data frames, labels as text and several labels: fits, and predictions of fits."""
    estimator = MLPClassifier(**SMALL)
    path = estimator.path(*data, ALPHAS)
    for network in path:
        assert_is_fit(network, estimator, *data)
    singles = [network.predict(data[0]) for network in path]
    assert all(issparse(single) == issparse(data[1]) for single in singles)
    assert_array_equal(path.predict(data[0]), [single.toarray() if issparse(single) else single for single in singles])


@pytest.mark.parametrize("class_weight", ["balanced", {0: 5, 2: 0.5}], ids=["balanced", "dict"])
def test_class_weights(class_weight):
    """Class weights act in a path as in fit, on top of sample weights."""
    estimator = MLPClassifier(**SMALL, class_weight=class_weight)
    for network in estimator.path(X, Y, ALPHAS, WEIGHT):
        assert_is_fit(network, estimator, X, Y, WEIGHT)


@pytest.mark.parametrize("name", ["adam decoupled", "converging", "early", "lbfgs early"])
def test_the_result_does_not_depend_on_n_jobs(name):
    """Shared out among threads, by n_jobs or by joblib, networks are the same bit for bit, and in the order given."""
    settings, options = FITS[name]
    estimator, alphas = MLPClassifier(**SMALL | settings), np.linspace(3, 0, 9)
    alone = estimator.path(X, Y, alphas, **options)
    together = [estimator.path(X, Y, alphas, **options, n_jobs=3)]
    with joblib.parallel_config(n_jobs=2):  # eight groups
        together.append(estimator.path(X, Y, alphas, **options))
    for path in together:
        assert_equal([vars(network) for network in path], [vars(network) for network in alone])
        assert_array_equal(path.alphas, alphas)
        assert_array_equal(path.status, alone.status)


def test_the_estimator_and_its_generator_are_not_touched():
    """A path leaves a fitted estimator and its RandomState as they were; its networks are fits with an equal state."""
    estimator = MLPRegressor(**SMALL | {"random_state": np.random.RandomState(5), "warm_start": True}).fit(X, Y)
    before = copy.deepcopy(vars(estimator))
    first, second = (estimator.path(X, Y, ALPHAS) for _ in range(2))
    state = vars(estimator).pop("random_state").get_state()
    assert_equal(state, before.pop("random_state").get_state())
    assert_equal(vars(estimator), before)
    assert_array_equal(first.params, second.params)
    for k, alpha in enumerate(ALPHAS):
        generator = np.random.RandomState()
        generator.set_state(state)
        alone = MLPRegressor(**SMALL | {"random_state": generator, "alpha": alpha}).fit(X, Y)
        assert_array_equal(first.params[k], flat(alone))


def test_without_random_state_networks_share_their_numbers(monkeypatch):
    """random_state=None: all networks are fits at the same state of numpy's generator; the next path is another."""
    monkeypatch.setattr(np.random.mtrand, "_rand", np.random.RandomState(3))
    estimator = MLPRegressor(**SMALL | {"random_state": None})
    path, again = (estimator.path(X, Y, ALPHAS) for _ in range(2))
    estimator.set_params(random_state=3)
    for k, alpha in enumerate(ALPHAS):
        assert_array_equal(path.params[k], flat(estimator.set_params(alpha=alpha).fit(X, Y)))
    assert np.all(path.params != again.params)


def test_a_path_keeps_its_alphas():
    """Writing into the array of alphas afterwards changes neither the path nor the alpha of its networks."""
    alphas = np.array(ALPHAS)
    path = MLPRegressor(**SMALL).path(X, Y, alphas)
    alphas[:] = 7
    assert path.alphas.tolist() == [network.alpha for network in path] == ALPHAS
