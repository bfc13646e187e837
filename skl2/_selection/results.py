"""What a search found, under the keys of GridSearchCV, and which λ it chooses."""

import numpy as np


def make_cv_results(outcome, n_compared, grid):
    """Return cv_results_ for the Outcome (n_alphas, n_folds) of the last of n_compared (n_alphas,) comparisons."""
    alphas, scores = grid.alphas, outcome.score
    results = {}
    for name, times in (("fit", outcome.fit_time), ("score", outcome.score_time)):
        results[f"mean_{name}_time"], results[f"std_{name}_time"] = times.mean(axis=1), times.std(axis=1)
    results["param_alpha"] = np.ma.masked_array(alphas.copy(), mask=np.zeros(alphas.size, bool))
    results["params"] = [{"alpha": alpha} for alpha in alphas.tolist()]
    results |= {f"split{split}_test_score": scores[:, split].copy() for split in range(scores.shape[1])}
    means = mean_over_folds(scores)
    results["mean_test_score"] = means
    with np.errstate(all="ignore"):  # of scores that are not finite
        results["std_test_score"] = np.sqrt(np.average((scores - means[:, np.newaxis]) ** 2, axis=1))
    results["rank_test_score"] = rank(means, n_compared)
    results["mean_n_iter"] = outcome.n_iter.mean(axis=1)
    with np.errstate(over="ignore"):  # of weights that are about to diverge
        results["mean_weight_norm"] = np.sqrt(np.sum(outcome.layer_norms**2, axis=2)).mean(axis=1)
    for layer, norms in enumerate(np.moveaxis(outcome.layer_norms, 2, 0), start=1):  # as in W₁, W₂, …
        results[f"mean_weight_norm_layer{layer}"] = norms.mean(axis=1)
    results["stage"] = n_compared
    if grid.total_rate is not None:
        results["total_shrinkage"] = alphas * grid.total_rate
    return results


def choose(results, rule):
    """Return the number of the λ that `rule` chooses."""
    best = int(np.argmin(results["rank_test_score"]))
    if rule == "best":
        return best
    return within_one_standard_error(np.asarray(results["param_alpha"]), scores_of_folds(results), best)


def scores_of_folds(results):
    """Return the scores (n_alphas, n_folds) in cv_results_."""
    return np.stack([value for key, value in results.items() if key.startswith("split")], axis=1)


def within_one_standard_error(alphas, scores, best):
    """Return the number of the largest λ whose mean score is within one standard error of the best.

    scores (n_alphas, n_folds).
    """
    means = mean_over_folds(scores)
    good = means >= means[best] - standard_error(scores[best])
    good[best] = True  # whatever rounding says
    return int(np.argmax(np.where(good, alphas, -np.inf)))


def standard_error(scores):
    """Return the standard error of the mean over the last axis, the folds."""
    with np.errstate(over="ignore", invalid="ignore"):  # of networks that are about to diverge, or did
        return scores.std(axis=-1, ddof=1) / np.sqrt(scores.shape[-1])


def mean_and_error(scores):
    """Return the mean of the scores of the folds (n_folds,) and its standard error, NaN of one fold."""
    return float(np.average(scores)), float(standard_error(scores)) if scores.size > 1 else np.nan


def mean_over_folds(scores):
    """Return the means of scores (n_alphas, n_folds), to the last bit as GridSearchCV; -∞ where the sum overflows."""
    with np.errstate(over="ignore", invalid="ignore"):  # of networks that are about to diverge, or did
        return np.average(scores, axis=1)


def rank(means, last_compared):
    """Return ranks from 1, ties at their smallest: those compared later are better, then those with higher means."""
    means = np.nan_to_num(means, nan=-np.inf)
    later = last_compared > last_compared[:, np.newaxis]
    level = last_compared == last_compared[:, np.newaxis]
    return 1 + np.sum(later | (level & (means > means[:, np.newaxis])), axis=1).astype(np.int32)
