"""What the short runs say: which encodings take part, and at which λ."""

from itertools import chain

import numpy as np

from skl2._selection.results import make_cv_results, rank

# Encodings within this share of the best score take turns from fold to fold: networks that differ average well.
TAKES_PART = 0.15


def choose(scores, interpolates=True):
    """Return (numbers of the encodings that take part, place of λ) for scores (n_encodings, n_alphas, n_folds).

    λ is that of the best mean over those encodings, whose scores are compared in units of their best. If it
    `interpolates`, its place may be between two values: where the parabola through the best and its neighbours, in
    log λ, has its top.
    """
    means = scores.mean(axis=2)
    means = np.where(np.isfinite(means), means, -np.inf)
    best = means.max(axis=1)  # (n_encodings,)
    if not np.any(np.isfinite(best)):
        raise ValueError(
            f"No alpha can be chosen: none has finite scores in all folds; mean scores: {scores.mean(axis=2)}."
        )
    unit = max(abs(best.max()), np.finfo(float).tiny)
    used = np.flatnonzero(best >= best.max() - TAKES_PART * unit)
    if not np.any(np.isfinite(means[used]).all(axis=0)):  # each diverges where another does not
        used = used[[best[used].argmax()]]
    relative = (means[used] - best[used, np.newaxis]) / np.maximum(np.abs(best[used, np.newaxis]), np.finfo(float).tiny)
    curve = relative.mean(axis=0)
    return used.tolist(), _top(curve) if interpolates else float(curve.argmax())


def _top(curve):
    """Return the place of the largest value of a curve (n_alphas,), between its points; at an end, the end."""
    best = int(curve.argmax())
    if not 0 < best < curve.size - 1 or not np.isfinite(curve[best - 1 : best + 2]).all():
        return float(best)
    left, middle, right = curve[best - 1 : best + 2]
    bend = left - 2 * middle + right
    return float(best + (left - right) / (2 * bend)) if bend < 0 else float(best)


def in_units(outcome, offset, factor):
    """Return an Outcome with scores in another unit."""
    return outcome._replace(score=offset + factor * outcome.score)


def combine_results(outcome, n_compared, grid, encoders):
    """Return cv_results_ with a row for each encoder and λ, from an Outcome (n_alphas, n_encoders · n_folds)."""
    n_folds = outcome.score.shape[1] // len(encoders)
    parts = [
        make_cv_results(type(outcome)(*(field[:, start : start + n_folds] for field in outcome)), n_compared, grid)
        for start in range(0, outcome.score.shape[1], n_folds)
    ]
    names = np.repeat([repr(encoder) for encoder in encoders], len(grid.alphas))
    params = chain.from_iterable(part.pop("params") for part in parts)
    results = {"param_encoder": names}
    results |= {key: np.concatenate([np.asarray(part[key]) for part in parts]) for key in parts[0]}
    results["params"] = [{"encoder": str(name)} | alpha for name, alpha in zip(names, params, strict=True)]
    results["rank_test_score"] = rank(results["mean_test_score"], results["stage"])
    return results
