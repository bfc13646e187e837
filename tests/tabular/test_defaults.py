"""What the size of a table says: bounds, order, and a cost that grows no faster than the rows."""

from itertools import pairwise

import numpy as np
import pytest

from skl2 import MLPClassifier
from skl2._inputs.grid import sum_of_shrinkage
from skl2._tabular.defaults import make_plan, spread_alphas

SIZES = np.unique([*np.geomspace(2, 1e7, 400).astype(int), 100, 101, 49_999, 50_000]).tolist()


@pytest.mark.parametrize(
    ("n_samples", "expected"),
    [
        (1, ((96, 96), 100, 400, "float64", 16, 2, 3)),
        (5, ((96, 96), 100, 400, "float64", 16, 2, 3)),
        (100, ((96, 96), 100, 400, "float64", 16, 6, 3)),
        (200, ((96, 96), 32, 64, "float32", 16, 6, 3)),
        (4_000, ((96, 96), 32, 40, "float32", 16, 6, 3)),
        (20_000, ((96, 96), 32, 20, "float32", 16, 6, 3)),
        (50_000, ((128, 128), 64, 13, "float32", 8, 4, 1)),
        (100_000, ((128, 128), 128, 9, "float32", 8, 4, 1)),
        (10_000_000, ((128, 128), 256, 5, "float32", 8, 4, 1)),
    ],
)
def test_plans(n_samples, expected):
    """The formulas give what the documentation says."""
    assert make_plan(n_samples, 10) == expected


@pytest.mark.parametrize(
    ("n_samples", "n_columns", "n_bins"),
    [
        (1000, 1, 16),
        (1000, 40, 16),
        (1000, 64, 10),
        (1000, 128, 5),
        (1000, 1000, 4),
        (100_000, 30, 8),
        (100_000, 128, 5),
    ],
)
def test_many_columns_have_fewer_bins(n_samples, n_columns, n_bins):
    """All columns together have 640 bins at most, each 4 at least."""
    assert make_plan(n_samples, n_columns).n_bins == n_bins


def test_bounds():
    """All sizes have a plan within the documented bounds, whose folds have a row at least."""
    for n_samples in SIZES:
        plan = make_plan(n_samples, 10)
        assert plan.batch_size in (32, 64, 128, 256) or (n_samples <= 100 and plan.batch_size == 100)
        assert 5 <= plan.max_iter <= 400
        assert plan.max_iter * -(-n_samples // plan.batch_size) >= 400
        assert 2 <= plan.n_folds <= min(6, max(2, n_samples // 2))
        assert plan.dtype == ("float64" if n_samples <= 100 else "float32")


def test_order():
    """More rows never get more epochs, more bins or folds that choose, or fewer units; from 101 on no smaller batch."""
    plans = [make_plan(n_samples, 10) for n_samples in SIZES]
    for fewer, more in pairwise(plans):
        assert more.max_iter <= fewer.max_iter
        assert more.hidden_layer_sizes >= fewer.hidden_layer_sizes
        assert more.n_bins <= fewer.n_bins
        assert more.n_screening_folds <= fewer.n_screening_folds
        assert more.batch_size >= fewer.batch_size or fewer.batch_size == 100


def test_the_cost_is_linear():
    """From 1,000 rows on, rows · epochs · folds never grow faster than the rows."""
    sizes = [size for size in SIZES if size >= 1000]
    costs = np.array([make_plan(size, 10).max_iter * make_plan(size, 10).n_folds for size in sizes])
    assert np.all(np.diff(costs) <= 0)


@pytest.mark.parametrize("n_samples", [5, 4000, 100_000])
def test_networks_that_choose(n_samples):
    """They have two thirds of the units and a quarter of the epochs, rounded up."""
    plan = make_plan(n_samples, 10)._replace(max_iter=9)
    assert plan.screening == {"hidden_layer_sizes": (86, 86) if n_samples > 9999 else (64, 64), "max_iter": 3}
    assert plan._replace(hidden_layer_sizes=(1, 2), max_iter=1).screening == {
        "hidden_layer_sizes": (1, 2),
        "max_iter": 1,
    }


def test_alphas_are_shrinkage():
    """λ Σ_t η_t goes in equal ratios from 0.028 to 0.85 times √steps, with the rates of a cosine."""
    for epochs, rate in [(40, 0.01), (400, 0.001)]:
        estimator = MLPClassifier(
            decay="decoupled", learning_rate="cosine", batch_size=10, max_iter=epochs, learning_rate_init=rate
        )
        n_steps = epochs * 20
        alphas = spread_alphas(5, n_steps, rate)
        shrinkage = alphas * sum_of_shrinkage(estimator, 200) / np.sqrt(n_steps)
        np.testing.assert_allclose(shrinkage, np.geomspace(0.028, 0.85, 5), rtol=0.01)
        assert spread_alphas(1, n_steps, rate) == pytest.approx(alphas[2], rel=1e-12)  # the middle of them


def test_no_step_takes_all():
    """η·λ is 0.5 at most, however few steps there are and whatever the learning rate."""
    for rate in (1e-4, 0.01, 1.0, 100.0):
        assert np.all(rate * spread_alphas(4, 1, rate) <= 0.5)
    assert spread_alphas(1, 400, 0.01).shape == (1,)
