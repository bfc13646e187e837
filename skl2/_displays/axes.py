"""What the displays share: colours, panels, the axis of λ."""

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support

# Okabe & Ito (2008), "Color Universal Design": told apart by colour-blind readers; markers tell them apart in print.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LAYER_STYLES = ("--", ":", "-.", (0, (1, 3)), (0, (5, 1, 1, 1, 1, 1)))
WIDTH = 6.4  # inches


def make_panels(display, ax, n_panels, side_by_side=False):
    """Return the Axes of a new figure (n_panels,), or those given: one for each panel, or one for the first."""
    check_matplotlib_support(f"{type(display).__name__}.plot")
    import matplotlib.pyplot as plt

    if ax is None:
        shape, width = ((1, n_panels), max(WIDTH, 2.8 * n_panels)) if side_by_side else ((n_panels, 1), WIDTH)
        height = 3.4 if side_by_side else 2 * n_panels + 1.2
        options = {"sharex": True, "squeeze": False, "layout": "constrained"}
        _, axes = plt.subplots(*shape, figsize=(width, height), **options)
        for panel in axes.ravel():
            panel.set_prop_cycle(color=COLORS, marker=MARKERS)
        return axes.ravel()
    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    if len(axes) not in (1, n_panels):
        raise ValueError(
            f"{type(display).__name__} has {n_panels} panels here: ax must be None, one Axes for the first panel, or "
            f"{n_panels} Axes; got {len(axes)}."
        )
    return axes


def scale_strengths(ax):
    """Make x the axis of λ: logarithmic, and where λ = 0 was drawn, with 0 one decade left of the smallest."""
    low, high = ax.dataLim.minposx, ax.dataLim.x1
    if not np.isfinite(low):  # nothing but λ = 0
        return
    margin = (high / low) ** 0.04
    if ax.dataLim.x0 > 0:
        ax.set_xscale("log")
        ax.set_xlim(low / margin, high * margin)
        return
    ax.set_xscale("symlog", linthresh=low, linscale=1)
    ax.set_xlim(-0.3 * low, high * margin)
    decades = np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    ax.set_xticks([0, *10**decades])  # none on the way to 0, which is not logarithmic
    ax.set_xticks([], minor=True)


def fit_scores(ax, is_new, scores, lowest):
    """Let y show the scores, but for those below `lowest`, and what was in sight before."""
    scores = scores[np.isfinite(scores)]
    if not scores.size:
        return
    low, high = max(scores.min(), lowest), scores.max()
    margin = 0.05 * (high - low) or 0.05
    low, high = low - margin, high + margin
    bottom, top = (low, high) if is_new else ax.get_ylim()
    ax.set_ylim(min(low, bottom), max(high, top))


def add_legend(ax):
    """Show a legend where there is something to name."""
    if ax.get_legend_handles_labels()[1]:
        ax.legend(fontsize="small", framealpha=0.7)
