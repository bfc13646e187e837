"""Write trajectories of PyTorch and optax to trajectories.json, for tests/mathematics/test_against_peers.py.

    python tests/data/peers/record.py

runs where torch, jax and optax are installed, which the tests do without: PyTorch 2.13 and optax 0.2.8 wrote the file.

A network of one hidden layer of tanh with half the squared error is trained in double precision on mini-batches that
follow one another. What a row of TRAININGS says of ours, in its own words, stands beside what does it there.
"""

import json
import warnings
from itertools import pairwise
from pathlib import Path

import jax
import numpy as np
import optax
import torch
from torch.optim import lr_scheduler

jax.config.update("jax_enable_x64", True)
jax_numpy = jax.numpy
N_SAMPLES, BATCH_SIZE, MAX_ITER, RATE = 24, 8, 7, 0.02
N_BATCHES = N_SAMPLES // BATCH_SIZE
N_STEPS = N_BATCHES * MAX_ITER
SIZES = (3, 4, 2)


def draw():
    """Return X, Y, and the weights and intercepts to begin with, layer by layer."""
    random = np.random.default_rng(0)
    X = random.standard_normal((N_SAMPLES, SIZES[0]))
    Y = np.column_stack([np.sin(X[:, 0]) - X[:, 1], X[:, 2] ** 2])
    shapes = list(pairwise(SIZES))
    return X, Y, [random.normal(0, 0.5, shape) for shape in shapes], [random.normal(0, 0.5, size) for size in SIZES[1:]]


def train_torch(optimizer, scheduler=None, alphas=(0.0, 0.0)):
    """Return the parameters after the last step; optimizer takes groups, scheduler an optimizer."""
    X, Y, coefs, intercepts = draw()
    X, Y = torch.tensor(X), torch.tensor(Y)
    coefs, intercepts = ([torch.nn.Parameter(torch.tensor(layer)) for layer in part] for part in (coefs, intercepts))
    groups = [{"params": [coef], "weight_decay": alpha} for coef, alpha in zip(coefs, alphas, strict=True)]
    optimizer = optimizer([*groups, {"params": intercepts, "weight_decay": 0.0}])
    scheduler = scheduler and scheduler(optimizer)
    for step in range(N_STEPS):
        if isinstance(scheduler, lr_scheduler.CosineAnnealingWarmRestarts):
            scheduler.step(step / N_BATCHES)
        rows = slice(step % N_BATCHES * BATCH_SIZE, (step % N_BATCHES + 1) * BATCH_SIZE)
        raw = torch.tanh(X[rows] @ coefs[0] + intercepts[0]) @ coefs[1] + intercepts[1]
        optimizer.zero_grad()
        (0.5 * ((raw - Y[rows]) ** 2).sum(dim=1).mean()).backward()
        optimizer.step()
        if scheduler and not isinstance(scheduler, lr_scheduler.CosineAnnealingWarmRestarts):
            scheduler.step()
    return np.concatenate([part.detach().numpy().ravel() for part in (*coefs, *intercepts)]).tolist()


def train_optax(transform):
    """Return the parameters after the last step of a gradient transformation, which gets coefs and intercepts."""
    X, Y, coefs, intercepts = draw()
    params = {
        "coefs": [jax_numpy.asarray(coef) for coef in coefs],
        "intercepts": list(map(jax_numpy.asarray, intercepts)),
    }

    def loss(params, X, Y):
        coefs, intercepts = params["coefs"], params["intercepts"]
        raw = jax_numpy.tanh(X @ coefs[0] + intercepts[0]) @ coefs[1] + intercepts[1]
        return 0.5 * jax_numpy.mean(jax_numpy.sum((raw - Y) ** 2, axis=1))

    state = transform.init(params)
    for step in range(N_STEPS):
        rows = slice(step % N_BATCHES * BATCH_SIZE, (step % N_BATCHES + 1) * BATCH_SIZE)
        updates, state = transform.update(jax.grad(loss)(params, X[rows], Y[rows]), state, params)
        params = optax.apply_updates(params, updates)
    return np.concatenate([np.ravel(part) for part in (*params["coefs"], *params["intercepts"])]).tolist()


def decays(*alphas):
    """Return what adds λ times the weights of each layer, and nothing of intercepts."""
    masks = [{"coefs": [number == layer for number in (0, 1)], "intercepts": [False, False]} for layer in (0, 1)]
    return optax.chain(*(optax.add_decayed_weights(a, mask) for a, mask in zip(alphas, masks, strict=True)))


def adamw(groups):
    """PyTorch's."""
    return torch.optim.AdamW(groups, lr=RATE)


def warm(optimizer, n_warm=2 * N_BATCHES):
    """Return a scheduler of a warm-up and a cosine."""
    return lr_scheduler.LambdaLR(
        optimizer,
        lambda k: k / n_warm if k < n_warm else 0.5 * (1 + np.cos(np.pi * (k - n_warm) / (N_STEPS - n_warm))),
    )


