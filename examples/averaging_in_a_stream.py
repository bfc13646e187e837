"""
The weights of a stream, averaged
=================================

A cosine lets the learning rate fall to zero, so that the last steps no longer jump around what they look for. It needs
to know when the last step is. Data that come in parts have no end: each call of :meth:`~skl2.MLPRegressor.partial_fit`
leaves weights that the last few mini-batches have pulled their way. ``weight_averaging=0.99`` leaves the moving average
over about the last hundred steps instead, and goes on training with the weights behind it.
"""

# %%
# A target with much noise, in parts of 250 samples that come once; and 2000 samples to judge by.
import matplotlib.pyplot as plt
import numpy as np

from skl2 import MLPRegressor

random = np.random.default_rng(0)


def draw(n_samples):
    """Return samples and targets; at best R² is 0.5."""
    X = random.standard_normal((n_samples, 8))
    signal = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]
    return X, (signal + signal.std() * random.standard_normal(n_samples)) / (np.sqrt(2) * signal.std())


X_test, y_test = draw(2000)
parts = [draw(250) for _ in range(150)]

# %%
# Three networks from one start see the same parts: at a constant rate, the same with an average, and one that is told
# when the stream ends.
common = {"hidden_layer_sizes": (50,), "batch_size": 25, "learning_rate_init": 0.01, "random_state": 0}
networks = {
    "constant": MLPRegressor(**common),
    "constant, averaged": MLPRegressor(weight_averaging=0.99, **common),
    "cosine, which knows the end": MLPRegressor(learning_rate="cosine", max_iter=len(parts), **common),
}
scores = {}
for name, network in networks.items():
    scores[name] = [network.partial_fit(*part).score(X_test, y_test) for part in parts]
    print(f"{name:28} R² over the last 30 parts {np.mean(scores[name][-30:]):.3f}, at the end {scores[name][-1]:.3f}")

# %%
# The average is as good at any time as the cosine is at its end.
fig, ax = plt.subplots(layout="constrained")
for name, values in scores.items():
    ax.plot(values, label=name)
ax.set(xlabel="parts of the stream", ylabel="R² of new samples", ylim=(0.3, 0.51))
ax.legend()
plt.show()
