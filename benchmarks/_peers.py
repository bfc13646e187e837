"""The training of scikit-learn, PyTorch and JAX, written as their users would."""

from itertools import pairwise

import numpy as np
from _measure import Training
from _workloads import estimator, samples
from sklearn import neural_network


def scikit_learn_training(workload, dtype):
    """Return the training of scikit-learn's network."""
    X, y = samples(workload, dtype)

    def train(n_epochs):
        estimator(neural_network, workload, max_iter=n_epochs).fit(X, y)

    train(1)
    return Training(train, 1, 1 + max(3, workload.n_epochs // 3))


def torch_training(workload, dtype, n_threads):
    """Return the training in PyTorch: eager, fused AdamW."""
    import torch

    X, y = map(torch.from_numpy, samples(workload, dtype))
    y = y if workload.n_classes else y[:, None]
    activation = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}[workload.activation]
    layers = []
    for inputs, outputs in pairwise(workload.sizes):
        layers += [torch.nn.Linear(inputs, outputs), activation()]
    network = torch.nn.Sequential(*layers[:-1]).to(X.dtype)
    loss = torch.nn.CrossEntropyLoss() if workload.n_classes else torch.nn.MSELoss()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=1e-4, fused=True)

    def train(n_epochs):
        torch.set_num_threads(n_threads)
        for _ in range(n_epochs):
            for rows in torch.randperm(workload.n_samples).split(workload.batch_size):
                optimizer.zero_grad(set_to_none=True)
                loss(network(X[rows]), y[rows]).backward()
                optimizer.step()

    train(1)
    return Training(train, 0, 1)


def jax_loss(workload):
    """Return the mean loss of a mini-batch, as a function of parameters, X and y."""
    import jax
    import optax

    activation = {"relu": jax.nn.relu, "tanh": jax.numpy.tanh}[workload.activation]

    def loss(parameters, X, y):
        layer = X
        for coefs, intercepts in parameters[:-1]:
            layer = activation(layer @ coefs + intercepts)
        raw = layer @ parameters[-1][0] + parameters[-1][1]
        if workload.n_classes:
            return optax.softmax_cross_entropy_with_integer_labels(raw, y).mean()
        return 0.5 * ((raw[:, 0] - y) ** 2).mean()

    return loss


def jax_training(workload, dtype):
    """Return the training in JAX: one compiled scan over the mini-batches, optax."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", dtype == "float64")
    X, y = map(jax.numpy.asarray, samples(workload, dtype))
    random, loss, optimizer = np.random.default_rng(0), jax_loss(workload), optax.adamw(1e-3, weight_decay=1e-4)
    layers = [(random.standard_normal(shape) * 0.1, np.zeros(shape[1])) for shape in pairwise(workload.sizes)]
    parameters = jax.tree.map(lambda array: jax.numpy.asarray(array, X.dtype), layers)
    n_whole = workload.n_samples - workload.n_samples % workload.batch_size

    def step(state, rows):
        parameters, moments = state
        gradient = jax.grad(loss)(parameters, X[rows], y[rows])
        updates, moments = optimizer.update(gradient, moments, parameters)
        return (optax.apply_updates(parameters, updates), moments), None

    @jax.jit
    def epoch(state, key):
        key, order_key = jax.random.split(key)
        order = jax.random.permutation(order_key, workload.n_samples)
        state, _ = jax.lax.scan(step, state, order[:n_whole].reshape(-1, workload.batch_size))
        return state if n_whole == workload.n_samples else step(state, order[n_whole:])[0], key

    state = (parameters, optimizer.init(parameters)), jax.random.PRNGKey(0)

    def train(n_epochs):
        nonlocal state
        for _ in range(n_epochs):
            state = epoch(*state)
        jax.block_until_ready(state)

    train(1)
    return Training(train, 0, 1)
