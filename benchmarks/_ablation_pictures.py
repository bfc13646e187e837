"""The picture of ablation.py: what the loss rises by if a part is left out."""

import numpy as np
from _study_pictures import STYLE, plt, save
from matplotlib.ticker import FuncFormatter

COLOURS = {"ll": "#0072b2", "rmse": "#d55e00"}


def draw_parts(found, measures, file):
    """Draw for each name of a summary the mean and the interval of each measure {key: label}."""
    names = found.xs("all", level="measure")["mean"].sort_values().index
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(7.6, 4.2), layout="constrained")
        for number, (measure, label) in enumerate(measures.items()):
            rows = found.xs(measure, level="measure").loc[names]
            heights = np.arange(len(names)) + 0.28 * (number - (len(measures) - 1) / 2)
            ends = np.abs([rows["mean"] - rows["low"], rows["high"] - rows["mean"]])
            look = {"fmt": "o", "markersize": 4, "color": COLOURS[measure], "label": label}
            axis.errorbar(rows["mean"], heights, xerr=ends, **look)
        axis.axvline(0, color="black", linewidth=0.8)
        axis.set_yticks(range(len(names)), names)
        axis.set_xscale("symlog", linthresh=10)  # most are below 10 %
        axis.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
        axis.set(xlabel="loss, % above that of all parts")
        axis.grid(axis="x", alpha=0.3)
        axis.legend(frameon=False, loc="lower right")
        save(figure, file)
