"""Networks and searches are found inside what the user fitted."""

import re

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.neural_network import MLPRegressor as SklearnMLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skl2._displays.fitted import found_by, network_of, search_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((30, 3))
Y = (X[:, 0] > 0).astype(int)
SMALL = {"hidden_layer_sizes": (2,), "max_iter": 2, "random_state": 0, "learning_rate_init": 0.05}
ALPHAS = [1.0, 0.0, 0.1]


def grid_search(estimator=None, grid=None, **options):
    """A GridSearchCV over alpha, with two folds."""
    estimator = MLPClassifier(**SMALL) if estimator is None else estimator
    return GridSearchCV(estimator, {"alpha": ALPHAS} if grid is None else grid, cv=2, **options)


def test_networks_are_found():
    """A network is found alone, in a search, as the last step of a Pipeline, in a transformed target, and nested."""
    network, search = MLPRegressor(**SMALL), MLPRegressorCV(ALPHAS, cv=2, **SMALL)
    network.fit(X, Y), search.fit(X, Y)
    assert network_of(network) is network
    assert network_of(search) is search
    pipeline = make_pipeline(StandardScaler(), MLPRegressor(**SMALL)).fit(X, Y)
    assert network_of(pipeline) is pipeline[-1]
    transformed = TransformedTargetRegressor(make_pipeline(StandardScaler(), MLPRegressor(**SMALL))).fit(X, Y)
    assert network_of(transformed) is transformed.regressor_[-1]
    nested = make_pipeline(
        StandardScaler(), grid_search(make_pipeline(MLPRegressor(**SMALL)), {"mlpregressor__alpha": [1]})
    )
    assert network_of(nested.fit(X, Y)) is nested[-1].best_estimator_[-1]
    theirs = SklearnMLPRegressor(hidden_layer_sizes=(2,), max_iter=2).fit(X, Y)
    assert network_of(theirs) is theirs


def test_searches_are_found():
    """A search is found alone, as the last step of a Pipeline, and in a transformed target."""
    search = grid_search().fit(X, Y)
    assert search_of(search) is search
    pipeline = make_pipeline(StandardScaler(), MLPClassifierCV(ALPHAS, cv=2, **SMALL)).fit(X, Y)
    assert search_of(pipeline) is pipeline[-1]
    transformed = TransformedTargetRegressor(MLPRegressorCV(ALPHAS, cv=2, **SMALL)).fit(X, Y)
    assert search_of(make_pipeline(StandardScaler(), transformed).fit(X, Y)).n_splits_ == 2


@pytest.mark.parametrize("find", [network_of, search_of])
@pytest.mark.parametrize("wrap", [lambda each: each, lambda each: make_pipeline(StandardScaler(), each)])
def test_not_fitted(find, wrap):
    """What was not fitted is scikit-learn's NotFittedError."""
    with pytest.raises(NotFittedError):
        find(wrap(MLPClassifierCV(**SMALL)))


def test_nothing_to_find():
    """The error names what is needed and the estimator that the user gave, not a part of it."""
    other = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    with pytest.raises(ValueError, match=r"A fitted multilayer perceptron is needed, or a Pipeline .*got Pipeline\("):
        network_of(other)
    message = r"A fitted MLPClassifierCV, MLPRegressorCV or search of scikit-learn is needed, .*got MLPClassifier\("
    with pytest.raises(ValueError, match=message):
        search_of(MLPClassifier(**SMALL).fit(X, Y))
    with pytest.raises(ValueError, match=r"got GridSearchCV\("):
        network_of(grid_search(refit=False).fit(X, Y))


def test_what_a_search_found():
    """Values of alpha, the scores of each fold and the number of the best are those of cv_results_."""
    for search in (grid_search(), MLPClassifierCV(ALPHAS, cv=2, **SMALL)):
        results = search.fit(X, Y).cv_results_
        found = found_by(search, {"alpha"})
        assert found.values["alpha"].dtype == np.float64
        np.testing.assert_array_equal(found.values["alpha"], ALPHAS)
        np.testing.assert_array_equal(found.scores.T, [results["split0_test_score"], results["split1_test_score"]])
        assert ALPHAS[found.best] == search.best_params_["alpha"]
        assert found.score_label == "accuracy, 2 folds"


def test_one_fold():
    """One fold is not a plural."""
    search = MLPClassifierCV(ALPHAS, cv=[(np.arange(20), np.arange(20, 30))], **SMALL).fit(X, Y)
    assert found_by(search, {"alpha"}).score_label == "accuracy, 1 fold"


@pytest.mark.parametrize("prefix", ["mlpregressor", "regressor", "transformedtargetregressor__regressor__mlpregressor"])
def test_prefixes_of_parameters(prefix):
    """In Pipelines and transformed targets, alpha is known under its prefixes."""
    network = MLPRegressor(**SMALL)
    if prefix == "mlpregressor":
        estimator = make_pipeline(StandardScaler(), network)
    elif prefix == "regressor":
        estimator = TransformedTargetRegressor(network)
    else:
        estimator = make_pipeline(TransformedTargetRegressor(make_pipeline(network)))
    search = grid_search(estimator, {f"{prefix}__alpha": ALPHAS}).fit(X, Y)
    found = found_by(search, {"alpha"})
    np.testing.assert_array_equal(found.values["alpha"], ALPHAS)
    assert found.score_name == "R²"


