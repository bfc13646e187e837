"""Links: what turns raw predictions (n, n_outputs) into predictions, in place, in numpy: nothing to compile."""

import numpy as np

from skl2._kernels.activations import numpy_identity, numpy_logistic


def numpy_exp(z):
    """z ← exp(z)."""
    return np.exp(z, out=z)


def numpy_softmax(z):
    """z ← exp(z) / Σ exp(z), row by row; z (n, n_classes)."""
    with np.errstate(over="ignore"):  # numbers further apart than the type can say: probabilities of 1 and 0
        z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z


def numpy_sort(z):
    """z ← z in ascending order, row by row: quantiles that do not cross.

    Their loss is not larger than before, sample by sample (Chernozhukov, Fernández-Val & Galichon 2010,
    arXiv:0704.3649).
    """
    z.sort(axis=1)
    return z


LINKS = {  # the name is `out_activation_` of an estimator
    "identity": numpy_identity,
    "exp": numpy_exp,
    "sort": numpy_sort,
    "logistic": numpy_logistic,
    "softmax": numpy_softmax,
}
