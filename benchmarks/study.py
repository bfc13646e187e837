"""Does decoupled decay beat the L2 penalty on small tabular problems? Trains the networks; study_report.py reads them.

For each data set and seed: an outer split, and in its training samples 5 folds. For each optimizer, mechanism and
learning rate a path over λ in each fold and on all training samples. A row of the result has the mean and the standard
error of the folds, and what the network trained on all training samples reaches on the test samples. Nothing is chosen
here.
"""

import argparse
import time
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from _study_data import load, names, parts
from joblib import Parallel, delayed, parallel_config
from sklearn.exceptions import ConvergenceWarning

import skl2

BATCH_SIZE, N_EPOCHS = 32, 100
RATES = {"adam": 10.0 ** np.arange(-3, -0.9, 0.5), "sgd": 10.0 ** np.arange(-2, 0.1, 0.5)}
MECHANISMS = {"l2": {"penalty": "l2"}, "decoupled": {"decay": "decoupled"}}
L2_ALPHAS = 10.0 ** np.arange(-5, 0.1, 0.5)
SHRINKAGES = 10.0 ** np.arange(-2, 2.6, 0.5)  # D; in steps like those of the rates, so that λ kept is on the grid
LARGEST_STEP = 0.5  # of η·λ, as in the default grid of skl2
PYTORCH_ALPHA = 0.01  # the default of torch.optim.AdamW, beside the grid
MEASURES = ("loss", "score")


def candidates(mechanism, rate, n_samples):
    """Return the values of λ, whether each is on the grid, and Σ_t η_t of training on n_samples."""
    total_rate = rate * (N_EPOCHS * -(-n_samples // BATCH_SIZE) + 1) / 2
    if mechanism == "l2":
        grid, beside = L2_ALPHAS, []
    else:
        grid, beside = SHRINKAGES / total_rate, [PYTORCH_ALPHA]
        grid = grid[grid * rate <= LARGEST_STEP]
    on_grid = np.array([True] * (1 + len(grid)) + [False] * len(beside))
    return np.concatenate([[0.0], grid, beside]), on_grid, total_rate


def measures(path, part, is_regression):
    """Return what each network of a path reaches on the test samples of a part: (n_alphas, 2), a loss and a score."""
    if (path.status == "diverged").all():
        return np.full((len(path), 2), np.nan)
    if is_regression:
        loss = np.mean((path.predict(part.X_test) - part.y_test) ** 2, axis=1)
        return np.stack([loss, 1 - loss / part.y_test.var()], axis=1)
    probability = path.predict_proba(part.X_test).astype(np.float64)
    of_label = probability[:, np.arange(len(part.y_test)), part.y_test]
    loss = -np.log(np.maximum(of_label, np.finfo(np.float32).eps)).mean(axis=1)  # the floor of sklearn's log_loss
    right = (probability.argmax(axis=2) == part.y_test).mean(axis=1)
    return np.stack([loss, np.where(np.isnan(loss), np.nan, right)], axis=1)


def run_path(all_parts, is_regression, seed, setting):
    """Return a table with a row for each λ of one optimizer, mechanism and learning rate."""
    optimizer, mechanism, rate = setting
    kind = skl2.MLPRegressor if is_regression else skl2.MLPClassifier
    schedule = {"learning_rate": "cosine", "learning_rate_init": rate, "max_iter": N_EPOCHS, "batch_size": BATCH_SIZE}
    full_budget = {"n_iter_no_change": N_EPOCHS, "tol": 0, "dtype": "float32", "random_state": seed}
    network = kind(optimizer=optimizer, **MECHANISMS[mechanism], **schedule, **full_budget)
    alphas, on_grid, total_rate = candidates(mechanism, rate, len(all_parts[0].y_train))
    paths = [network.path(part.X_train, part.y_train, alphas, n_jobs=1) for part in all_parts]
    test, *folds = (measures(*pair, is_regression) for pair in zip(paths, all_parts, strict=True))
    mean, error = np.mean(folds, axis=0), np.std(folds, axis=0, ddof=1) / np.sqrt(len(folds))
    table = pd.DataFrame({"alpha": alphas, "on_grid": on_grid.astype(int), "shrinkage": alphas * total_rate})
    for column, measure in enumerate(MEASURES):
        table[f"cv_{measure}"], table[f"cv_{measure}_error"] = mean[:, column], error[:, column]
        table[f"test_{measure}"] = test[:, column]
    return table.assign(norm=paths[0].weight_norms)


def run_task(data, seed, file):
    """Write the table of a data set and a seed, all settings."""
    start = time.perf_counter()
    warnings.simplefilter("ignore")  # divergence is in the table, as NaN
    all_parts, tables = parts(data, seed), []
    for optimizer in RATES:
        for setting in product([optimizer], MECHANISMS, RATES[optimizer]):
            columns = dict(zip(("optimizer", "mechanism", "rate"), setting, strict=True))
            tables.append(run_path(all_parts, data.is_regression, seed, setting).assign(**columns))
    table = pd.concat(tables).assign(data=data.name, seed=seed)
    order = ["data", "seed", "optimizer", "mechanism", "rate"]
    table = table[order + [name for name in table if name not in order]]
    unfinished = file.with_suffix(".tmp")
    table.to_csv(unfinished, index=False, float_format="%.5g")
    unfinished.replace(file)
    print(f"{data.name}, seed {seed}: {6 * len(table)} networks, {time.perf_counter() - start:.1f} s", flush=True)


def compile_kernels():
    """Train two small networks, so that no worker compiles."""
    X = np.zeros((2, 1), np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for optimizer in RATES:
            skl2.MLPClassifier(optimizer=optimizer, max_iter=1, dtype="float32").fit(X, [0, 1])
            skl2.MLPRegressor(optimizer=optimizer, max_iter=1, dtype="float32").fit(X, [0, 1])


def main():
    """Run what is not yet in the folder of parts, and join the parts to one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder with abalone, white wine and California housing")
    parser.add_argument("--out", type=Path, default=Path("results.csv.gz"), help="the file to write")
    parser.add_argument("--seeds", type=int, default=10, help="how many outer splits")
    parser.add_argument("--jobs", type=int, default=2, help="processes, one thread each")
    options = parser.parse_args()
    folder = options.out.with_name(options.out.name + ".parts")  # kept: a run that was stopped goes on from here
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [(name, seed) for seed in range(options.seeds) for name in names(options.data)]
    tasks.sort(key=lambda task: task[0] == "digits")  # half of the work, last
    files = [folder / f"{name.replace(' ', '-')}-{seed}.csv" for name, seed in tasks]
    compile_kernels()
    with parallel_config("loky", n_jobs=options.jobs, inner_max_num_threads=1):
        Parallel()(
            delayed(run_task)(load(name, options.data), seed, file)
            for (name, seed), file in zip(tasks, files, strict=True)
            if not file.exists()
        )
    result = pd.concat([pd.read_csv(file) for file in files])
    result.to_csv(options.out, index=False, compression={"method": "gzip", "mtime": 0, "compresslevel": 9})


if __name__ == "__main__":
    main()
