"""Panels, the axis of λ, and what all displays have in common."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest

from skl2 import (
    LearningRateDecayDisplay,
    LossCurveDisplay,
    MLPRegressor,
    RegularizationPathDisplay,
    WeightDistributionDisplay,
)
from skl2._displays import axes

DISPLAYS = {
    "RegularizationPathDisplay": RegularizationPathDisplay([0.1, 1.0], [0.5, 0.6], weight_norms=[2.0, 1.0]),
    "LossCurveDisplay": LossCurveDisplay([2.0, 1.0], weight_norms=[1.0, 2.0]),
    "WeightDistributionDisplay": WeightDistributionDisplay({"a": [np.eye(2), np.ones((2, 1))]}),
    "LearningRateDecayDisplay": LearningRateDecayDisplay([0.1], [1.0, 2.0], [[0.5, 0.6]]),
}
PANELS = {name: display for name, display in DISPLAYS.items() if name != "LearningRateDecayDisplay"}


def draw_strengths(alphas):
    """Axes on which these λ were drawn."""
    _, ax = plt.subplots()
    ax.plot(alphas, np.arange(len(alphas)))
    axes.scale_strengths(ax)
    return ax


def place(ax, value):
    """Where a value is on x, from 0 at the left to 1 at the right."""
    ax.get_xlim()  # lets matplotlib find the limits that nobody set
    return ax.transAxes.inverted().transform(ax.transData.transform((value, 0)))[0]


def tick_labels(axis):
    """The texts at the ticks that are in sight."""
    axis.figure.canvas.draw()
    low, high = sorted(axis.get_view_interval())
    return [
        label.get_text()
        for label, at in zip(axis.get_ticklabels(), axis.get_ticklocs(), strict=True)
        if low <= at <= high
    ]


@pytest.mark.parametrize("name", DISPLAYS)
def test_without_matplotlib(name, monkeypatch):
    """Without matplotlib a display can be made, and plot says in scikit-learn's words what to install."""
    message = f"{name}.plot requires matplotlib. You can install matplotlib with"
    with monkeypatch.context() as without:
        for module in [each for each in sys.modules if each.startswith("matplotlib")]:
            without.setitem(sys.modules, module, None)
        with pytest.raises(ImportError, match=message):
            DISPLAYS[name].plot()


def test_without_matplotlib_nothing_is_trained(monkeypatch):
    """from_estimator says what to install before it looks at the data, not after a search of minutes."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"RegularizationPathDisplay\.from_estimator requires matplotlib"):
        RegularizationPathDisplay.from_estimator(MLPRegressor(), None, None)


@pytest.mark.parametrize("name", DISPLAYS)
def test_attributes_of_plot(name):
    """ax_ and figure_ are there after plot only, plot returns the display, and the figure is that of the axes."""
    display = type(DISPLAYS[name])(**vars_of_constructor(DISPLAYS[name]))
    assert not any(attribute.endswith("_") for attribute in vars(display))
    assert display.plot() is display
    assert np.ravel(display.ax_)[0].figure is display.figure_ is plt.gcf()


def vars_of_constructor(display):
    """The arguments that a display was made of."""
    return {name: value for name, value in vars(display).items() if not name.endswith("_")}


@pytest.mark.parametrize("name", PANELS)
def test_one_new_figure(name):
    """ax=None makes one figure, with a panel for each thing to show, all on one axis of x."""
    display = PANELS[name].plot()
    assert plt.get_fignums() == [display.figure_.number]
    assert list(display.ax_) == display.figure_.axes
    assert len(display.ax_) == 2
    assert display.ax_[0].get_shared_x_axes().joined(*display.ax_)


def test_panels_beside_each_other():
    """Layers stand beside each other, on common axes; other panels below each other, each with its own y."""
    layers, path = (PANELS[name].plot() for name in ("WeightDistributionDisplay", "RegularizationPathDisplay"))
    left, right = (panel.get_position() for panel in layers.ax_)
    upper, lower = (panel.get_position() for panel in path.ax_)
    assert left.y0 == right.y0
    assert left.x1 < right.x0
    assert layers.ax_[0].get_shared_y_axes().joined(*layers.ax_)
    assert upper.x0 == lower.x0
    assert upper.y0 > lower.y1
    assert not path.ax_[0].get_shared_y_axes().joined(*path.ax_)


def test_figures_grow_with_their_panels():
    """Each panel has the same room, however many there are."""
    few, many = (WeightDistributionDisplay({"": [np.eye(2)] * depth}).plot().figure_ for depth in (1, 6))
    assert few.get_figwidth() == axes.WIDTH < many.get_figwidth()
    assert few.get_figheight() == many.get_figheight()
    few, many = (
        LossCurveDisplay([1, 2], **{"weight_norms": [1, 2]} | more).plot().figure_
        for more in ({}, {"learning_rates": [1, 2], "validation_scores": [1, 2]})
    )
    assert many.get_figheight() - few.get_figheight() == pytest.approx(4)
    assert few.get_figwidth() == many.get_figwidth() == axes.WIDTH


@pytest.mark.parametrize("name", PANELS)
def test_given_axes(name):
    """Axes as an array of any shape, a list or alone are drawn on in their order; alone, only the first panel."""
    display = PANELS[name]
    figure, grid = plt.subplots(2, 1)
    for given in (grid, grid[:, np.newaxis], list(grid)):
        assert list(display.plot(given).ax_) == list(grid)
        assert display.figure_ is figure
    figure, ax = plt.subplots()
    assert list(display.plot(ax).ax_) == [ax]
    assert len(figure.axes) == 1
    assert ax.has_data()
    assert len(plt.get_fignums()) == 2


@pytest.mark.parametrize("name", PANELS)
def test_wrong_number_of_axes(name):
    """Another number of axes is an error that says what was given and what is possible, before anything is drawn."""
    _, grid = plt.subplots(3, 1)
    message = f"{name} draws 2 panel\\(s\\) here: ax must be None, one Axes for the first panel, or 2 Axes; got 3"
    with pytest.raises(ValueError, match=message):
        PANELS[name].plot(grid)
    assert not any(ax.has_data() for ax in grid)


@pytest.mark.parametrize("name", ["RegularizationPathDisplay", "LossCurveDisplay"])
def test_short_names_of_line_properties(name):
    """Short names of matplotlib act like long ones on every curve, and the user's dict stays as it is."""
    line_kw = {"c": "red", "ls": "-.", "lw": 3, "marker": "*"}
    display = DISPLAYS[name].plot(line_kw=line_kw)
    assert line_kw == {"c": "red", "ls": "-.", "lw": 3, "marker": "*"}
    assert [line.get_color() for line in display.lines_] == ["red"] * 2
    assert [line.get_linestyle() for line in display.lines_] == ["-."] * 2
    assert [line.get_linewidth() for line in display.lines_] == [3] * 2
    assert [line.get_marker() for line in display.lines_] == ["*"] * 2


