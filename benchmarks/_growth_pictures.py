"""The picture of growth.py: seconds and memory on log axes, beside what the machine needs at least."""

import numpy as np
from _study_pictures import STYLE, plt, save
from matplotlib.ticker import NullFormatter

ONE, TWO, LEAST = "#0072b2", "#56b4e9", "#808080"
LABELS = {
    "samples": "samples n",
    "features": "features d",
    "hidden": "hidden units",
    "networks": "networks of a path K",
}


def draw_growth(found, dtype, file):
    """Draw a column for each sweep, found {name: points}: seconds of an epoch above, MB of a fit below."""
    with plt.rc_context(STYLE):
        shape = {"sharex": "col", "sharey": "row", "squeeze": False, "layout": "constrained"}
        figure, axes = plt.subplots(2, len(found), figsize=(2.6 * len(found), 5), **shape)
        for column, (name, points) in zip(axes.T, found.items(), strict=True):
            draw_sweep(*column, points)
            column[1].set_xlabel(LABELS[name])
        axes[0, 0].set_ylabel(f"seconds per epoch, {dtype}")
        axes[1, 0].set_ylabel("peak of a fit beyond X, MB")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
        save(figure, file)


def draw_sweep(time, memory, points):
    """Draw what was measured as dots with lines, and the least as a grey line."""
    values, seconds, least_seconds, peaks, least = zip(*points, strict=True)
    one, two = np.transpose([list(each.values()) for each in seconds])
    measured = {"marker": "o", "markersize": 3.5, "linewidth": 1.2}
    time.plot(values, least_seconds, color=LEAST, linewidth=2, label="at least")
    time.plot(values, two, color=TWO, label="two threads", **measured)
    time.plot(values, one, color=ONE, label="one thread", **measured)
    memory.plot(values, np.array(least) / 1e6, color=LEAST, linewidth=2)
    memory.plot(values, np.array(peaks) / 1e6, color=ONE, **measured)
    for axis in (time, memory):
        axis.set(xscale="log", yscale="log")
        axis.xaxis.set_minor_formatter(NullFormatter())  # names of decades are enough
        axis.grid(alpha=0.3)
