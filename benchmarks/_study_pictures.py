"""The two pictures of study_report.py."""

from io import BytesIO

import matplotlib
from PIL import Image

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

COLOURS = {"none": "#666666", "l2": "#0072b2", "decoupled": "#d55e00"}
LABELS = {"l2": "L2 penalty", "decoupled": "decoupled decay"}
TITLES = {"adam": "Adam", "sgd": "SGD with momentum"}
STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
}


def save(figure, file):
    """Save a figure in 64 colours: a quarter of the bytes."""
    drawn = BytesIO()
    figure.savefig(drawn, dpi=150)
    plt.close(figure)
    Image.open(drawn).convert("RGB").quantize(64).save(file, optimize=True)


def draw_forest(series, order, limit, file):
    """Draw mean differences with intervals: series {(mechanism, label): table (data × optimizer)}."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(7.6, 3.9), sharey=True, layout="constrained")
        for axis, optimizer in zip(axes, TITLES, strict=True):
            for number, ((mechanism, label), table) in enumerate(series.items()):
                rows = table.xs(optimizer, level="optimizer").loc[order]
                heights = np.arange(len(order)) + 0.3 * (number - (len(series) - 1) / 2)
                draw_intervals(axis, heights, rows, limit, (COLOURS[mechanism], label))
            axis.axvline(0, color="black", linewidth=0.8)
            axis.set(title=TITLES[optimizer], xlim=(-limit, limit), xlabel="difference of test loss, % of L2's")
            axis.set_yticks(range(len(order)), order)
            axis.grid(axis="x", alpha=0.3)
        axes[0].invert_yaxis()
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=len(series), frameon=False)
        save(figure, file)


def draw_intervals(axis, heights, rows, limit, look):
    """Draw points with bars; what lies beyond the limit is an arrow at the edge, with its value."""
    colour, label = look
    points = {"fmt": "o", "markersize": 4, "linewidth": 1.4}
    axis.errorbar(rows["mean"], heights, xerr=rows["half"], color=colour, label=label, **points)
    for height, mean in zip(heights, rows["mean"], strict=True):
        if abs(mean) > limit:
            side = np.sign(mean)
            axis.annotate(
                f"{mean:+.0f} %",
                (side * limit, height),
                xytext=(-12 * side, 0),
                textcoords="offset points",
                ha="right" if side > 0 else "left",
                va="center",
                fontsize=8,
                color=colour,
            )
            axis.plot(side * limit * 0.97, height, marker=">" if side > 0 else "<", color=colour, markersize=5)


def draw_sensitivity(of_alpha, of_keeping, limits, file):
    """Draw regrets: above against λ, below against the change of the learning rate with λ or λ·η kept."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(2, 2, figsize=(7.6, 6.2), sharey="row", layout="constrained")
        for column, optimizer in enumerate(TITLES):
            for mechanism in LABELS:
                keys = {"key": (optimizer, mechanism), "level": ("optimizer", "mechanism")}
                draw_alpha(axes[0, column], of_alpha.xs(**keys), mechanism)
                draw_keeping(axes[1, column], of_keeping.xs(**keys), mechanism)
            axes[0, column].set(title=TITLES[optimizer], xlabel="λ ÷ λ chosen")
            axes[1, column].set(xlabel="learning rate ÷ the one at which λ was chosen")
        for axis, limit in zip(axes.flat, np.repeat(limits, 2, axis=0), strict=True):
            axis.set(xscale="log", ylim=limit)
            axis.axhline(0, color="black", linewidth=0.8)
            axis.grid(alpha=0.3)
        axes[0, 0].set_ylabel("test loss above that of the choice, %")
        axes[1, 0].set_ylabel("test loss above that of λ retuned, %")
        axes[0, 0].legend(frameon=False, fontsize=8, loc="upper left")
        axes[1, 0].legend(frameon=False, fontsize=8, loc="upper center")
        save(figure, file)


def draw_alpha(axis, rows, mechanism):
    """Draw the median over data sets against λ, and a thin line for each data set."""
    x = 10.0 ** rows.columns.to_numpy(float)
    for row in rows.to_numpy():
        axis.plot(x, row, color=COLOURS[mechanism], linewidth=0.6, alpha=0.35)
    axis.plot(x, rows.median(), color=COLOURS[mechanism], marker="o", markersize=4, label=LABELS[mechanism])


def draw_keeping(axis, rows, mechanism):
    """Draw the median over data sets against the change of the learning rate, in two readings."""
    for reading, line in zip(rows, ("-", "--"), strict=True):
        middle = rows[reading].unstack("steps").median()
        x = 10.0 ** (middle.index.to_numpy(float) / 2)
        label = f"{LABELS[mechanism]}, {reading}"
        axis.plot(x, middle, line, color=COLOURS[mechanism], marker="o", markersize=4, label=label)
