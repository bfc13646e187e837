"""The weights of each column of X against λ: which columns a network needs."""

import numpy as np

from skl2._displays.axes import COLORS, MARKERS, complete_strengths, make_panels, spell_out
from skl2._displays.fitted import check_path

FAINT = {"color": "#808080", "alpha": 0.35, "linewidth": 0.8}  # columns without a name in the legend


class ColumnPathDisplay:
    """The norm of each column's weights against λ, as `lars_path` draws coefficients.

    The columns that stay longest while λ grows have colours and names, the others are faint.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,)
        Values of λ, in any order.
    column_norms : array-like of shape (n_alphas, n_features)
        Norm of the weights that leave each column of X.
    names : array-like of str of shape (n_features,), default=None
        Names of the columns; None: x0, x1 and so on.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The picture.
    figure_ : matplotlib Figure
        The figure.
    lines_ : list of matplotlib Line2D
        One for each column, in the order of X.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> from skl2 import ColumnPathDisplay, MLPRegressor
    >>> X, y = (scale(data) for data in load_diabetes(return_X_y=True))
    >>> network = MLPRegressor(hidden_layer_sizes=(20,), penalty="group_l1", learning_rate="cosine",
    ...                        learning_rate_init=0.02, max_iter=30, random_state=0)
    >>> display = ColumnPathDisplay.from_path(network.path(X, y, continued=True))
    >>> plt.show()
    """

    def __init__(self, alphas, column_norms, *, names=None):
        self.alphas = alphas
        self.column_norms = column_norms
        self.names = names

    @classmethod
    def from_path(cls, path, *, n_named=7, ax=None, line_kw=None):
        """Draw a path; networks that diverged are left out.

        Parameters
        ----------
        path : RegularizationPath
            What `MLPClassifier.path` or `MLPRegressor.path` returned.
        n_named : int, default=7
            Columns with a colour and a name.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        line_kw : dict, default=None
            Keyword arguments for matplotlib's ``plot``.

        Returns
        -------
        display : ColumnPathDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If path is something else, or has no network.
        """
        check_path(path)
        has_network = path.status != "diverged"
        names = getattr(path, "feature_names_in_", None)
        display = cls(path.alphas[has_network], path.column_norms[has_network], names=names)
        return display.plot(ax, n_named=n_named, line_kw=line_kw)

    def plot(self, ax=None, *, n_named=7, line_kw=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        n_named : int, default=7
            Columns with a colour and a name.
        line_kw : dict, default=None
            Keyword arguments for matplotlib's ``plot``.

        Returns
        -------
        display : ColumnPathDisplay
            Itself, with `ax_`, `figure_` and `lines_`.

        Raises
        ------
        TypeError
            If `ax` is no Axes.
        """
        (self.ax_,) = make_panels(self, ax, 1)
        self.figure_ = self.ax_.figure
        order = np.argsort(self.alphas, kind="stable")
        alphas, norms = np.asarray(self.alphas, np.float64)[order], np.asarray(self.column_norms, np.float64)[order]
        names = [f"x{column}" for column in range(norms.shape[1])] if self.names is None else self.names
        styles = [FAINT] * norms.shape[1]
        for number, column in enumerate(_longest_first(alphas, norms)[:n_named]):
            look = {"color": COLORS[number % len(COLORS)], "marker": MARKERS[number % len(MARKERS)]}
            styles[column] = look | {"label": names[column], "markersize": 4}
        looks = zip(norms.T, styles, strict=True)
        lines = [self.ax_.plot(alphas, values, **style | spell_out(line_kw)) for values, style in looks]
        self.lines_ = [line for (line,) in lines]
        self.ax_.set_ylabel("‖weights of a column‖")
        complete_strengths([self.ax_])
        return self


def _longest_first(alphas, norms):
    """Return the numbers of the columns, first those that stay up to the largest λ, of equals the heavier there."""
    last = np.array([np.flatnonzero(column)[-1] if np.any(column) else 0 for column in norms.T], int)
    return np.lexsort((-norms[last, np.arange(last.size)], -last))
