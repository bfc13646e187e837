"""scikit-learn's own checks of all estimators."""

from itertools import product

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skl2 import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    PiecewiseLinearEncoder,
    TabularEncoder,
    TabularMLPClassifier,
    TabularMLPRegressor,
)

# The default settings, with which a fit takes up to 200 epochs, are checked once, and all modes at quicker networks.
SMALL = {"hidden_layer_sizes": (20,), "learning_rate_init": 0.05, "max_iter": 15}
OPTIMIZERS = [{"optimizer": "adam"}, {"optimizer": "sgd", "learning_rate_init": 0.002, "max_iter": 60}]
MECHANISMS = [{"penalty": "l2"}, {"decay": "decoupled"}, {"penalty": None}]
# Near its end L-BFGS multiplies the rounding of two equivalent fits, and drives probabilities to 1 where classes can be
# separated; the checks compare to 1e-7 and want probabilities below 1. scikit-learn's own L-BFGS fails there too.
FEW = {"max_iter": 15}
# A search trains several networks where the others train one: it has fewer values, folds and epochs.
QUICK = SMALL | {"max_iter": 12, "cv": 2}
SEARCHES = [
    {"alphas": 2, "penalty": "l2", **QUICK},
    {"alphas": 3, "decay": "decoupled", "strategy": "halving", **QUICK},
    {"alphas": 2, "cv": 2, "optimizer": "lbfgs", **FEW},
]
# Their default on the few rows of the checks is 400 epochs, which `make test-slow` has.
TABLES = {"hidden_layer_sizes": (10,), "alphas": 2, "max_iter": 20, "cv": 2, "learning_rate_init": 0.05}

ESTIMATORS = [
    MLPClassifier(),
    MLPRegressor(),
    *(
        Estimator(**SMALL | optimizer | mechanism)
        for Estimator, optimizer, mechanism in product([MLPClassifier, MLPRegressor], OPTIMIZERS, MECHANISMS)
    ),
    *(
        Estimator(optimizer="lbfgs", penalty=penalty, **FEW)
        for Estimator, penalty in product([MLPClassifier, MLPRegressor], ["l2", None])
    ),
    MLPClassifier(class_weight="balanced", **SMALL),
    *(Estimator(**settings) for Estimator, settings in product([MLPClassifierCV, MLPRegressorCV], SEARCHES)),
    TabularMLPClassifier(max_iter=20, cv=3),
    TabularMLPRegressor(max_iter=20, cv=3),
    TabularMLPClassifier(class_weight="balanced", **TABLES),
    TabularMLPRegressor(scoring="neg_mean_absolute_error", **TABLES),
    TabularEncoder(),
    TabularEncoder(n_bins=4),
    PiecewiseLinearEncoder(),
]


def checks_of(estimators):
    """The decorator that runs all checks on each estimator; old scikit-learn's is a generator, which pytest refuses."""
    mark = parametrize_with_checks(estimators).mark
    return pytest.mark.parametrize(mark.args[0], list(mark.args[1]), **mark.kwargs)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@checks_of(ESTIMATORS)
def test_scikit_learn_contract(estimator, check):
    """Each estimator passes each check of scikit-learn in every mode, without an exception."""
    check(estimator)


@pytest.mark.slow
@checks_of([TabularMLPClassifier(), TabularMLPRegressor()])
def test_contract_of_the_defaults_for_tables(estimator, check):
    """By default settings, models of tables pass each check too."""
    check(estimator)
