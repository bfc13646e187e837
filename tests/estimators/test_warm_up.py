"""Compiling ahead."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import skl2

# Prints which entries are in memory, after warming up and after fits that must not need more.
SCRIPT = """
import json, sys, warnings
import numpy as np
import skl2
from skl2._kernels.objective import add_gradient
from skl2._kernels.training import measure, train_chunk

def compiled():
    entries = {"train_chunk": train_chunk, "measure": measure, "add_gradient": add_gradient}
    return sorted(f"{name} {dtype}" for name, entry in entries.items() for dtype in entry.variants)

warnings.simplefilter("error")
skl2.warm_up(dtypes=json.loads(sys.argv[1]))
ahead = compiled()
warnings.simplefilter("ignore")
X = np.random.default_rng(0).standard_normal((20, 3))
for dtype in json.loads(sys.argv[1]):
    for optimizer in ("adam", "sgd"):
        skl2.MLPRegressor(optimizer=optimizer, dtype=dtype, max_iter=2).fit(X, X[:, 0])
print(json.dumps([ahead, compiled()]))
"""


@pytest.mark.parametrize("dtypes", [["float32"], ["float64"]])
def test_fits_find_everything_compiled(dtypes):
    """After warm_up for a dtype no fit in it compiles an entry more; L-BFGS comes with double precision."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}  # which entries are asked for does not depend on compiling
    command = [sys.executable, "-c", SCRIPT, json.dumps(dtypes)]
    ahead, after = json.loads(subprocess.check_output(command, env=environment, text=True))
    entries = ["add_gradient"] * ("float64" in dtypes) + ["measure", "train_chunk"]
    assert ahead == after == [f"{name} {dtypes[0]}" for name in entries]


@pytest.mark.parametrize("dtypes", ["float64", ["float64"], (np.float64,), [np.dtype("float64")], []])
def test_one_dtype_or_several(dtypes):
    """A name, a type or any collection of them will do, and nothing is returned."""
    assert skl2.warm_up(dtypes) is None


@pytest.mark.parametrize("dtypes", ["float16", ["float32", "int64"], [complex]])
def test_other_dtypes_are_refused(dtypes):
    """The message names what was given and what there is, and nothing is compiled before it."""
    with pytest.raises(ValueError, match=r"trains in 'float32' and 'float64'; got dtypes=.*(float16|int64|complex)"):
        skl2.warm_up(dtypes)
