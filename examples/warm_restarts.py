"""
Warm restarts, and an ensemble for free
=======================================

``learning_rate="cosine_restarts"`` lets the learning rate fall to zero, jump back and fall again, in cycles that grow
(SGDR, Loshchilov and Hutter, 2017). At the end of each cycle there is a network that could be used, and ``fit`` keeps a
copy of it in ``snapshots_``. Their mean is an ensemble that costs no more training than one network.
"""

# %%
# Half of the tumours of the breast cancer data to train on, the others to test. A first cycle of 10 epochs, then 20 and
# 40: training is complete after 70. ``n_iter_no_change=np.inf`` lets it run through all cycles.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier

X, y = load_breast_cancer(return_X_y=True)
settings = {"hidden_layer_sizes": (100,), "batch_size": 32, "learning_rate_init": 0.003, "max_iter": 70}
settings |= {"decay": "decoupled", "alpha": 0.3, "tol": 0.0, "n_iter_no_change": np.inf, "dtype": "float32"}


def halves(seed):
    """Return scaled halves of the data, and their labels."""
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=seed, stratify=y)
    scaler = StandardScaler().fit(X_train)
    return scaler.transform(X_train), scaler.transform(X_test), y_train, y_test


X_train, X_test, y_train, y_test = halves(0)
network = MLPClassifier(learning_rate="cosine_restarts", T_0=10, T_mult=2, random_state=0, **settings)
network.fit(X_train, y_train)
print([snapshot.n_iter_ for snapshot in network.snapshots_])

# %%
# The rate, and the loss. Each restart throws the network out of the place that it had found, and it comes back to
# another.

figure, axes = plt.subplots(2, 1, sharex=True, figsize=(7, 4.5), layout="constrained")
axes[0].plot(np.arange(1, 71), network.learning_rate_curve_)
axes[0].set_ylabel("learning rate")
axes[1].semilogy(np.arange(1, 71), network.loss_curve_)
axes[1].set(ylabel="training loss", xlabel="epoch")
for snapshot in network.snapshots_:
    for ax in axes:
        ax.axvline(snapshot.n_iter_, color="0.7", linestyle="--")
plt.show()

# %%
# Eight splits of the data. The snapshots are networks of one training; beside them is a network that has all 70 epochs
# for one cosine. Here the long trainings have become too sure of themselves: the log loss shows it, and the mean mends
# it. For a vote with scikit-learn's tools, give ``VotingClassifier`` the snapshots as ``FrozenEstimator(snapshot)``.

losses = {}
for seed in range(8):
    X_train, X_test, y_train, y_test = halves(seed)
    restarted, straight = (
        MLPClassifier(learning_rate=schedule, random_state=seed, **settings).fit(X_train, y_train)
        for schedule in ("cosine_restarts", "cosine")
    )
    probabilities = {f"snapshot after {s.n_iter_:2} epochs": s.predict_proba(X_test) for s in restarted.snapshots_}
    probabilities["mean of the snapshots"] = np.mean(list(probabilities.values()), axis=0)
    probabilities["one cosine of 70 epochs"] = straight.predict_proba(X_test)
    for name, probability in probabilities.items():
        losses.setdefault(name, []).append(log_loss(y_test, probability.astype(float)))

for name, values in losses.items():
    print(f"{name:24} {np.mean(values):.3f}")

# %%
# Whether the mean is worth more than the last network depends on the data. Where more training is still better, as on
# the digits, the early snapshots are worse than the last, and so is their mean: look at the score of each on held-out
# samples, and average the later ones.
