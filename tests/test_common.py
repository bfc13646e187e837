"""scikit-learn's own checks of both estimators."""

import os
from itertools import product

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skl2 import MLPClassifier, MLPRegressor

MECHANISMS = [{}, {"penalty": "l2"}, {"decay": "decoupled"}]
# Near its end L-BFGS multiplies the rounding of two equivalent fits, and drives probabilities to 1 where classes can be
# separated; the checks compare to 1e-7 and want probabilities below 1. scikit-learn's own L-BFGS fails there too.
FEW = {"max_iter": 15}

if os.environ.get("NUMBA_DISABLE_JIT", "0") == "0":
    ESTIMATORS = [
        *(
            Estimator(optimizer=optimizer, **mechanism)
            for Estimator, optimizer, mechanism in product([MLPClassifier, MLPRegressor], ["adam", "sgd"], MECHANISMS)
        ),
        *(
            Estimator(optimizer="lbfgs", penalty=penalty, **FEW)
            for Estimator, penalty in product([MLPClassifier, MLPRegressor], ["auto", None])
        ),
        MLPClassifier(class_weight="balanced"),
    ]
else:  # as plain Python loops the default networks take over ten minutes: that run, for coverage, checks linear models
    SMALL = {"hidden_layer_sizes": (), "learning_rate_init": 0.05, "max_iter": 20}
    ESTIMATORS = [
        Estimator(optimizer=optimizer, **SMALL)
        for Estimator, optimizer in product([MLPClassifier, MLPRegressor], ["adam", "lbfgs"])
    ]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_contract(estimator, check):
    """Each estimator passes each check of scikit-learn with every optimizer and mechanism, without an exception."""
    check(estimator)
