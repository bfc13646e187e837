"""The score over learning rate and λ."""

from numbers import Integral

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support

from skl2._displays.axes import check_axes, name_values
from skl2._displays.fitted import found_by, network_of, search_of

STRENGTHS = {  # of x → (what it is, label)
    "alpha": (lambda alpha, rate: alpha, "λ (alpha)"),
    "product": (lambda alpha, rate: alpha * rate, "η₀·λ (learning_rate_init · alpha)"),
}
MAX_LABELS = 20  # that fit beside each other
DARKEST = 0.25  # share of the cells that have the colour of the worst: the basin is where the differences are small


class LearningRateDecayDisplay:
    """Heat map of the score over learning rate and λ, with the best cells marked, as Loshchilov & Hutter drew it.

    Where the best cells lie along an axis, one of the two can be tuned alone; where they lie on a diagonal, each change
    of one asks for a change of the other. The picture depends on what λ is multiplied by. In skl2, as in PyTorch, the
    decay is η·λ; in the paper it is λ alone, so that its Figure 2 is drawn here by `x='product'`, η₀·λ. The quarter of
    the cells with the lowest scores have one colour.

    Make it with `from_cv`.

    Parameters
    ----------
    learning_rates : array-like of shape (n_rates,)
        Initial learning rates η₀, from low to high: the rows.
    strengths : array-like of shape (n_strengths,)
        λ, or what else x shows, from low to high: the columns.
    scores : array-like of shape (n_rates, n_strengths)
        Scores; NaN leaves a cell empty.
    strength_name : str, default='λ (alpha)'
        Label of x.
    score_name : str, default='score'
        Label of the colours.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The heat map.
    figure_ : matplotlib Figure
        The figure.
    mesh_ : matplotlib QuadMesh
        The cells.
    marked_ : list of tuple of int
        (row, column) of the cells marked, the best first.

    References
    ----------
    Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, arXiv:1711.05101.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_iris
    >>> from skl2 import LearningRateDecayDisplay, MLPClassifierCV
    >>> X, y = load_iris(return_X_y=True)
    >>> settings = dict(hidden_layer_sizes=(10,), decay="decoupled", learning_rate="cosine", max_iter=20,
    ...                 random_state=0)
    >>> searches = [MLPClassifierCV([0, 0.1, 1], learning_rate_init=rate, **settings).fit(X, y) for rate in (0.01, 0.1)]
    >>> display = LearningRateDecayDisplay.from_cv(searches, n_marked=2)
    >>> display.scores.shape
    (2, 3)
    >>> plt.show()
    """

    def __init__(self, learning_rates, strengths, scores, *, strength_name="λ (alpha)", score_name="score"):
        self.learning_rates = learning_rates
        self.strengths = strengths
        self.scores = scores
        self.strength_name = strength_name
        self.score_name = score_name

    @classmethod
    def from_cv(cls, search, *, x="alpha", n_marked=10, ax=None, mesh_kw=None):
        """Draw the mean scores of a search over learning rate and λ.

        Parameters
        ----------
        search : GridSearchCV, or list of MLPClassifierCV or MLPRegressorCV
            Fitted: a search over `learning_rate_init` and `alpha`; or searches over alpha, one for each learning rate,
            which is faster. Each alone or as the last step of a Pipeline.
        x : {'alpha', 'product'}, default='alpha'
            What the columns are: λ, or η₀·λ. Values that agree to six digits share a column. Products do where η₀ and λ
            grow by the same factor, such as 10, 20, 40 and 0.01, 0.02; otherwise most cells of the picture are empty.
        n_marked : int, default=10
            How many of the best cells are marked.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        mesh_kw : dict, default=None
            Keyword arguments for matplotlib's ``pcolormesh``, such as `cmap` and `vmin`.

        Returns
        -------
        display : LearningRateDecayDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the search is over anything else, if two searches have one learning rate or different scores, or if x is
            unknown.
        """
        if not isinstance(x, str) or x not in STRENGTHS:
            raise ValueError(f"x must be one of {list(STRENGTHS)}; got {x!r}.")
        rates, alphas, scores, score_name = _collect(search)
        measure, strength_name = STRENGTHS[x]
        strengths, columns = np.unique(_round(measure(alphas, rates)), return_inverse=True)
        rates, rows = np.unique(_round(rates), return_inverse=True)
        table = np.full((rates.size, strengths.size), np.nan)
        table[rows, columns] = scores
        display = cls(rates, strengths, table, strength_name=strength_name, score_name=score_name)
        return display.plot(ax, n_marked=n_marked, mesh_kw=mesh_kw)

    def plot(self, ax=None, *, n_marked=10, mesh_kw=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.
        n_marked : int, default=10
            How many of the best cells are marked.
        mesh_kw : dict, default=None
            Keyword arguments for matplotlib's ``pcolormesh``, such as `cmap` and `vmin`.

        Returns
        -------
        display : LearningRateDecayDisplay
            Itself, with `ax_`, `figure_`, `mesh_` and `marked_`.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        if not isinstance(n_marked, Integral) or n_marked < 0:
            raise ValueError(f"n_marked must be a number of cells, 0 or more; got {n_marked!r}.")
        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        check_axes([ax], ax)
        scores = np.asarray(self.scores, np.float64)
        self.ax_, self.figure_ = ax, ax.figure
        self.mesh_ = ax.pcolormesh(np.ma.masked_invalid(scores), **_colors(scores[np.isfinite(scores)], mesh_kw or {}))
        self.figure_.colorbar(self.mesh_, ax=ax, label=self.score_name, extend="min")
        self._label_cells()
        self._mark_cells(scores, n_marked)
        return self

    def _label_cells(self):
        for axis, values in ((self.ax_.xaxis, self.strengths), (self.ax_.yaxis, self.learning_rates)):
            step = -(-len(values) // MAX_LABELS) or 1
            axis.set_ticks(np.arange(len(values))[::step] + 0.5, name_values(values[::step], 2))
        self.ax_.tick_params(axis="x", rotation=60 if len(self.strengths) > 6 else 0)
        self.ax_.set_xlabel(self.strength_name)
        self.ax_.set_ylabel("learning rate η₀ (learning_rate_init)")

    def _mark_cells(self, scores, n_marked):
        """Mark the best cells with a circle, and the best of all with a star."""
        best_first = np.argsort(-scores, axis=None, kind="stable")  # NaN last
        n_marked = min(n_marked, np.sum(np.isfinite(scores)))
        places = [np.unravel_index(cell, scores.shape) for cell in best_first[:n_marked]]
        self.marked_ = [(int(row), int(column)) for row, column in places]
        for number, (row, column) in enumerate(self.marked_):
            mark, size = ("*", 14) if number == 0 else ("o", 7)
            self.ax_.plot(column + 0.5, row + 0.5, mark, markersize=size, color="white", markeredgecolor="black")


def _colors(scores, mesh_kw):
    """Return keyword arguments for pcolormesh, from finite scores (n,) and those of the user."""
    lowest = np.quantile(scores, DARKEST) if scores.size else None
    return {"cmap": "viridis"} | ({} if "norm" in mesh_kw else {"vmin": lowest}) | mesh_kw


def _collect(search):
    """Return (learning rates, values of alpha, mean scores (n_candidates,), name of the score)."""
    if not isinstance(search, (list, tuple)):
        found = found_by(search_of(search), {"alpha", "learning_rate_init"})
        return found.values["learning_rate_init"], found.values["alpha"], found.scores.mean(axis=1), found.score_label
    if not search:
        raise ValueError("At least one search is needed; got an empty list.")
    founds = [found_by(search_of(each), {"alpha"}) for each in search]
    rates = [network_of(each).learning_rate_init for each in search]
    names = sorted({found.score_name for found in founds})
    if len(set(rates)) < len(rates) or len(names) > 1:
        raise ValueError(f"Searches need different learning_rate_init, and the same score; got {rates}, and {names}.")
    alphas = [found.values["alpha"] for found in founds]
    means = [found.scores.mean(axis=1) for found in founds]
    label = max(founds, key=lambda found: found.is_halved).score_label
    return np.repeat(rates, list(map(len, alphas))), np.concatenate(alphas), np.concatenate(means), label


def _round(values):
    """Return values to six digits, so that those which differ by rounding are the same."""
    return np.array([float(f"{value:.6g}") for value in values])
