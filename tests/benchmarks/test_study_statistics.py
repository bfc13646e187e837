"""The statistics of the study of decoupled decay and L2: intervals and choices, against hand computations."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def statistics(load):
    """Return the module."""
    return load("_study_statistics")


def curve(**columns):
    """Return rows of one data set, optimizer, seed and mechanism."""
    constant = {"data": "a", "optimizer": "adam", "seed": 0, "mechanism": "l2", "rate": 0.1, "on_grid": 1}
    return pd.DataFrame(columns).assign(**constant)


def test_corrected_interval(statistics):
    """The half width is Nadeau and Bengio's t · s · √(1/J + n_test/n_train), and without overlap the usual one."""
    differences = np.array([1.0, 2.0, 3.0])  # s = 1, and t with 2 degrees of freedom is 4.302653 at 97.5 %
    half = statistics.corrected_half_width(differences, test_share=0.25)
    assert half == pytest.approx(4.302653 * np.sqrt(1 / 3 + 25 / 75), rel=1e-6)
    assert statistics.corrected_half_width(differences, test_share=0) == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)


def test_choice_is_the_best_that_trained(statistics):
    """The choice has the smallest loss in the folds of all that trained everywhere, and of equals the least λ."""
    table = curve(
        alpha=[0.0, 0.1, 1.0, 10.0, 100.0],
        cv_loss=[0.5, 0.4, 0.4, np.nan, 0.3],
        test_loss=[0.5, 0.6, 0.7, 0.1, np.nan],
    )
    choice = statistics.choose(statistics.usable(table))
    assert choice.alpha.tolist() == [0.1]


def test_choice_is_one_row(statistics):
    """A value that the best row lacks stays missing: it is not taken from the next best."""
    table = curve(alpha=[0.0, 0.1], cv_loss=[0.5, 0.4], test_loss=[0.5, 0.6], norm=[3.0, np.nan])
    assert statistics.choose(table).norm.isna().all()


def test_width_counts_decades(statistics):
    """The width is half a decade for each positive λ within one standard error of the best, and 0 is told apart."""
    table = curve(alpha=[0.0, 0.1, 0.316, 1.0], cv_loss=[0.6, 0.5, 0.45, 0.9], cv_loss_error=[0.1] * 4)
    assert statistics.within_one_error(table) == (1.0, False)
    assert statistics.within_one_error(table.assign(cv_loss_error=0.2)) == (1.0, True)


def test_regret_of_a_wrong_alpha(statistics):
    """A λ ten times too large costs what the test loss rises, infinitely much where training diverged."""
    table = curve(
        alpha=[0.0, 0.01, 0.1, 1.0],
        cv_loss=[3.0, 2.0, 1.0, 2.0],
        test_loss=[3.0, 2.5, 2.0, np.nan],
    )
    regrets = statistics.regrets_of_alpha(table, statistics.choose(statistics.usable(table)), [-1, 0, 1])
    np.testing.assert_allclose(regrets.to_numpy(), [[25, 0, np.inf]])
