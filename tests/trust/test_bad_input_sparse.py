"""Sparse X and y of every kind, and those whose arrays do not fit together: none may end the process."""

from contextlib import suppress

import numpy as np
import pytest
from scipy import sparse

R = np.random.default_rng(0).standard_normal((12, 3))
LABELS = np.c_[R[:, 0] > 0, R[:, 1] > 0].astype(int)


def broken(format, attribute, place, value):
    """A matrix of R with one number of one of its arrays changed."""
    matrix = sparse.csr_array(R).asformat(format).copy()
    array = getattr(matrix, attribute).copy()
    array[place] = value
    setattr(matrix, attribute, array)
    return matrix


def with_array(**arrays):
    """A CSR of R with other arrays."""
    matrix = sparse.csr_array(R)
    for name, array in arrays.items():
        object.__setattr__(matrix, name, array)
    return matrix


def broken_coo(axis, value):
    """A COO of R with one row or column elsewhere."""
    return broken("coo", ("row", "col")[axis], 4, value)


def broken_lil(column):
    """A matrix of lists with a column of R elsewhere."""
    matrix = sparse.lil_array(R)
    matrix.rows[3] = [0, 1, column]
    return matrix


BROKEN = {
    "column = n_features": broken("csr", "indices", 5, 3),
    "column beyond memory": broken("csr", "indices", 5, 10**9),
    "column -1": broken("csr", "indices", 5, -1),
    "column -10**9": broken("csr", "indices", 5, -(10**9)),
    "indptr falls": broken("csr", "indptr", 5, 0),
    "indptr in the middle beyond memory": broken("csr", "indptr", 5, 10**9),
    "indptr negative": broken("csr", "indptr", 5, -(10**9)),
    "indptr ends beyond the data": broken("csr", "indptr", -1, 10**9),
    "indptr begins late": broken("csr", "indptr", 0, 5),
    "indptr too short": with_array(indptr=sparse.csr_array(R).indptr[:5]),
    "indptr too long": with_array(indptr=np.r_[sparse.csr_array(R).indptr, 40]),
    "indices too short": with_array(indices=sparse.csr_array(R).indices[:5]),
    "data too short": with_array(data=R.ravel()[:5]),
    "data of two dimensions": with_array(data=R.reshape(-1, 1)),
    "indices are floats": with_array(indices=sparse.csr_array(R).indices.astype(float)),
    "indices are None": with_array(indices=None),
    "CSC, row beyond memory": broken("csc", "indices", 5, 10**9),
    "CSC, negative row": broken("csc", "indices", 5, -(10**9)),
    "CSC, indptr beyond memory": broken("csc", "indptr", 1, 10**9),
    "BSR, block beyond memory": broken("bsr", "indices", 0, 10**9),
    "COO, row beyond memory": broken_coo(0, 10**9),
    "COO, negative row": broken_coo(0, -(10**9)),
    "COO, column beyond memory": broken_coo(1, 10**9),
    "LIL, column beyond memory": broken_lil(10**9),
    "one dimension": sparse.coo_array(R[:, 0]),
    "0 rows": sparse.csr_array((0, 3)),
    "0 columns": sparse.csr_array((12, 0)),
    "NaN": sparse.csr_array(np.where(R > 1, np.nan, R)),
    "inf": sparse.csc_array(np.where(R > 1, np.inf, R)),
    "complex": sparse.csr_array(R + 1j),
}
with suppress(TypeError):  # of an older scipy, which has no such arrays
    BROKEN["three dimensions"] = sparse.coo_array(R[:, :, np.newaxis])
