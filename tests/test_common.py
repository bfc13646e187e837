"""scikit-learn's own checks of all estimators."""

import os
from itertools import product

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

MECHANISMS = [{}, {"penalty": "l2"}, {"decay": "decoupled"}]
# Near its end L-BFGS multiplies the rounding of two equivalent fits, and drives probabilities to 1 where classes can be
# separated; the checks compare to 1e-7 and want probabilities below 1. scikit-learn's own L-BFGS fails there too.
FEW = {"max_iter": 15}
# A search trains several networks where the others train one: it has fewer values, folds and epochs than by default.
SEARCHES = [
    {"alphas": 2, "cv": 2, "penalty": "l2", "max_iter": 100},
    {"alphas": 3, "cv": 2, "decay": "decoupled", "strategy": "halving", "max_iter": 60},
    {"alphas": 2, "cv": 2, "optimizer": "lbfgs", **FEW},
]

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
        *(Estimator(**settings) for Estimator, settings in product([MLPClassifierCV, MLPRegressorCV], SEARCHES)),
    ]
else:  # as plain Python loops the default networks take over ten minutes: that run, for coverage, checks linear models
    SMALL = {"hidden_layer_sizes": (), "learning_rate_init": 0.05, "max_iter": 20}
    ESTIMATORS = [
        Estimator(optimizer=optimizer, **SMALL)
        for Estimator, optimizer in product([MLPClassifier, MLPRegressor], ["adam", "lbfgs"])
    ]
    SMALL |= {"alphas": 2, "cv": 2}
    ESTIMATORS += [MLPClassifierCV(strategy="halving", **SMALL), MLPRegressorCV(**SMALL)]

mark = parametrize_with_checks(ESTIMATORS).mark  # of old scikit-learn a generator of checks, which pytest refuses
checks = pytest.mark.parametrize(mark.args[0], list(mark.args[1]), **mark.kwargs)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@checks
def test_scikit_learn_contract(estimator, check):
    """Each estimator passes each check of scikit-learn in every mode, without an exception."""
    check(estimator)
