"""What study.py found: writes the tables (Markdown) and two pictures from its rows. Fast, and without chance."""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from _pages import put_into
from _study_pictures import TITLES, draw_forest, draw_sensitivity
from _study_statistics import (
    CONFIGURATION,
    KEPT,
    across,
    choose,
    compare,
    regrets_of_alpha,
    regrets_of_keeping,
    regrets_of_rate,
    test_values,
    usable,
    widths,
)

ORDER = ["iris", "wine", "breast cancer", "digits", "diabetes", "abalone", "white wine", "california"]
SHIFTS = [-1.5, -1, -0.5, 0, 0.5, 1, 1.5]  # decades of λ off its choice
ADAM_RATE = 1e-3  # the default
N_RATES = 4  # of those of each optimizer, from the least; the fifth was run later, and has rows of its own
FIXED_ALPHAS = (1e-4, 1e-3, 1e-2)  # of L2; the first is the default
PAIR = ("decoupled", "l2")  # what is compared: the first less the second


def markdown(columns, rows):
    """Return a table in Markdown; numbers to the right."""
    head = "| " + " | ".join(columns) + " |\n|---|" + "--:|" * (len(columns) - 1)
    return "\n".join([head, *("| " + " | ".join(map(str, row)) + " |" for row in rows)]) + "\n"


def signed(mean, half=None, digits=1):
    """Return a number with its sign, and the half width of its interval."""
    text = f"{mean:+.{digits}f}".replace("-", "−")
    return text if half is None else f"{text} ± {half:.{digits}f}"


def with_none(table, choice, by="loss"):
    """Return a choice with the networks of λ = 0 beside it, as mechanism 'none'."""
    none = table[(table.alpha == 0) & (table.mechanism == "l2")].assign(mechanism="none")
    return pd.concat([choice, choose(usable(none), by)])


def main_table(losses, scores, difference, gain):
    """Return the table of test losses and scores, λ and learning rate chosen by the loss of the folds."""
    rows = []
    for name in ORDER:
        for optimizer, title in TITLES.items():
            key = (name, optimizer)
            loss = losses.groupby(["data", "optimizer"]).mean().loc[key]
            score = 100 * scores.groupby(["data", "optimizer"]).mean().loc[key]
            rows.append(
                [name, title.split()[0], *(f"{loss[m]:#.3g}" for m in ("none", "l2", "decoupled"))]
                + [emphasised(difference.loc[key])]
                + [f"{score[m]:.1f}" for m in ("none", "l2", "decoupled")]
                + [emphasised(gain.loc[key])]
            )
    heads = ["data", "optimizer", "loss, λ = 0", "L2", "decoupled", "decoupled − L2, %"]
    return markdown([*heads, "score, λ = 0", "L2", "decoupled", "decoupled − L2, points"], rows)


def emphasised(row):
    """Return mean ± half width, in bold where the interval leaves out 0."""
    text = signed(row["mean"], row["half"])
    return f"**{text}**" if abs(row["mean"]) > row["half"] else text


def count_row(label, differences, smaller_is_better=True):
    """Return a row: for each optimizer what the differences say over all data sets."""
    cells = [label]
    for optimizer in TITLES:
        found = across(differences.xs(optimizer, level="optimizer"), smaller_is_better)
        counts = f"{found['wins']} / {found['even']} / {found['losses']}"
        cells += [counts, found["better"], signed(found["median"]), f"{found['p']:.2f}"]
    return cells


def count_table(everything, losses, difference, gain):
    """Return the table of wins, ties and losses in several readings; `everything` has all learning rates."""
    table = everything[everything.step <= N_RATES]
    by_score = 100 * test_values(choose(usable(table), by="score"), "score")
    rows = [
        count_row("decoupled − L2, loss", difference),
        count_row("the same networks, score", gain, smaller_is_better=False),
        count_row("chosen by score, score", compare(by_score, *PAIR, relative=False), smaller_is_better=False),
    ]
    rows.append(count_row("with a fifth η, loss", compare(test_values(choose(everything), "loss"), *PAIR)))
    for _, fixed in everything.groupby("step"):
        rates = " / ".join(f"{rate:.2g}" for rate in np.sort(fixed.rate.unique()))
        rows.append(count_row(f"η = {rates}, loss", compare(test_values(choose(fixed), "loss"), *PAIR)))
    rows.append(count_row("L2 − (λ = 0), loss", compare(losses, "l2", "none")))
    rows.append(count_row("decoupled − (λ = 0), loss", compare(losses, "decoupled", "none")))
    heads = ["better / even / worse", "mean better", "median", "p"]
    adam, sgd = ([f"{title.split()[0]}: {heads[0]}", *heads[1:]] for title in TITLES.values())
    return markdown(["difference", *adam, *sgd], rows)


def untuned(at_rate):
    """Return the test losses of fixed strengths at one learning rate, a column for each."""
    l2, decoupled = (at_rate[at_rate.mechanism == mechanism] for mechanism in ("l2", "decoupled"))
    columns = {f"L2, λ = {alpha:g}": l2.test_loss[np.isclose(l2.alpha, alpha)] for alpha in FIXED_ALPHAS}
    columns["decoupled, λ = 0.01"] = decoupled.test_loss[decoupled.on_grid == 0]
    columns["decoupled, D = 1"] = decoupled.test_loss[np.isclose(decoupled.shrinkage, 1, rtol=0.01)]
    return columns


