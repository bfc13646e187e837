"""The parameters of a search, beside those of the estimator that it trains."""

from numbers import Integral

from sklearn.utils._param_validation import StrOptions

from skl2._inputs.settings import Interval

SEARCH_CONSTRAINTS = {
    "alphas": [Interval(Integral, 2, None, closed="left"), "array-like"],
    "cv": ["cv_object"],
    "scoring": "no_validation",  # check_scoring knows the names
    "rule": [StrOptions({"best", "one_se"})],
    "strategy": [StrOptions({"full", "halving", "screening"})],
    "continued": ["boolean"],
    "ensemble": ["boolean"],
    "store_predictions": ["boolean"],
    "n_jobs": [Integral, None],
}
NOT_INHERITED = {"alpha", "warm_start"}


def search_constraints(constraints):
    """Return the constraints of an estimator that chooses its alpha, from those of one that does not."""
    return SEARCH_CONSTRAINTS | {name: value for name, value in constraints.items() if name not in NOT_INHERITED}


def is_ensemble(search):
    """Whether there are the networks of the folds, or will be: what `available_if` asks."""
    if not (search.ensemble or hasattr(search, "estimators_")):
        raise AttributeError("This needs the networks of the folds, which are kept with ensemble=True.")
    return True
