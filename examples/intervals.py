"""
Intervals and sets: how sure is the network?
============================================

The networks of the folds say of each training sample what they would have said without it. How far that is from the
truth gives an interval around a new prediction, or a set of classes, that holds the truth as often as asked for (CV+;
Barber, Candès, Ramdas & Tibshirani, 2021). ``TabularMLPRegressor`` and ``TabularMLPClassifier`` always have them,
``MLPRegressorCV`` and ``MLPClassifierCV`` with ``ensemble=True``.
"""

# %%
# What houses cost in 3,000 districts of California, half of them held out. 90 % of *all* districts are promised, not of
# each kind. Intervals are about as wide for cheap districts as for dear ones, so that nearly all of the cheap are
# inside, and fewer of the dear. Prices err in per cent: train on their logarithm, and take the intervals back with
# ``exp``. What was inside is inside.

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skl2 import MLPClassifierCV, TabularMLPRegressor

table = pd.read_csv(Path(sys.argv[0]).parent / "data" / "california_housing.csv.gz")
price = table.pop("median_house_value")
X, X_test, y, y_test = train_test_split(table, price.to_numpy(), test_size=0.5, random_state=0)
model = TabularMLPRegressor(n_jobs=-1, random_state=0)
intervals = {
    "trained on the price": model.fit(X, y).predict_interval(X_test, coverage=0.9),
    "trained on its logarithm": np.exp(model.fit(X, np.log(y)).predict_interval(X_test, coverage=0.9)),
}
predicted = np.exp(model.predict(X_test))
third = pd.qcut(predicted, 3, labels=["cheapest third", "middle third", "dearest third"])
for name, (low, high) in zip(intervals, (interval.T for interval in intervals.values()), strict=True):
    inside = pd.Series((low <= y_test) & (y_test <= high))
    shares = [f"{part} {share:.0%}" for part, share in inside.groupby(third, observed=True).mean().items()]
    print(f"{name:25} inside: {inside.mean():.0%} of all;", ", ".join(shares))

# %%
# The same sixty districts under both, in the order of their predictions.

rows = np.random.default_rng(0).choice(len(X_test), 60, replace=False)
rows = rows[np.argsort(predicted[rows])]
figure, axes = plt.subplots(1, 2, figsize=(11, 4.4), sharey=True, layout="constrained")
for axis, (name, interval) in zip(axes, intervals.items(), strict=True):
    low, high = interval[rows].T / 1000
    truth = y_test[rows] / 1000
    hit = (low <= truth) & (truth <= high)
    axis.vlines(range(60), low, high, color="#9ecae1", linewidth=4, label="90 % interval")
    axis.plot(np.flatnonzero(hit), truth[hit], "o", color="black", markersize=4, label="truth, inside")
    axis.plot(np.flatnonzero(~hit), truth[~hit], "o", color="#d55e00", markersize=6, label="truth, outside")
    axis.axhline(0, color="0.7", linewidth=1, zorder=0)
    axis.set(title=name, xlabel="districts, by predicted value", xticks=[])
axes[0].set_ylabel("median house value, thousands of dollars")
axes[0].legend(loc="upper left")
plt.show()

# %%
# For classes, a set: those that the network cannot rule out. Here of digits, from half of them, at 99 %. Most sets hold
# one digit. Below are the largest sets, in which the network says what it takes the image for.

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X / 16, y, test_size=0.5, stratify=y, random_state=0)
network = MLPClassifierCV(
    ensemble=True,
    decay="decoupled",
    learning_rate="cosine",
    learning_rate_init=0.01,
    max_iter=30,
    n_jobs=2,
    random_state=0,
).fit(X, y)
members = network.predict_set(X_test, coverage=0.99)
sizes = members.sum(axis=1)
print(f"{members[np.arange(len(y_test)), y_test].mean():.1%} of the sets hold the true digit")
print("number of digits in a set:", {int(size): int(np.sum(sizes == size)) for size in np.unique(sizes)})

figure, axes = plt.subplots(2, 6, figsize=(10, 4), layout="constrained")
for axis, number in zip(axes.flat, np.argsort(-sizes, kind="stable"), strict=False):
    axis.imshow(X_test[number].reshape(8, 8), cmap="gray_r")
    digits = ", ".join(map(str, np.flatnonzero(members[number])))
    axis.set(title=f"{{{digits}}}, is {y_test[number]}", xticks=[], yticks=[])
plt.show()
