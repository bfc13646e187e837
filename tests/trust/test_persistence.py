"""Models that are kept: every way to write one gives back the same bits, in the size of its weights; old files load."""

import copy
import io
import json
import os
import pickle
import pickletools
import warnings
from itertools import pairwise
from pathlib import Path

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import is_classifier
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skl2.skops import load

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).standard_normal((40, 3))
NUMBER = (X[:, 0] > -0.3).astype(int) + (X[:, 0] > 0.4)
WORD = np.array(["a", "b", "c"])[NUMBER]
LABELS = np.column_stack([X[:, 0] > 0, X[:, 1] > 0]).astype(int)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 3, "learning_rate_init": 0.02}
SEARCH = {"alphas": [0.0, 0.1], "cv": 2, **SMALL}
FILES = Path(__file__).parents[1] / "data"


def generator():
    """A generator of the user's own."""
    return np.random.RandomState(0)


def with_callback():
    """A classifier that scikit-learn's monitor has listened to."""
    callback = pytest.importorskip("sklearn.callback")
    return MLPClassifier(**SMALL, random_state=0).set_callbacks(callback.ScoringMonitor(scoring="accuracy"))


def frame(data):
    """Samples whose features have names."""
    return pytest.importorskip("pandas").DataFrame(data, columns=["p", "q", "r"])


def in_pipeline():
    """A pipeline that knows the names of its features."""
    scaler, network = StandardScaler().set_output(transform="pandas"), MLPClassifier(**SMALL, random_state=0)
    return make_pipeline(scaler, network).fit(frame(X), WORD)


MODELS = {
    "binary": lambda: MLPClassifier(**SMALL, random_state=0).fit(X, NUMBER > 0),
    "numbers": lambda: MLPClassifier(**SMALL, random_state=0, decay="decoupled").fit(X, NUMBER),
    "words": lambda: MLPClassifier(**SMALL, random_state=0, class_weight={"a": 1, "b": 2.0, "c": 1}).fit(X, WORD),
    "labels": lambda: MLPClassifier(**SMALL, random_state=0).fit(X, LABELS),
    "sparse labels": lambda: MLPClassifier(**SMALL, random_state=0).fit(csr_array(X), csr_array(LABELS)),
    "one class": lambda: MLPClassifier(**SMALL, random_state=0).fit(X, WORD[:1].repeat(40)),
    "stopped early": lambda: MLPClassifier(**SMALL, random_state=0, early_stopping=True).fit(X, NUMBER),
    "adaptive": lambda: MLPClassifier(**SMALL, random_state=0, learning_rate="adaptive").fit(X, NUMBER),
    "heard": lambda: with_callback().fit(X, NUMBER),
    "own generator": lambda: MLPClassifier(**SMALL, random_state=generator(), optimizer="sgd").fit(X, NUMBER),
    "in float32": lambda: MLPClassifier(**SMALL, random_state=0, dtype="float32").fit(X, NUMBER),
    "in a pipeline": in_pipeline,
    "one output": lambda: MLPRegressor(**SMALL, random_state=0).fit(X, NUMBER),
    "outputs": lambda: MLPRegressor(**SMALL, random_state=generator(), activation="tanh").fit(X, X[:, :2]),
    "poisson": lambda: MLPRegressor("poisson", **SMALL, random_state=0, optimizer="lbfgs").fit(X, NUMBER),
    "smoothed": lambda: MLPClassifier(**SMALL, label_smoothing=0.1, random_state=0).fit(X, WORD),
    "in parts": lambda: MLPRegressor(**SMALL, random_state=generator()).partial_fit(X, NUMBER).partial_fit(X, NUMBER),
    "search": lambda: MLPClassifierCV(**SEARCH, random_state=0, scoring="neg_log_loss").fit(X, WORD),
    "halving": lambda: MLPRegressorCV(**SEARCH | {"alphas": 4}, random_state=0, strategy="halving").fit(X, NUMBER),
    "path": lambda: MLPClassifier(**SMALL, random_state=0, early_stopping=True).path(X, WORD, [0.0, 0.1]),
    "path of regressors": lambda: MLPRegressor(**SMALL, random_state=0, decay="decoupled").path(X, NUMBER, 3),
}
CALLBACKS = [
    "sklearn.callback._scoring_monitor.ScoringMonitor",
    "sklearn.callback._transport.ListenerHandle",
    "uuid.UUID",
]


