"""How long a fresh process waits: for imports, the first fit, and predictions of a model trained elsewhere."""

import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from _measure import DTYPES, Table, begin, make_parser

import skl2

# One process: imports, then work, with the time of each, and whether numba came in.
SCRIPT = """
import time; start = time.perf_counter()
{imports}
imported = time.perf_counter()
{work}
end = time.perf_counter()
import json, sys
print(json.dumps([imported - start, end - imported, end - start, time.process_time(), "numba" in sys.modules]))
"""
DATA = "import numpy as np; X = np.random.default_rng(0).standard_normal((300, 10)).astype('{dtype}'); y = X[:, 0]"
FIT = f"{DATA}\nmodel = MLPRegressor(max_iter=1)\nmodel.fit(X, y)"
PREDICT = f"{DATA}\nimport pickle; pickle.load(open('{{model}}', 'rb')).predict(X)"
OURS = "from skl2 import MLPRegressor"
THEIRS = "from sklearn.neural_network import MLPRegressor"


def run(imports, work, cache):
    """Return what one fresh process reports, with its files of compiled code in the folder `cache`."""
    script = SCRIPT.format(imports=imports, work=work)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    output = subprocess.run([sys.executable, "-c", script], env=environment, check=True, stdout=subprocess.PIPE).stdout
    return json.loads(output)


def save_models(folder, dtype):
    """Train a network, and save it as skl2's and as scikit-learn's."""
    X = np.random.default_rng(0).standard_normal((300, 10)).astype(dtype)
    model = skl2.MLPRegressor(max_iter=1).fit(X, X[:, 0])
    for name, kind in (("skl2", model), ("scikit-learn", model.to_sklearn())):
        (folder / name).write_bytes(pickle.dumps(kind))


def cases(folder, dtype, number):
    """Yield (what, imports, work, cache folder), in the order in which they must run."""
    empty, warm, ahead = (folder / f"{name} {dtype} {number}" for name in ("empty", "warm", "ahead"))
    fit = FIT.format(dtype=dtype)
    yield "import skl2", "import skl2", "", empty
    yield "first fit ever", OURS, fit, warm
    yield "first fit, compiled before", OURS, fit, warm
    yield "the same in scikit-learn", THEIRS, fit, empty
    yield "warm_up, first ever", "import skl2", f"skl2.warm_up(dtypes=['{dtype}'])", ahead
    yield "first fit after warm_up", OURS, fit, ahead
    yield "unpickle and predict", "import skl2", PREDICT.format(dtype=dtype, model=folder / "skl2"), empty
    theirs = PREDICT.format(dtype=dtype, model=folder / "scikit-learn")
    yield "the same in scikit-learn, predict", "import sklearn.neural_network", theirs, empty


def compare(folder, dtype, options):
    """Print a row for each case: of some fresh processes the one with the smallest total."""
    save_models(folder, dtype)
    found = {}
    for number in range(options.repeats):
        for what, *process in cases(folder, dtype, number):
            found.setdefault(what, []).append(run(*process))
    columns = "import, s", "then, s", "total, s", "CPU, s", "numba imported"
    table = Table(f"fresh process, {dtype}", *columns, "longer than scikit-learn's, s")
    best = {what: min(reports, key=lambda report: report[2]) for what, reports in found.items()}
    theirs = best["the same in scikit-learn"][2]
    for what, (imports, work, total, cpu, has_numba) in best.items():
        beyond = total - theirs if what.startswith("first fit") else None
        table.add(what, imports, work, total, cpu, "yes" if has_numba else "no", beyond)
    print(flush=True)


def main():
    """Print a table for each dtype."""
    parser = make_parser(__doc__, repeats=5)
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=DTYPES)
    options = begin(parser)
    with tempfile.TemporaryDirectory() as folder:
        for dtype in options.dtypes[:1] if options.quick else options.dtypes:
            compare(Path(folder), dtype, options)


if __name__ == "__main__":
    main()
