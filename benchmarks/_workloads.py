"""The networks and samples that the benchmarks train on."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from _measure import Training

import skl2

UNTIL_THE_LAST_EPOCH = {"tol": 0, "n_iter_no_change": 10**6, "random_state": 0}
FEW = 3  # epochs, the lower end of a slope: after fewer, a fit may look into why nothing was learned


class Workload(NamedTuple):
    """A network, its samples, and how many epochs are timed."""

    n_samples: int
    n_features: int
    hidden: tuple
    batch_size: int
    activation: str
    n_epochs: int
    n_classes: int = 0  # 0: regression of one target

    @property
    def n_batches(self):
        """Mini-batches of an epoch."""
        return -(-self.n_samples // self.batch_size)

    @property
    def sizes(self):
        """Units of all layers."""
        return (self.n_features, *self.hidden, self.n_classes or 1)

    @property
    def multiply_adds(self):
        """Multiply-adds of one sample in one product per layer."""
        return sum(inputs * outputs for inputs, outputs in pairwise(self.sizes))

    def reduced(self):
        """Return the same network, with few samples and epochs."""
        return self._replace(n_samples=min(self.n_samples, max(2000, self.batch_size)), n_epochs=min(self.n_epochs, 3))


WORKLOADS = {
    "tiny": Workload(1000, 10, (16,), 32, "relu", 60),
    "digits": Workload(1797, 64, (100,), 200, "relu", 30),
    "med": Workload(20000, 30, (100,), 200, "relu", 5),
    "med32": Workload(20000, 30, (100,), 32, "relu", 3),
    "tanh": Workload(20000, 30, (100, 100), 200, "tanh", 3),
    "deep": Workload(30000, 100, (256, 256), 256, "relu", 2),
    "mnist": Workload(10000, 784, (100,), 200, "relu", 3),
    "wide": Workload(10000, 784, (512, 512), 256, "relu", 2),
    "digits, 10 classes": Workload(1797, 64, (100,), 200, "relu", 30, n_classes=10),
}


def samples(workload, dtype):
    """Return X and y of a dtype, the same in each call."""
    random = np.random.default_rng(0)
    X = random.standard_normal((workload.n_samples, workload.n_features)).astype(dtype)
    if workload.n_classes:
        return X, X[:, : workload.n_classes].argmax(axis=1)
    one, two, three = (X[:, number % workload.n_features] for number in range(3))
    return X, one * two + np.sin(three)


def estimator(package, workload, **settings):
    """Return an untrained network of skl2 or of sklearn.neural_network."""
    kind = package.MLPClassifier if workload.n_classes else package.MLPRegressor
    shape = {"hidden_layer_sizes": workload.hidden, "activation": workload.activation}
    return kind(**shape, batch_size=workload.batch_size, **UNTIL_THE_LAST_EPOCH | settings)


def skl2_training(workload, dtype):
    """Return the training of skl2's network, with Adam and decoupled weight decay; all is compiled."""
    X, y = samples(workload, dtype)

    def train(n_epochs):
        estimator(skl2, workload, decay="decoupled", alpha=1e-4, max_iter=n_epochs).fit(X, y)

    train(1)
    return Training(train, FEW, FEW + workload.n_epochs)
