"""
Moving from scikit-learn's MLP: the same network, sooner
========================================================

``MLPClassifier.from_sklearn`` makes a network of skl2 from one of scikit-learn, fitted or not, and ``to_sklearn`` goes
back. With equal seeds both libraries train the same network, weight by weight. One number changes on the way:
scikit-learn divides its ``alpha`` by the batch size, and skl2 divides λ by nothing.
"""

# %%
# A network of scikit-learn and its twin: ``alpha`` of 0.1 in mini-batches of 128 samples is λ = 0.1/128. (Adam's ε is
# negligible here, because it is added at another place in the two libraries; with the default of 1e-8 the losses of
# an epoch differ by about 1e-5.)

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn import neural_network
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import skl2

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=1280, stratify=y, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

theirs = neural_network.MLPClassifier(
    alpha=0.1, batch_size=128, learning_rate_init=0.003, epsilon=1e-30, random_state=0
)
ours = skl2.MLPClassifier.from_sklearn(theirs)
print(theirs, ours, sep="\n")

# %%
# Train both. ``warm_up`` compiles before the clock runs; without it, the first fit on a machine would.

skl2.warm_up(dtypes="float64")
seconds = {}
for name, network in {"scikit-learn": theirs, "skl2": ours}.items():
    start = perf_counter()
    network.fit(X_train, y_train)
    seconds[name] = perf_counter() - start
    print(f"{name:12}  {network.n_iter_} epochs, accuracy {network.score(X_test, y_test):.4f}")
distance = max(np.abs(W_ours - W).max() for W_ours, W in zip(ours.coefs_, theirs.coefs_, strict=True))
print(f"largest difference of two weights: {distance:.0e}")

# %%
# The way back: train here, and serve the model wherever scikit-learn's MLP is known.

served = ours.to_sklearn()
print(served)
print("same probabilities:", np.allclose(served.predict_proba(X_test), ours.predict_proba(X_test), rtol=1e-12))

# %%
# The loss of each epoch, and the time of the whole fit on this machine.

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=(3, 2), layout="constrained")
styles = {"color": "0.6", "linewidth": 5}, {"color": "#0072b2", "linewidth": 2, "linestyle": "--"}
skl2.LossCurveDisplay.from_estimator(theirs, name="scikit-learn", ax=left, line_kw=styles[0])
skl2.LossCurveDisplay.from_estimator(ours, name="skl2", ax=left, line_kw=styles[1])
left.set(ylabel="training loss", yscale="log")
bars = right.barh(list(seconds), list(seconds.values()), height=0.5, color=["0.6", "#0072b2"])
right.bar_label(bars, fmt="%.2f s", padding=3)
right.set(xlabel="time of the fit (s)", xlim=(0, 1.25 * max(seconds.values())))
right.invert_yaxis()
plt.show()