@pytest.mark.parametrize("name", ["RegularizationPathDisplay", "LossCurveDisplay"])
def test_colours_of_each_display(name):
    """On the same axes each display has another colour, in all its panels; they can be told apart on any ground."""
    display = DISPLAYS[name].plot()
    colors = [[line.get_color() for line in display.lines_]]
    for _ in range(6):
        colors.append([line.get_color() for line in display.plot(display.ax_).lines_])
    assert colors == [[color] * 2 for color in axes.COLORS]
    assert len(set(axes.COLORS)) == len(axes.COLORS)
    assert not set(axes.COLORS) & {"#000000", "#ffffff"}


def test_a_positive_axis_is_logarithmic():
    """Without λ = 0 equal ratios have equal distance, and all that was drawn is in sight with a small margin."""
    ax = draw_strengths([1.0, 0.01, 100.0])
    assert ax.get_xscale() == "log"
    assert place(ax, 1) == pytest.approx(0.5)
    assert place(ax, 0.01) == pytest.approx(0.04 / 1.08)
    assert place(ax, 100) == pytest.approx(1.04 / 1.08)


def test_zero_has_a_place_on_the_axis():
    """0 stands one decade left of the smallest λ; no tick lies between, and the axis is logarithmic beyond."""
    ax = draw_strengths([1.0, 0.0, 0.01, 100.0])
    decade = place(ax, 1) - place(ax, 0.1)
    assert place(ax, 100) - place(ax, 10) == pytest.approx(decade)
    assert place(ax, 0.01) - place(ax, 0) == pytest.approx(decade, rel=0.2)
    assert 0 < place(ax, 0) < place(ax, 100) < 1
    np.testing.assert_allclose(ax.get_xticks(), [0, 0.01, 0.1, 1, 10, 100])
    assert not len(ax.get_xticks(minor=True))
    assert tick_labels(ax.xaxis)[:2] == ["$\\mathdefault{0}$", "$\\mathdefault{10^{-2}}$"]


def test_decades_within_what_was_drawn():
    """Beside 0 ticks are the powers of ten between the smallest and the largest λ, not all where there are many."""
    np.testing.assert_allclose(draw_strengths([0, 0.02, 0.1, 50]).get_xticks(), [0, 0.1, 1, 10])
    np.testing.assert_allclose(draw_strengths([0, 1e-4, 1e4]).get_xticks(), [0, *10.0 ** np.arange(-4, 5)])
    np.testing.assert_allclose(draw_strengths([0, 1e-4, 1e5]).get_xticks(), [0, *10.0 ** np.arange(-4, 5, 2)])
    np.testing.assert_allclose(draw_strengths([0, 1e-9, 1e10]).get_xticks(), [0, *10.0 ** np.arange(-9, 11, 3)])