@pytest.fixture(scope="module")
def models():
    """Each model, made when it is first asked for."""

    class Models(dict):
        def __missing__(self, name):
            self[name] = MODELS[name]()
            return self[name]

    return Models()


def through(way, model):
    """The model that comes out of what a way of writing made of it."""
    if way.startswith("pickle"):
        return pickle.loads(pickle.dumps(model, protocol=int(way[-1])))
    if way == "cloudpickle":
        return pickle.loads(pytest.importorskip("cloudpickle").dumps(model))
    write, read = (joblib.dump, joblib.load) if way == "joblib" else (pytest.importorskip("skops.io").dump, load)
    write(model, file := io.BytesIO())
    file.seek(0)
    return load(file, trusted=CALLBACKS) if way == "skops" else read(file)


def dense(values):
    """A prediction as an array."""
    return values.toarray() if hasattr(values, "toarray") else values


def network_of(model):
    """The network in a search, a pipeline or, as its second, a path."""
    if hasattr(model, "named_steps"):
        return model[-1]
    return (
        model[1] if hasattr(model, "alphas") and hasattr(model, "params") else getattr(model, "best_estimator_", model)
    )


def train_on(network, samples):
    """The network after another epoch, on what it predicts."""
    if is_classifier(network):
        network.set_params(early_stopping=False)
    return network.partial_fit(samples, network.predict(samples))


@pytest.mark.parametrize("way", ["pickle 2", "pickle 5", "joblib", "cloudpickle", "skops"])
@pytest.mark.parametrize("name", MODELS)
def test_what_comes_back_is_the_model(models, name, way):
    """Each way of writing gives back a model that predicts the same bits, and trains on as the original."""
    model = models[name]
    again = through(way, model)
    samples = frame(X) if name == "in a pipeline" else X
    assert type(again) is type(model)
    assert vars(again).keys() == vars(model).keys()
    for method in filter(lambda method: hasattr(model, method), ["predict", "predict_proba"]):
        ours, theirs = (dense(getattr(each, method)(samples)) for each in (again, model))
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
    ours, theirs = network_of(again), copy.deepcopy(network_of(model))
    assert ours.get_params().keys() == theirs.get_params().keys()
    if theirs.optimizer != "lbfgs":
        for _ in range(2):
            ours, theirs = train_on(ours, samples), train_on(theirs, samples)
            np.testing.assert_array_equal(ours.coefs_[0], theirs.coefs_[0])
        assert ours.loss_curve_ == theirs.loss_curve_


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="a million parameters, uncompiled: minutes")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "lbfgs"])
def test_a_file_is_little_more_than_the_weights(optimizer, dtype):
    """A network of a million parameters is a file less than 5 % larger than they are, after fit with any optimizer."""
    data = X[:10, :2].astype(dtype)
    model = MLPRegressor(hidden_layer_sizes=(1000, 1000), optimizer=optimizer, max_iter=1).fit(data, data[:, 0])
    n_bytes = 1_005_001 * np.dtype(dtype).itemsize
    assert sum(layer.nbytes for layer in (*model.coefs_, *model.intercepts_)) == n_bytes
    for protocol in (4, 5):
        assert n_bytes < len(pickle.dumps(model, protocol)) < 1.05 * n_bytes


def test_a_stream_is_kept_with_its_moments():
    """After partial_fit, Adam's two moments are in the file: three times the weights, and no more."""
    model = MLPRegressor(hidden_layer_sizes=(300, 50)).partial_fit(X, NUMBER)
    n_bytes = sum(layer.nbytes for layer in (*model.coefs_, *model.intercepts_))
    assert 3 * n_bytes < len(pickle.dumps(model)) < 3.1 * n_bytes


@pytest.mark.parametrize("early_stopping", [False, True])
def test_searches_and_paths_hold_their_networks_only(early_stopping):
    """A search is as large as one network, a path as its networks, and one of those as itself: no data, no moments."""
    settings = {"hidden_layer_sizes": (50,), "max_iter": 2, "random_state": 0, "early_stopping": early_stopping}
    data = np.random.default_rng(0).standard_normal((40, 400))
    n_bytes = 8 * (50 * (400 + 1) + (50 + 1))
    search = MLPRegressorCV(alphas=[0.0, 0.1, 1.0], cv=2, **settings).fit(data, data[:, 0])
    assert search.coefs_ is search.best_estimator_.coefs_
    assert len(pickle.dumps(search)) < 1.05 * n_bytes
    path = MLPRegressor(**settings).path(data, data[:, 0], [0.0, 0.1, 1.0])
    assert len(pickle.dumps(path)) < 3.05 * n_bytes
    assert len(pickle.dumps(path[1])) < 1.05 * n_bytes


