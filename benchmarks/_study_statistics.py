"""What study_report.py derives from the rows of study.py: choices by cross-validation, intervals, sensitivity."""

import numpy as np
import pandas as pd
from scipy.stats import t as student
from scipy.stats import wilcoxon

CONFIGURATION = ["data", "optimizer", "seed", "mechanism"]
TEST_SHARE = {"abalone": 1000 / 4177, "white wine": 1000 / 4898, "california": 1000 / 20640}  # the others: 1/4
KEPT = {"λ kept": "alpha", "λ·η kept": "shrinkage"}  # λ Σ_t η_t is proportional to λ·η, the λ of Loshchilov and Hutter
STEP = 0.5  # decades between neighbours on the grids of λ, D and learning rates


def usable(table):
    """Return the rows that can be chosen: on the grid, and trained to the end in all folds and on all samples."""
    return table[(table.on_grid == 1) & table.cv_loss.notna() & table.test_loss.notna()]


def choose(table, by="loss", keys=CONFIGURATION):
    """Return for each value of keys the row with the best mean of the folds; of equal ones the smallest λ."""
    better = table.assign(order=table.cv_loss if by == "loss" else -table.cv_score)
    better = better.sort_values([*keys, "order", "alpha"], kind="stable")
    return better.drop_duplicates(keys).set_index(keys).drop(columns="order")


def test_values(choice, measure):
    """Return a table (data and seed) × mechanism of test values."""
    return choice[f"test_{measure}"].unstack("mechanism")


def corrected_half_width(differences, test_share, confidence=0.95):
    """Return half the interval of a mean of differences between resampled splits, after Nadeau and Bengio (2003).

    The variance of the mean of J differences is s² (1/J + ρ/(1 − ρ)), with ρ the share of all samples in a test set.
    """
    n = len(differences)
    variance = np.var(differences, ddof=1) * (1 / n + test_share / (1 - test_share))
    return student.ppf((1 + confidence) / 2, n - 1) * np.sqrt(variance)


def compare(values, ours, theirs, relative=True):
    """Return a table (data × optimizer) with mean and half width of differences, in % of theirs or in points.

    Data sets where a mechanism has no network for one of the seeds, since all diverged, are left out.
    """
    rows = {}
    for key, group in values.groupby(["data", "optimizer"]):
        if group[[ours, theirs]].isna().any(axis=None) or len(group) < values.index.unique("seed").size:
            continue
        scale = 100 / group[theirs].mean() if relative else 1
        differences = scale * (group[ours] - group[theirs]).to_numpy()
        half = corrected_half_width(differences, TEST_SHARE.get(key[0], 0.25))
        rows[key] = {"mean": differences.mean(), "half": half}
    return pd.DataFrame(rows).T.rename_axis(["data", "optimizer"])


def across(differences, smaller_is_better=True):
    """Return wins, losses and what is neither, how many means are better, their median and the p of Wilcoxon's test."""
    sign = -1 if smaller_is_better else 1
    mean, half = sign * differences["mean"], differences["half"]
    wins, losses = int((mean > half).sum()), int((-mean > half).sum())
    return {
        "wins": wins,
        "even": len(mean) - wins - losses,
        "losses": losses,
        "better": f"{(mean > 0).sum()} of {len(mean)}",
        "median": differences["mean"].median(),
        "p": wilcoxon(mean).pvalue,
    }


def within_one_error(curve):
    """Return the decades of λ whose mean loss is within one standard error of the best, and whether 0 is among them."""
    best = curve.loc[curve.cv_loss.idxmin()]
    near = curve[curve.cv_loss <= best.cv_loss + best.cv_loss_error]
    return STEP * (near.alpha > 0).sum(), bool((near.alpha == 0).any())


def widths(table, choice):
    """Return for each choice the decades within one standard error at its learning rate, and whether 0 is too."""
    curves = table.merge(choice.reset_index()[[*CONFIGURATION, "rate"]])
    rows = {key: within_one_error(curve) for key, curve in curves.groupby(CONFIGURATION)}
    return pd.DataFrame(rows, index=["decades", "zero"]).T.rename_axis(CONFIGURATION)


def nearest(curve, column, value):
    """Return the test loss of the row whose λ or D is nearest to a value; beyond the grid, of its last one."""
    if value == 0:
        return curve.test_loss[curve.alpha == 0].iloc[0]
    positive = curve[curve.alpha > 0]
    return positive.test_loss.iloc[np.abs(np.log(positive[column] / value)).argmin()]


def regrets_of_alpha(full, choice, decades):
    """Return by how many % the test loss rises if λ is so many decades off its choice; infinite where it diverges."""
    curves = dict(list(full.groupby([*CONFIGURATION, "rate"])))
    rows = {}
    for key, best in choice[choice.alpha > 0].iterrows():
        curve = curves[(*key, best.rate)]
        losses = [nearest(curve, "alpha", best.alpha * 10**shift) for shift in decades]
        rows[key] = percent_above(losses, best.test_loss)
    return pd.DataFrame(rows, index=decades).T.rename_axis(CONFIGURATION)


def regrets_of_rate(by_rate, choice):
    """Return by how many % the test loss rises at other learning rates, λ retuned; by steps of half a decade."""
    pairs = by_rate.reset_index().merge(choice.reset_index(), on=CONFIGURATION, suffixes=("", "_best"))
    pairs["steps"] = np.round(np.log10(pairs.rate / pairs.rate_best) / STEP).astype(int)
    pairs["retuned"] = percent_above(pairs.test_loss, pairs.test_loss_best)
    return pairs.set_index([*CONFIGURATION, "steps"])[["retuned"]]


def regrets_of_keeping(full, by_rate):
    """Return by how many % the test loss is above that of a retuned λ if λ, or λ·η, is kept from another learning rate.

    A row for each pair of learning rates, with the steps of half a decade from the first to the second.
    """
    curves, rows = dict(list(full.groupby([*CONFIGURATION, "rate"]))), []
    for (*key, old), before in by_rate.iterrows():
        for rate, after in by_rate.loc[tuple(key)].iterrows():
            curve = curves[(*key, rate)]
            kept = [nearest(curve, column, before[column]) for column in KEPT.values()]
            steps = round(np.log10(rate / old) / STEP)
            rows.append([*key, steps, *percent_above(kept, after.test_loss)])
    return pd.DataFrame(rows, columns=[*CONFIGURATION, "steps", *KEPT]).set_index([*CONFIGURATION, "steps"])


def percent_above(losses, best):
    """Return how far losses are above the best, in %; infinite where training diverged."""
    losses = np.asarray(losses, float)
    return np.where(np.isnan(losses), np.inf, 100 * (losses / best - 1))
