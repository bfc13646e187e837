"""Sparse X: the dense fit to rounding, in every method, and never dense as a whole."""

import tracemalloc
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skl2 import MLPClassifier, MLPRegressor
from skl2._kernels.optimizers import OPTIMIZERS
from skl2._training.batches import Batches, Samples

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
DENSE = RANDOM.standard_normal((40, 5)) * RANDOM.integers(0, 2, (40, 5))
DENSE[[0, 7, 8, 39]] = 0  # empty rows
DENSE[:, 3] = 0  # an empty column
X = sparse.csr_array(DENSE)
Y = np.digitize(DENSE.sum(axis=1) + 0.5 * RANDOM.standard_normal(40), [-0.7, 0.4])
WEIGHT = RANDOM.uniform(0.5, 2, 40)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 7, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}
ESTIMATORS = [MLPClassifier, MLPRegressor]


def make_untidy():
    """The matrix X as CSR with features in reverse order, one value of each row in two halves, and stored zeros."""
    data, indices, indptr = [], [], [0]
    for row in DENSE:
        features = np.flatnonzero(row)[::-1]
        values = row[features]
        if features.size:
            values[0] /= 2
            values = np.append(values, [values[0], 0.0])
            features = np.append(features, [features[0], 3])
        data, indices = [*data, *values], [*indices, *features]
        indptr.append(len(data))
    return sparse.csr_array((np.array(data), np.array(indices), np.array(indptr)), shape=DENSE.shape)


def with_integers(matrix, integers):
    """The matrix with indices of the type."""
    for name in ("indices", "indptr"):
        setattr(matrix, name, getattr(matrix, name).astype(integers))
    return matrix


FORMATS = {
    kind.__name__: kind(DENSE)
    for family in ("csr", "csc", "coo", "lil", "bsr")
    for kind in (getattr(sparse, f"{family}_array"), getattr(sparse, f"{family}_matrix"))
} | {
    f"{kind.__name__}_{integers.__name__}": with_integers(kind(DENSE), integers)
    for kind, integers in product((sparse.csr_array, sparse.csr_matrix, sparse.csc_array), (np.int32, np.int64))
}
FORMATS["untidy_csr"] = make_untidy()
FORMATS["untidy_coo"] = make_untidy().tocoo()
FORMATS["untidy_int64"] = with_integers(make_untidy(), np.int64)


def assert_close(a, b, rtol=1e-9):
    """Both have the same weights and history to rounding."""
    for ours, theirs in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        assert ours.dtype == theirs.dtype
        assert_allclose(ours, theirs, rtol=rtol, atol=rtol / 100)
    assert_allclose(a.loss_curve_, b.loss_curve_, rtol=rtol)
    assert a.t_ == b.t_
    if b.validation_scores_ is not None:
        assert_allclose(a.validation_scores_, b.validation_scores_, rtol=rtol)
        assert_allclose(a.validation_loss_curve_, b.validation_loss_curve_, rtol=rtol)


@pytest.mark.parametrize("matrix", FORMATS.values(), ids=FORMATS)
def test_every_format_is_the_dense_fit(matrix):
    """fit, partial_fit and predict in any format, type of indices and order of features equal those of the array."""
    assert_array_equal(matrix.toarray(), DENSE)
    before = matrix.copy()
    ours, theirs = MLPClassifier(**SMALL).fit(matrix, Y), MLPClassifier(**SMALL).fit(DENSE, Y)
    assert_close(ours, theirs)
    assert_close(ours.partial_fit(matrix, Y), theirs.partial_fit(DENSE, Y))
    probability = ours.predict_proba(matrix)
    assert type(probability) is np.ndarray
    assert_allclose(probability, theirs.predict_proba(DENSE), rtol=1e-9)
    assert_array_equal(ours.predict(matrix), theirs.predict(DENSE))
    for name in {"data", "indices", "indptr"} & vars(matrix).keys():
        assert_array_equal(getattr(matrix, name), getattr(before, name))


