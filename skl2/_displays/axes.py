"""What the displays share: colours, panels, the axis of λ."""

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support

# Okabe & Ito (2008), "Color Universal Design": told apart by colour-blind readers; markers tell them apart in print.
# Their black is grey here, to be seen on a dark ground too.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#808080")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LAYER_STYLES = ("--", ":", "-.", (0, (1, 3)), (0, (5, 1, 1, 1, 1, 1)), (0, (9, 3)), (0, (3, 4)))
WIDTH = 6.4  # inches
MAX_DECADES = 9  # ticks that fit beside each other


def make_panels(display, ax, n_panels, side_by_side=False):
    """Return the Axes of a new figure (n_panels,), or those given: one for each panel, or one for the first."""
    check_matplotlib_support(f"{type(display).__name__}.plot")
    import matplotlib.pyplot as plt

    if ax is None:
        shape, width = ((1, n_panels), max(WIDTH, 2.8 * n_panels)) if side_by_side else ((n_panels, 1), WIDTH)
        height = 3.4 if side_by_side else 2 * n_panels + 1.2
        options = {"sharex": True, "sharey": side_by_side, "squeeze": False, "layout": "constrained"}
        _, axes = plt.subplots(*shape, figsize=(width, height), **options)
        for panel in axes.ravel():
            panel.set_prop_cycle(color=COLORS)
        return axes.ravel()
    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    check_axes(axes, ax)
    if len(axes) not in (1, n_panels):
        raise ValueError(
            f"{type(display).__name__} draws {n_panels} panel(s) here: ax must be None, one Axes for the first panel, "
            f"or {n_panels} Axes; got {len(axes)}."
        )
    return axes


def check_axes(axes, given):
    """Raise TypeError if some of what was given is no Axes."""
    from matplotlib.axes import Axes

    if not all(isinstance(each, Axes) for each in axes):
        raise TypeError(f"ax must be matplotlib Axes, an array of them, or None for a new figure; got {given!r}.")


def spell_out(line_kw):
    """Return keyword arguments of a line by their long names: `c` would clash with the `color` of a display."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    return normalize_kwargs(line_kw or {}, Line2D)


def name_values(values, digits):
    """Return values as texts of so many digits, or of as many more as tell them apart."""
    texts = ([f"{value:.{more}g}" for value in values] for more in range(digits, 18))
    return next(each for each in texts if len(set(each)) == len(set(values)))


def draw_line(ax, x, y, style):
    """Draw a line with a marker at each point, another than those before, and return it."""
    marker = MARKERS[len(ax.lines) % len(MARKERS)]  # not by the cycle of the Axes, which may be the user's
    (line,) = ax.plot(x, y, **{"marker": marker} | style)
    return line


def scale_strengths(ax):
    """Make x the axis of λ: logarithmic, and where λ = 0 was drawn, with 0 one decade left of the smallest."""
    low, high = ax.dataLim.minposx, ax.dataLim.x1
    if not np.isfinite(low):
        if ax.dataLim.x1 == 0 and ax.get_xscale() == "linear":  # nothing but λ = 0; no λ is negative
            ax.set_xticks([0])
        return
    if ax.dataLim.x0 > 0:
        margin = (high / low) ** 0.04 if high > low else 3
        ax.set_xscale("log")
        ax.set_xlim(low / margin, high * margin)
        return
    ax.set_xscale("symlog", linthresh=low, linscale=1)
    ax.set_xlim(-0.3 * low, high * (10 * high / low) ** 0.04)
    decades = 10.0 ** np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    decades = decades[:: -(-len(decades) // MAX_DECADES) or 1]
    ticks = decades if len(decades) > 1 else np.unique([low, high if high > 1.5 * low else low])
    labels = None if len(decades) > 1 else ["0", *(f"{tick:.3g}" for tick in ticks)]
    ax.set_xticks([0, *ticks], labels)  # none on the way to 0, which is not logarithmic


def argmax(scores):
    """Return the number of the highest score, where NaN is lower than any."""
    return np.argmax(np.nan_to_num(scores, nan=-np.inf))


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


def complete_strengths(axes):
    """Complete panels over λ: the axis of each and its name, and the legends."""
    for ax in axes:
        scale_strengths(ax)
        add_legend(ax)
    axes[-1].set_xlabel("λ (alpha)")


def add_legend(ax):
    """Show a legend where there is something to name."""
    if ax.get_legend_handles_labels()[1]:
        ax.legend(fontsize="small", framealpha=0.7)
