"""What training was like, epoch by epoch."""

import numpy as np

from skl2._displays.axes import add_legend, make_panels, spell_out
from skl2._displays.fitted import network_of
from skl2._training.parameters import norm


class LossCurveDisplay:
    """Training and validation loss, validation score, ‖W‖ and learning rate against the epoch, a panel for each.

    Make it with `from_estimator`. Losses of different mechanisms or λ cannot be compared, since the L2 penalty is part
    of the training loss and decoupled decay is not; validation losses and scores can. With `optimizer='lbfgs'` an
    iteration counts as an epoch.

    Parameters
    ----------
    loss_curve : array-like of shape (n_epochs,)
        Training loss of each epoch.
    validation_loss_curve : array-like of shape (n_epochs,), default=None
        Loss of the validation set after each epoch, without penalty; drawn beside the training loss.
    validation_scores : array-like of shape (n_epochs,), default=None
        Score of the validation set after each epoch.
    weight_norms : array-like of shape (n_epochs,), default=None
        ‖W‖ after each epoch.
    learning_rates : array-like of shape (n_epochs,), default=None
        Mean learning rate η of each epoch.
    best_epoch : int, default=None
        Epoch, counted from 1, whose weights were kept: marked by a line.
    score_name : str, default='score'
        Label of the scores.
    name : str, default=None
        Name in the legend.

    Attributes
    ----------
    ax_ : ndarray of shape (n_panels,) of matplotlib Axes
        The panels. What is None has none.
    figure_ : matplotlib Figure
        The figure.
    lines_ : list of matplotlib Line2D
        The curves, in the order of the parameters.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skl2 import LossCurveDisplay, MLPClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = MLPClassifier(decay="decoupled", alpha=0.3, learning_rate="cosine", max_iter=20, early_stopping=True,
    ...                       random_state=0).fit(X / 16, y)
    >>> display = LossCurveDisplay.from_estimator(model)
    >>> len(display.ax_)
    4
    >>> plt.show()
    """

    def __init__(
        self,
        loss_curve,
        *,
        validation_loss_curve=None,
        validation_scores=None,
        weight_norms=None,
        learning_rates=None,
        best_epoch=None,
        score_name="score",
        name=None,
    ):
        self.loss_curve = loss_curve
        self.validation_loss_curve = validation_loss_curve
        self.validation_scores = validation_scores
        self.weight_norms = weight_norms
        self.learning_rates = learning_rates
        self.best_epoch = best_epoch
        self.score_name = score_name
        self.name = name

    @classmethod
    def from_estimator(cls, estimator, *, name=None, ax=None, line_kw=None):
        """Draw the history of a fitted network.

        Parameters
        ----------
        estimator : estimator
            Fitted, alone, in a search or as the last step of a Pipeline. scikit-learn's MLP has a part of the curves.
        name : str, default=None
            Name in the legend.
        ax : matplotlib Axes or array-like of Axes, default=None
            Where to draw, as for `plot`.
        line_kw : dict, default=None
            Keyword arguments for matplotlib's ``plot``.

        Returns
        -------
        display : LossCurveDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If there is no network in it, or one without a history.
        """
        network = network_of(estimator)
        loss_curve = _known(network, "loss_curve_")
        if loss_curve is None:
            raise ValueError(f"{network!r} has no history: its optimizer recorded no loss curve.")
        display = cls(
            loss_curve,
            validation_loss_curve=_known(network, "validation_loss_curve_"),
            validation_scores=_known(network, "validation_scores_"),
            weight_norms=_known(network, "weight_norm_curve_"),
            learning_rates=_known(network, "learning_rate_curve_"),
            best_epoch=_find_best_epoch(network),
            score_name="accuracy" if hasattr(network, "classes_") else "R²",
            name=name,
        )
        return display.plot(ax, line_kw=line_kw)

    def plot(self, ax=None, *, name=None, line_kw=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            Where to draw: one for each panel, or one for the losses alone; None for a new figure. On the axes of
            another display (`display.ax_`) the next colour is used.
        name : str, default=None
            Name in the legend, instead of that of the display.
        line_kw : dict, default=None
            Keyword arguments for matplotlib's ``plot``.

        Returns
        -------
        display : LossCurveDisplay
            Itself, with `ax_`, `figure_` and `lines_`.

        Raises
        ------
        ValueError
            If `ax` is neither one Axes nor one for each panel.
        """
        curves = [
            (self.validation_scores, f"validation {self.score_name}"),
            (self.weight_norms, "‖W‖"),
            (self.learning_rates, "learning rate η"),
        ]
        curves = [(self.loss_curve, "loss"), *((curve, label) for curve, label in curves if curve is not None)]
        self.ax_ = make_panels(self, ax, len(curves))
        self.figure_, self.lines_ = self.ax_[0].figure, []
        style = spell_out(line_kw)
        for panel, (curve, label) in zip(self.ax_, curves, strict=False):
            self._draw(panel, curve, style)
            panel.set_ylabel(label)
            style["color"] = self.lines_[0].get_color()
            if panel is self.ax_[0]:
                self._complete_losses(panel, self.name if name is None else name, style)
            else:
                self._mark_best(panel, None)
        self.ax_[-1].set_xlabel("epoch")
        return self

    def _draw(self, panel, curve, style):
        alone, look = _find_alone(curve), {"marker": ""}
        if np.any(alone) and "marker" not in style:  # a line would not show them
            look = {"marker": "o", "markevery": alone}
        (line,) = panel.plot(np.arange(1, len(curve) + 1), curve, **look | style)
        self.lines_.append(line)
        return line

    def _mark_best(self, panel, label):
        if self.best_epoch is not None:
            panel.axvline(self.best_epoch, color=self.lines_[0].get_color(), linestyle=":", linewidth=1, label=label)

    def _complete_losses(self, panel, name, style):
        """Draw the validation loss beside the training loss, and name both."""
        prefix = f"{name}, " if name else ""
        has_validation = self.validation_loss_curve is not None
        if name or has_validation:
            self.lines_[0].set_label(f"{prefix}training" if has_validation else name)
        if has_validation:
            line = self._draw(panel, self.validation_loss_curve, style | {"linestyle": "--"})
            line.set_label(f"{prefix}validation")
        self._mark_best(panel, f"{prefix}best epoch: {self.best_epoch}")
        add_legend(panel)


def _known(network, name):
    """Return a curve (n_epochs,), or None where there is none or nothing but NaN."""
    curve = getattr(network, name, None)
    return None if curve is None or not np.any(np.isfinite(curve)) else np.asarray(curve)


def _find_alone(curve):
    """Return which epochs of a curve, (n_epochs,), have no neighbour: warm fits with and without validation."""
    known = np.pad(np.isfinite(curve), 1)
    return known[1:-1] & ~known[:-2] & ~known[2:]


def _find_best_epoch(network):
    """Return the epoch, from 1, of the weights kept by early stopping, or None."""
    scores, norms = _known(network, "validation_scores_"), _known(network, "weight_norm_curve_")
    if scores is None or network.best_validation_score_ is None:  # or the last call had no validation
        return None
    if norms is None:  # scikit-learn's
        return int(np.nanargmax(scores)) + 1
    # Not by the scores: those of warm fits may be of different validation sets.
    kept = norm(np.concatenate([coef.ravel() for coef in network.coefs_]))
    epoch = int(np.nanargmin(np.abs(norms - kept)))
    return epoch + 1 if np.isclose(norms[epoch], kept) else None