WHOLE = {
    **{format: sparse.csr_array(R).asformat(format) for format in ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")},
    "old matrix": sparse.csr_matrix(R),
    "bool": sparse.csr_array(R > 0),
    "int": sparse.csr_array((10 * R).astype(int)),
    "longdouble": sparse.csr_array(R.astype(np.longdouble)),
    "nothing stored": sparse.csr_array((12, 3)),
    "zeros stored": with_array(data=np.zeros(36)),
    "int64 indices": with_array(
        indices=sparse.csr_array(R).indices.astype(np.int64), indptr=sparse.csr_array(R).indptr.astype(np.int64)
    ),
    "int64 indices, int32 indptr": with_array(indices=sparse.csr_array(R).indices.astype(np.int64)),
    "more data than indptr says": with_array(
        data=np.r_[R.ravel(), 9.0], indices=np.r_[sparse.csr_array(R).indices, 10**9].astype(np.int32)
    ),
    "unsorted": sparse.csr_array((R[:, ::-1].ravel(), np.tile([2, 1, 0], 12), np.arange(0, 37, 3)), (12, 3)),
    "duplicates": sparse.csr_array(
        (np.repeat(R.ravel() / 2, 2), np.repeat(np.tile([0, 1, 2], 12), 2), np.arange(0, 73, 6)), (12, 3)
    ),
    "duplicates in COO": sparse.coo_array((np.ones(40), (np.arange(40) % 12, np.zeros(40, int))), shape=(12, 3)),
}
with suppress(ValueError):  # of an older scipy, which cannot take rows of such a matrix
    short = with_array(indices=sparse.csr_array(R).indices.astype(np.int16))
    WHOLE["int16 indices"] = short if short[[0]].shape == (1, 3) else None
CALLS = {  # of (model, X, y)
    "fit": lambda model, X, y: model.fit(X, y).predict(X),
    "fit in float32": lambda model, X, y: model.set_params(dtype="float32").fit(X, y).predict(X),
    "lbfgs": lambda model, X, y: model.set_params(optimizer="lbfgs").fit(X, y).predict(X),
    "early stopping": lambda model, X, y: model.set_params(
        early_stopping=True, validation_fraction=0.5).fit(X, y).predict(X),
    "partial_fit": lambda model, X, y: model.partial_fit(X, y).predict(X),
    "path": lambda model, X, y: model.path(X, y, [0, 0.1]).predict(X),
    "predict": lambda model, X, y: model.predict(X),
    "score": lambda model, X, y: model.score(X, y),
}  # fmt: skip
OF_SEARCH = {name: CALLS[name] for name in ("fit", "predict", "score")}


@pytest.mark.parametrize("kind", ["classifier", "regressor search"])
@pytest.mark.parametrize("what", BROKEN)
def test_a_malformed_matrix_is_refused(what, kind, fitted, attempt):
    """Every entry refuses it in words, before compiled code reads what is not there."""
    for name, call in (OF_SEARCH if "search" in kind else CALLS).items():
        model, X, y = fitted.copy(kind), BROKEN[what], fitted.y(kind)
        _, error = attempt(lambda X, model=model, y=y, call=call: call(model, X, y), X, fitted=None)
        assert isinstance(error, ValueError), name


@pytest.mark.parametrize("kind", ["classifier", "regressor search"])
@pytest.mark.parametrize("what", WHOLE)
def test_a_whole_matrix_is_its_dense_array(what, kind, fitted, attempt):
    """Every format, type and order of entries gives what the dense array gives."""
    for name, call in (OF_SEARCH if "search" in kind else CALLS).items():
        X, y = WHOLE[what], fitted.y(kind)
        (result, error), dense = attempt(lambda X, y=y, call=call: call(fitted.copy(kind), X, y), X), dense_of(X)
        assert error is None, (name, error)
        expected, _ = attempt(lambda X, y=y, call=call: call(fitted.copy(kind), X, y), dense)
        np.testing.assert_allclose(result, expected, rtol=1e-4 if "32" in name else 1e-9, atol=1e-6)


def dense_of(X):
    """The array of a matrix, made from entries that count."""
    X = X.tocsr()
    used = X.indptr[-1]
    return sparse.csr_array((X.data[:used], X.indices[:used], X.indptr), shape=X.shape).toarray()


@pytest.mark.parametrize("kind", ["classifier", "regressor", "classifier search", "regressor search"])
@pytest.mark.parametrize(
    "y",
    [
        sparse.csr_array(LABELS),
        sparse.csc_matrix(LABELS),
        sparse.coo_array(LABELS),
        sparse.lil_array(LABELS),
        sparse.csr_array(LABELS == 1),
    ],
    ids=["csr", "csc", "coo", "lil", "bool"],
)
def test_a_sparse_y(y, kind, fitted, attempt):
    """An indicator, or targets that are mostly 0, train and predict."""
    model = fitted.copy(kind)
    result, error = attempt(lambda y: model.fit(fitted.X, y).predict(fitted.X), y)
    assert error is None
    assert result.shape == (12, 2)


@pytest.mark.parametrize("kind", ["classifier", "regressor search"])
@pytest.mark.parametrize("what", BROKEN)
def test_a_malformed_y_is_refused(what, kind, fitted, attempt):
    """Also where it is y whose arrays do not fit together, and in partial_fit, path and y_val."""
    model, X, y = fitted.copy(kind), fitted.X, BROKEN[what]
    calls = [lambda y: model.fit(X, y)]
    if "search" not in kind:
        calls += [lambda y: model.partial_fit(X, y), lambda y: model.path(X, y, [0, 1])]
        early = fitted.copy(kind).set_params(early_stopping=True)
        calls += [lambda y: early.fit(X, fitted.y(kind), X_val=X, y_val=y)]
    for call in calls:
        _, error = attempt(call, y, fitted=model)
        assert isinstance(error, (ValueError, TypeError))
