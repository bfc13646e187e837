"""Weights are counted as they are."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.stats import ecdf
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPClassifier as SklearnMLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, WeightDistributionDisplay
from skl2._displays import axes

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((30, 3))
Y = (X[:, 0] > 0).astype(int)
SMALL = {"hidden_layer_sizes": (3, 2), "batch_size": 10, "max_iter": 3, "random_state": 0}
WEIGHTS = {
    "narrow": [RANDOM.normal(0, 0.1, (20, 30)), RANDOM.normal(0, 3, (30, 2))],
    "broad": [RANDOM.normal(0, 1, (20, 30)), RANDOM.normal(0, 0.001, (30, 2))],
}
KINDS = ["histogram", "cumulative"]


def names_in_legend(legend):
    """The texts of a legend."""
    return [text.get_text() for text in legend.get_texts()]


def test_the_constructor_keeps_what_it_gets():
    """The weights are an attribute, the same object, and nothing else is."""
    display = WeightDistributionDisplay(WEIGHTS)
    assert vars(display) == {"weights": WEIGHTS}
    assert display.weights is WEIGHTS


def test_densities():
    """The densities integrate to one over each layer's weights, and each bar has its share of them."""
    display = WeightDistributionDisplay(WEIGHTS).plot()
    for lines, layers in zip(display.lines_, WEIGHTS.values(), strict=True):
        assert len(lines) == len(layers) == len(display.ax_)
        for line, ax, weights in zip(lines, display.ax_, layers, strict=True):
            density, edges, _ = line.get_data()
            assert line.axes is ax
            assert np.sum(density * np.diff(edges)) == pytest.approx(1)
            middle = (edges[30] < weights) & (weights < edges[31])
            assert density[30] * (edges[31] - edges[30]) == pytest.approx(np.mean(middle))
            np.testing.assert_allclose(np.diff(edges), edges[1] - edges[0])


def test_bins_of_a_histogram():
    """Networks share the bins of a layer: as many below 0 as above, one around 0, and they hold every weight."""
    display = WeightDistributionDisplay(WEIGHTS).plot()
    for layer in range(2):
        edges = [lines[layer].get_data()[1] for lines in display.lines_]
        np.testing.assert_array_equal(*edges)
        np.testing.assert_allclose(edges[0], -edges[0][::-1])
        assert len(edges[0]) % 2 == 0
        largest = max(np.abs(layers[layer]).max() for layers in WEIGHTS.values())
        assert edges[0][-1] == pytest.approx(largest)


def test_the_cumulative_curve():
    """It is the empirical distribution of the sizes."""
    display = WeightDistributionDisplay(WEIGHTS).plot(kind="cumulative")
    for lines, layers in zip(display.lines_, WEIGHTS.values(), strict=True):
        for line, weights in zip(lines, layers, strict=True):
            expected = ecdf(np.abs(weights).ravel()).cdf
            np.testing.assert_array_equal(line.get_xdata(), expected.quantiles)
            np.testing.assert_allclose(line.get_ydata(), expected.probabilities)
            assert line.get_marker() == ""


def test_labels():
    """Each panel says which layer it is of, x what it measures, and y of the first what the curves are."""
    for kind, x, y in (
        ("histogram", "weight", "density of weights"),
        ("cumulative", "|W|", "share of weights with size below"),
    ):
        display = WeightDistributionDisplay(WEIGHTS).plot(kind=kind)
        assert [ax.get_title() for ax in display.ax_] == ["layer 1: coefs_[0]", "layer 2: coefs_[1]"]
        assert [ax.get_xlabel() for ax in display.ax_] == [x, x]
        assert [ax.get_ylabel() for ax in display.ax_] == [y, ""]


