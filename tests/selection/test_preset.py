"""MLPClassifierCV.quick: ordinary parameters, and a search that chooses well in little time."""

import pickle
from inspect import signature

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressorCV
from skl2._selection.preset import QUICK

BOTH = pytest.mark.parametrize("Chooser", [MLPClassifierCV, MLPRegressorCV])
X, Y = load_wine(return_X_y=True)
X = scale(X)


@BOTH
def test_the_preset_is_of_ordinary_parameters(Chooser):
    """Each is one of the constructor with another value than its default; the others keep their defaults."""
    defaults = {name: parameter.default for name, parameter in signature(Chooser).parameters.items()}
    assert all(value != defaults[name] for name, value in QUICK.items())
    assert Chooser.quick().get_params() == defaults | QUICK


@BOTH
def test_parameters_come_before_the_preset(Chooser):
    """What the user says replaces the preset, or is beside it; what nobody knows is an error."""
    model = Chooser.quick(max_iter=7, random_state=3)
    assert model.get_params() == Chooser().get_params() | QUICK | {"max_iter": 7, "random_state": 3}
    with pytest.raises(TypeError, match="epochs"):
        Chooser.quick(epochs=7)


@BOTH
def test_copies_are_as_quick(Chooser):
    """Clones, pickles and what repr shows have the parameters of the preset, and say nothing of it."""
    model = Chooser.quick(random_state=0)
    written = eval(repr(model), {Chooser.__name__: Chooser, "inf": np.inf})
    for copy in (clone(model), pickle.loads(pickle.dumps(model)), written):
        assert type(copy) is Chooser
        assert copy.get_params() == model.get_params()


def test_subclasses_are_of_their_own_kind():
    """The preset of a subclass is one of it."""

    class Chooser(MLPClassifierCV):
        pass

    assert type(Chooser.quick()) is Chooser


def test_it_gives_the_network_that_its_parameters_give():
    """A search with the preset by hand chooses the same alpha, of the same grid, and trains the same network."""
    quick, by_hand = MLPClassifierCV.quick(random_state=0).fit(X, Y), MLPClassifierCV(**QUICK, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(quick.alphas_, by_hand.alphas_)
    np.testing.assert_array_equal(quick.coefs_[0], by_hand.coefs_[0])
    settings = {
        name: quick.get_params()[name] for name in quick.get_params().keys() & signature(MLPClassifier).parameters
    }
    alone = MLPClassifier(**settings, alpha=quick.alpha_).fit(X, Y)
    np.testing.assert_array_equal(quick.coefs_[0], alone.coefs_[0])


def test_its_grid_is_that_of_total_shrinkage():
    """λ goes from none to D = 30, whatever the number of rows."""
    for n_rows in (100, 178):
        model = MLPClassifierCV.quick(random_state=0).fit(X[:n_rows], Y[:n_rows])
        shrinkage = model.cv_results_["total_shrinkage"]
        assert len(shrinkage) == QUICK["alphas"]
        assert shrinkage[0] == 0
        assert shrinkage[-1] <= 30.0001


def test_a_grid_search_takes_it():
    """In GridSearchCV it is an estimator like any other."""
    search = GridSearchCV(MLPClassifierCV.quick(random_state=0), {"hidden_layer_sizes": [(5,), (20,)]}, cv=2).fit(X, Y)
    assert search.best_estimator_.learning_rate == "cosine"
    assert search.best_score_ > 0.9


@pytest.mark.parametrize(
    ("load", "Chooser", "least"),
    [
        (load_wine, MLPClassifierCV, 0.95),
        (load_breast_cancer, MLPClassifierCV, 0.95),
        (load_digits, MLPClassifierCV, 0.97),
        (load_diabetes, MLPRegressorCV, 0.3),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_it_predicts_well(load, Chooser, least):
    """On data of scikit-learn it is about as good as GridSearchCV over scikit-learn's MLP (benchmarks/README.md)."""
    X, y = load(return_X_y=True)
    y, metric = (scale(y), r2_score) if Chooser is MLPRegressorCV else (y, accuracy_score)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    model = make_pipeline(StandardScaler(), Chooser.quick(random_state=0)).fit(X, y)
    assert metric(y_test, model.predict(X_test)) > least