@pytest.mark.parametrize(
    ("alphas", "labels"),
    [
        ([0, 0.003, 0.005, 0.008], ["0", "0.003", "0.008"]),
        ([0, 0.003, 0.05], ["0", "0.003", "0.05"]),
        ([0, 0.003, 0.0031], ["0", "0.003"]),
        ([0, 0.01234567], ["0", "0.0123"]),
        ([0, 1], ["0", "1"]),
    ],
)
def test_a_narrow_axis_has_ticks(alphas, labels):
    """Where there are not two powers of ten beside 0, the smallest and the largest λ have ticks."""
    ax = draw_strengths(alphas)
    assert tick_labels(ax.xaxis) == labels
    assert all(0 < place(ax, alpha) < 1 for alpha in alphas)


@pytest.mark.parametrize("alpha", [0.13, 1e-12, 7e5])
def test_one_strength_alone(alpha):
    """One λ stands in the middle of a logarithmic axis with ticks that are named."""
    ax = draw_strengths([alpha])
    assert place(ax, alpha) == pytest.approx(0.5)
    assert any(tick_labels(ax.xaxis)) or any(label.get_text() for label in ax.get_xticklabels(minor=True))


def test_zero_alone():
    """Where λ = 0 is all there is, the axis is linear, with 0 in the middle and no tick beside it."""
    ax = draw_strengths([0.0])
    assert ax.get_xscale() == "linear"
    assert place(ax, 0) == pytest.approx(0.5)
    assert ax.get_xticks().tolist() == [0]
    ax.plot([0.01, 1], [0, 1])
    axes.scale_strengths(ax)
    assert ax.get_xscale() == "symlog"
    np.testing.assert_allclose(ax.get_xticks(), [0, 0.01, 0.1, 1])


@pytest.mark.parametrize("pair", [([0, 1, 10], [0.01, 100]), ([0.01, 100], [0, 1, 10])])
def test_the_axis_of_two_paths(pair):
    """A second path extends the axis and keeps what was there: 0 and the extremes of both are in sight."""
    _, ax = plt.subplots()
    for alphas in pair:
        ax.plot(alphas, alphas)
        axes.scale_strengths(ax)
    assert ax.get_xscale() == "symlog"
    assert 0 < place(ax, 0) < place(ax, 0.01) < place(ax, 100) < 1
    np.testing.assert_allclose(ax.get_xticks(), [0, 0.01, 0.1, 1, 10, 100])


def test_names_of_values():
    """Values are named by so many digits, or by as many more as tell them apart; equal ones have one name."""
    assert axes.name_values([0.0, 0.12345, 1000.0], 3) == ["0", "0.123", "1e+03"]
    assert axes.name_values([0.12345, 0.12344], 3) == ["0.1235", "0.1234"]
    assert axes.name_values([0.12345, 0.12345], 2) == ["0.12", "0.12"]
    assert axes.name_values([1.0, np.nextafter(1.0, 2)], 2) == ["1", "1.0000000000000002"]


@pytest.mark.parametrize(
    ("scores", "lowest", "expected"),
    [
        ([1.0, 3.0, 2.0], -np.inf, (0.9, 3.1)),
        ([1.0, np.nan, 3.0], 2.0, (1.95, 3.05)),
        ([1.0, -np.inf, 3.0], -np.inf, (0.9, 3.1)),
        ([2.0, 2.0], -np.inf, (1.95, 2.05)),
        ([np.nan], -np.inf, (0, 1)),
    ],
)
def test_scores_in_sight(scores, lowest, expected):
    """y shows the finite scores from `lowest` on with a margin of 5 %; without any it stays."""
    _, ax = plt.subplots()
    axes.fit_scores(ax, True, np.array(scores), lowest)
    np.testing.assert_allclose(ax.get_ylim(), expected)


def test_scores_of_a_second_path():
    """A second path widens y where it must, and never narrows it."""
    _, ax = plt.subplots()
    axes.fit_scores(ax, True, np.array([0.0, 1.0]), -np.inf)
    axes.fit_scores(ax, False, np.array([0.5, 0.6]), -np.inf)
    np.testing.assert_allclose(ax.get_ylim(), [-0.05, 1.05])
    axes.fit_scores(ax, False, np.array([0.0, 2.0]), -np.inf)
    np.testing.assert_allclose(ax.get_ylim(), [-0.1, 2.1])


def test_the_highest_score():
    """NaN is lower than any score."""
    assert axes.argmax(np.array([np.nan, -5.0, -2.0, np.nan])) == 2


def test_a_legend_where_there_is_something_to_name():
    """Axes without names have no legend."""
    _, (named, unnamed) = plt.subplots(2)
    named.plot([1], label="a")
    unnamed.plot([1])
    for ax in (named, unnamed):
        axes.add_legend(ax)
    assert [text.get_text() for text in named.get_legend().get_texts()] == ["a"]
    assert unnamed.get_legend() is None