def test_a_list_of_grids():
    """Candidates of several grids over alpha are one path; a grid without alpha is an error."""
    found = found_by(grid_search(grid=[{"alpha": [1.0]}, {"alpha": [0, 3]}]).fit(X, Y), {"alpha"})
    np.testing.assert_array_equal(found.values["alpha"], [1, 0, 3])
    random = RandomizedSearchCV(MLPClassifier(**SMALL), {"alpha": ALPHAS}, n_iter=2, cv=2, random_state=0).fit(X, Y)
    assert found_by(random, {"alpha"}).scores.shape == (2, 2)
    partly = grid_search(grid=[{"alpha": [1.0]}, {"alpha": [0.0], "learning_rate_init": [0.1]}]).fit(X, Y)
    for names in ({"alpha"}, {"alpha", "learning_rate_init"}):
        with pytest.raises(ValueError, match=r"it is over \['alpha', 'learning_rate_init'\]"):
            found_by(partly, names)


@pytest.mark.parametrize(
    ("grid", "names"),
    [
        ({"hidden_layer_sizes": [(2,)]}, "['hidden_layer_sizes']"),
        ({"alpha": [0.0], "max_iter": [2]}, "['alpha', 'max_iter']"),
    ],
)
def test_a_search_over_something_else(grid, names):
    """The error says over what the search may be, and over what it is."""
    message = re.escape(f"The search must be over alpha alone; it is over {names}.")
    with pytest.raises(ValueError, match=message):
        found_by(grid_search(grid=grid).fit(X, Y), {"alpha"})


def test_two_alphas_in_one_pipeline():
    """A search over the alphas of two steps is not a path."""
    pipeline = make_pipeline(TransformedTargetRegressor(MLPRegressor(**SMALL)))
    search = grid_search(pipeline, {"transformedtargetregressor__regressor__alpha": [1.0]}).fit(X, Y)
    search.cv_results_["param_other__alpha"] = search.cv_results_["param_transformedtargetregressor__regressor__alpha"]
    with pytest.raises(ValueError, match="must be over alpha alone"):
        found_by(search, {"alpha"})


def test_several_metrics():
    """Of several metrics that of refit is shown, under its name; without one the error says what is missing."""
    metrics = {"first": "accuracy", "loss": "neg_log_loss"}
    search = grid_search(scoring=metrics, refit="loss").fit(X, Y)
    found = found_by(search, {"alpha"})
    np.testing.assert_array_equal(found.scores[:, 1], search.cv_results_["split1_test_loss"])
    assert found.score_name == "loss"
    for refit in (False, lambda results: 0):
        with pytest.raises(ValueError, match="Of several metrics, refit must name the one to draw; got refit="):
            found_by(grid_search(scoring=metrics, refit=refit).fit(X, Y), {"alpha"})


@pytest.mark.parametrize(
    ("scoring", "name"),
    [(None, "accuracy"), ("neg_log_loss", "neg log loss"), (lambda network, X, y: 0.5, "score")],
)
def test_names_of_scores(scoring, name):
    """A score has scikit-learn's name with blanks, the name of the default, or 'score' if a function makes it."""
    for search in (grid_search(scoring=scoring), MLPClassifierCV([0, 1], scoring=scoring, cv=2, **SMALL)):
        assert found_by(search.fit(X, Y), {"alpha"}).score_name == name
    assert found_by(MLPRegressorCV([0, 1], cv=2, **SMALL).fit(X, Y), {"alpha"}).score_name == "R²"


def test_a_halving_search_of_scikit_learn():
    """Its scores are of different numbers of samples, and the error names what can be drawn."""
    search = HalvingGridSearchCV(MLPClassifier(**SMALL), {"alpha": ALPHAS}, cv=2, min_resources=8, random_state=0)
    with pytest.raises(ValueError, match=r"cannot be compared. Take GridSearchCV, .*; got HalvingGridSearchCV\("):
        found_by(search.fit(X, Y), {"alpha"})


def test_strengths_of_layers_have_no_axis():
    """A search over sequences for alpha is refused: a picture has one axis for λ."""
    X = np.random.default_rng(0).standard_normal((20, 2))
    network = MLPRegressor(hidden_layer_sizes=(2,), max_iter=2, learning_rate="cosine", learning_rate_init=0.1)
    search = GridSearchCV(network, {"alpha": [[0.1, 0.2], [0.2, 0.3]]}, cv=2).fit(X, X[:, 0])
    with pytest.raises(ValueError, match="it differs by layer: search over numbers for alpha"):
        found_by(search, {"alpha"})
