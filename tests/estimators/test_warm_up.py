"""Compiling ahead."""

import numpy as np
import pytest

import skl2
from skl2 import MLPRegressor
from skl2._kernels.objective import add_gradient
from skl2._kernels.training import measure, train_chunk

ENTRIES = {"add_gradient": add_gradient, "measure": measure, "train_chunk": train_chunk}


@pytest.fixture
def cold(monkeypatch):
    """Nothing has been asked for; what is compiled comes from the disk."""
    for entry in ENTRIES.values():
        monkeypatch.setattr(entry, "variants", {})


def asked_for():
    """Return which entries have been asked for, and in which dtypes."""
    return {name: {dtype.name for dtype in entry.variants} for name, entry in ENTRIES.items()}


@pytest.mark.usefixtures("cold")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fits_find_everything_compiled(dtype):
    """After warm_up for a dtype no fit in it asks for an entry more; L-BFGS comes with double precision."""
    skl2.warm_up([dtype])
    ahead = asked_for()
    assert ahead == {"add_gradient": {dtype} & {"float64"}, "measure": {dtype}, "train_chunk": {dtype}}
    X = np.random.default_rng(0).standard_normal((20, 3))
    for optimizer in ("adam", "sgd") + ("lbfgs",) * (dtype == "float64"):
        MLPRegressor(optimizer=optimizer, dtype=dtype, max_iter=2).fit(X, X[:, 0])
    assert asked_for() == ahead


@pytest.mark.parametrize("dtypes", ["float64", ["float64"], (np.float64,), [np.dtype("float64")], []])
def test_one_dtype_or_several(dtypes):
    """A name, a type or any collection of them will do, and nothing is returned."""
    assert skl2.warm_up(dtypes) is None


@pytest.mark.parametrize("dtypes", ["float16", ["float32", "int64"], [complex]])
def test_other_dtypes_are_refused(dtypes):
    """The message names what was given and what there is, and nothing is compiled before it."""
    with pytest.raises(ValueError, match=r"trains in 'float32' and 'float64'; got dtypes=.*(float16|int64|complex)"):
        skl2.warm_up(dtypes)
