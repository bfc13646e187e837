"""scikit-learn's own checks of both estimators."""

import os
from itertools import product

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skl2 import MLPClassifier, MLPRegressor

MECHANISMS = [{}, {"penalty": "l2"}, {"decay": "decoupled"}]
# Compiled, the checks see the default parameters. As plain Python loops those take over ten minutes, so that run,
# which is for coverage, checks a linear model.
INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT", "0") != "0"
SMALL = {"hidden_layer_sizes": (), "learning_rate_init": 0.05, "momentum": 0.5, "max_iter": 20} if INTERPRETED else {}

ESTIMATORS = [
    Estimator(optimizer=optimizer, **mechanism, **SMALL)
    for Estimator, optimizer, mechanism in product([MLPClassifier, MLPRegressor], ["adam", "sgd"], MECHANISMS)
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_contract(estimator, check):
    """Each estimator passes each check of scikit-learn with every optimizer and mechanism, without an exception."""
    check(estimator)