def in_double(schedule):
    """Return what scales by a schedule of optax, which computes in single precision where the count is an integer."""
    return optax.scale_by_schedule(lambda count: schedule(count.astype("float64")))


WARM_COSINE = in_double(optax.warmup_cosine_decay_schedule(0.0, 1.0, 2 * N_BATCHES, N_STEPS))
ADAM, SGD = {"optimizer": "adam"}, {"optimizer": "sgd"}
DECOUPLED = {"decay": "decoupled", "alpha": 0.5}
TRAININGS = {
    "torch AdamW, OneCycleLR": (
        ADAM | DECOUPLED | {"learning_rate": "one_cycle"},
        lambda: train_torch(
            adamw, lambda o: lr_scheduler.OneCycleLR(o, RATE, total_steps=N_STEPS, cycle_momentum=False), (0.5, 0.5)
        ),
    ),
    "torch AdamW, CosineAnnealingWarmRestarts": (
        ADAM | DECOUPLED | {"learning_rate": "cosine_restarts", "T_0": 1, "T_mult": 2},
        lambda: train_torch(adamw, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 1, 2), (0.5, 0.5)),
    ),
    "torch AdamW, LinearLR, a decay for each layer": (
        ADAM | DECOUPLED | {"learning_rate": "linear", "alpha": [0.1, 2.0]},
        lambda: train_torch(adamw, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, N_STEPS), (0.1, 2.0)),
    ),
    "torch AdamW, LambdaLR of a warm-up and a cosine": (
        ADAM | DECOUPLED | {"learning_rate": "cosine", "warmup_epochs": 2},
        lambda: train_torch(adamw, warm, (0.5, 0.5)),
    ),
    "torch Adam, a penalty for each layer": (
        ADAM | {"penalty": "l2", "alpha": [0.3, 0.05], "learning_rate": "linear"},
        lambda: train_torch(
            lambda groups: torch.optim.Adam(groups, lr=RATE),
            lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, N_STEPS),
            (0.3, 0.05),
        ),
    ),
    "torch SGD, Nesterov, a penalty for each layer": (
        SGD | {"penalty": "l2", "alpha": [0.3, 0.05]},
        lambda: train_torch(
            lambda groups: torch.optim.SGD(groups, lr=RATE, momentum=0.9, nesterov=True), alphas=(0.3, 0.05)
        ),
    ),
    "optax adamw, warmup_cosine_decay_schedule": (
        ADAM | DECOUPLED | {"learning_rate": "cosine", "warmup_epochs": 2},
        lambda: train_optax(optax.chain(optax.scale_by_adam(), decays(0.5, 0.5), WARM_COSINE, optax.scale(-RATE))),
    ),
    "optax Adam, decay that follows the schedule alone": (
        ADAM | {"decay": "independent", "alpha": 0.03, "learning_rate": "cosine", "warmup_epochs": 2},
        lambda: train_optax(
            optax.chain(
                optax.scale_by_adam(),
                optax.scale(RATE),
                decays(0.03, 0.03),
                WARM_COSINE,
                optax.scale(-1.0),
            )
        ),
    ),
    "optax SGD, Nesterov, a decay for each layer": (
        SGD | {"decay": "decoupled", "alpha": [0.5, 0.1]},
        lambda: train_optax(optax.chain(optax.trace(0.9, nesterov=True), decays(0.5, 0.1), optax.scale(-RATE))),
    ),
    "optax SGD, heavy ball, independent decay for each layer": (
        SGD | {"decay": "independent", "alpha": [0.01, 0.002], "nesterovs_momentum": False},
        lambda: train_optax(optax.chain(optax.trace(0.9), optax.scale(RATE), decays(0.01, 0.002), optax.scale(-1.0))),
    ),
    "optax SGD without momentum, sgdr_schedule": (
        SGD | DECOUPLED | {"momentum": 0.0, "learning_rate": "cosine_restarts", "T_0": 1, "T_mult": 2},
        lambda: train_optax(
            optax.chain(
                decays(0.5, 0.5),
                in_double(
                    optax.sgdr_schedule(
                        [
                            {"init_value": 1.0, "peak_value": 1.0, "decay_steps": n * N_BATCHES, "warmup_steps": 0}
                            for n in (1, 2, 4)
                        ]
                    )
                ),
                optax.scale(-RATE),
            )
        ),
    ),
}


def main():
    """Write the file."""
    warnings.simplefilter("ignore")
    X, Y, coefs, intercepts = draw()
    settings = {
        "batch_size": BATCH_SIZE,
        "max_iter": MAX_ITER,
        "learning_rate_init": RATE,
        "hidden_layer_sizes": [SIZES[1]],
    }
    content = {
        "versions": {"torch": torch.__version__, "optax": optax.__version__},
        "settings": settings,
        "X": X.tolist(),
        "Y": Y.tolist(),
        "start": np.concatenate([np.ravel(part) for part in (*coefs, *intercepts)]).tolist(),
        "trainings": {name: {"settings": ours, "end": train()} for name, (ours, train) in TRAININGS.items()},
    }
    text = json.dumps(content, indent=1)
    Path(__file__).with_name("trajectories.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
