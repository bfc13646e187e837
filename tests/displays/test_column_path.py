"""Norms of columns against λ are drawn as they are, the columns that stay longest by name."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from skl2 import ColumnPathDisplay, MLPRegressor

RANDOM = np.random.default_rng(0)
X = pd.DataFrame(RANDOM.standard_normal((60, 5)), columns=list("abcde"))
Y = (X["b"] - 0.5 * X["d"]).to_numpy()
SETTINGS = {"hidden_layer_sizes": (3,), "penalty": "group_l1", "learning_rate": "cosine", "batch_size": 20}
SETTINGS |= {"learning_rate_init": 0.05, "max_iter": 30, "n_iter_no_change": np.inf, "random_state": 0}


@pytest.fixture(scope="module")
def path():
    """A path from all columns to none."""
    return MLPRegressor(**SETTINGS).path(X, Y, alphas=8, continued=True)


def names_in_legend(display):
    """The texts of the legend."""
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_lines_are_the_norms(path):
    """Each column has a line over all λ, in the order of X."""
    display = ColumnPathDisplay.from_path(path)
    assert len(display.lines_) == 5
    for line, norms in zip(display.lines_, path.column_norms.T, strict=True):
        assert_allclose(line.get_xdata(), path.alphas)
        assert_allclose(line.get_ydata(), norms)
    assert display.figure_ is display.ax_.figure
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("λ (alpha)", "‖weights of a column‖")


def test_those_that_stay_longest_have_names(path):
    """The legend names the columns with the largest λ at which they are not zero, and n_named of them."""
    assert set(names_in_legend(ColumnPathDisplay.from_path(path, n_named=2))) == {"b", "d"}
    of_array = MLPRegressor(**SETTINGS).path(X.to_numpy(), Y, alphas=4, continued=True)
    assert set(names_in_legend(ColumnPathDisplay.from_path(of_array, n_named=2))) == {"x1", "x3"}
    assert ColumnPathDisplay.from_path(path, n_named=0).ax_.get_legend() is None


def test_alphas_in_any_order_on_given_axes():
    """Numbers come from anywhere, sorted by λ, with a style of one's own, on Axes of one's own."""
    _, ax = plt.subplots()
    display = ColumnPathDisplay([1.0, 0.0], [[0.0, 2.0], [3.0, 4.0]], names=["p", "q"])
    assert display.plot(ax, line_kw={"lw": 3}) is display
    assert display.ax_ is ax
    assert [line.get_ydata().tolist() for line in display.lines_] == [[3.0, 0.0], [4.0, 2.0]]
    assert {line.get_linewidth() for line in display.lines_} == {3}
    assert names_in_legend(display) == ["p", "q"] or names_in_legend(display) == ["q", "p"]


def test_what_is_no_path_is_refused():
    """Anything else than a path with a network is an error."""
    with pytest.raises(TypeError, match="path must be what"):
        ColumnPathDisplay.from_path([1, 2])
