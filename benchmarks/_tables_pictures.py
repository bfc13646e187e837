"""The picture of tables.py: quality against time."""

from _study_pictures import STYLE, plt, save
from matplotlib.ticker import FuncFormatter

OURS, PEERS = "#0072b2", "#808080"
ROOM = 3  # for names, on the left of the fastest and on the right of the slowest


def draw_quality(times, ranks, time_label, file):
    """Draw a panel for each reading of quality: times of each label, ranks {title: mean rank of each label}."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(len(ranks), 1, figsize=(7.6, 4.4), sharex=True, layout="constrained")
        for axis, (title, rank) in zip(axes, ranks.items(), strict=True):
            for label, time in times.items():
                draw_model(axis, time, rank[label], label)
            axis.set(title=f"by {title}", ylabel="mean rank (1 is the best)")
            axis.grid(alpha=0.3)
            axis.margins(y=0.15)
            axis.invert_yaxis()  # good is up
        axes[-1].set(xscale="log", xlim=(min(times) / ROOM, max(times) * ROOM), xlabel=time_label)
        axes[-1].xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
        save(figure, file)


def draw_model(axis, time, rank, label):
    """Draw a dot and its name: on the left of those that are faster than the reference, or names would meet."""
    is_fast, is_ours = time < 1, label.startswith("skl2")
    axis.plot(time, rank, "o", color=OURS if is_ours else PEERS, markersize=7)
    axis.annotate(
        label,
        (time, rank),
        xytext=(-7 if is_fast else 7, 0),
        textcoords="offset points",
        ha="right" if is_fast else "left",
        va="center",
        fontsize=8,
        fontweight="bold" if is_ours else "normal",
        color=OURS if is_ours else "black",
    )
