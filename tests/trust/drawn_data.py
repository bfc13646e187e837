"""Data drawn: layouts, dtypes, magnitudes, constant and repeated parts, weights, and every kind of target."""

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from scipy import sparse

MAGNITUDES = [1.0] * 8 + [1e-300, 1e-30, 1e-6, 1e6, 1e30, 1e150, 1e300]
LABELS = {
    "binary": (0, 1),
    "bool": (False, True),
    "strings": ("ash", "beech", "cedar"),
    "floats": (-1.0, 0.0, 2.0),
    "one class": (7,),
    "five": (3, 1, 4, 15, 9),
}
LAYOUTS = ["C", "F", "strided", "reversed", "read-only", "csr", "csc", "csr array"]


class Case(NamedTuple):
    """What fit is given."""

    X: object
    y: object
    sample_weight: np.ndarray | None

    def take(self, rows):
        """Return some of the rows."""
        X = self.X.tocsr() if sparse.issparse(self.X) else self.X
        y = self.y.tocsr() if sparse.issparse(self.y) else self.y
        return Case(X[rows], y[rows], None if self.sample_weight is None else self.sample_weight[rows])


def lay_out(X, layout):
    """Return the same numbers in another layout; sparse ones with explicit zeros and unsorted indices."""
    if layout in ("csr", "csc", "csr array"):
        stored = X.copy()
        stored[::3] = 0
        coordinates = sparse.coo_matrix(np.ones_like(X))
        data = np.where((coordinates.row + coordinates.col) % 3, stored[coordinates.row, coordinates.col], 0)
        keep = (coordinates.row % 4 != 1) & (coordinates.row % 3 != 0)  # the other rows are empty
        parts = data[keep], (coordinates.row[keep], coordinates.col[keep])
        result = sparse.coo_matrix(parts, shape=X.shape)
        return {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix, "csr array": sparse.csr_array}[layout](result)
    if layout == "strided":
        wide = np.zeros((2 * X.shape[0], 2 * X.shape[1]), X.dtype)
        wide[::2, ::2] = X
        return wide[::2, ::2]
    if layout == "reversed":
        return X[::-1, ::-1].copy()[::-1, ::-1]
    result = np.array(X, order="F" if layout == "F" else "C")
    result.flags.writeable = layout != "read-only"
    return result


@st.composite
def matrices(draw, n_samples, ordinary=False):
    """Draw X in any layout, dtype and magnitude."""
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    X = random.standard_normal((n_samples, draw(st.integers(1, 6))))
    if not ordinary:
        X *= draw(st.sampled_from(MAGNITUDES))
    if draw(st.integers(0, 3)) == 0:
        X[:, 0] = draw(st.sampled_from([0.0, 1.0, -3.5]))
    if draw(st.integers(0, 3)) == 0:
        X[n_samples // 2 :] = X[: n_samples - n_samples // 2]
    if not ordinary and draw(st.integers(0, 5)) == 0:  # columns of very different sizes
        X *= np.resize([1e-300, 1.0, 1e10], X.shape[1]) / max(1.0, np.abs(X).max(initial=0))
    dtype = draw(st.sampled_from(["f8", "f8", "f4", "i8", "i4", "?"]))
    with np.errstate(all="ignore"):
        X = np.clip(X, -3e38, 3e38).astype(dtype) if dtype == "f4" else X
        X = np.clip(X, -(2**30), 2**30).astype(dtype) if dtype not in ("f4", "f8") else X
    return lay_out(X, draw(st.sampled_from(LAYOUTS[:5] if ordinary else LAYOUTS)))


@st.composite
def classes_of(draw, n_samples):
    """Draw y of a classifier; return it and its labels."""
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    kind = draw(st.sampled_from([*LABELS, "multilabel", "sparse multilabel", "column"]))
    if kind.endswith("multilabel"):
        y = random.integers(0, 2, (n_samples, draw(st.integers(2, 3))))
        return (sparse.csr_matrix(y) if kind.startswith("sparse") else y), (0, 1)
    labels = LABELS.get(kind, (0, 1, 2))
    y = np.array(labels)[random.integers(0, len(labels), n_samples)]
    return (y[:, np.newaxis] if kind == "column" else y), labels


@st.composite
def values_of(draw, n_samples, ordinary=False):
    """Draw y of a regressor: real values or counts, one output or several."""
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    shape = (n_samples, *draw(st.sampled_from([(), (), (1,), (2,), (3,)])))
    kind = draw(st.sampled_from(["real", "real", "constant", "counts", "f4", "bool"]))
    if kind == "counts":
        return random.poisson(2.0, shape)
    if kind == "bool":
        return random.integers(0, 2, shape).astype(bool)
    y = np.full(shape, 2.5) if kind == "constant" else random.standard_normal(shape)
    y = np.abs(y) if draw(st.booleans()) else y
    return y.astype("f4") if kind == "f4" or ordinary else y * draw(st.sampled_from(MAGNITUDES))


@st.composite
def weights_of(draw, n_samples, ordinary=False):
    """Draw sample weights: none, ones, some zero, all zero, huge or tiny."""
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    weight = random.uniform(0.25, 2, n_samples)
    kind = draw(st.sampled_from(6 * ["none"] + 3 * ["plain", "zeros"] + 2 * ["mixed"] + ["all zero"]))
    if kind in ("zeros", "mixed"):
        weight *= random.integers(0, 2, n_samples)
    if kind == "mixed" and not ordinary:
        weight *= 10.0 ** random.integers(-300, 300, n_samples)
    factor = 1.0 if ordinary else draw(st.sampled_from(MAGNITUDES))
    weight = np.minimum(weight, 1e300 / factor) * factor
    return None if kind == "none" else 0 * weight if kind == "all zero" else weight


@st.composite
def cases(draw, classifier, ordinary=False, smallest=0):
    """Draw a Case; return it and the labels."""
    n_samples = draw(st.integers(max(smallest, 4), 24) | st.integers(smallest, 40))
    X = draw(matrices(n_samples, ordinary))
    y, labels = draw(classes_of(n_samples)) if classifier else (draw(values_of(n_samples, ordinary)), None)
    return Case(X, y, draw(weights_of(n_samples, ordinary))), labels
