"""
The regularization path: one call, a network for each λ
=======================================================

λ is an axis, not a number. Along it a network goes from one that has learned its samples by heart to one that says the
mean of all; the best is in between. ``path`` trains all of them together, from the same start and on the same
mini-batches, so that what differs between them comes from λ alone.
"""

# %%
# Ten measurements of 442 patients, and the progression of their diabetes a year later. A path is a sequence of fitted
# networks: ``path[3]`` is what ``fit`` gives with ``alpha=path.alphas[3]``.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skl2 import MLPRegressor, RegularizationPathDisplay

data = load_diabetes()
X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, random_state=2)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
y_train, y_test = (y_train - y_train.mean()) / y_train.std(), (y_test - y_train.mean()) / y_train.std()
network = MLPRegressor(
    hidden_layer_sizes=(50,),
    batch_size=50,
    learning_rate="cosine",
    learning_rate_init=0.01,
    max_iter=300,
    n_iter_no_change=300,
    random_state=0,
)
path = network.path(X_train, y_train, alphas=[0, *np.logspace(-4, 0.5, 28)], n_jobs=2)
print(path[::4])

# %%
# Without a penalty the network explains nearly all of its own patients, and new ones worse than their mean would. As λ
# grows both scores come together. The weights shrink, and with them those of the ten measurements, but not all alike:
# body mass index, blood pressure and s5, a measure of triglycerides, stay longest.

figure, axes = plt.subplots(3, 1, figsize=(7, 8), sharex=True, layout="constrained")
training = {"color": "0.5", "linestyle": "--", "marker": ""}
test = {"color": "#0072b2", "marker": "o", "markersize": 4}
RegularizationPathDisplay.from_path(path, X_train, y_train, name="training", ax=axes[0], line_kw=training)
RegularizationPathDisplay.from_path(path, X_test, y_test, name="test", ax=axes[0], line_kw=test)
RegularizationPathDisplay.from_path(path, layers=True, ax=axes[1], line_kw={"color": "black", "marker": ""})
per_feature = np.array([np.linalg.norm(each.coefs_[0], axis=1) for each in path])
telling = {"bmi": "-", "s5": "--", "bp": "-."}
for name, norms in zip(data.feature_names, per_feature.T, strict=True):
    style = {"color": "black", "label": name, "linestyle": telling[name]} if name in telling else {"color": "0.8"}
    axes[2].plot(path.alphas, norms, **style)
axes[2].set(xlabel="λ (alpha)", ylabel="‖W‖ of a measurement", yscale="log", ylim=(0.01, None))
axes[2].legend(loc="lower left")
for axis in axes[:2]:
    axis.set_xlabel("")
plt.show()
