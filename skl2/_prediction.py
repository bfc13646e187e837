"""Raw predictions in plain numpy: a few matrix products, nothing to compile."""

from skl2._kernels.activations import ACTIVATIONS


def raw_prediction(X, coefs, intercepts, activation):
    """Return the output before the link, (n_samples, n_outputs), for X (n_samples, n_features)."""
    layer = X
    for coef, intercept in zip(coefs[:-1], intercepts[:-1], strict=True):
        z = layer @ coef
        z += intercept
        layer = ACTIVATIONS[activation].numpy(z)
    z = layer @ coefs[-1]
    z += intercepts[-1]
    return z
