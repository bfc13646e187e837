"""What training leaves to the user: the attributes of a fitted estimator."""

import copy

import numpy as np

from skl2._estimators.continuation import remember
from skl2._inputs.strengths import is_per_layer
from skl2._training.engine import kept
from skl2._training.parameters import layer_views


def fitted_attributes(estimator, task, training, row=0, continues=False, incremental=False):
    """Return what fit sets if training ends now; an estimator that `continues` has a history already."""
    sizes, progress = task.network.sizes, training.progress[row]
    coefs, intercepts = layer_views(progress.result(kept(training.rows)[row]), sizes)
    earlier = vars(estimator) if continues else {}
    best = progress.best_validation
    return {
        "coefs_": coefs,
        "intercepts_": intercepts,
        "n_layers_": len(sizes),
        "alpha_": _acting_alpha(estimator, training.rows, row),
        "n_iter_": len(progress.loss_curve),
        "t_": progress.n_samples_seen,
        "loss_": progress.loss,
        "loss_curve_": earlier.get("loss_curve_", []) + progress.loss_curve,
        "weight_norm_curve_": earlier.get("weight_norm_curve_", []) + progress.weight_norm_curve,
        "learning_rate_curve_": earlier.get("learning_rate_curve_", []) + progress.learning_rate_curve,
        "best_loss_": None if estimator.early_stopping else float(np.fmin(-progress.best, progress.loss)),
        "validation_scores_": _validation_curve(estimator, earlier, progress, "validation_scores_", "score"),
        "validation_loss_curve_": _validation_curve(estimator, earlier, progress, "validation_loss_curve_", "loss"),
        "best_validation_score_": best.score if best else None,
        "_optimizer_memory": remember(estimator, task, training, row, incremental),
    }


def _acting_alpha(estimator, rows, row):
    per_layer = rows.l2[row] + rows.decay[row] + rows.l1[row]  # for each layer one of them, or none
    per_layer[0] += rows.group[row]
    return per_layer if is_per_layer(estimator.alpha) else float(per_layer[0])


def _validation_curve(estimator, earlier, progress, name, part):
    """Return a number for each epoch, NaN for those that had no validation, or None if none had one."""
    curve = earlier.get(name) or []
    if not curve and not estimator.early_stopping:
        return None
    before = [np.nan] * (len(earlier.get("loss_curve_", [])) - len(curve))
    validations = [getattr(validation, part) for validation in progress.validations]
    return before + curve + (validations or [np.nan] * len(progress.loss_curve))


def fitted_names(estimator):
    """Return the names of what fit has set for users."""
    return [name for name in vars(estimator) if name.endswith("_") and not name.startswith("_")]


def forget_fitted(estimator):
    """Drop what an earlier fit, of other settings or samples, has set for users."""
    for name in fitted_names(estimator):
        delattr(estimator, name)


def with_fitted(estimator, alpha, attributes):
    """Return a copy of an estimator that knows its classes and features, fitted at alpha."""
    fitted = copy.copy(estimator)
    fitted.alpha = alpha
    fitted.random_state = copy.deepcopy(estimator.random_state)  # a generator of its own
    vars(fitted).update(attributes)
    return fitted
