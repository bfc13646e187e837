"""Threads, processes and clusters of dask and ray: the same results as a plain loop."""

import os
import signal
import threading
import time
from functools import cache
from tempfile import TemporaryDirectory

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from clusters import dask_cluster, ray_cluster
from ctrl_c import press_ctrl_c
from joblib.externals.loky.process_executor import TerminatedWorkerError
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info, threadpool_limits

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV, TabularMLPRegressor
from skl2._estimators.parallel import run_parallel

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value"),  # numpy's words, without compilation
]

PATIENCE = 20  # seconds that a process would wait in vain
RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
Y = X[:, 0] + RANDOM.standard_normal(60)
LABELS = np.array(["high", "low", "middle"], dtype=object)[np.digitize(Y, [-0.5, 0.5])]
WEIGHT = RANDOM.uniform(0.5, 2, 60)
ALPHAS = [1.0, 0, 0.1, 1e200, 0.3]  # one diverges: with 'l2' its gradient overflows
SMALL = {"hidden_layer_sizes": (8,), "batch_size": 20, "max_iter": 6, "random_state": 0, "learning_rate_init": 0.02}
BACKENDS = {
    "threads": {"backend": "threading", "n_jobs": 2},
    "loky": {"backend": "loky", "n_jobs": 2, "max_nbytes": 100},  # arrays of more bytes arrive as memory maps
}
PROBLEMS = {
    "dense": (MLPClassifier, {"penalty": "l2"}),
    "sparse": (MLPClassifier, {"penalty": "l2", "class_weight": "balanced", "learning_rate": "cosine"}),
    "read-only": (MLPRegressor, {"penalty": "l2", "optimizer": "sgd", "dtype": "float32"}),
    "memory map": (MLPRegressor, {"penalty": "l2", "early_stopping": True, "validation_fraction": 0.2}),
}
SEARCHES = {MLPClassifier: MLPClassifierCV, MLPRegressor: MLPRegressorCV}


# ray starts its processes anew for each call, which takes seconds: test_ray.py has the one that is always made.
@pytest.fixture(scope="module", params=["threads", "loky", "dask", pytest.param("ray", marks=pytest.mark.slow)])
def settings(request):
    """What to tell joblib.parallel_config for each backend, which is there for all tests of this file."""
    if request.param != "threads" and os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        pytest.skip("what processes send each other does not depend on compilation")
    if request.param == "dask":
        with dask_cluster() as settings:
            yield settings
    elif request.param == "ray":
        with TemporaryDirectory() as folder, ray_cluster(folder) as settings:
            yield settings
    else:
        yield BACKENDS[request.param]


@pytest.fixture
def backend(settings):
    """Run a test on each backend."""
    with joblib.parallel_config(**settings):
        yield


def make_samples(form, folder):
    """X in this form."""
    if form == "sparse":
        return csr_array(X * (X > -0.5))
    samples = X.copy()
    if form == "memory map":
        np.save(folder / "X.npy", X)
        samples = np.load(folder / "X.npy", mmap_mode="r")
    samples.flags.writeable = form == "dense"
    return samples


def train(how, form, folder, n_jobs=None):
    """All numbers that come of a path ('path') or a search ('full', 'halving')."""
    Estimator, changes = PROBLEMS[form]
    samples, y = make_samples(form, folder), LABELS if Estimator is MLPClassifier else Y
    if how == "path":
        path = Estimator(**SMALL | changes).path(samples, y, ALPHAS, WEIGHT, n_jobs=n_jobs)
        scores = [] if path.validation_scores is None else path.validation_scores
        return [path.params, path.status, path.n_iter, *path.loss_curves, *scores]
    model = SEARCHES[Estimator](ALPHAS, cv=3, strategy=how, n_jobs=n_jobs, **SMALL | changes).fit(samples, y, WEIGHT)
    results = [value for key, value in model.cv_results_.items() if "time" not in key and key != "params"]
    stages = [part for stage in model.stages_ for part in stage.values()]
    return [model.alpha_, model.predict(samples), *model.coefs_, *results, *stages]


