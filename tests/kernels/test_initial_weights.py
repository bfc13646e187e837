"""The variances of initial weights."""

import pytest

from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.initial_weights import glorot, glorot_logistic, he, lecun

VARIANCES = {glorot: 2 / 80, glorot_logistic: 2 / 80 / 3, he: 2 / 50, lecun: 1 / 50}  # for 50 inputs and 30 outputs


@pytest.mark.parametrize("initial", VARIANCES, ids=lambda initial: initial.__name__)
def test_variance(initial):
    """The uniform distribution on [-r, r] has the variance of the paper."""
    assert initial(50, 30) ** 2 / 3 == pytest.approx(VARIANCES[initial], rel=1e-15)


def test_every_activation_has_one_of_them():
    """So no row is left out above."""
    assert {row.initial for row in ACTIVATIONS.values()} == VARIANCES.keys()
