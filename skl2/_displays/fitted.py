"""What the user fitted: the network in it, or the search and what it found."""

from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from skl2._estimators.regularization_path import RegularizationPath


class Found(NamedTuple):
    """What a search found, for each of its candidates."""

    values: dict  # name of a parameter → (n_candidates,) float64
    scores: np.ndarray  # (n_candidates, n_folds)
    best: int  # the candidate chosen
    score_name: str
    is_halved: bool  # whether some were dropped before the end of their training

    @property
    def score_label(self):
        """Return the name of the score, over how many folds it is a mean, and whether all were trained to their end."""
        n_folds = self.scores.shape[1]
        return f"{self.score_name}, {n_folds} fold{'s' if n_folds > 1 else ''}{', halving' if self.is_halved else ''}"


def network_of(estimator):
    """Return the fitted network inside Pipelines, searches and TransformedTargetRegressors."""
    return _find(estimator, "coefs_", "A fitted multilayer perceptron")


def search_of(estimator):
    """Return the fitted search inside Pipelines and TransformedTargetRegressors."""
    return _find(estimator, "cv_results_", "A fitted MLPClassifierCV, MLPRegressorCV or search of scikit-learn")


def found_by(search, names):
    """Return what a search over the parameters `names`, and no others, has Found."""
    results = search.cv_results_
    varied = {key.removeprefix("param_"): values for key, values in results.items() if key.startswith("param_")}
    values = {name.rpartition("__")[2]: values for name, values in varied.items()}  # of a step in a Pipeline
    if values.keys() != names or len(varied) != len(names) or any(map(np.ma.is_masked, values.values())):
        raise ValueError(f"The search must be over {' and '.join(sorted(names))} alone; it is over {sorted(varied)}.")
    if "n_resources" in results:
        raise ValueError(
            "A halving search of scikit-learn scores its candidates after trainings that cannot be compared. Take "
            f"GridSearchCV, or MLPClassifierCV and MLPRegressorCV with strategy='halving'; got {search!r}."
        )
    metric = search.refit if getattr(search, "multimetric_", False) else "score"
    if not isinstance(metric, str):
        raise ValueError(f"Of several metrics, refit must name the one to draw; got refit={metric!r}.")
    scores = [results[f"split{split}_test_{metric}"] for split in range(search.n_splits_)]
    if not all(isinstance(value, Real) for part in values.values() for value in part):
        raise ValueError("λ has one axis of the picture, and here it differs by layer: search over numbers for alpha.")
    values = {name: np.asarray(values[name], np.float64) for name in values}
    is_halved = bool(np.ptp(results.get("stage", 1)) > 0)
    return Found(values, np.stack(scores, axis=1), int(search.best_index_), _name_score(search, metric), is_halved)


def check_any(path):
    """Raise ValueError if there is no network in a path."""
    if np.all(path.status == "diverged"):
        what = "training diverged at every alpha" if len(path) else "the path is empty"
        raise ValueError(f"There is no network to draw: {what}.")


def check_path(path):
    """Raise TypeError or ValueError unless this is a path with a network in it."""
    if not isinstance(path, RegularizationPath):
        raise TypeError(f"path must be what MLPClassifier.path or MLPRegressor.path returned; got {path!r}.")
    check_any(path)


def score_path(path, X, y):
    """Return the scores of a path (n_alphas,), or None without samples to score on."""
    check_path(path)
    if (X is None) != (y is None):
        given, missing = ("y", "X") if X is None else ("X", "y")
        raise ValueError(f"{given} is provided, but {missing} was not provided: a score needs both.")
    return None if X is None else path.score(X, y)


def _name_score(search, metric):
    if metric == "score":
        metric = search.scoring
    if metric is None:
        return "accuracy" if is_classifier(search) else "R²"
    return metric.replace("_", " ") if isinstance(metric, str) else "score"


def _find(estimator, attribute, kind):
    outer = estimator
    while not hasattr(estimator, attribute):
        check_is_fitted(estimator)
        inner = [getattr(estimator, name) for name in ("best_estimator_", "regressor_") if hasattr(estimator, name)]
        inner += [step for _, step in getattr(estimator, "steps", [])[-1:]]  # of a Pipeline
        if not inner:
            raise ValueError(f"{kind} is needed, or a Pipeline that ends with one; got {outer!r}.")
        estimator = inner[0]
    return estimator
