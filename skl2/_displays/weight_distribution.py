"""How the weights are distributed, layer by layer."""

from collections.abc import Mapping

import numpy as np

from skl2._displays.axes import COLORS, LAYER_STYLES, add_legend, make_panels, name_values, spell_out
from skl2._displays.fitted import check_any, network_of
from skl2._estimators.regularization_path import RegularizationPath

KINDS = {"histogram": "density of weights", "cumulative": "share of weights with size below"}


class WeightDistributionDisplay:
    """The weights of one or several networks, a panel for each layer.

    Two kinds of picture: 'histogram' shows the weights around zero, 'cumulative' the share of them whose size is below
    a number, on a logarithmic axis: a curve further left has smaller weights, a steeper one more equal sizes.

    Make it with `from_estimator`.

    Parameters
    ----------
    weights : dict of str to list of ndarray of shape (fan_in, fan_out)
        Name of each network, and the weights of its layers, as in `coefs_`. All have as many layers.

    Attributes
    ----------
    ax_ : ndarray of shape (n_layers,) of matplotlib Axes
        A panel for each layer.
    figure_ : matplotlib Figure
        The figure.
    lines_ : list of list of matplotlib artist
        For each network, its curve in each panel.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skl2 import MLPClassifier, WeightDistributionDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> network = MLPClassifier(decay="decoupled", learning_rate="cosine", max_iter=20, random_state=0)
    >>> path = network.path(X / 16, y, alphas=[0, 1, 10])
    >>> display = WeightDistributionDisplay.from_estimator(path)
    >>> list(display.weights)
    ['λ = 0', 'λ = 1', 'λ = 10']
    >>> plt.show()
    """

    def __init__(self, weights):
        self.weights = weights

    @classmethod
    def from_estimator(cls, estimator, *, kind="histogram", ax=None, line_kw=None):
        """Draw the weights of fitted networks.

        Parameters
        ----------
        estimator : estimator, dict of estimators, or RegularizationPath
            A fitted network, alone, in a search or as the last step of a Pipeline; several of them under their names;
            or a path, whose networks are named by their λ (those that diverged are left out;
            `path[::5]` is a path of every fifth).
        kind : {'histogram', 'cumulative'}, default='histogram'
            Kind of picture.
        ax : array-like of shape (n_layers,) of matplotlib Axes, default=None
            Where to draw; None for a new figure.
        line_kw : dict, default=None
            Keyword arguments for matplotlib's ``stairs`` or ``plot``.

        Returns
        -------
        display : WeightDistributionDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If an estimator is not fitted.
        ValueError
            If there is no network in it, or if networks differ in their number of layers.
        """
        if isinstance(estimator, RegularizationPath):
            check_any(estimator)
            path = estimator[estimator.status != "diverged"]
            names = [f"λ = {alpha}" for alpha in name_values(path.alphas, 3)]
            networks = dict(zip(names, path, strict=True))
        else:
            networks = estimator if isinstance(estimator, Mapping) else {"": estimator}
        weights = {str(name): network_of(network).coefs_ for name, network in networks.items()}
        return cls(weights).plot(ax, kind=kind, line_kw=line_kw)

    def plot(self, ax=None, *, kind="histogram", line_kw=None):
        """Draw.

        Parameters
        ----------
        ax : array-like of shape (n_layers,) of matplotlib Axes, default=None
            Where to draw; None for a new figure.
        kind : {'histogram', 'cumulative'}, default='histogram'
            Kind of picture.
        line_kw : dict, default=None
            Keyword arguments for matplotlib's ``stairs`` or ``plot``.

        Returns
        -------
        display : WeightDistributionDisplay
            Itself, with `ax_`, `figure_` and `lines_`.

        Raises
        ------
        ValueError
            If `kind` is unknown, or if networks differ in their number of layers.
        """
        if not isinstance(kind, str) or kind not in KINDS:
            raise ValueError(f"kind must be one of {list(KINDS)}; got {kind!r}.")
        depths = {len(layers) for layers in self.weights.values()}
        if len(depths) != 1:
            raise ValueError(f"All networks need the same number of layers, at least 1; got {sorted(depths)}.")
        self.ax_ = make_panels(self, ax, depths.pop(), side_by_side=True)
        self.figure_, self.lines_ = self.ax_[0].figure, [[] for _ in self.weights]
        draw = _draw_histograms if kind == "histogram" else _draw_cumulative
        for layer, panel in enumerate(self.ax_):
            sizes = [np.ravel(layers[layer]) for layers in self.weights.values()]
            for lines, line in zip(self.lines_, draw(panel, sizes, self._styles(line_kw)), strict=True):
                lines.append(line)
            panel.set_title(f"layer {layer + 1}: coefs_[{layer}]")
        self.ax_[0].set_ylabel(KINDS[kind])
        if kind == "cumulative":
            _scale_sizes(self.ax_)
        if ax is None and any(self.weights):
            self._add_legend_on_top()
        else:
            add_legend(self.ax_[-1])
        return self

    def _add_legend_on_top(self):
        """Add a legend above the panels, as broad as the figure, which grows by the height of it."""
        longest = max(len(name) for name in self.weights)
        n_columns = int(np.clip(self.figure_.get_figwidth() / (0.8 + 0.07 * longest), 1, 4))  # a letter has 0.07 inches
        n_rows = -(-len(self.weights) // n_columns)
        self.figure_.set_figheight(self.figure_.get_figheight() + 0.18 * (n_rows - 1))
        handles = [lines[0] for lines in self.lines_]
        self.figure_.legend(handles=handles, loc="outside upper center", ncols=n_columns, fontsize="small")

    def _styles(self, line_kw):
        """Return how to draw each network."""
        return [
            {
                "color": COLORS[number % len(COLORS)],
                "linestyle": ("-", *LAYER_STYLES)[number % (1 + len(LAYER_STYLES))],
                "label": name,
            }
            | spell_out(line_kw)
            for number, name in enumerate(self.weights)
        ]


def _draw_histograms(panel, weights, styles):
    """Draw the density of each network's weights (n,) over common bins; return the artists."""
    largest = max(np.abs(values).max() for values in weights) or 1.0  # all are 0
    edges = np.linspace(-largest, largest, 62)  # an odd number of bins: one of them is around 0
    panel.set_xlabel("weight")
    panel.set_yscale("log")
    return [
        panel.stairs(np.histogram(values, edges, density=True)[0], edges, **style)
        for values, style in zip(weights, styles, strict=True)
    ]


def _draw_cumulative(panel, weights, styles):
    """Draw the share of each network's weights (n,) that are smaller than |W|; return the artists."""
    lines = []
    for values, style in zip(weights, styles, strict=True):
        sizes = np.sort(np.abs(values))
        lines += panel.plot(sizes, np.arange(1, sizes.size + 1) / sizes.size, **{"marker": ""} | style)
    panel.set_xlabel("|W|")
    return lines


def _scale_sizes(panels):
    """Make x logarithmic, from 1/10,000 of the largest weights on: some next to 0 would take most of the axis."""
    panels = [panel for panel in panels if panel.dataLim.x1 > 0]  # not those of a layer that is 0
    for panel in panels:
        panel.set_xscale("log")
    largest = [panel.dataLim.x1 for panel in panels]
    for panel in panels:
        panel.set_xlim(min(largest) / 1e4, 1.3 * max(largest), auto=None)  # what is drawn here later is not cut
