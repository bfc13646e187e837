"""
Under Adam, L2 erases rare features; decoupled decay treats all alike
=====================================================================

Adam divides the gradient of each weight by its usual size, and with an L2 penalty λW is part of that gradient. So a
weight that the data seldom move is drawn to zero fast, and one that they often move hardly at all. Decoupled decay
takes the same share of every weight in each step.
"""

# %%
# Pixels of the digits differ in how often they are inked: in the middle often, at the edges almost never. Here are
# three networks from one start: without regularization, with an L2 penalty, and with decoupled decay. λ is such that
# the last two have weights of the same size in all.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skl2 import MLPClassifier, WeightDistributionDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)
settings = {
    "hidden_layer_sizes": (50,),
    "batch_size": 100,
    "learning_rate": "cosine",
    "learning_rate_init": 0.01,
    "max_iter": 100,
    "n_iter_no_change": 100,
    "random_state": 0,
}
networks = {
    "no regularization": MLPClassifier(penalty=None, **settings),
    "penalty='l2'": MLPClassifier(penalty="l2", alpha=3e-4, **settings),
    "decay='decoupled'": MLPClassifier(decay="decoupled", alpha=0.25, **settings),
}
per_pixel = {}
for name, network in networks.items():
    network.fit(X_train, y_train)
    per_pixel[name] = np.linalg.norm(network.coefs_[0], axis=1)  # of the weights that leave the pixel
    print(f"{name:17}  ‖W‖ = {network.weight_norm_curve_[-1]:.1f}, accuracy {network.score(X_test, y_test):.3f}")

# %%
# Left, a dot for each pixel: how large its weights are, compared with those of the network without regularization. With
# L2 least is left of pixels that are seldom inked, and nothing of those that never are. With decoupled decay rare
# pixels keep as much as others do, but for a few: where there is never ink, decay acts alone and leaves
# exp(−λ·Ση) = 0.17.
#
# Right, the same sizes where the pixels are in the image; yellow is large.

figure, axes = plt.subplot_mosaic("AAABC;AAADE", figsize=(11, 4.6), layout="constrained")
inked = np.mean(X_train > 0, axis=0)
for name, color, marker in (("penalty='l2'", "#0072b2", "o"), ("decay='decoupled'", "#d55e00", "s")):
    ratio = per_pixel[name] / per_pixel["no regularization"]
    axes["A"].plot(inked, ratio, marker, color=color, label=name)
axes["A"].set_xlabel("share of images in which the pixel is inked")
axes["A"].set_ylabel("‖W‖ of the pixel, relative to no regularization")
axes["A"].legend()
maps = {"B": ("how often inked", inked)} | {k: item for k, item in zip("CDE", per_pixel.items(), strict=True)}
for key, (title, values) in maps.items():
    axes[key].imshow(values.reshape(8, 8), cmap="cividis", vmin=0)
    axes[key].set(title=title, xticks=[], yticks=[])
plt.show()

# %%
# And how many weights are small? With L2, a fifth of those in the first layer are below 0.001.

figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True, layout="constrained")
for (name, network), color, dashes in zip(
    networks.items(), ("0.5", "#0072b2", "#d55e00"), (":", "-", "--"), strict=True
):
    line = {"color": color, "linestyle": dashes}
    WeightDistributionDisplay.from_estimator({name: network}, kind="cumulative", ax=axes, line_kw=line)
axes[0].set_xlim(right=3)
axes[1].set(xlim=axes[0].get_xlim(), ylabel="")
plt.show()
