"""
Under plain SGD, L2 and weight decay are one algorithm
======================================================

A gradient step on a loss with the penalty (λ/2)·‖W‖² is W − η·(g + λW). The same step reads (1 − ηλ)·W − η·g: shrink
the weights, then follow the data. So plain SGD cannot tell an L2 penalty from weight decay. An optimizer with a memory
can, because it makes a difference whether λW goes through the memory or past it.
"""

# %%
# Six networks with the same start, the same mini-batches and the same λ: a penalty and decoupled decay under each of
# three optimizers. ``partial_fit`` trains for one epoch, so that the weights can be compared after each.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import scale

from skl2 import MLPClassifier

X, y = load_breast_cancer(return_X_y=True)
X = scale(X)
optimizers = {
    "plain SGD": {"optimizer": "sgd", "momentum": 0, "learning_rate_init": 0.1},
    "SGD with momentum 0.9": {"optimizer": "sgd", "momentum": 0.9, "learning_rate_init": 0.01},
    "Adam": {"optimizer": "adam", "learning_rate_init": 0.001},
}
epochs = np.arange(1, 101)
common = {"hidden_layer_sizes": (50,), "alpha": 0.05, "batch_size": 64, "random_state": 0}


def all_weights(network):
    """Return the weights of all layers in one vector."""
    return np.concatenate([W.ravel() for W in network.coefs_])


history = {}
for name, options in optimizers.items():
    l2 = MLPClassifier(penalty="l2", **options, **common)
    decoupled = MLPClassifier(decay="decoupled", **options, **common)
    distances = []
    for _ in epochs:
        W_l2 = all_weights(l2.partial_fit(X, y, classes=[0, 1]))
        W_decoupled = all_weights(decoupled.partial_fit(X, y, classes=[0, 1]))
        distances.append(np.linalg.norm(W_l2 - W_decoupled) / np.linalg.norm(W_l2))
    history[name] = (l2.weight_norm_curve_, decoupled.weight_norm_curve_, distances)
    print(f"{name:22} after {len(epochs)} epochs: relative distance of the weights {distances[-1]:.1e}")

# %%
# Under plain SGD the two curves are one, and the weights agree to rounding. With momentum μ the memory applies each
# penalty again and again, 1/(1 − μ) = 10 times in all, but decay acts once: it is ten times weaker. Adam divides the
# penalty by the size of each weight's gradient, and decay by nothing.

figure, axes = plt.subplots(1, 4, figsize=(12, 3.4), layout="constrained")
for axis, (name, (norms_l2, norms_decoupled, _)) in zip(axes, history.items(), strict=False):
    axis.plot(epochs, norms_l2, color="#0072b2", linewidth=4, alpha=0.6, label="penalty='l2'")
    axis.plot(epochs, norms_decoupled, color="#d55e00", linestyle="--", linewidth=2, label="decay='decoupled'")
    axis.set(title=name, xlabel="epoch", ylim=(0, 9.5))
axes[0].set_ylabel("‖W‖")
axes[0].legend(loc="upper right")
for (name, (_, _, distances)), style in zip(history.items(), ("-", "--", ":"), strict=True):
    axes[3].semilogy(epochs, distances, color="black", linestyle=style, label=name)
axes[3].set(title="relative distance of the weights", xlabel="epoch", ylim=(1e-17, 100))
axes[3].legend(loc="center right")
plt.show()
