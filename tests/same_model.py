"""What it means that two calls leave the same model."""

import numpy as np


def assert_same_model(a, b):
    """Both have bit-identical weights and the same history."""
    for ours, theirs in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert a.loss_curve_ == b.loss_curve_
    assert a.weight_norm_curve_ == b.weight_norm_curve_
    assert a.t_ == b.t_
