"""
Learning rate and λ: can each be tuned alone?
=============================================

Loshchilov and Hutter (2019, Figure 2) drew the error of residual networks over learning rate and λ. With an L2 penalty
the best pairs lay on a diagonal, so that whoever changed one had to change the other; with decoupled decay they lay
along the axes. A multilayer perceptron on the digits draws another map: with both mechanisms the best λ hardly depends
on the learning rate, if λ is what skl2 and PyTorch call λ. What the paper calls λ does.
"""

# %%
# A search over λ for each learning rate η₀ and mechanism, all with Adam and a cosine schedule. 400 training samples are
# few enough for regularization to matter, and the log loss tells networks apart better than the accuracy.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedShuffleSplit

from skl2 import LearningRateDecayDisplay, MLPClassifierCV

X, y = load_digits(return_X_y=True)
X = X / 16
settings = {
    "hidden_layer_sizes": (50,),
    "batch_size": 50,
    "learning_rate": "cosine",
    "max_iter": 200,
    "n_iter_no_change": 200,
    "cv": StratifiedShuffleSplit(4, train_size=400, test_size=1000, random_state=0),
    "scoring": "neg_log_loss",
    "dtype": "float32",
    "n_jobs": 2,
    "random_state": 0,
}
rates = 0.001 * 2.0 ** np.arange(7)


def search(alphas, **mechanism):
    """Return a search over λ for each learning rate."""
    return [MLPClassifierCV(alphas, learning_rate_init=rate, **mechanism, **settings).fit(X, y) for rate in rates]


l2 = search(2e-5 * 2.0 ** np.arange(11), penalty="l2")
decoupled = search(0.01 * 2.0 ** np.arange(9), decay="decoupled")
for rate, of_l2, of_decoupled in zip(rates, l2, decoupled, strict=True):
    print(f"η₀ = {rate:5.3f}   best λ of l2 {of_l2.alpha_:7.5f}, of decoupled {of_decoupled.alpha_:4.2f}")

# %%
# From a learning rate of 0.004 to one of 0.064 the best λ stays where it is. The ten best pairs are marked: in the
# first two maps they stand above each other. The third map shows the numbers of the second over η₀·λ, the λ of the
# paper, where decay is not multiplied by η₀: there they are on a diagonal.
#
# Why do residual networks differ? A likely reason: before a normalization layer the size of weights has no effect, and
# η·λ says how fast they turn. This network has no such layer, and λ decides at which size its weights come to rest.

figure, axes = plt.subplots(1, 3, figsize=(15, 4.2), layout="constrained")
colours = {"vmin": -0.3, "vmax": -0.14}
LearningRateDecayDisplay.from_cv(l2, ax=axes[0], mesh_kw=colours)
LearningRateDecayDisplay.from_cv(decoupled, ax=axes[1], mesh_kw=colours)
LearningRateDecayDisplay.from_cv(decoupled, x="product", ax=axes[2], mesh_kw=colours)
titles = "penalty='l2', against λ", "decay='decoupled', against λ", "decay='decoupled', against the paper's λ"
for axis, title in zip(axes, titles, strict=True):
    axis.set_title(title)
plt.show()
