"""The table of entries has what there is and what training calls; their code needs nothing of Python or numba."""

import os
import pkgutil
import sys
from importlib import import_module

import numpy as np
import pytest
from object_code import C_LIBRARY, undefined_symbols

import skl2
from skl2 import _kernels
from skl2._compilation.entry import Entry, Variant
from skl2._compilation.linker import symbols
from skl2._compilation.target import level_of_this_machine
from skl2._kernels.entries import ENTRIES, prebuild, variants
from skl2._kernels.objective import add_gradient
from skl2._kernels.optimizers import OPTIMIZERS


def entries_of_the_kernels():
    """Return all entries in the rooms of the kernels."""
    rooms = [import_module(f"{_kernels.__name__}.{room.name}") for room in pkgutil.iter_modules(_kernels.__path__)]
    return {value for room in rooms for value in vars(room).values() if isinstance(value, Entry)}


def test_the_table_has_all_entries():
    """Each entry of the kernels is in the table, and nothing else is."""
    assert {entry for entries in ENTRIES.values() for entry in entries} == entries_of_the_kernels()


@pytest.mark.parametrize("dtypes", [["float32"], ["float64"], ["float64", "float32"]])
def test_variants(dtypes):
    """The variants for some dtypes are those that the table has for them; without dtypes, all."""
    expected = [entry[np.dtype(dtype)] for dtype in dtypes for entry in ENTRIES[dtype]]
    assert variants(dtypes) == expected
    assert set(expected) <= set(variants())


def test_all_are_compiled_ahead(monkeypatch):
    """A build compiles each variant once, for the level of the machine that builds."""
    built = []
    monkeypatch.setattr(Variant, "prebuild", lambda variant, level: built.append((variant, level)))
    prebuild()
    assert built == [(variant, level_of_this_machine()) for variant in variants()]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", ENTRIES)
def test_fits_call_what_is_in_the_table(dtype, monkeypatch):
    """With all optimizers, fits in a dtype call each variant of the table for it, L-BFGS its own, and no other."""
    called, call = set(), Variant.__call__

    def record(variant, *arguments):
        called.add(variant)
        call(variant, *arguments)

    monkeypatch.setattr(Variant, "__call__", record)
    X = np.arange(10.0).reshape(5, 2)
    for optimizer in OPTIMIZERS:
        skl2.MLPRegressor(hidden_layer_sizes=(2,), optimizer=optimizer, dtype=dtype, max_iter=1).fit(X, X[:, 0])
    assert called == {*variants([dtype]), add_gradient[np.dtype("float64")]}


@pytest.mark.skipif(sys.platform != "linux", reason="object code has another format")
@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="nothing is compiled")
@pytest.mark.parametrize("variant", variants(), ids=lambda variant: variant.name)
def test_code_calls_the_c_library_and_blas_only(variant):
    """What object code does not have itself is what every C library has, or what the linker gives it."""
    code, _ = variant.look()
    if code is None:
        code = variant.make_code()
    assert undefined_symbols(code) <= C_LIBRARY | set(symbols())
