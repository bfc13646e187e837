"""What skl2 reaches for: no network, no other program, no code from strings, no file outside its cache folder."""

import ast
import json
import os
import pathlib
import subprocess
import sys

import matplotlib
import pytest

import skl2

PACKAGE = pathlib.Path(skl2.__file__).parent
FORBIDDEN_NAMES = {
    *("eval", "exec", "compile", "__import__", "import_module", "open", "fdopen", "input", "breakpoint"),
    *("system", "popen", "startfile", "fork", "kill", "mkdir", "makedirs", "remove", "unlink", "rmdir", "rename"),
    *("load", "loads", "dump", "dumps", "save", "savez", "savetxt", "tofile", "memmap", "write_bytes", "write_text"),
    *("CDLL", "PyDLL", "WinDLL", "OleDLL", "LoadLibrary", "load_library_permanently"),
}
FORBIDDEN_MODULES = {
    *("pickle", "marshal", "shelve", "ctypes", "cffi", "code", "runpy", "subprocess", "multiprocessing", "pty"),
    *("socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "webbrowser", "tempfile", "shutil"),
}
# (file, name): why it may be used there.
EXCEPTIONS = {
    ("_compilation/compiler.py", "compile"): "numba's method of that name, which compiles a kernel for types",
    ("_compilation/compiler.py", "load"): "an instruction that reads from an array's struct",
    ("_compilation/jit.py", "compile"): "numba's method of that name",
    ("_compilation/jit.py", "import_module"): "loads instructions.py beside it, by its name, to compile with numba",
    ("_compilation/linker.py", "ctypes"): "calls machine code of kernels, after its digest was compared",
    ("_compilation/storage.py", "mkdir"): "makes the folder of the cache",
    ("_compilation/storage.py", "unlink"): "removes what it could write a part of",
    ("_compilation/storage.py", "write_bytes"): "saves machine code in the cache",
    ("_kernels/tickets.py", "load"): "an atomic instruction on a counter",
    ("skops.py", "load"): "skops.io.load, with types that were audited, without pickle",
}

FOLDERS = {"HOME": "home", "TMPDIR": "tmp", "NUMBA_CACHE_DIR": "cache", "PWD": "here"}
# Records, from before `import skl2`, what Python's audit hooks see of files that are changed, of sockets and of
# programs, and prints it as JSON. Other packages are imported before: what they do then is not ours. It compiles
# without the cache first, then with it, and last finds what was compiled as a part of the package.
SCRIPT = """
import io, json, os, pickle, platform, shutil, sys, warnings
import matplotlib.pyplot, numpy as np, sklearn.model_selection, sklearn.utils.parallel, threadpoolctl
threadpoolctl.threadpool_info()  # of some versions it asks the system's linker where its libraries are, once
CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
FILES = {"os." + name for name in "mkdir rename remove rmdir link symlink truncate chmod utime".split()}
OTHERS = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.", "subprocess.", "os.system", "os.exec",
          "os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "pty.")
changed, others = set(), set()
def hook(event, arguments):
    if event in FILES or event == "open" and arguments[2] and arguments[2] & CHANGES and isinstance(arguments[0], str):
        changed.update(os.path.abspath(os.fsdecode(path)) for path in arguments[:1 + (event == "os.rename")])
    if event.startswith(OTHERS):
        others.add(event)
sys.addaudithook(hook)

import skl2
warnings.simplefilter("ignore")
X = np.random.default_rng(0).standard_normal((60, 3)).astype("float32")
y = np.arange(60) % 3
small = {"hidden_layer_sizes": (4,), "max_iter": 3}

def use():
    skl2.warm_up("float32")
    model = skl2.MLPClassifier(**small).fit(X, y).partial_fit(X, y)
    model.predict(X), model.predict_proba(X), model.score(X, y), pickle.loads(pickle.dumps(model)), repr(model)
    skl2.MLPRegressor.from_sklearn(skl2.MLPRegressor(**small).fit(X, X).to_sklearn())
    path = model.path(X, y, 4, n_jobs=2)
    search = skl2.MLPRegressorCV(3, cv=2, n_jobs=2, **small).fit(X, X[:, 0])
    skl2.RegularizationPathDisplay.from_cv(search).figure_.savefig(io.BytesIO())
    skl2.LossCurveDisplay.from_estimator(path[0]), skl2.WeightDistributionDisplay.from_estimator(model)

from skl2._compilation import storage, target
from skl2._kernels.training import train_chunk
report, cache = {}, os.environ["NUMBA_CACHE_DIR"]

def record(name, **settings):
    os.environ.update(settings)
    train_chunk.variants.clear()  # as in a new process
    use()
    report[name] = {
        "changed": sorted(changed),
        "others": sorted(others),
        "cached": sorted(name for _, _, names in os.walk(cache) for name in names),
        "origin": train_chunk[X.dtype].origin,
    }
    changed.clear(), others.clear()

record("without cache", SKL2_NUMBA_CACHE="0", SKL2_PREBUILT="0")
record("with cache", SKL2_NUMBA_CACHE="1")
target.LEVELS[platform.machine()] = level = target.Level("any", frozenset())
storage.PREBUILT = storage.pathlib.Path(cache).with_name("package")
variant = train_chunk[X.dtype]
variant.make_code = lambda code=variant.look()[0]: code  # not once more
variant.prebuild(level)
shutil.rmtree(cache)
changed.clear()
record("prebuilt", SKL2_PREBUILT="1")
print(json.dumps(report))
"""


def reached(path):
    """Yield the forbidden names and modules that a source file uses."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from {alias.name.partition(".")[0] for alias in node.names} & FORBIDDEN_MODULES
        elif isinstance(node, ast.ImportFrom):
            yield from {node.module.partition(".")[0]} & FORBIDDEN_MODULES
            yield from {alias.name for alias in node.names} & FORBIDDEN_NAMES
        elif isinstance(node, ast.Name | ast.Attribute):
            yield from {node.id if isinstance(node, ast.Name) else node.attr} & FORBIDDEN_NAMES


def test_sources_reach_for_nothing_dangerous():
    """No file evaluates strings, unpickles, starts programs, opens sockets or writes files, but for what is listed."""
    files = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    assert {(name, use) for name, path in files.items() for use in reached(path)} == set(EXCEPTIONS)


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """A fresh process that does what a user does in empty folders, three times: (root, {which time: report})."""
    root = tmp_path_factory.mktemp("root")
    for name in FOLDERS.values():
        (root / name).mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment |= {variable: str(root / name) for variable, name in FOLDERS.items()}
    environment["MPLCONFIGDIR"] = matplotlib.get_cachedir()  # its list of fonts, which takes seconds to make
    environment["PYTHONPATH"] = str(PACKAGE.parent)
    command = [sys.executable, "-B", "-c", SCRIPT]  # -B: Python saves no bytecode of ours
    process = subprocess.run(command, cwd=root / "here", env=environment, capture_output=True, text=True, timeout=300)
    assert process.stderr == ""
    return root, json.loads(process.stdout)


def test_only_the_cache_folder_is_written(used):
    """Imports, first compilation, fits, path, search, predictions and displays change the cache folder alone."""
    root, report = used[0], used[1]["with cache"]
    assert report["origin"] == "compiled"
    assert report["changed"]
    assert [name.partition("-")[0] for name in report["cached"]] == ["train_chunk_float32"]
    assert [path for path in report["changed"] if not path.startswith(str(root / "cache"))] == []


@pytest.mark.parametrize(("time", "origin"), [("without cache", "compiled"), ("prebuilt", "prebuilt")])
def test_nothing_is_written_elsewhere(time, origin, used):
    """With SKL2_NUMBA_CACHE=0, and where the code came with the package, no file is written at all."""
    report = used[1][time]
    assert report["origin"] == origin
    assert (report["changed"], report["cached"]) == ([], [])


@pytest.mark.parametrize("time", ["without cache", "with cache", "prebuilt"])
def test_no_network_and_no_other_program(used, time):
    """No socket is made and no program started in all this, and what could hide from audit hooks leaves no file."""
    root, report = used
    assert report[time]["others"] == []
    assert [path for folder in ("home", "tmp", "here") for path in (root / folder).rglob("*")] == []
