"""The flat vector and its layers."""

import numpy as np
import pytest

from skl2._kernels.activations import ACTIVATIONS
from skl2._training.parameters import count_coefs, draw_initial, layer_views, norm, pack

SIZES = np.array([3, 4, 2])


def test_layers_are_views_in_order():
    """params = [W₁ | W₂ ‖ b₁ | b₂], and writing to a layer writes to params."""
    params = np.arange(26.0)
    coefs, intercepts = layer_views(params, SIZES)
    assert [layer.shape for layer in coefs + intercepts] == [(3, 4), (4, 2), (4,), (2,)]
    assert coefs[1][0, 0] == 12 == 3 * 4
    assert intercepts[0][0] == 20 == count_coefs(SIZES)
    intercepts[1][1] = -1
    assert params[25] == -1


def test_pack_undoes_layer_views():
    """Packing the layers gives the vector again, as a copy."""
    params = np.random.default_rng(0).standard_normal(26)
    packed = pack(*layer_views(params, SIZES))
    np.testing.assert_array_equal(packed, params)
    assert not np.shares_memory(packed, params)


@pytest.mark.parametrize("initial", {row.initial.__name__: row.initial for row in ACTIVATIONS.values()}.values())
def test_initial_weights_fill_their_interval(initial):
    """Each layer is uniform in ±initial(fan_in, fan_out), the same for equal seeds."""
    sizes = np.array([50, 40, 30])
    params = draw_initial(sizes, initial, np.random.RandomState(0))
    for coef in layer_views(params, sizes)[0]:
        bound = initial(*coef.shape)
        assert 0.98 * bound < np.abs(coef).max() <= bound
        assert abs(coef.mean()) < 0.05 * bound
    np.testing.assert_array_equal(params, draw_initial(sizes, initial, np.random.RandomState(0)))


def test_norm_is_euclidean_in_double_precision():
    """norm is math.hypot of the values, also where their squares leave the range of float32."""
    values = np.array([3e25, -4e25, 12e25], np.float32)
    assert norm(values) == pytest.approx(13e25, rel=1e-6)
    assert norm(1e-40 * np.array([3.0, 4.0])) == pytest.approx(5e-40)
    assert isinstance(norm(values), float)
