"""
Quantiles: how low, how high?
=============================

With ``loss='quantile'`` a network says below what the target is with a given probability, for several probabilities at
once. Unlike an interval of equal width around a mean, quantiles are far apart where much is uncertain, and need not be
symmetric.
"""

# %%
# What houses cost in 3,000 districts of California, half of them held out. One network says five quantiles.

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from skl2 import TabularMLPRegressor

table = pd.read_csv(Path(sys.argv[0]).parent / "data" / "california_housing.csv.gz")
price = table.pop("median_house_value") / 1000
X, X_test, y, y_test = train_test_split(table, price.to_numpy(), test_size=0.5, random_state=0)
levels = [0.05, 0.25, 0.5, 0.75, 0.95]
model = TabularMLPRegressor(loss="quantile", quantile=levels, n_jobs=-1, random_state=0).fit(X, y)
predicted = model.predict(X_test)
print("predicted", predicted.shape, "in order:", bool(np.all(np.diff(predicted, axis=1) >= 0)))
for level, below in zip(levels, (y_test[:, np.newaxis] < predicted).mean(axis=0), strict=True):
    print(f"{level:.0%} of the prices should be below, {below:.0%} are")

# %%
# The outer quantiles hold 90 % of the training samples, and fewer of others: the networks have adapted to the former.
# ``predict_interval`` moves them outward (or inward) by what the folds have missed or had to spare
# (conformalised quantile regression; Romano, Patterson & Candès, 2019). Beside intervals around a mean, which are about
# as wide everywhere, they are narrower, and nearer to what was asked for among the cheap and the dear.

intervals = {
    "around the mean": TabularMLPRegressor(n_jobs=-1, random_state=0).fit(X, y).predict_interval(X_test, coverage=0.9),
    "the quantiles as they are": predicted[:, [0, -1]],
    "the quantiles, conformalised": model.predict_interval(X_test, coverage=0.9),
}
third = pd.qcut(predicted[:, 2], 3, labels=["cheapest", "middle", "dearest"])
for name, (low, high) in zip(intervals, (interval.T for interval in intervals.values()), strict=True):
    inside = pd.Series((low <= y_test) & (y_test <= high))
    shares = [f"{part} {share:.0%}" for part, share in inside.groupby(third, observed=True).mean().items()]
    print(f"{name:28} inside: {inside.mean():.0%} ({', '.join(shares)}), mean width {np.mean(high - low):.0f}")

# %%
# Sixty districts, by their predicted median.

rows = np.random.default_rng(0).choice(len(X_test), 60, replace=False)
rows = rows[np.argsort(predicted[rows, 2])]
figure, axis = plt.subplots(figsize=(9, 4.4), layout="constrained")
for first, color, label in ((0, "#deebf7", "5 % to 95 %"), (1, "#9ecae1", "25 % to 75 %")):
    low, high = predicted[rows, first], predicted[rows, -1 - first]
    axis.vlines(range(60), low, high, color=color, linewidth=6, label=label)
axis.plot(predicted[rows, 2], "_", color="#08519c", markersize=8, markeredgewidth=2, label="median")
axis.plot(y_test[rows], "o", color="black", markersize=3, label="truth")
axis.set(xlabel="districts, by predicted median", xticks=[], ylabel="median house value, thousands of dollars")
axis.legend(loc="upper left")
plt.show()
