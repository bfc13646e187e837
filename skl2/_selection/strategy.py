"""What the strategies of a search train, and what they go together with."""

import copy
import math

import numpy as np

from skl2._inputs.settings import count_epochs, is_stochastic, resolve_batch_size

LEAST_STEPS = 150  # of a short run, if a long one has as many: with fewer it says little of a long one


def screening_epochs(estimator, n_samples):
    """Return the epochs of short runs that choose λ for long ones: a quarter, and more where they are few steps.

    Each is complete, with a schedule of its own, and λ stays what it is: not the total shrinkage.
    """
    max_iter = count_epochs(estimator)
    epochs = math.ceil(max_iter / 4)
    if is_stochastic(estimator):
        n_batches = math.ceil(n_samples / resolve_batch_size(estimator, n_samples))
        epochs = max(epochs, math.ceil(LEAST_STEPS / n_batches))
    return min(epochs, max_iter)


def shorten(estimator, max_iter):
    """Return a copy of an estimator that trains for max_iter epochs: warm-up and cycles shorten in proportion.

    λ stays what it is, also where it depends on max_iter: `alpha_unit` asks for the epochs of the long run.
    """
    share, copied = max_iter / count_epochs(estimator), copy.copy(estimator)
    if share < 1:
        copied.warmup_epochs, copied.T_0 = share * estimator.warmup_epochs, share * estimator.T_0
    copied.max_iter, copied._epochs_of_alpha = max_iter, count_epochs(estimator)
    return copied


def halving_epochs(n_alphas, max_iter):
    """Return the epochs after which to compare: a tenth of max_iter, on in equal ratios to half of it, and all.

    Two are left for the second half. What λ does shows late: a first comparison at 1/16 chose clearly worse, and one at
    1/5 no better for a quarter more work (measured on digits, breast cancer, wine and diabetes).
    """
    n_halvings = max(0, math.ceil(math.log2(n_alphas)) - 1)
    epochs = np.ceil(np.geomspace(max_iter / 2, max_iter / 10, n_halvings)).astype(int)
    return sorted({*epochs.tolist(), max_iter})


def check_combinations(search):
    """Raise ValueError where parameters of a search are fine one by one and not together."""
    if not search.ensemble and (search.store_predictions or getattr(search, "calibrate", False)):
        name = "store_predictions" if search.store_predictions else "calibrate"
        raise ValueError(
            f"{name}=True is for what networks of the folds predict, and without ensemble=True they are not kept. "
            f"Write ensemble=True, or {name}=False."
        )
    if search.continued and search.strategy != "full":
        raise ValueError(
            "continued=True trains each network to its end before the next: strategy='full'; got "
            f"strategy={search.strategy!r}."
        )
    if search.strategy != "halving":
        return
    if search.relaxed:
        raise ValueError(
            "relaxed=True counts what networks are worth once they are trained anew, and strategy='halving' drops them "
            "before. Take strategy='full' or 'screening', or relaxed=False."
        )
    if search.rule == "one_se":
        raise ValueError(
            "rule='one_se' compares networks that have all been trained to their end: strategy='full'; got "
            "strategy='halving'."
        )
    if search.optimizer == "lbfgs":
        raise ValueError(
            "strategy='halving' drops values of alpha after some epochs, and optimizer='lbfgs' cannot pause. Take "
            "strategy='full', or optimizer='adam' or 'sgd'."
        )