@cache
def train_in_a_loop(how, form, folder):
    """The same, without any parallelism."""
    return train(how, form, folder, n_jobs=1)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder for X."""
    return tmp_path_factory.mktemp("backends")


# joblib starts its processes anew after an error: what ends them comes last.


def assert_same_search(ours, expected):
    """Scores of the folds, choice and predictions of two searches by GridSearchCV agree to the last bit."""
    for key in ("split0_test_score", "split1_test_score", "split2_test_score"):
        np.testing.assert_array_equal(ours.cv_results_[key], expected.cv_results_[key])
    assert len(set(expected.cv_results_["mean_test_score"])) > 1
    assert ours.best_params_ == expected.best_params_
    np.testing.assert_array_equal(ours.predict(X), expected.predict(X))


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("mechanism", [{"penalty": "l2"}, {"decay": "decoupled"}], ids=str)
def test_grid_search_is_the_same_on_every_backend(mechanism):
    """GridSearchCV over alpha finds on every backend what it finds in a plain loop."""
    search = GridSearchCV(MLPRegressor(**SMALL | mechanism), {"alpha": [0, 0.1, 10]}, cv=3, error_score="raise")
    assert_same_search(search.fit(X, Y), clone(search).set_params(n_jobs=1).fit(X, Y))


@pytest.mark.parametrize("settings", ["loky"], indirect=True)
@pytest.mark.usefixtures("backend")
def test_callbacks_hear_of_processes():
    """scikit-learn's ScoringMonitor keeps the scores of epochs in processes as it does those in a plain loop."""
    callback, logs = pytest.importorskip("sklearn.callback"), []
    for n_jobs in (1, None):
        monitor = callback.ScoringMonitor(scoring="r2")
        network = MLPRegressor(**SMALL).set_callbacks(monitor)
        GridSearchCV(network, {"alpha": [0, 1]}, cv=2, n_jobs=n_jobs).fit(X, Y)
        logs.append([row["r2"] for row in monitor.get_logs().data])
    assert len(logs[0]) > 2 * 2 * 6
    np.testing.assert_array_equal(*logs)


@pytest.mark.usefixtures("backend")
def test_parallel_search_around_a_parallel_search():
    """GridSearchCV over the hidden layers, in parallel as the searches in it are: no deadlock, the same result."""
    model = make_pipeline(StandardScaler(), MLPClassifierCV([0, 0.3, 3], cv=3, n_jobs=2, **SMALL))
    grid = {"mlpclassifiercv__hidden_layer_sizes": [(), (2,), (5, 3)]}
    alone = GridSearchCV(clone(model).set_params(mlpclassifiercv__n_jobs=1), grid, cv=3, n_jobs=1, error_score="raise")
    nested = GridSearchCV(model, grid, cv=3, n_jobs=2, error_score="raise")
    assert_same_search(nested.fit(X, LABELS), alone.fit(X, LABELS))


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("form", PROBLEMS)
@pytest.mark.parametrize("how", ["path", "full", "halving"])
def test_results_do_not_depend_on_the_backend(how, form, folder):
    """On every backend paths and searches give bit for bit what a plain loop gives, whatever form X has."""
    for ours, expected in zip(train(how, form, folder), train_in_a_loop(how, form, folder), strict=True):
        np.testing.assert_array_equal(ours, expected, strict=True)


def train_table(n_jobs=None):
    """What a model of a frame with text and gaps predicts."""
    frame = pd.DataFrame({"a": X[:, 0], "b": np.where(X[:, 1] > 1, np.nan, X[:, 1]), "c": LABELS[::-1]})
    model = TabularMLPRegressor(max_iter=3, random_state=0, n_jobs=n_jobs).fit(frame, Y, WEIGHT)
    return [model.alpha_, model.best_score_, model.predict(frame), model.predict_interval(frame)]


@pytest.mark.usefixtures("backend")
def test_tables_do_not_depend_on_the_backend():
    """On every backend models of tables predict bit for bit what they do after a plain loop."""
    for ours, expected in zip(train_table(), train_table(n_jobs=1), strict=True):
        np.testing.assert_array_equal(ours, expected)


def search_wide(strategy, n_threads, n_jobs=None):
    """Scores and weights of a search over networks that are wide enough for parts, and for several threads of BLAS."""
    wide = np.random.default_rng(1).standard_normal((250, 300))
    model = MLPClassifierCV([0, 0.1, 1], cv=2, strategy=strategy, hidden_layer_sizes=(500,), max_iter=3, random_state=0)
    with threadpool_limits(n_threads, user_api="blas"):
        model.set_params(n_jobs=n_jobs).fit(wide, wide[:, 0] > 0)
    return [*(model.cv_results_[f"split{fold}_test_score"] for fold in range(2)), *model.coefs_, model.loss_curve_]


