"""The smallest tasks: one, two and three samples; one λ, and the same λ several times."""

import numpy as np
import pytest
from promises import call_or_be_refused, outputs, same_bits

from skl2 import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    TabularMLPClassifier,
    TabularMLPRegressor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 2))
NUMBERS = X[:, 0] + 0.5 * RANDOM.standard_normal(40)
LABELS = (NUMBERS > 0).astype(int)
SMALL = {"hidden_layer_sizes": (2,), "max_iter": 3, "random_state": 0}
CLASSES = {
    "two classes": [0, 1, 0],
    "a class for each": list("abc"),
    "one class": [7, 7, 7],
    "labels": [[0, 1], [1, 1], [1, 0]],
}
VALUES = {
    "values": [0.0, 1.5, -3.0],
    "a constant": [2.0, 2.0, 2.0],
    "two values": [[0.0, 1.0], [2.0, 3.0], [5.0, 4.0]],
    "counts": [0, 2, 1],
    "no counts": [0, 0, 0],
}
KINDS = {
    **{name: (MLPClassifier, MLPClassifierCV, TabularMLPClassifier, y, {}) for name, y in CLASSES.items()},
    **{
        name: (MLPRegressor, MLPRegressorCV, TabularMLPRegressor, y, {"loss": "poisson"} if "counts" in name else {})
        for name, y in VALUES.items()
    },
}
FEW = [1, 2, 3]
EARLY = {"early_stopping": True, "validation_fraction": 0.5}


def task(kind, n):
    """(estimator, its search, that of tables, X, y, settings) for n samples."""
    *Estimators, y, settings = KINDS[kind]
    return *Estimators, X[:n], np.array(y[:n]), SMALL | settings


def trains(model, samples, *given, **own):
    """Whether a fit ends in finite predictions; else it is refused in words, and nothing else."""
    return bool(
        call_or_be_refused(lambda: model.fit(samples, *given, **own), model) and outputs(model, np.asarray(samples))
    )


@pytest.mark.parametrize("n", FEW)
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("kind", KINDS)
def test_few_samples_train(kind, optimizer, n):
    """A fit on one, two or three samples is a fit, whatever the optimizer, the weights and the balance of classes."""
    Estimator, _, _, samples, y, settings = task(kind, n)
    for balance in [{}, {"class_weight": "balanced"}] if Estimator is MLPClassifier else [{}]:
        model = Estimator(**settings | balance, optimizer=optimizer)
        for weight in (None, np.arange(n), np.arange(n)[::-1], np.arange(1, n + 1)):
            assert trains(model, samples, y, weight) == (weight is None or bool(np.any(weight)))
        assert [len(outputs(network, samples)["predict"]) for network in model.path(samples, y, [0.1, 0])] == [n, n]


@pytest.mark.parametrize("n", FEW)
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("kind", KINDS)
def test_few_samples_under_early_stopping(kind, optimizer, n):
    """Two samples to validate on are enough, of one's own or held out, and where there are fewer it is said."""
    Estimator, _, _, samples, y, settings = task(kind, n)
    for early_stopping in (True, "loss"):
        model = Estimator(**settings | EARLY | {"early_stopping": early_stopping}, optimizer=optimizer)
        assert trains(model, samples, y) == (n == 3)
        assert trains(model, samples, y, X_val=samples, y_val=y) == (n >= 2)
        trains(model, samples, y, np.arange(n))  # or none of those to train on weighs anything


@pytest.mark.parametrize("n", FEW)
@pytest.mark.parametrize("kind", KINDS)
def test_few_samples_part_by_part(kind, n):
    """partial_fit sees one sample at a time."""
    Estimator, _, _, samples, y, settings = task(kind, n)
    model = Estimator(**settings)
    classes = {"classes": np.unique(y) if y.ndim == 1 else [0, 1]} if Estimator is MLPClassifier else {}
    for number in range(n):
        model.partial_fit(samples[number : number + 1], y[number : number + 1], **classes)
    assert len(outputs(model, samples)["predict"]) == n


@pytest.mark.parametrize("n", FEW)
@pytest.mark.parametrize("strategy", ["full", "halving", "screening"])
@pytest.mark.parametrize("kind", KINDS)
def test_few_samples_in_a_search(kind, strategy, n):
    """A search over two folds chooses one λ of both, or says why it cannot."""
    _, Search, _, samples, y, settings = task(kind, n)
    for ensemble in (False, True):
        search = Search([0, 0.1], cv=2, strategy=strategy, ensemble=ensemble, **settings)
        assert not trains(search, samples, y) or search.alpha_ in (0, 0.1)


@pytest.mark.parametrize("n", FEW)
@pytest.mark.parametrize("kind", KINDS)
def test_few_rows_of_a_table(kind, n):
    """A table of two or three rows makes networks, and one row cannot be cut into folds."""
    _, _, Table, samples, y, settings = task(kind, n)
    model = Table(alphas=[0.1], **settings)
    assert trains(model, samples, y) == (n > 1)


@pytest.mark.parametrize("alphas", [[0.1], [0], [0.1, 0.1], [0, 0], [1, 0.1, 1, 0, 0.1]], ids=str)
@pytest.mark.parametrize(("Estimator", "y"), [(MLPClassifier, LABELS), (MLPRegressor, NUMBERS)])
@pytest.mark.parametrize("verbose", [0, 1])
def test_a_path_of_one_strength_or_of_equal_ones(Estimator, y, alphas, verbose):
    """Equal values of λ make equal networks, to the last bit, in any number of threads; one λ makes a path of one."""
    model = Estimator(**SMALL, verbose=verbose)
    path = model.path(X, y, alphas)
    assert same_bits(path.params, model.path(X, y, alphas, n_jobs=2).params)
    for alpha, params in zip(alphas, path.params, strict=True):
        assert same_bits(params, path.params[alphas.index(alpha)])
    assert len(path) == len(path.score(X, y)) == len(repr(path).splitlines()) - 4 == len(alphas)


@pytest.mark.parametrize("alphas", [[0.1], [0], [0.1, 0.1], [1, 0.1, 1, 0, 0.1]], ids=str)
@pytest.mark.parametrize(
    "how", [{}, {"rule": "one_se"}, {"strategy": "halving"}, {"strategy": "screening", "rule": "one_se"}], ids=str
)
@pytest.mark.parametrize(("Search", "y"), [(MLPClassifierCV, LABELS), (MLPRegressorCV, NUMBERS)])
def test_a_search_of_one_strength_or_of_equal_ones(Search, y, how, alphas):
    """The first of equal values is chosen, all of them have its score and rank, and n_jobs changes nothing."""
    firsts = [alphas.index(alpha) for alpha in alphas]
    for ensemble in (False, True):
        search, again = (Search(alphas, cv=3, n_jobs=n, ensemble=ensemble, **how, **SMALL).fit(X, y) for n in (1, 2))
        assert search.best_index_ == again.best_index_ == alphas.index(search.alpha_)
        for name in ("mean_test_score", "rank_test_score", "mean_weight_norm"):
            values = search.cv_results_[name]
            assert same_bits(values, again.cv_results_[name])
            assert how.get("strategy") == "halving" or same_bits(values, values[firsts])
        assert same_bits(search.predict(X), again.predict(X))
