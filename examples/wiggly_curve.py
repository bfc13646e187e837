"""
A wiggly curve, tamed by λ
==========================

A network with large weights can bend fast enough to follow the noise in its data. The L2 penalty (λ/2)·Σ‖W‖² makes
large weights expensive: as λ grows, one and the same network goes from a curve that chases the samples to a smooth one,
and then to one that is too flat. With one input and one hidden layer we can watch it in every single weight.
"""

# %%
# Thirty noisy samples of a sine, and a network with 50 hidden units: far more than needed. ``path`` trains one network
# for each λ, all from the same start. L-BFGS uses all samples at once and takes each network to a minimum.

import matplotlib.pyplot as plt
import numpy as np

from skl2 import MLPRegressor

rng = np.random.default_rng(0)
x = np.sort(rng.uniform(-1, 1, 30))
y = np.sin(np.pi * x) + rng.normal(scale=0.3, size=x.size)

network = MLPRegressor(
    hidden_layer_sizes=(50,),
    activation="tanh",
    optimizer="lbfgs",
    tol=1e-6,
    max_iter=10_000,
    max_fun=20_000,
    random_state=0,
)
path = network.path(x[:, np.newaxis], y, alphas=[0, 1e-5, 1e-3, 1e-1])
print(path)

# %%
# Above, the curves. Below, the same networks unit by unit: a hidden unit is a dot, its weight from the input across and
# its weight to the output up. Dots far from the origin make the sharp bends, and λ draws all but a few to the origin.
# The error is the root mean square of curve minus truth, which we know here: it is smallest at the third λ.

x_fine = np.linspace(-1, 1, 500)
truth = np.sin(np.pi * x_fine)
curves = path.predict(x_fine[:, np.newaxis])
figure, axes = plt.subplots(2, len(path), figsize=(11, 5.6), sharex="row", sharey="row", layout="constrained")
for k, alpha in enumerate(path.alphas):
    error = np.sqrt(np.mean((curves[k] - truth) ** 2))
    axes[0, k].plot(x_fine, truth, color="0.5", linestyle="--", label="truth")
    axes[0, k].plot(x_fine, curves[k], color="#0072b2", linewidth=2, label="network")
    axes[0, k].plot(x, y, "o", color="black", markersize=3.5, label="samples")
    axes[0, k].set_title(f"λ = {alpha:g}\nerror {error:.2f}, ‖W‖ = {path.weight_norms[k]:.1f}")
    axes[0, k].set(xlabel="x", ylim=(-2, 2))

    weights_in, weights_out = path[k].coefs_
    axes[1, k].axhline(0, color="0.8", linewidth=1)
    axes[1, k].axvline(0, color="0.8", linewidth=1)
    axes[1, k].plot(weights_in.ravel(), weights_out.ravel(), "o", color="#0072b2", alpha=0.6, markeredgewidth=0)
    axes[1, k].set(xlabel="weight from the input")
axes[0, 0].set_ylabel("y")
axes[1, 0].set_ylabel("weight to the output")
figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()
