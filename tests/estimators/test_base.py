"""What goes into a fit and what comes out: data that is refused, kinds of arrays, dtypes, attributes, divergence."""

import copy
import tracemalloc
from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn import neural_network
from sklearn.exceptions import NotFittedError

import skl2
from skl2 import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.integers(-3, 4, (30, 3)).astype(float)  # values that every dtype holds exactly
Y = np.arange(30) % 3  # three classes, or a target
WEIGHT = RANDOM.uniform(0.5, 2, 30)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 3, "random_state": 0}
ESTIMATORS = [MLPClassifier, MLPRegressor]
OUR_CURVES = {"weight_norm_curve_", "learning_rate_curve_", "validation_loss_curve_"}


def put(array, value):
    """A copy with `value` in the middle."""
    array = np.array(array, float)
    array[len(array) // 2] = value
    return array


def assert_same_weights(a, b):
    """Both estimators have bit-identical weights and intercepts of one dtype."""
    for ours, theirs in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_data_that_is_not_finite_is_refused(Estimator, value):
    """NaN or an infinity in X, y or sample_weight: a ValueError that says where, before training."""
    what = "NaN" if np.isnan(value) else "infinity"
    for name, data in {
        "X": (put(X, value), Y, WEIGHT),
        "y": (X, put(Y, value), WEIGHT),
        "sample_weight": (X, Y, put(WEIGHT, value)),
    }.items():
        model = Estimator()
        with pytest.raises(ValueError, match=f"Input {name} contains {what}"):
            model.fit(*data)
        assert not hasattr(model, "coefs_")


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((X[:, 0], Y), "Expected 2D array, got 1D array instead"),
        ((X[np.newaxis], Y), "Found array with dim 3"),
        ((X, Y[:-1]), r"inconsistent numbers of samples: \[30, 29\]"),
        ((X[:0], Y[:0]), r"Found array with 0 sample\(s\)"),
        ((X[:, :0], Y), r"Found array with 0 feature\(s\)"),
        ((X, None), "requires y to be passed"),
        ((X, Y, WEIGHT[:-1]), r"sample_weight.shape == \(29,\), expected \(30,\)"),
        ((X, Y, WEIGHT[:, np.newaxis]), "Sample weights must be 1D array or scalar"),
        ((X, Y, -WEIGHT), "Negative values in data passed to `?sample_weight"),
        ((X, Y, 0 * WEIGHT), "at least one"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_data_that_does_not_fit_together_is_refused(Estimator, data, message):
    """Wrong dimensions, lengths and weights: a ValueError with the numbers, before training."""
    model = Estimator()
    with pytest.raises(ValueError, match=message):
        model.fit(*data)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_predict_checks_its_input(Estimator):
    """Before fit: NotFittedError; after it, other numbers of features and NaN are refused."""
    model = Estimator(**SMALL)
    with pytest.raises(NotFittedError, match=f"This {Estimator.__name__} instance is not fitted yet"):
        model.predict(X)
    model.fit(X, Y)
    with pytest.raises(ValueError, match=f"X has 2 features, but {Estimator.__name__} is expecting 3 features"):
        model.predict(X[:, :2])
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.predict(put(X, np.nan))


def memory_map(tmp_path):
    """X in a file, read-only."""
    np.save(tmp_path / "X.npy", X)
    return np.load(tmp_path / "X.npy", mmap_mode="r")


KINDS_OF_X = {
    "list": lambda _: X.tolist(),
    "fortran": lambda _: np.asfortranarray(X),
    "strided": lambda _: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
    "reversed": lambda _: X[::-1].copy()[::-1],
    "big-endian": lambda _: X.astype(">f8"),
    "memory-mapped": memory_map,
    "data frame": lambda _: pd.DataFrame(X, columns=list("abc")),
    "float16": lambda _: X.astype(np.float16),
    "int8": lambda _: X.astype(np.int8),
    "object": lambda _: X.astype(object),
}


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("kind", KINDS_OF_X)
def test_any_kind_of_array_gives_the_same_weights(kind, early_stopping, tmp_path):
    """Layout, storage and container of X, y and sample_weight do not matter."""
    settings = SMALL | {"early_stopping": early_stopping, "validation_fraction": 0.2}
    plain = MLPRegressor(**settings).fit(X, Y, WEIGHT)
    kinds = KINDS_OF_X[kind](tmp_path), pd.Series(Y), pd.Series(WEIGHT)
    assert_same_weights(plain, MLPRegressor(**settings).fit(*kinds))


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_fit_changes_nothing_it_is_given(Estimator, early_stopping):
    """Fit works on read-only data and leaves X, y, sample_weight and its parameters as they were."""
    data = [np.array(part) for part in (X, Y, WEIGHT)]
    for part in data:
        part.flags.writeable = False
    sizes = [4]
    model = Estimator(**SMALL | {"early_stopping": early_stopping, "hidden_layer_sizes": sizes})
    parameters = copy.deepcopy(model.get_params())
    model.fit(*data).predict(data[0])
    assert model.get_params() == parameters
    assert model.hidden_layer_sizes is sizes
    for part, original in zip(data, (X, Y, WEIGHT), strict=True):
        np.testing.assert_array_equal(part, original)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_equal_seeds_give_equal_weights(Estimator, optimizer):
    """The same random_state gives bit-identical weights, another one does not."""
    settings = SMALL | {"optimizer": optimizer}
    assert_same_weights(Estimator(**settings).fit(X, Y), Estimator(**settings).fit(X, Y))
    other = Estimator(**settings | {"random_state": 1}).fit(X, Y)
    assert not np.array_equal(other.coefs_[0], Estimator(**settings).fit(X, Y).coefs_[0])


@pytest.mark.parametrize(
    ("dtype", "dtype_of_X", "trained_in"),
    [
        (None, "f4", "f4"),
        (None, "f8", "f8"),
        (None, "i4", "f8"),
        ("float32", "f8", "f4"),
        (np.float32, "f8", "f4"),
        ("float32", "i4", "f4"),
        ("float64", "f4", "f8"),
    ],
)
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_dtype_of_training(Estimator, dtype, dtype_of_X, trained_in):
    """None follows X, a name wins over it; weights, partial_fit and predictions for such an X stay in that dtype."""
    model = Estimator(**SMALL, dtype=dtype).fit(X.astype(dtype_of_X), Y)
    model.partial_fit(X.astype(dtype_of_X), Y)
    assert {part.dtype for part in model.coefs_ + model.intercepts_} == {np.dtype(trained_in)}
    predict = getattr(model, "predict_proba", model.predict)
    assert predict(X.astype(trained_in)).dtype == trained_in


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_training_goes_on_in_its_dtype(method):
    """With dtype=None the first X decides: training that goes on with another dtype of X stays as it was."""
    model = MLPRegressor(**SMALL, warm_start=True).fit(X.astype(np.float32), Y)
    twin = copy.deepcopy(model)
    assert_same_weights(getattr(model, method)(X, Y), getattr(twin, method)(X.astype(np.float32), Y))
    assert model.coefs_[0].dtype == np.float32


@pytest.mark.parametrize("early_stopping", [False, True])
def test_casting_by_batches_is_casting_at_once(early_stopping):
    """float64 data trained in float32 gives the weights of float32 data, bit for bit."""
    data = RANDOM.standard_normal((30, 3)), RANDOM.standard_normal(30), WEIGHT
    settings = SMALL | {"early_stopping": early_stopping, "validation_fraction": 0.2, "dtype": "float32"}
    at_once = MLPRegressor(**settings).fit(*(part.astype(np.float32) for part in data))
    assert_same_weights(MLPRegressor(**settings).fit(*data), at_once)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [None, "float32"])
def test_the_data_is_never_copied_whole(dtype, order):
    """Training needs far less memory than one float32 copy of X, whatever its layout and the dtype of training."""
    big = np.zeros((30_000, 100), order=order)
    tracemalloc.start()
    try:
        MLPRegressor(hidden_layer_sizes=(), max_iter=1, dtype=dtype).fit(big, big[:, 0])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < big.nbytes / 2 / 2


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_attributes_are_scikit_learns(name, early_stopping):
    """The public attributes after fit are those of scikit-learn's class, three curves and the alpha that acted."""
    frame, settings = pd.DataFrame(X, columns=list("abc")), SMALL | {"early_stopping": early_stopping}
    ours = vars(getattr(skl2, name)(**settings).fit(frame, Y))
    theirs = vars(getattr(neural_network, name)(**settings).fit(frame, Y))
    public = {key for key in theirs if key.endswith("_") and not key.startswith("_")}
    assert {key for key in ours if key.endswith("_")} == public | OUR_CURVES | {"alpha_"}
    for key in ("n_layers_", "n_outputs_", "out_activation_", "n_features_in_", "n_iter_", "t_"):
        assert ours[key] == theirs[key]
    assert ours["feature_names_in_"].tolist() == list("abc")
    assert (ours["best_loss_"] is None) == (theirs["best_loss_"] is None) == early_stopping


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_history_ends_with_the_model(dtype):
    """loss_ is the last of loss_curve_, best_loss_ its least, and weight_norm_curve_ ends with the norm of coefs_."""
    model = MLPRegressor(**SMALL | {"learning_rate_init": 0.3, "max_iter": 8}, dtype=dtype).fit(X, Y)
    assert model.n_iter_ == len(model.loss_curve_) == len(model.weight_norm_curve_) == 8
    assert model.t_ == 8 * 30
    assert model.loss_ == model.loss_curve_[-1] > model.best_loss_ == min(model.loss_curve_)
    norm = np.sqrt(sum(np.sum(coef.astype(float) ** 2) for coef in model.coefs_))
    assert model.weight_norm_curve_[-1] == pytest.approx(norm, rel=1e-6 if dtype == "float32" else 1e-12)
    assert {type(value) for value in model.loss_curve_ + model.weight_norm_curve_} == {float}


def test_layers_share_one_vector():
    """coefs_ and intercepts_ are writable views of one flat vector, weights first."""
    model = MLPRegressor(**SMALL).fit(X, Y)
    layers = model.coefs_ + model.intercepts_
    offsets = [layer.__array_interface__["data"][0] for layer in layers]
    assert np.diff(offsets).tolist() == [8 * layer.size for layer in layers[:-1]]
    assert len({id(layer.base) for layer in layers}) == 1
    model.intercepts_[-1][:] += 1
    np.testing.assert_allclose(model.predict(X), MLPRegressor(**SMALL).fit(X, Y).predict(X) + 1)


DIVERGING = {
    "first epoch": ({"optimizer": "sgd", "learning_rate_init": 1e160}, X, r"learning_rate_init=1e\+160"),
    "later epoch": ({"optimizer": "sgd", "learning_rate_init": 1e6, "max_iter": 50}, X, "learning_rate_init=1000000.0"),
    "large data": ({}, X * 1e200, "StandardScaler.*, or lower learning_rate_init=0.001"),
}


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
@pytest.mark.parametrize("case", DIVERGING)
def test_divergence_is_an_error(case):
    """Training that leaves the finite numbers raises, names scaling and the rate, and leaves no half-trained model."""
    changes, data, words = DIVERGING[case]
    model = MLPRegressor(**SMALL | changes)
    with pytest.raises(ValueError, match=rf"non-finite .*preprocessed\. Training diverged in epoch \d+: .*{words}\."):
        model.fit(data, Y)
    with pytest.raises(NotFittedError):
        model.predict(X)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize(
    ("method", "case"), [*product(["fit"], DIVERGING), ("partial_fit", "first epoch"), ("partial_fit", "large data")]
)
def test_divergence_leaves_what_was_trained(method, case):
    """After a divergence warm_start and partial_fit have exactly the model from before, and can train on."""
    changes, data, _ = DIVERGING[case]
    model = MLPRegressor(**SMALL, warm_start=True).fit(X, Y)
    before = copy.deepcopy(model)
    model.set_params(**changes)
    with pytest.raises(ValueError, match="diverged"):
        getattr(model, method)(data, Y)
    model.set_params(**before.get_params())
    assert_same_weights(model, before)
    np.testing.assert_array_equal(model.predict(X), before.predict(X))
    assert model.loss_curve_ == before.loss_curve_
    assert_same_weights(model.partial_fit(X, Y), before.partial_fit(X, Y))
