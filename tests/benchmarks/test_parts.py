"""The benchmark of the parts of a mini-batch: that none is left out."""

import pytest


@pytest.fixture
def parts(load):
    """Return the module."""
    return load("parts")


@pytest.mark.parametrize("name", ["tiny", "iris", "ensemble, 10 inputs"])
def test_a_mini_batch_has_all_its_parts(name, parts):
    """Three products for each layer, of the first two; an activation of each, and a derivative of all but the last."""
    workload = parts.WORKLOADS[name]
    n_layers = len(workload.sizes) - 1
    calls = [part for part, *_ in parts.calls_of(workload, "float32")]
    assert calls.count("products") == 3 * n_layers - 1
    assert calls.count("activation") == 2 * n_layers - 1
    assert set(calls) | {"gather"} == set(parts.PARTS)