def test_scales():
    """Densities are on a logarithmic axis, sizes too, also on Axes of the user; shares and weights are not."""
    histogram, cumulative = (WeightDistributionDisplay(WEIGHTS).plot(kind=kind) for kind in KINDS)
    assert {(ax.get_xscale(), ax.get_yscale()) for ax in histogram.ax_} == {("linear", "log")}
    assert {(ax.get_xscale(), ax.get_yscale()) for ax in cumulative.ax_} == {("log", "linear")}
    _, grid = plt.subplots(1, 2)
    assert [ax.get_xscale() for ax in cumulative.plot(grid, kind="cumulative").ax_] == ["log", "log"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_sizes_in_sight(order):
    """x begins at 1/10,000 of the largest weight of the layer with the smallest, and no layer is cut on the right."""
    small, large = np.geomspace(1e-30, 0.02, 50), np.geomspace(1e-30, 7, 50)
    display = WeightDistributionDisplay({"": [small, large][::order]}).plot(kind="cumulative")
    low, high = display.ax_[0].get_xlim()
    assert low == pytest.approx(2e-6)
    assert 7 < high < 10


def test_a_second_display_is_not_cut():
    """What is drawn on the same axes later extends the axis."""
    first = WeightDistributionDisplay({"": [np.array([0.1, 0.2])]}).plot(kind="cumulative")
    WeightDistributionDisplay({"": [np.array([10.0, 20.0])]}).plot(first.ax_, kind="cumulative")
    low, high = first.ax_[0].get_xlim()
    assert low <= 0.1
    assert high > 20


@pytest.mark.parametrize("kind", KINDS)
def test_weights_that_are_zero(kind):
    """A layer that decay has brought to 0 is drawn without a warning, beside one that it has not."""
    for weights in ([np.zeros((2, 2))], [np.zeros((2, 2)), np.ones((2, 1))]):
        display = WeightDistributionDisplay({"": weights}).plot(kind=kind)
        display.figure_.canvas.draw()
        if kind == "histogram":
            density, edges, _ = display.lines_[0][0].get_data()
            assert np.sum(density * np.diff(edges)) == pytest.approx(1)


def test_styles_of_networks():
    """Each of 40 networks has its own pair of colour and line style, the same in all panels; the first is solid."""
    weights = {str(number): [np.eye(2), np.ones((2, 1))] for number in range(40)}
    display = WeightDistributionDisplay(weights).plot()
    styles = [[(line.get_edgecolor(), str(line.get_linestyle())) for line in lines] for lines in display.lines_]
    assert all(first == second for first, second in styles)
    assert len({first for first, _ in styles}) == 40
    lines = WeightDistributionDisplay(weights).plot(kind="cumulative").lines_
    for display_lines in (display.lines_, lines):
        assert [line.get_linestyle() for line in display_lines[0]] == ["-", "-"]
    assert [each[1].get_color() for each in lines[:7]] == list(axes.COLORS)


@pytest.mark.parametrize("kind", KINDS)
def test_line_kw(kind):
    """line_kw reaches every curve, also by short names, and is stronger than the display."""
    display = WeightDistributionDisplay(WEIGHTS).plot(kind=kind, line_kw={"lw": 5, "ls": ":", "color": "k"})
    lines = [line for lines in display.lines_ for line in lines]
    assert {line.get_linewidth() for line in lines} == {5}
    assert {line.get_linestyle() for line in lines} == {":"}


@pytest.mark.parametrize("kind", KINDS)
def test_legends(kind):
    """Names stand above the panels of a new figure, in the last panel of the user's axes, and nowhere without names."""
    display = WeightDistributionDisplay(WEIGHTS).plot(kind=kind)
    (legend,) = display.figure_.legends
    assert names_in_legend(legend) == list(WEIGHTS)
    assert not any(ax.get_legend() for ax in display.ax_)
    _, grid = plt.subplots(1, 2)
    display.plot(grid, kind=kind)
    assert not display.figure_.legends
    assert grid[0].get_legend() is None
    assert names_in_legend(grid[1].get_legend()) == list(WEIGHTS)
    unnamed = WeightDistributionDisplay({"": [np.eye(2)]}).plot(kind=kind)
    assert not unnamed.figure_.legends
    assert unnamed.ax_[0].get_legend() is None


@pytest.mark.parametrize(("n_networks", "length"), [(30, 4), (5, 60), (2, 83)])
def test_the_legend_fits(n_networks, length):
    """The legend is no broader than the figure, which grows by its height, so that the panels keep theirs."""
    weights = {f"{number}".rjust(length, "a"): [np.eye(2), np.eye(2)] for number in range(n_networks)}
    figures = [WeightDistributionDisplay(each).plot().figure_ for each in ({"": [np.eye(2), np.eye(2)]}, weights)]
    heights = []
    for figure in figures:
        figure.canvas.draw()
        heights.append(figure.axes[0].get_window_extent().height)
    box = figures[1].legends[0].get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figures[1].bbox.width
    assert heights[1] > 0.75 * heights[0]


def test_weights_of_a_network():
    """The weights are those of coefs_, of a network alone, in a search, in a Pipeline, and of scikit-learn's."""
    network = MLPClassifier(**SMALL).fit(X, Y)
    search = MLPClassifierCV([0, 1], cv=2, **SMALL).fit(X, Y)
    pipeline = make_pipeline(StandardScaler(), SklearnMLPClassifier(**SMALL)).fit(X, Y)
    for estimator, coefs in ((network, network.coefs_), (search, search.coefs_), (pipeline, pipeline[-1].coefs_)):
        display = WeightDistributionDisplay.from_estimator(estimator, kind="cumulative")
        assert len(display.ax_) == 3
        assert list(display.weights) == [""]
        for line, coef in zip(display.lines_[0], coefs, strict=True):
            np.testing.assert_array_equal(line.get_xdata(), np.sort(np.abs(coef), axis=None))


def test_several_networks():
    """Networks in a dict have its names, in its order; kind, axes and line_kw reach the picture."""
    networks = {name: MLPRegressor(**SMALL, alpha=alpha).fit(X, Y) for name, alpha in (("b", 0), ("a", 1))}
    _, grid = plt.subplots(3, 1)
    display = WeightDistributionDisplay.from_estimator(networks, kind="cumulative", ax=grid, line_kw={"linewidth": 3})
    assert list(display.weights) == ["b", "a"]
    assert list(display.ax_) == list(grid)
    assert display.lines_[1][2].get_linewidth() == 3
    assert np.size(display.lines_[1][2].get_xdata()) == networks["a"].coefs_[2].size
    assert WeightDistributionDisplay.from_estimator(networks).ax_[0].get_xlabel() == "weight"
    assert list(WeightDistributionDisplay.from_estimator({0.1: networks["a"]}).weights) == ["0.1"]


def test_networks_of_a_path():
    """They are named by their λ, of as many digits as tell them apart."""
    path = MLPRegressor(**SMALL).path(X, Y, [0, 0.12345, 0.12346, 1000])
    display = WeightDistributionDisplay.from_estimator(path)
    assert list(display.weights) == ["λ = 0", "λ = 0.12345", "λ = 0.12346", "λ = 1000"]
    for network, layers in zip(path, display.weights.values(), strict=True):
        np.testing.assert_array_equal(layers[1], network.coefs_[1])


@pytest.mark.filterwarnings("ignore:.*diverged")
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
def test_a_path_with_a_network_that_diverged():
    """It is left out, and the others keep their names."""
    settings = SMALL | {"optimizer": "sgd", "learning_rate_init": 0.1, "max_iter": 30}
    path = MLPRegressor(**settings).path(X, Y, [0, 1e9, 0.5])
    assert path.status[1] == "diverged"
    assert list(WeightDistributionDisplay.from_estimator(path).weights) == ["λ = 0", "λ = 0.5"]


def test_errors():
    """Errors say what was given and what is possible, and nothing is drawn."""
    display = WeightDistributionDisplay(WEIGHTS)
    with pytest.raises(ValueError, match=r"kind must be one of \['histogram', 'cumulative'\]; got 'violin'"):
        display.plot(kind="violin")
    for weights, depths in (({"a": [np.eye(2)], "b": [np.eye(2)] * 3}, r"\[1, 3\]"), ({}, r"\[\]")):
        with pytest.raises(ValueError, match=f"need the same number of layers, at least 1; got {depths}"):
            WeightDistributionDisplay(weights).plot()
    with pytest.raises(ValueError, match="There is no network to draw: the path is empty"):
        WeightDistributionDisplay.from_estimator(MLPRegressor(**SMALL).path(X, Y, [0])[:0])
    with pytest.raises(NotFittedError):
        WeightDistributionDisplay.from_estimator({"a": MLPClassifier()})
    with pytest.raises(ValueError, match="A fitted multilayer perceptron is needed"):
        WeightDistributionDisplay.from_estimator(StandardScaler().fit(X))
    assert not plt.get_fignums()


def test_the_cycle_of_styles():
    """Colours and line styles repeat after different numbers, so that their pairs repeat late."""
    assert np.lcm(len(axes.COLORS), 1 + len(axes.LAYER_STYLES)) == len(axes.COLORS) * (1 + len(axes.LAYER_STYLES))
