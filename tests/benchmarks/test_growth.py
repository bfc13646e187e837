"""The benchmark of growth: what must be computed, moved and kept, against hand computations."""

import pytest


@pytest.fixture
def growth(load):
    """Return the module."""
    return load("growth")


@pytest.fixture
def case(growth):
    """Return a path of ten networks of 3 × (5, 2), with 15 + 10 + 2 = 27 weights and 8 intercepts, and 1000 samples."""
    return growth.Case(10, growth.Workload(1000, 3, (5, 2), 100, "relu", 1), 10)


def test_least_time_of_products(growth, case):
    """All layers have three products but the first, which has two: 66 multiply-adds for a sample and network."""
    assert growth.least_seconds(case, growth.Machine(1e6, 1e99), 4) == pytest.approx(0.66)


def test_least_time_of_memory(growth, case):
    """Samples come in once; 35 parameters with two moments come in and go out, for each of ten networks."""
    assert growth.least_seconds(case, growth.Machine(1e99, 1000), 4) == pytest.approx(4 * (3000 + 10 * 6 * 35) / 1000)


def test_least_memory(growth, case):
    """Ten networks with moments, a gradient, a mini-batch of 3 features and 8 units forth and back, and an order."""
    assert growth.least_bytes(case, 4) == 4 * (35 * 31 + 100 * (3 + 16)) + 8000


def test_exponents(growth):
    """Twice as much of ten times the value is log₁₀ 2; what is not positive has no slope."""
    points = [growth.Point(value, {}, 0, size, 0) for value, size in ((10, 5.0), (100, 10.0), (1000, 0.0))]
    slopes = [growth.exponent(lambda point: point.bytes, *pair) for pair in zip(points, [None, *points], strict=False)]
    assert slopes == [None, pytest.approx(0.30103, rel=1e-5), None]


@pytest.mark.parametrize("name", ["samples", "features", "hidden", "networks", "layers", "batch size"])
def test_sweeps(growth, name):
    """Values grow, each case bears its own, and none has mini-batches of more samples than there are."""
    make_case, values = growth.SWEEPS[name]
    assert list(values) == sorted(values)
    for value in values:
        case = make_case(value)
        assert case.value == value
        assert case.workload.batch_size <= case.workload.n_samples


@pytest.mark.parametrize("n_features", [1, 2])
def test_samples_of_few_features(growth, n_features):
    """Targets exist where there are fewer features than they have terms."""
    X, y = growth.samples(growth.BASE._replace(n_samples=20, n_features=n_features), "float32")
    assert (X.shape, y.shape, y.dtype) == ((20, n_features), (20,), X.dtype)
