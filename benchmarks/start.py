"""How long a fresh process waits for its first fit, and for predictions of a model trained elsewhere.

Beside scikit-learn, in turns, each time with an empty home: with the machine code that came with the package, where it
must be compiled, and in the process after that. Python's own compiled files (.pyc) are there, as they are for users.
"""

import json
import pickle
import site
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _measure import DTYPES, Table, begin, make_parser, untold_environment

import skl2

# One process: imports, then work, with the time of each; then whether numba came in, and where our code is from.
SCRIPT = """
import time; start = time.perf_counter()
{imports}
imported = time.perf_counter()
{work}
end = time.perf_counter()
import json, sys
training = sys.modules.get("skl2._kernels.training")
origins = [variant.origin for variant in training.train_chunk.variants.values()] if training else []
print(json.dumps([imported - start, end - imported, "numba" in sys.modules, *origins]))
"""
DATA = "import numpy as np; X = np.random.default_rng(0).standard_normal((300, 10)).astype('{dtype}')"
FIT = f"{DATA}\nMLPRegressor(max_iter=1).fit(X, X[:, 0])"
PREDICT = f"{DATA}\nimport pickle; pickle.load(open({{model!r}}, 'rb')).predict(X)"
OURS = "from skl2 import MLPRegressor"
THEIRS = "from sklearn.neural_network import MLPRegressor"

FIRST, COMPILES, SECOND = "first fit ever", "first fit ever, compiles", "fit in the next process"
THEIR_FIT, PREDICTS, THEY_PREDICT = "fit in scikit-learn", "predict", "predict in scikit-learn"


class Case(NamedTuple):
    """What a process does."""

    imports: str
    work: str
    home: Path
    settings: dict = {}


class Report(NamedTuple):
    """What it says of that."""

    imports: float  # seconds
    work: float  # seconds
    has_numba: bool
    origin: str | None = None  # of our machine code, if there was need for it

    @property
    def total(self):
        """Return the seconds of both."""
        return self.imports + self.work


def run(case):
    """Return the Report of one fresh process."""
    command = [sys.executable, "-c", SCRIPT.format(imports=case.imports, work=case.work)]
    environment = make_environment(case.home) | case.settings
    return Report(*json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout))


def make_environment(home):
    """Return this process's environment with another home, and no settings of numba, of ours or about .pyc files."""
    # Without a folder that is named, the cache of this installation would count too.
    return untold_environment() | {
        "HOME": str(home),
        "PYTHONUSERBASE": site.getuserbase(),
        "NUMBA_CACHE_DIR": str(home / "cache"),
    }


def make_cases(folder, dtype, number):
    """Return {what: Case}, in the order in which they must run."""
    untouched, compiled = folder / f"untouched {dtype} {number}", folder / f"compiled {dtype} {number}"
    untouched.mkdir()
    compiled.mkdir()
    fit, not_prebuilt = FIT.format(dtype=dtype), {"SKL2_PREBUILT": "0"}
    ours, theirs = (PREDICT.format(dtype=dtype, model=str(folder / name)) for name in ("skl2", "scikit-learn"))
    return {
        THEIR_FIT: Case(THEIRS, fit, untouched),
        FIRST: Case(OURS, fit, untouched),
        COMPILES: Case(OURS, fit, compiled, not_prebuilt),
        SECOND: Case(OURS, fit, compiled, not_prebuilt),
        THEY_PREDICT: Case(THEIRS, theirs, untouched),
        PREDICTS: Case(OURS, ours, untouched),
    }


def save_models(folder, dtype):
    """Train a network, and save it as skl2's and as scikit-learn's."""
    X = np.random.default_rng(0).standard_normal((300, 10)).astype(dtype)
    model = skl2.MLPRegressor(max_iter=1).fit(X, X[:, 0])
    for name, kind in (("skl2", model), ("scikit-learn", model.to_sklearn())):
        (folder / name).write_bytes(pickle.dumps(kind))


def middle(reports):
    """Return the Report with the median of the totals."""
    return sorted(reports, key=lambda report: report.total)[len(reports) // 2]


def compare(folder, dtype, repeats):
    """Print a row for each case, of some fresh processes that with the median total, and what it takes to compile."""
    save_models(folder, dtype)
    found = {}
    for number in range(repeats):
        for what, case in make_cases(folder, dtype, number).items():
            found.setdefault(what, []).append(run(case))
    medians = {what: middle(reports) for what, reports in found.items()}
    columns = "import, s", "then, s", "total, s", "longer than scikit-learn's, s", "numba imported", "machine code"
    table = Table(f"fresh process, {dtype}", *columns)
    for what, report in medians.items():
        theirs = medians[THEY_PREDICT if what in (PREDICTS, THEY_PREDICT) else THEIR_FIT]
        beyond = None if report is theirs else report.total - theirs.total
        has_numba, origin = "yes" if report.has_numba else "no", report.origin or "–"
        table.add(what, report.imports, report.work, report.total, beyond, has_numba, origin)
    seconds = medians[COMPILES].work - medians[SECOND].work
    print(f"\nTo compile for {dtype} takes {seconds:.1f} s, with the import of numba.")
    if medians[FIRST].origin != "prebuilt":
        print(f"NO PREBUILT CODE was found: '{FIRST}' is not what users of a package have. `pip install .` makes it.")
    print(flush=True)


def main():
    """Print a table for each dtype."""
    parser = make_parser(__doc__, repeats=5, shown="the one with the median")
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=DTYPES)
    options = begin(parser)
    with tempfile.TemporaryDirectory() as folder:
        for dtype in options.dtypes[:1] if options.quick else options.dtypes:
            compare(Path(folder), dtype, options.repeats)


if __name__ == "__main__":
    main()
