"""Settings drawn from the tables of parameter constraints, so that a new parameter or a new row is fuzzed by itself."""

import math
import sys
from functools import cache
from numbers import Integral, Real

import numpy as np
from hypothesis import strategies as st
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.utils._param_validation import Interval, Options

from skl2._inputs.strengths import PerLayer

SMALLEST, LARGEST = 5e-324, sys.float_info.max
ORDINARY = [1e-6, 1e-4, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.9, 0.999, 1.0, 3.0]
EXTREME = [0.0, SMALLEST, 1e-310, 1e-300, 1e-38, 0, 1, math.nextafter(1, 0), math.nextafter(1, 2), 1e8, 1e38, 1e300]
EXTREME += [LARGEST, np.float32(1e-3), np.float32(3.4e38), np.float64(0.5), np.int64(1)]
REFUSED = [None, -1, -SMALLEST, 0, 1.5, math.nan, math.inf, "x", [], True, b"", sys.maxsize]

# What keeps an example short: epochs, iterations, evaluations and units are few unless training ends by itself.
CAPS = {"max_iter": 9, "max_fun": 40, "alphas": 4, "hidden_layer_sizes": 9}
ENDS_BY_ITSELF = {"max_iter": sys.maxsize, "tol": 1e300, "n_iter_no_change": 1, "max_fun": 40}
ENDS_IN_HUGE_WEIGHTS = {"optimizer": "sgd", "max_iter": 1, "learning_rate_init": 1e153, "decay": None}
ENDS_IN_HUGE_WEIGHTS["hidden_layer_sizes"] = (3, 3)
# Quick, and with rounding errors that do not grow: for what equals up to rounding.
MODERATE = {
    "hidden_layer_sizes": st.lists(st.integers(1, 5), max_size=2),
    "activation": None,
    "optimizer": None,
    "penalty": st.sampled_from(["auto", None]),
    "decay": st.sampled_from([None, "decoupled"]),
    "alpha": st.sampled_from([0, 1e-3, 0.1]),
    "batch_size": None,
    "learning_rate": None,
    "learning_rate_init": st.sampled_from([1e-4, 1e-3, 0.01]),
    "max_iter": st.integers(1, 3),
    "shuffle": None,
    "nesterovs_momentum": None,
    "random_state": st.integers(0, 9),
}


def numbers(interval, name):
    """Draw from an Interval: mostly ordinary numbers, else its bounds, their neighbours and extreme ones."""
    bounds = [bound for bound in (interval.left, interval.right) if bound is not None]
    if interval.type is Integral:
        cap = CAPS.get(name)
        small = st.integers(interval.left, interval.left + (cap or 12) - 1)
        return small if cap else small | st.sampled_from([10**4, sys.maxsize, np.int64(2)])
    near = [math.nextafter(bound, towards) for bound in bounds for towards in (-math.inf, math.inf)]
    ordinary, extreme = (
        st.sampled_from([value for value in values if value in interval]) for values in (ORDINARY, EXTREME + near)
    )
    return ordinary | ordinary | extreme


def array_likes(name):
    """Draw from what "array-like" means for a parameter."""
    if name == "hidden_layer_sizes":
        units = st.lists(st.integers(1, 5) | st.sampled_from([1, 30]), max_size=3)
        return units | units.map(tuple) | units.map(lambda sizes: np.array(sizes, int))
    if name == "column_groups":
        return st.lists(st.integers(0, 2), min_size=1, max_size=4) | st.just(["a", "a", "b"])
    if name == "alphas":
        return st.lists(numbers(Interval(Real, 0, None, closed="left"), name), min_size=1, max_size=4)
    if name == "dropout":
        rates = st.lists(numbers(Interval(Real, 0, 1, closed="left"), name), max_size=2)
        return rates | rates.map(tuple) | rates.map(np.array)
    if name == "quantile":
        rising = st.lists(st.sampled_from([1e-9, 0.05, 0.3, 0.5, 0.95]), min_size=1, max_size=3, unique=True).map(
            sorted
        )
        return rising | rising.map(np.array)
    raise NotImplementedError(f"Say here what an array-like {name} is.")


