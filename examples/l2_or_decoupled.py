"""
Choose λ, and compare with scikit-learn
=======================================

The main job on real data: ten values of λ in five folds, for an L2 penalty, for decoupled weight decay, and for
scikit-learn's MLP in its ``GridSearchCV``. What is chosen, how well it predicts, and how long it takes.
"""

# %%
# The L2 penalty and scikit-learn try the same λ; scikit-learn divides its ``alpha`` by the batch size, so there it is
# 200·λ. Decoupled decay has a grid of its own, which follows the learning rate and the number of steps.

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn import neural_network
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.preprocessing import StandardScaler

import skl2

grid = np.array([0, *np.logspace(-5, 0, 9)])
network = {"batch_size": 200, "learning_rate_init": 0.003, "tol": 1e-3, "random_state": 0}
searches = {
    "skl2, penalty='l2'": skl2.MLPClassifierCV(grid, penalty="l2", n_jobs=2, **network),
    "skl2, decay='decoupled'": skl2.MLPClassifierCV(decay="decoupled", n_jobs=2, **network),
    "scikit-learn": GridSearchCV(neural_network.MLPClassifier(**network), {"alpha": 200 * grid}, n_jobs=2),
}
styles = [
    {"color": "#0072b2", "marker": "o"},
    {"color": "#d55e00", "marker": "s", "linestyle": "--"},
    {"color": "0.5", "marker": "x", "linestyle": ":"},
]
skl2.warm_up(dtypes="float64")  # compile before the clock runs

# %%
# All three score alike, and skl2 takes a fraction of the time. (scikit-learn's weights are a little smaller, because it
# penalises a short last mini-batch harder.) In the picture, bands are standard errors, stars the values chosen, and
# circles the largest λ within one standard error. λ of a penalty and λ of decay are different quantities.

figure, axes = plt.subplots(2, 2, figsize=(10, 6.5), sharex="col", layout="constrained")
print(f"{'':14} {'':24} {'best λ':>7} {'CV score':>9} {'test score':>11} {'‖W‖':>6} {'seconds':>8}")
for column, (data, load) in enumerate({"breast cancer": load_breast_cancer, "digits": load_digits}.items()):
    X, y = load(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
    scaler = StandardScaler().fit(X)
    X, X_test = scaler.transform(X), scaler.transform(X_test)
    for (name, search), style in zip(searches.items(), styles, strict=True):
        start = perf_counter()
        search.fit(X, y)
        seconds = perf_counter() - start
        best = search.best_params_["alpha"] / (200 if name == "scikit-learn" else 1)
        norm = np.sqrt(sum(np.sum(W**2) for W in search.best_estimator_.coefs_))
        print(
            f"{data:14} {name:24} {best:7.2g} {search.best_score_:9.3f} {search.score(X_test, y_test):11.3f} "
            f"{norm:6.1f} {seconds:8.1f}"
        )
        if name == "scikit-learn":
            scores = search.cv_results_["mean_test_score"]
            skl2.RegularizationPathDisplay(grid, scores).plot(axes[0, column], name=name, line_kw=style)
        else:
            skl2.RegularizationPathDisplay.from_cv(search, name=name, ax=axes[:, column], line_kw=style)
    axes[0, column].set(
        title=data, ylabel="accuracy, 5 folds", xlabel="", ylim=(max(scores) - 0.1, max(scores) + 0.015)
    )
lines = [line for line in axes[0, 0].get_lines() if line.get_label() in searches]
figure.legend(handles=lines, loc="outside upper center", ncols=3)
for axis in axes[0]:
    axis.get_legend().remove()
figure.savefig("l2_or_decoupled.png", dpi=120)
plt.show()
