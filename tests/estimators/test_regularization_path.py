"""A regularization path as a sequence of estimators, with which one can go on."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal, assert_equal
from sklearn.base import clone

from skl2 import MLPClassifier, MLPRegressor, RegularizationPath

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])  # three classes, also a target
WEIGHT = RANDOM.uniform(0.5, 2, 40)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 12, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.05}
ALPHAS = [0.1, 0.0, 10.0, 1.0, 0.5]
SINGLE = {  # by the attribute of a path: what it is of one network
    "n_iter": lambda network: network.n_iter_,
    "loss_curves": lambda network: network.loss_curve_,
    "weight_norms": lambda network: np.sqrt(sum(np.sum(coef**2) for coef in network.coefs_)),
    "params": lambda network: flat(network),
    "alphas": lambda network: network.alpha,
}


def flat(model):
    """All weights and intercepts as one vector."""
    return np.concatenate([layer.ravel() for layer in (*model.coefs_, *model.intercepts_)])


@pytest.fixture(scope="module")
def path():
    """Five networks that end after different numbers of epochs."""
    settings = {"early_stopping": True, "validation_fraction": 0.25, "n_iter_no_change": 1, "max_iter": 12}
    return MLPClassifier(**SMALL | settings).path(X, Y, ALPHAS)


@pytest.mark.parametrize("k", [0, 3, -1, -5, np.int64(2)])
def test_a_network_is_a_view_of_its_row(path, k):
    """path[k] is a classifier whose weights and intercepts are the memory of params[k], weights first."""
    network = path[k]
    assert isinstance(network, MLPClassifier)
    assert isinstance(network.alpha, float)
    assert network.alpha == ALPHAS[k]
    assert_array_equal(flat(network), path.params[k])
    assert all(np.shares_memory(layer, path.params[k]) for layer in (*network.coefs_, *network.intercepts_))


@pytest.mark.parametrize(
    ("key", "numbers"),
    [
        (slice(1, 4), [1, 2, 3]),
        (slice(None, None, -2), [4, 2, 0]),
        (np.array([True, False, False, True, True]), [0, 3, 4]),
        ([4, 0], [4, 0]),
        (np.array([2, 2, -1]), [2, 2, 4]),
        (slice(5, None), []),
    ],
    ids=["slice", "steps", "mask", "list", "array", "nothing"],
)
def test_a_part_of_a_path_is_a_path(path, key, numbers):
    """A slice, a mask or numbers give a path of those networks, with all that is known of them."""
    part = path[key]
    assert isinstance(part, RegularizationPath)
    assert len(part) == len(numbers)
    assert_equal([vars(network) for network in part], [vars(path[k]) for k in numbers])
    assert all(np.shares_memory(network.coefs_[0], part.params) for network in part)
    for name in ("alphas", "params", "status", "n_iter", "weight_norms"):
        assert_array_equal(getattr(part, name), getattr(path, name)[numbers])
    for name in ("loss_curves", "validation_scores"):
        assert_equal(getattr(part, name), [getattr(path, name)[k] for k in numbers])
    assert_array_equal(part.score(X, Y), path.score(X, Y)[numbers])
    assert repr(part).splitlines()[4:] == [repr(path).splitlines()[4 + k] for k in numbers]


def test_a_slice_shares_memory(path):
    """A slice is a view of the path, as of an array, and what a mask picks out is a copy."""
    assert np.shares_memory(path[1:][0].coefs_[0], path.params[1])
    assert not np.shares_memory(path[path.alphas > 0].params, path.params)


@pytest.mark.parametrize("key", [5, -6, "1", 1.0, np.array([True, False])], ids=str)
def test_there_is_no_such_network(path, key):
    """A number out of range, text, a float or a mask of another length: IndexError, as of an array."""
    with pytest.raises(IndexError):
        path[key]


@pytest.mark.parametrize("name", SINGLE)
def test_what_is_known_of_all_networks(path, name):
    """Each attribute of a path holds, in the order of alphas, that of its networks, which differ."""
    together, single = getattr(path, name), [SINGLE[name](network) for network in path]
    assert len(path) == len(together) == 5
    assert len({str(value) for value in single}) > 1
    for ours, expected in zip(together, single, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-14)


def test_validation_scores(path):
    """With early stopping there is a curve of scores for each network, without it None."""
    assert_equal(path.validation_scores, [np.array(network.validation_scores_) for network in path])
    assert [len(scores) for scores in path.validation_scores] == path.n_iter.tolist()
    assert MLPRegressor(**SMALL).path(X, Y, [0.1]).validation_scores is None


def test_predictions_of_all_networks(path):
    """Row k of predict, predict_proba and score is what network k says, sample weights included."""
    assert_array_equal(path.predict(X[:7]), [network.predict(X[:7]) for network in path])
    assert_array_equal(path.predict_proba(X[:7]), [network.predict_proba(X[:7]) for network in path])
    assert path.predict_proba(X[:7]).shape == (5, 7, 3)
    assert_array_equal(path.score(X, Y, WEIGHT), [network.score(X, Y, WEIGHT) for network in path])
    assert np.any(path.score(X, Y, WEIGHT) != path.score(X, Y))


def test_a_path_of_regressors():
    """Several targets keep their axis, score is R², and there are no probabilities."""
    targets = np.column_stack([Y, X[:, 0] ** 2])
    path = MLPRegressor(**SMALL).path(X, targets, ALPHAS[:2])
    assert_array_equal(path.predict(X), [network.predict(X) for network in path])
    assert path.predict(X).shape == (2, 40, 2)
    residuals = (targets - path.predict(X)) ** 2
    expected = 1 - np.mean(residuals.sum(axis=1) / ((targets - targets.mean(axis=0)) ** 2).sum(axis=0), axis=1)
    np.testing.assert_allclose(path.score(X, targets), expected, rtol=1e-12)
    assert not hasattr(path, "predict_proba")


def test_repr_is_a_table(path):
    """The repr says of each network alpha, epochs, the last loss, ‖W‖ and why it ended."""
    title, meaning, _, head, *rows = repr(path).splitlines()
    assert title == "RegularizationPath of 5 networks (MLPClassifier)"
    assert meaning == "alpha as given"
    assert head.split() == ["alpha", "epochs", "loss", "‖W‖", "status"]
    for row, network, norm, status in zip(rows, path, path.weight_norms, path.status, strict=True):
        *numbers, end = row.split()
        expected = [network.alpha, network.n_iter_, network.loss_, norm]
        np.testing.assert_allclose([float(number) for number in numbers], expected, rtol=1e-3)
        assert end == status
    assert len({len(line) - len(line.split()[-1]) for line in (head, *rows)}) == 1  # columns are aligned


def test_repr_shows_the_total_shrinkage():
    """With decoupled decay the repr says what D is, and shows it in a column."""
    path = MLPRegressor(**SMALL | {"decay": "decoupled"}).path(X, Y, [0.0, 2.0])
    _, meaning, _, head, *rows = repr(path).splitlines()
    assert meaning == "alpha as given; D = alpha · Ση is the total shrinkage, Ση = 0.8 the sum of all learning rates"
    assert head.split()[:3] == ["alpha", "D", "epochs"]
    assert [row.split()[1] for row in rows] == ["0", "1.6"]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_training_goes_on_from_a_network(Estimator, optimizer):
    """partial_fit of path[k] goes on as after fit, and leaves the path and its other networks."""
    estimator = Estimator(**SMALL | {"optimizer": optimizer, "shuffle": False})
    path = estimator.path(X, Y, ALPHAS)
    before = copy.deepcopy(path)
    network = path[2].partial_fit(X, Y)
    alone = clone(estimator).set_params(alpha=ALPHAS[2]).fit(X, Y).partial_fit(X, Y)
    assert_equal(vars(network), vars(alone))
    assert np.any(flat(network) != path.params[2])
    assert_array_equal(path.params, before.params)
    assert_equal([vars(other) for other in path], [vars(other) for other in before])


def test_networks_and_paths_are_pickled_and_cloned(path):
    """A pickled path is the path, a pickled network takes no other with it, and a clone is an estimator not fitted."""
    again = pickle.loads(pickle.dumps(path))
    assert repr(again) == repr(path)
    assert_equal([vars(network) for network in again], [vars(network) for network in path])
    many = MLPRegressor(**SMALL).path(X, Y, np.linspace(0, 1, 50))
    few = MLPRegressor(**SMALL).path(X, Y, [0.0])
    assert_equal(vars(pickle.loads(pickle.dumps(many[0]))), vars(few[0]))
    assert len(pickle.dumps(many[0])) == len(pickle.dumps(few[0]))
    cloned = clone(path[3])
    assert cloned.get_params() == path[3].get_params()
    assert not hasattr(cloned, "coefs_")


@pytest.mark.parametrize("key", [None, True, [[0, 1]]], ids=str)
def test_what_is_no_index(path, key):
    """What would make more than one dimension is refused in words."""
    with pytest.raises(IndexError, match="A path takes an int, a slice, or a one-dimensional mask"):
        path[key]


def test_an_empty_path(path):
    """A slice without networks has length 0, scores of length 0, and nothing to predict with."""
    empty = path[:0]
    assert (len(empty), empty.n_iter.size, empty.score(X, Y).size) == (0, 0, 0)
    assert repr(empty).startswith("RegularizationPath of 0 networks")
    with pytest.raises(ValueError, match="empty"):
        empty.predict(X)
