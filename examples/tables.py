"""
A table as it is
================

What ``make demo`` runs. A frame with numbers, a column of text and gaps goes into ``TabularMLPRegressor`` in one line,
beside scikit-learn's boosting and scikit-learn's MLP: how well they predict, and how long they take.
"""

# %%
# The table is 3,000 districts of California in the census of 1990; what a house costs there is to be predicted. One
# column is text, and 32 cells are empty. A quarter of the rows is held out.

import sys
from pathlib import Path
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

import skl2

table = pd.read_csv(Path(sys.argv[0]).parent / "data" / "california_housing.csv.gz")
price = table.pop("median_house_value")
X, X_test, y, y_test = train_test_split(table, price, random_state=0)
print(X.head(3).T.to_string(), "\n")

# %%
# One line for skl2, which takes the frame as it is. Boosting takes gaps, and text once it is declared a category. The
# MLP of scikit-learn wants gaps filled, levels as columns, and inputs and target scaled. Each has one core. What skl2
# compiles, once on a new machine and for some seconds, it compiles before the clock runs.

model = skl2.TabularMLPRegressor(random_state=0)

boosting = make_pipeline(
    FunctionTransformer(lambda frame: frame.astype({"ocean_proximity": "category"})),
    HistGradientBoostingRegressor(categorical_features="from_dtype", random_state=0),
)
columns = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), ["ocean_proximity"]),
    remainder=make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
)
mlp = TransformedTargetRegressor(
    make_pipeline(columns, MLPRegressor(max_iter=500, random_state=0)), transformer=StandardScaler()
)

skl2.warm_up(dtypes="float32")
print(f"{'750 rows held out':33} {'R²':>6} {'RMSE, $':>8} {'seconds':>8}")
for name, each in {
    "skl2, TabularMLPRegressor": model,
    "HistGradientBoostingRegressor": boosting,
    "scikit-learn's MLP, in a pipeline": mlp,
}.items():
    start = perf_counter()
    with threadpool_limits(1):
        each.fit(X, y)
    seconds = perf_counter() - start
    predicted = each.predict(X_test)
    r2, rmse = r2_score(y_test, predicted), root_mean_squared_error(y_test, predicted)
    print(f"{name:33} {r2:6.2f} {rmse:8,.0f} {seconds:8.1f}")

# %%
# On this table boosting is a little ahead; on its numbers without longitude and latitude the network is. The page on
# tables in the guide says where to expect which.
#
# The networks give what the others do not: each training row has a prediction by a network that has not seen it. From
# these come a score with its standard error, before any test, and intervals for new rows. (The score is that of single
# networks; their mean, which predicts, is better.)

print(f"\nbest_score_, R² on training rows not seen: {model.best_score_:.2f} ± {model.best_score_error_:.2f}")
low, high = model.predict_interval(X_test, coverage=0.9).T
inside = (low <= y_test) & (y_test <= high)
print(f"90 % intervals: {inside.mean():.1%} of the rows held out are inside, mean width {np.mean(high - low):,.0f} $")

# %%
# Sixty of the districts held out, in the order of their predictions: the bar is the interval, filled dots are inside.

rows = np.random.default_rng(0).choice(len(X_test), 60, replace=False)
predicted = model.predict(X_test)
rows = rows[np.argsort(predicted[rows])]
number, truth, hit = np.arange(60), y_test.to_numpy()[rows], inside.to_numpy()[rows]

figure, axes = plt.subplots(figsize=(10, 4.8), layout="constrained")
axes.vlines(number, low[rows], high[rows], color="#9ecae1", linewidth=5, label="90 % interval")
axes.plot(number, predicted[rows], "_", color="#0072b2", markersize=8, markeredgewidth=2, label="prediction")
axes.plot(number[hit], truth[hit], "o", color="black", markersize=4.5, label="truth, inside")
axes.plot(number[~hit], truth[~hit], "o", color="#d55e00", markersize=6, label="truth, outside")
axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f} $")
axes.set(
    title=f"Median house value in 60 districts: {hit.sum()} within their 90 % interval",
    xlabel="districts, by predicted value",
    xticks=[],
)
axes.legend(loc="upper left")
figure.savefig("tables.png", dpi=120)
plt.show()

# %%
# Arrays of numbers, and a network of scikit-learn's kind: ``quick`` tries eight values of λ in three folds, by short
# runs, and trains a network with the best. That takes less time than a default fit of scikit-learn's, which tries none.

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, random_state=0)
scaler = StandardScaler().fit(X)
X, X_test = scaler.transform(X), scaler.transform(X_test)
print(f"\n{'digits, 450 rows held out':33} {'accuracy':>8} {'seconds':>8}")
for name, each in {
    "skl2, MLPClassifierCV.quick": skl2.MLPClassifierCV.quick(random_state=0),
    "scikit-learn's MLP, one fit": MLPClassifier(random_state=0),
}.items():
    start = perf_counter()
    with threadpool_limits(1):
        each.fit(X, y)
    print(f"{name:33} {accuracy_score(y_test, each.predict(X_test)):8.3f} {perf_counter() - start:8.2f}")