search_wide_in_a_loop = cache(search_wide)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("strategy", ["full", "halving"])
def test_threads_of_blas_do_not_matter_in_workers(strategy):
    """A search over wide networks has the same bits on every backend, under another limit on the threads of BLAS."""
    expected = search_wide_in_a_loop(strategy, 1, n_jobs=1)
    for ours, theirs in zip(search_wide(strategy, 2), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.usefixtures("backend")
def test_networks_that_come_back_train_on():
    """A network of a path trained elsewhere continues as the network of a fit does."""
    model = MLPRegressor(**SMALL, alpha=0.1).fit(X, Y)
    ours = model.path(X, Y, [0, 0.1, 1])[1].partial_fit(X, Y)
    np.testing.assert_array_equal(ours.coefs_[0], model.partial_fit(X, Y).coefs_[0])


@pytest.mark.usefixtures("backend")
def test_metadata_reaches_splitter_and_scorer():
    """With metadata routing groups cut the folds and weights enter training and scores as without parallelism."""
    with sklearn.config_context(enable_metadata_routing=True):
        scorer = make_scorer(
            lambda y, predicted, sample_weight: -mean_absolute_error(y, predicted, sample_weight=sample_weight)
        )
        scorer.set_score_request(sample_weight=True)
        model = MLPRegressorCV([0, 0.1, 1], cv=GroupKFold(3), scoring=scorer, **SMALL).set_fit_request(
            sample_weight=True
        )
        model.fit(X, Y, sample_weight=WEIGHT, groups=np.arange(60) % 7)
        scores = model.cv_results_["mean_test_score"]
        model.set_params(n_jobs=1).fit(X, Y, sample_weight=WEIGHT, groups=np.arange(60) % 7)
    np.testing.assert_array_equal(scores, model.cv_results_["mean_test_score"])


@pytest.mark.usefixtures("backend")
def test_the_callers_configuration_holds_in_workers():
    """scikit-learn's configuration of the caller is that of the workers."""

    def configuration(model, X, y):
        return sklearn.get_config()["working_memory"]

    with sklearn.config_context(working_memory=77):
        assert MLPRegressorCV([0, 1], cv=3, scoring=configuration, **SMALL).fit(X, Y).best_score_ == 77


@pytest.mark.usefixtures("backend")
def test_workers_use_one_thread_of_blas():
    """BLAS has one thread in each worker, scoring included."""

    def threads(model, X, y):
        return max(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")

    model = MLPRegressorCV([0, 1], cv=3, scoring=threads, **SMALL).fit(X, Y)
    np.testing.assert_array_equal(model.cv_results_["mean_test_score"], 1)


def end_worker(model, X, y):
    """A scorer in whose place the system ends the worker, as where memory is short."""
    if not np.any(model.coefs_[0]):  # the constant is scored by the caller
        return 0.0
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(20)
    return 0.0


@pytest.mark.parametrize("settings", ["loky"], indirect=True)
@pytest.mark.usefixtures("backend")
def test_a_worker_that_is_ended_is_joblibs_error():
    """SIGTERM to a process that trains for a search is joblib's own error, and the next search has new workers."""
    search = MLPRegressorCV([0.1, 1], cv=2, **SMALL)
    with pytest.raises(TerminatedWorkerError):
        search.set_params(scoring=end_worker).fit(X, Y)
    assert search.set_params(scoring=None).fit(X, Y).alpha_ in (0.1, 1)


@pytest.mark.usefixtures("backend")
def test_errors_of_workers_reach_the_caller():
    """What a worker refuses is raised by fit, with its message; where a scorer fails, fit warns with its words."""

    def fail_at_one(model, X, y):
        if model.alpha == 1:
            raise ValueError("no score today")
        return model.score(X, y)

    with pytest.warns(UserWarning, match="3 networks, at alpha=1, .* ValueError: no score today"):
        MLPRegressorCV([0, 1], cv=3, scoring=fail_at_one, **SMALL).fit(X, Y)

    with pytest.raises(ValueError, match="scoring must give one number"):
        MLPRegressorCV([0, 1], cv=3, scoring=lambda model, X, y: {"r2": 0.5}, **SMALL).fit(X, Y)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs signals to threads")
@pytest.mark.parametrize("settings", ["loky"], indirect=True)
@pytest.mark.usefixtures("backend")
def test_ctrl_c_ends_processes_at_once(tmp_path):
    """Processes do not hear of a Stop: with them Ctrl-C is joblib's, and waits for none."""
    has_begun = tmp_path / "has begun"

    def press():
        deadline = time.monotonic() + PATIENCE
        while not has_begun.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        press_ctrl_c()

    start, presser = time.monotonic(), threading.Thread(target=press)
    presser.start()
    calls = [(has_begun.touch, 3 * PATIENCE), (has_begun.touch, 3 * PATIENCE)]
    with pytest.raises(KeyboardInterrupt):
        run_parallel(lambda begin, seconds, stop: (begin(), time.sleep(seconds)), calls, 2)
    presser.join()
    assert time.monotonic() - start < 2 * PATIENCE