def default_table(full):
    """Return the table of Adam at its default rate: fixed λ, tuned λ, tuned λ and rate; loss against λ = 0, in %."""
    adam, keys = full[full.optimizer == "adam"], ["data", "seed", "mechanism"]
    at_rate = adam[np.isclose(adam.rate, ADAM_RATE)]
    columns = untuned(at_rate.set_index(["data", "seed"]))
    for label, rows in (("λ tuned", at_rate), ("λ and η tuned", adam)):
        tuned = choose(usable(rows), keys=keys).test_loss
        for mechanism, name in (("l2", "L2"), ("decoupled", "decoupled")):
            columns[f"{name}, {label}"] = tuned.xs(mechanism, level="mechanism")
    columns["λ = 0, η tuned"] = choose(usable(adam[adam.alpha == 0]), keys=keys[:2]).test_loss
    none = choose(at_rate[at_rate.alpha == 0], keys=keys[:2]).test_loss.groupby("data").mean()
    percent = 100 * (pd.DataFrame(columns).groupby("data").mean().div(none, axis=0) - 1)
    rows = [[name, f"{none[name]:#.3g}", *map(signed, percent.loc[name])] for name in ORDER]
    return markdown(["data", "loss, λ = 0", *percent.columns], rows)


def strength_table(choice, width):
    """Return the table of the strengths chosen, and how wide the curve is around them."""
    rows = []
    for optimizer, title in TITLES.items():
        for mechanism, column, name in (("l2", "alpha", "L2: λ"), ("decoupled", "shrinkage", "decoupled: D")):
            chosen = choice.xs((optimizer, mechanism), level=("optimizer", "mechanism"))
            wide = width.xs((optimizer, mechanism), level=("optimizer", "mechanism"))
            quantiles = chosen[column][chosen.alpha > 0].quantile([0, 0.1, 0.5, 0.9, 1], interpolation="nearest")
            shares = [f"{100 * share:.0f} %" for share in ((chosen.alpha == 0).mean(), wide.zero.mean())]
            decades = wide.decades[~wide.zero.astype(bool)].astype(float)
            cells = [f"{value:.2g}" for value in quantiles]
            rows.append([title.split()[0], name, *cells, *shares, f"{decades.mean():.1f}"])
    heads = ["optimizer", "strength", "least", "10 %", "median", "90 %", "largest"]
    return markdown([*heads, "0 chosen", "0 within 1 s.e.", "else decades within"], rows)


def sensitivity_table(of_alpha, of_rate, of_keeping):
    """Return the table of what a wrong λ or learning rate costs, and λ not retuned: medians over data sets, in %."""
    rows = []
    for optimizer, title in TITLES.items():
        for mechanism in ("l2", "decoupled"):
            keys = {"key": (optimizer, mechanism), "level": ("optimizer", "mechanism")}
            alpha, rate, keeping = of_alpha.xs(**keys), of_rate.xs(**keys), of_keeping.xs(**keys)
            cells = [alpha[-1].median(), alpha[1].median()]
            cells += [rate.xs(steps, level="steps").retuned.median() for steps in (-1, 1)]
            cells += [keeping.xs(steps, level="steps")[kept].median() for kept in keeping for steps in (-2, 2)]
            rows.append([title.split()[0], mechanism.replace("l2", "L2"), *map(signed, cells)])
    heads = ["λ ÷ 10", "λ × 10", "η ÷ √10, λ retuned", "η × √10, λ retuned"]
    heads += [f"{kept}, η {way} 10" for kept in KEPT for way in "÷×"]
    return markdown(["optimizer", "mechanism", *heads], rows)


def per_data_set(regrets):
    """Return the median over seeds for each data set."""
    levels = [name for name in regrets.index.names if name != "seed"]
    return regrets.groupby(level=levels).median()


def read(file):
    """Return all rows, with the place of the learning rate among those of its optimizer."""
    full = pd.read_csv(file)
    return full.assign(step=full.groupby("optimizer").rate.rank("dense").astype(int))


def report(file, folder):
    """Write the tables into index.md of a folder, and two pictures beside it."""
    every_rate = read(file)
    full = every_rate[every_rate.step <= N_RATES]
    table = usable(full)
    choice, by_rate = choose(table), choose(table, keys=[*CONFIGURATION, "rate"])
    everything = with_none(table, choice)
    losses, scores = (test_values(everything, measure) for measure in ("loss", "score"))
    difference, gain = compare(losses, *PAIR), compare(100 * scores, *PAIR, relative=False)
    on_grid = full[full.on_grid == 1]
    of_alpha = per_data_set(regrets_of_alpha(on_grid, choice, SHIFTS))
    of_rate = per_data_set(regrets_of_rate(by_rate, choice))
    of_keeping = per_data_set(regrets_of_keeping(on_grid, by_rate))
    tables = {
        "results": main_table(losses, scores, difference, gain),
        "counts": count_table(usable(every_rate), losses, difference, gain),
        "defaults": default_table(full),
        "strengths": strength_table(choice, widths(table, choice)),
        "sensitivity": sensitivity_table(of_alpha, of_rate, of_keeping),
    }
    put_into(folder / "index.md", tables, Path(__file__).name)
    series = {
        ("none", "λ = 0, less L2"): compare(losses, "none", "l2"),
        ("decoupled", "decoupled, less L2"): difference,
    }
    draw_forest(series, ORDER, 30, folder / "differences.png")
    draw_sensitivity(of_alpha, of_keeping, [(-10, 60), (-10, 60)], folder / "sensitivity.png")


def main():
    """Write the tables and the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="the file that study.py wrote")
    parser.add_argument("folder", type=Path, help="where index.md is, and the pictures go")
    options = parser.parse_args()
    report(options.results, options.folder)


if __name__ == "__main__":
    main()