@pytest.mark.parametrize("hidden", [(), (4,), (3, 2)], ids=["depth0", "depth1", "depth2"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_every_optimizer_is_the_dense_fit(Estimator, optimizer, weight, hidden):
    """With every optimizer and depth, with and without weights, weights and history equal those of the dense fit."""
    settings = SMALL | {"optimizer": optimizer, "alpha": 0.05, "hidden_layer_sizes": hidden}
    ours, theirs = (Estimator(**settings).fit(rows, Y, weight) for rows in (X, DENSE))
    assert_close(ours, theirs)
    assert_allclose(ours.predict(X), theirs.predict(DENSE), rtol=1e-9)
    assert ours.score(X, Y) == pytest.approx(theirs.score(DENSE, Y), rel=1e-9)


@pytest.mark.parametrize("early_stopping", [True, "loss"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_early_stopping_is_the_dense_one(Estimator, optimizer, early_stopping):
    """With early stopping the split, the curves of validation and the weights equal those of the dense fit."""
    settings = SMALL | {"optimizer": optimizer, "early_stopping": early_stopping, "validation_fraction": 0.25}
    ours, theirs = (Estimator(**settings).fit(rows, Y, WEIGHT) for rows in (X, DENSE))
    assert_close(ours, theirs)


@pytest.mark.parametrize(("train", "validate"), [(X, X.tocsc()), (X.tocoo(), DENSE), (DENSE, X)])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_own_validation_set_may_be_sparse_or_dense(optimizer, train, validate):
    """X_val may be sparse or dense whatever X is, with the curves of two dense arrays."""
    settings = SMALL | {"optimizer": optimizer, "early_stopping": True}
    ours, theirs = (
        MLPRegressor(**settings).fit(fitted, Y, X_val=held[10:30], y_val=Y[10:30], sample_weight_val=WEIGHT[10:30])
        for fitted, held in ((train, validate), (DENSE, DENSE))
    )
    assert_close(ours, theirs)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_partial_fit_takes_turns(optimizer):
    """Calls of partial_fit may be sparse one time and dense the next, with weights: all are one history."""
    ours, theirs = (MLPClassifier(**SMALL, optimizer=optimizer) for _ in range(2))
    for rows in (X, DENSE, X.tocsc(), DENSE):
        ours.partial_fit(rows[:20], Y[:20], WEIGHT[:20], classes=np.unique(Y))
        theirs.partial_fit(DENSE[:20], Y[:20], WEIGHT[:20], classes=np.unique(Y))
    assert_close(ours, theirs)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("given", "dtype"), [(np.float32, None), (np.float64, "float32"), (np.float32, "float64")])
def test_precision_is_that_of_the_dense_fit(given, dtype, optimizer):
    """float32 by X or by dtype: coefs_ and predictions have the types of the dense fit, and its values to rounding."""
    settings = SMALL | {"optimizer": optimizer, "dtype": dtype}
    ours, theirs = (MLPRegressor(**settings).fit(rows.astype(given), Y) for rows in (X, DENSE))
    assert ours.coefs_[0].dtype == (dtype or given)
    assert_close(ours, theirs, rtol=1e-9 if dtype == "float64" else 1e-3)
    ours, theirs = (model.predict(rows.astype(given)) for model, rows in ((ours, X), (theirs, DENSE)))
    assert ours.dtype == theirs.dtype
    assert_allclose(ours, theirs, rtol=1e-3)


@pytest.mark.parametrize("values", [np.int64, np.int8, np.uint16, bool])
def test_whole_numbers_are_numbers(values):
    """Counts and flags give the float64 fit of the same values."""
    counts = abs(3 * X).astype(int).astype(values)
    ours, theirs = MLPRegressor(**SMALL).fit(counts, Y), MLPRegressor(**SMALL).fit(counts.toarray().astype(float), Y)
    assert_close(ours, theirs)


def test_chunks_are_rows_in_their_order(monkeypatch):
    """An epoch of several chunks, the last one short, gives each row once, in the order of the epoch, as float32."""
    monkeypatch.setattr("skl2._training.batches.CHUNK_BYTES", 600)
    order = RANDOM.permutation(40)[:37]
    samples = Samples(make_untidy(), Y[:, np.newaxis], WEIGHT, np.arange(40))
    batches = Batches(samples, 5, np.dtype(np.float32), n_params=10)
    rows, y, first = [], [], []
    for chunk in batches.chunks(order[np.newaxis]):
        dense, data, indices, indptr = chunk.X
        assert (dense.shape, data.dtype, indices.dtype, indptr.dtype) == ((0, 0), np.float32, np.int32, np.int64)
        rows.append(sparse.csr_array((data, indices, indptr), shape=(indptr.size - 1, 5)).toarray())
        y.append(chunk.y.copy())
        first.append(chunk.first_batch)
    assert len(first) > 2
    assert [5 * number for number in first] == [sum(map(len, rows[:i])) for i in range(len(rows))]
    assert_allclose(np.concatenate(rows), DENSE[order], rtol=1e-6, atol=1e-6)
    assert_array_equal(np.concatenate(y)[:, 0], Y[order])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_chunks_do_not_matter(optimizer, monkeypatch):
    """An epoch in many chunks is the epoch in one, bit for bit."""
    in_one = MLPRegressor(**SMALL, optimizer=optimizer).fit(X, Y)
    monkeypatch.setattr("skl2._training.batches.CHUNK_BYTES", 1)
    in_many = MLPRegressor(**SMALL, optimizer=optimizer).fit(X, Y)
    assert_close(in_many, in_one, rtol=1e-9 if optimizer == "lbfgs" else 0)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_other_formats_are_converted_once(optimizer, monkeypatch):
    """A fit of several epochs converts another format to CSR once."""
    columns, convert, calls = X.tocsc(), sparse.csc_array.tocsr, []
    monkeypatch.setattr(sparse.csc_array, "tocsr", lambda self, copy=False: calls.append(copy) or convert(self, copy))
    MLPRegressor(**SMALL, optimizer=optimizer).fit(columns, Y)
    assert len(calls) == 1


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_no_nonzero_at_all(early_stopping, optimizer):
    """A matrix without a single value trains the intercepts, as the array of zeros does."""
    settings = SMALL | {"optimizer": optimizer, "early_stopping": early_stopping}
    ours, theirs = (MLPRegressor(**settings).fit(rows, Y) for rows in (sparse.csr_array((40, 5)), np.zeros((40, 5))))
    assert_close(ours, theirs)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_never_dense_as_a_whole(optimizer):
    """fit with early stopping, partial_fit and predict of a wide matrix take a tenth of its dense size at most."""
    n, n_features = 1500, 2000
    rows, columns = np.arange(n), RANDOM.integers(0, n_features, n)
    wide = sparse.csc_array((np.ones(n), (rows, columns)), shape=(n, n_features))
    y = (columns % 2).astype(float)
    settings = {"hidden_layer_sizes": (1,), "max_iter": 1, "optimizer": optimizer, "batch_size": 10, "max_fun": 1}
    model = MLPRegressor(**settings, early_stopping=True, validation_fraction=0.5)
    model.fit(wide[:30], y[:30])  # compiling takes memory of its own
    tracemalloc.start()
    try:
        model.set_params(batch_size=n // 3).fit(wide, y).predict(wide)
        if optimizer != "lbfgs":
            model.set_params(early_stopping=False).partial_fit(wide, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * n * n_features / 10


@pytest.mark.parametrize("part", ["X", "X_val"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_stored_values_must_be_finite(value, part):
    """NaN or infinity among the stored values is refused, in X and in X_val."""
    bad = X.copy()
    bad.data[3] = value
    matrices = {"X": X, "X_val": X} | {part: bad}
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        MLPRegressor(**SMALL, early_stopping=True).fit(**matrices, y=Y, y_val=Y)


def test_other_numbers_of_features_are_refused():
    """A sparse matrix with other features than those fitted is refused, in predict and as X_val."""
    model = MLPRegressor(**SMALL).fit(X, Y)
    with pytest.raises(ValueError, match="X has 4 features, but MLPRegressor is expecting 5 features"):
        model.predict(X[:, :4])
    with pytest.raises(ValueError, match="X has 4 features, but MLPRegressor is expecting 5 features"):
        model.set_params(early_stopping=True).fit(X, Y, X_val=X[:, :4], y_val=Y)