def test_memory_is_little_more_than_the_weights():
    """What fit leaves in memory are the weights: they are views of one vector of their own size."""
    model = MLPRegressor(hidden_layer_sizes=(300,), max_iter=1).fit(X, NUMBER)
    layers = (*model.coefs_, *model.intercepts_)
    (base,) = {id(layer.base): layer.base for layer in layers}.values()
    assert base.nbytes == sum(layer.nbytes for layer in layers)
    assert model._optimizer_memory["moments"] is None


def kept_files():
    """Folders with files of versions, this one's and earlier ones'."""
    return sorted(path.parent for path in FILES.glob("*/expected.json"))


@pytest.mark.parametrize("form", ["pickle", "skops"])
@pytest.mark.parametrize("folder", kept_files(), ids=lambda folder: folder.name)
def test_files_of_earlier_versions_load(folder, form):
    """A file of each version loads, warns of nothing but scikit-learn's version, predicts the same, and trains on."""
    if form == "skops":
        pytest.importorskip("skops.io")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InconsistentVersionWarning)  # of StandardScaler, for each other version
        file = folder / f"models.{form}"
        models = load(file) if form == "skops" else pickle.loads(file.read_bytes())
    assert models.keys() == expected["predictions"].keys()
    samples = np.array(expected["X"])
    for name, model in models.items():
        predictions = expected["predictions"][name]
        numbers = model.predict_proba(samples) if hasattr(model, "predict_proba") else model.predict(samples)
        np.testing.assert_allclose(numbers, predictions["numbers"], rtol=1e-12, atol=1e-15)
        if hasattr(model, "predict_proba"):
            np.testing.assert_array_equal(model.predict(samples), predictions["predict"])
    streamed = models["streamed"]
    assert streamed.partial_fit(samples, samples[:, :2]).t_ == 85
    assert isinstance(streamed.random_state, np.random.RandomState)


def test_kept_files_are_small():
    """tests/data has files of at least one version, of less than 100 kB each."""
    assert kept_files()
    for folder in kept_files():
        assert sum(file.stat().st_size for file in folder.iterdir()) < 100_000


def test_a_pickle_cut_short_is_refused(models):
    """Wherever a pickle ends too early, unpickling raises."""
    data = pickle.dumps(models["numbers"])
    for end in range(0, len(data), 7):
        with pytest.raises((pickle.UnpicklingError, EOFError, ValueError)):
            pickle.loads(data[:end])


def values_in(data):
    """Yield (first, last + 1) of the bytes of each float, array and shape in a pickle: the rest is a program."""
    opcodes = [(opcode.name, position) for opcode, _, position in pickletools.genops(data)]
    for (name, start), (following, end) in pairwise(opcodes):
        n_counting = {"BINFLOAT": 0, "SHORT_BINBYTES": 1, "BINBYTES": 4, "BYTEARRAY8": 8}.get(name)
        if name == "BININT1" and following in ("TUPLE1", "TUPLE2"):
            n_counting = 0
        if n_counting is not None and start + 1 + n_counting < end:
            yield start + 1 + n_counting, end


def assert_predicts(model, shape):
    """It predicts, or says that weights as large as these overflow."""
    try:
        came = model.predict(X).shape
    except ValueError as error:
        came = shape if "overflow" in str(error) else error
    assert came == shape


@pytest.mark.parametrize("protocol", [4, 5])
@pytest.mark.parametrize("name", ["numbers", "in float32", "labels", "search", "path"])
def test_a_flipped_bit_never_gives_a_network_that_crashes(models, name, protocol):
    """With a bit flipped in any float, array or shape, a pickle is refused, or gives a model that predicts."""
    data, random = pickle.dumps(models[name], protocol), np.random.default_rng(0)
    values = list(values_in(data))
    assert len(values) > 30
    n_refused, shape = 0, models[name].predict(X).shape
    for start, end in 6 * values:
        damaged = bytearray(data)
        damaged[random.integers(start, end)] ^= 1 << random.integers(8)
        try:
            again = pickle.loads(bytes(damaged))
        except (ValueError, TypeError, MemoryError, OverflowError):  # what numpy says, or our check
            n_refused += 1
            continue
        with np.errstate(all="ignore"):
            assert_predicts(again, shape)
    assert n_refused > 10
