"""
A search on a dask cluster: one line more, the same result
==========================================================

``MLPClassifierCV`` shares folds and values of λ among the cores of one machine. Under ``joblib.parallel_config`` the
same call shares them among the workers of a cluster, and its result is the same to the last bit.
"""

# %%
# The search: decoupled decay with ten values of λ in five folds.

import logging

import joblib
import matplotlib.pyplot as plt
import numpy as np
from dask.distributed import Client, LocalCluster, get_task_stream
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.preprocessing import scale

from skl2 import MLPClassifierCV

search = MLPClassifierCV(
    decay="decoupled", learning_rate="cosine", learning_rate_init=0.01, max_iter=30, random_state=0
)

# %%
# The cluster: two processes on this machine; ``Client("scheduler-address:8786")`` is one of any size. Worker processes
# import this file and must not start clusters of their own, hence the ``if``. A real cluster has no need for ``quiet``.
#
# The search is ten tasks here, one for each fold and half of the values of λ. The picture shows who did which and when:
# the first task of a worker includes loading the compiled code, and a worker that has finished takes the next task.

if __name__ == "__main__":
    X, y = load_digits(return_X_y=True)
    X = scale(X)
    quiet = {"dashboard_address": None, "silence_logs": logging.ERROR}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, **quiet) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
        get_task_stream() as tasks,
    ):
        search.fit(X, y)

    alone = clone(search).fit(X, y)
    same = np.array_equal(search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])
    print(f"λ = {search.alpha_:.2g}, accuracy {search.best_score_:.3f}; scores of a search without a cluster: {same}")

    figure, axis = plt.subplots(figsize=(8, 2.2), layout="constrained")
    workers = sorted({task["worker"] for task in tasks.data})
    spans = [(task["worker"], task["startstops"][-1]) for task in tasks.data]  # of computing; before it X may travel
    begin = min(span["start"] for _, span in spans)
    for worker, span in spans:
        name, start, stop = f"worker {1 + workers.index(worker)}", span["start"] - begin, span["stop"] - begin
        axis.barh(name, stop - start, left=start, color="#0072b2", edgecolor="white")
    axis.set(xlabel="time (s)")
    plt.show()
