"""Samples: what is no error and no warning."""

import os

import numpy as np
import pytest

from skl2 import MLPClassifier


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="uncompiled kernels warn as numpy does")
def test_large_numbers_of_both_signs_are_no_warning():
    """X of numbers near the bounds of float32, whose sum is ∞ - ∞, says nothing before training does."""
    X = np.resize(np.float32([3e38, -3e38]), (64, 4))
    y = np.arange(64) % 2
    with pytest.raises(ValueError, match="Training diverged"):
        MLPClassifier((4,), batch_size=10, max_iter=6, learning_rate_init=0.05, random_state=0, optimizer="sgd").fit(
            np.asfortranarray(X), y
        )