def class_weights(labels, kind):
    """Draw class weights: a dict, or a list of one for each label of a multilabel y."""
    weight = st.sampled_from([0, 1, 0.5, 3.0, 1e-300, 1e300])
    if kind is list:
        return st.lists(st.fixed_dictionaries({0: weight, 1: weight}), min_size=1, max_size=4)
    return st.dictionaries(st.sampled_from(labels or (0,)), weight, max_size=len(labels or (0,)))


def draw(constraint, name, labels):
    """Return a strategy for what one constraint of scikit-learn allows."""
    if isinstance(constraint, PerLayer):  # of a network with one hidden layer, and of one with two
        strength = st.sampled_from([0, 0.0, 1e-4, 0.01, 1.0, 1e300])
        several = st.lists(strength, min_size=1, max_size=3)
        return several | several.map(tuple) | several.map(np.array)
    if isinstance(constraint, Interval):
        return numbers(constraint, name)
    if isinstance(constraint, Options):  # StrOptions too
        return st.sampled_from(sorted(constraint.options, key=str))
    if constraint in (dict, list) and name == "class_weight":
        return class_weights(labels, constraint)
    if isinstance(constraint, str) and constraint == "array-like":
        return array_likes(name)
    seeds = st.integers(0, 2**32 - 1)
    kinds = {
        None: st.none(),
        Integral: st.sampled_from([1, 2]),  # n_jobs
        "boolean": st.booleans() | st.booleans().map(np.bool_),
        "verbose": st.sampled_from([False, True, 0, 1, 2]),
        "random_state": seeds | seeds.map(np.random.RandomState),
        "cv_object": st.sampled_from([2, 3, KFold(2), ShuffleSplit(2, random_state=0)]),
    }
    if constraint not in kinds:
        raise NotImplementedError(f"Say here how to draw {constraint!r}, a constraint of {name}.")
    return kinds[constraint]


@cache
def parameter(estimator, name, labels=None):
    """Return a strategy for one parameter."""
    constraints = estimator._parameter_constraints[name]
    if constraints == "no_validation":  # scoring
        return st.none()
    return st.one_of([draw(constraint, name, labels) for constraint in constraints])


@cache
def any_settings(estimator, labels):
    """Return a strategy for parameters that are allowed."""
    optional = {name: parameter(estimator, name, labels) for name in estimator._parameter_constraints}
    # Random numbers of None could not be repeated, and the defaults of the others are too long.
    always = {name: optional.pop(name) for name in ("random_state", "max_iter", "alphas", "cv") if name in optional}
    return st.fixed_dictionaries(always, optional=optional)


@st.composite
def settings_for(draw, estimator, labels=None, may_be_refused=True, **fixed):
    """Draw parameters of an estimator; seldom one that is not allowed, or training without end but its own."""
    chosen = {"hidden_layer_sizes": (3,)} | draw(any_settings(estimator, labels))
    kind = draw(st.integers(0, 15))
    if kind == 0 and may_be_refused:
        name = draw(st.sampled_from(sorted(estimator._parameter_constraints.keys() - {"random_state"})))
        chosen[name] = draw(st.sampled_from(REFUSED)) if name not in CAPS else 0
    if kind in (1, 2):
        chosen |= [ENDS_BY_ITSELF, ENDS_IN_HUGE_WEIGHTS][kind - 1]
    if chosen.get("optimizer") == "lbfgs":
        chosen.setdefault("max_fun", CAPS["max_fun"])
    return chosen | fixed


@cache
def moderate_settings(estimator):
    """Return a strategy for parameters under which rounding errors stay small."""
    optional = {name: parameter(estimator, name) if it is None else it for name, it in MODERATE.items()}
    always = {name: optional.pop(name) for name in ("hidden_layer_sizes", "max_iter", "random_state")}
    return st.fixed_dictionaries(always, optional=optional)
