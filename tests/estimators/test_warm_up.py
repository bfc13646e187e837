"""Compiling ahead, and what is said of it."""

import os

import numpy as np
import pytest

import skl2
from skl2 import MLPRegressor
from skl2._compilation import storage
from skl2._compilation.entry import Entry, Variant
from skl2._compilation.signature import array
from skl2._compilation.target import Level
from skl2._kernels.entries import ENTRIES, variants
from skl2._kernels.objective import add_gradient
from skl2._kernels.training import train_chunk

KERNELS = {"add_gradient": add_gradient, "train_chunk": train_chunk}
EVERYWHERE = Level("everywhere", frozenset())  # a kind of processor that all are
needs_compiler = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="nothing is compiled")


def refuse(*arguments):
    """Stand in for what must not be called."""
    raise AssertionError("This looks for code or compiles.")


def forget(monkeypatch):
    """Begin as a new process does: nothing has been asked for."""
    for kernel in KERNELS.values():
        monkeypatch.setattr(kernel, "variants", {})


@pytest.fixture
def cold(monkeypatch):
    """Nothing has been asked for; what is compiled comes from the disk."""
    forget(monkeypatch)


def asked_for():
    """Return which entries have been asked for, and in which dtypes."""
    return {name: {dtype.name for dtype in kernel.variants} for name, kernel in KERNELS.items()}


def double(x: array(1)):
    """x ← 2·x, for the smallest of entries."""
    for i in range(x.size):
        x[i] *= 2


@pytest.fixture
def new_process(monkeypatch, tmp_path):
    """One small entry instead of all, no code of it anywhere, and a function to begin as a new process does."""
    places = {"cache": tmp_path / "cache", "prebuilt": tmp_path / "prebuilt"}
    monkeypatch.setattr(storage, "folders", lambda: [places["cache"]])
    monkeypatch.setattr(storage, "PREBUILT", places["prebuilt"])
    monkeypatch.setattr(storage, "is_caching", lambda: True)
    monkeypatch.setattr(storage, "has_prebuilt", lambda: True)
    monkeypatch.setattr("skl2._compilation.entry.changed_settings", lambda: "")
    monkeypatch.setattr("skl2._compilation.entry.level_of_this_machine", lambda: EVERYWHERE)

    def begin():
        monkeypatch.setitem(ENTRIES, "float32", [])
        monkeypatch.setitem(ENTRIES, "float64", [Entry(double)])

    begin()
    return begin


@pytest.fixture
def told(capsys):
    """What warm_up prints with some settings, of the one entry that there is; show_versions must then agree."""

    def call(**settings):
        skl2.warm_up("float64", verbose=1, **settings)
        name, origin = capsys.readouterr().out.rstrip("\n").split(": ")
        assert (name, origin) == ("double_float64", said_of_double(capsys))
        return origin

    return call


def said_of_double(capsys):
    """Return what show_versions says of the one entry."""
    skl2.show_versions()
    [line] = [line for line in capsys.readouterr().out.splitlines() if "double_float64: " in line]
    return line.split(": ")[1]


@pytest.mark.usefixtures("cold")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fits_find_everything_compiled(dtype, monkeypatch):
    """After warm_up for a dtype no fit in it asks for code; L-BFGS comes with double precision."""
    skl2.warm_up([dtype])
    ahead = asked_for()
    assert ahead == {"add_gradient": {dtype} & {"float64"}, "train_chunk": {dtype}}
    monkeypatch.setattr(Variant, "look", refuse)
    monkeypatch.setattr(Variant, "make_code", refuse)
    X = np.random.default_rng(0).standard_normal((20, 3))
    for optimizer in ("adam", "sgd") + ("lbfgs",) * (dtype == "float64"):
        MLPRegressor(optimizer=optimizer, dtype=dtype, max_iter=2).fit(X, X[:, 0])
    assert asked_for() == ahead


@pytest.mark.usefixtures("cold")
def test_all_is_prepared():
    """Without arguments all entries are prepared, in each dtype that anything trains in."""
    skl2.warm_up()
    both = {"float32", "float64"}
    assert asked_for() == {"add_gradient": {"float64"}, "train_chunk": both}
    assert all(variant.origin for variant in variants())


@pytest.mark.parametrize("dtypes", ["float64", ["float64"], (np.float64,), [np.dtype("float64")], {"float64": 0}, []])
def test_one_dtype_or_several(dtypes, capsys):
    """A name, a type or any collection of them will do; nothing is returned, and nothing printed."""
    assert skl2.warm_up(dtypes) is None
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("cold")
@pytest.mark.parametrize("dtypes", ["float16", ["float32", "int64"], [complex], "float32, float64", "no dtype at all"])
def test_other_dtypes_are_refused(dtypes):
    """The message names what was given and what there is, and nothing is compiled before it."""
    with pytest.raises(
        ValueError, match=r"trains in 'float32' and 'float64'; got dtypes=.*(float16|int64|complex|, |no)"
    ):
        skl2.warm_up(dtypes)
    assert set(map(len, asked_for().values())) == {0}


@pytest.mark.usefixtures("cold")
@pytest.mark.parametrize("dtypes", [None, [None], 64, b"float64", ["float64", ["float64"]], np.zeros(3), object])
def test_what_is_no_dtype_is_refused(dtypes):
    """Neither None, which is double precision to numpy, nor numbers, bytes or lists of lists stand for a dtype."""
    with pytest.raises(ValueError, match=r"trains in 'float32' and 'float64'; got dtypes="):
        skl2.warm_up(dtypes)
    assert set(map(len, asked_for().values())) == {0}


def test_a_line_for_each_kernel(capsys):
    """With verbose=1 each kernel has a line that says where it is from, in the order of the dtypes."""
    skl2.warm_up(["float64", "float32"], verbose=1)
    ahead = variants(["float64", "float32"])
    assert capsys.readouterr().out.splitlines() == [f"{variant.name}: {variant.origin}" for variant in ahead]
    assert {variant.origin for variant in ahead} <= {"prebuilt", "cached", "compiled", "plain Python"}


@needs_compiler
def test_compiled_once_and_then_cached(new_process, told, capsys, tmp_path):
    """What is nowhere is compiled; the next process has it from the cache, and compiles it again if that is damaged."""
    assert said_of_double(capsys) == "to be compiled"
    assert not (tmp_path / "cache").exists()
    assert (told(), told(native=True)) == ("compiled", "compiled")
    new_process()
    assert said_of_double(capsys) == "cached"
    assert told() == "cached"
    [file] = (tmp_path / "cache").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    new_process()
    assert said_of_double(capsys) == "to be compiled"
    assert told() == "compiled"


@needs_compiler
def test_prebuilt_code_is_used_until_native_code_is_asked_for(new_process, told, capsys, tmp_path):
    """Prebuilt code is found and nothing cached; native=True compiles once, also later, and is used from then on."""
    Variant(double, np.dtype("float64")).prebuild(EVERYWHERE)
    assert said_of_double(capsys) == "prebuilt"
    assert told() == "prebuilt"
    assert not (tmp_path / "cache").exists()
    assert told(native=True) == "compiled"
    assert told() == "compiled"
    new_process()
    assert told() == "cached"
    assert told(native=True) == "cached"


@needs_compiler
@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("storage.has_prebuilt", False),
        ("entry.changed_settings", "OPT=2"),
        ("entry.level_of_this_machine", None),
        ("entry.level_of_this_machine", Level("nowhere", frozenset({"of no processor"}))),
    ],
)
@pytest.mark.usefixtures("new_process")
def test_prebuilt_code_that_may_not_run_here(what, value, told, capsys, monkeypatch):
    """SKL2_PREBUILT=0, settings of numba and another processor have code compiled, and said so before."""
    Variant(double, np.dtype("float64")).prebuild(EVERYWHERE)
    monkeypatch.setattr(f"skl2._compilation.{what}", lambda: value)
    assert said_of_double(capsys) == "to be compiled"
    assert told() == "compiled"


@pytest.mark.usefixtures("new_process")
def test_plain_python(told, capsys, monkeypatch):
    """Where nothing is compiled that is what both say, also with native=True."""
    monkeypatch.setattr("skl2._compilation.entry.is_compiling", lambda: False)
    monkeypatch.setattr("skl2._estimators.versions.is_compiling", lambda: False)
    assert said_of_double(capsys) == "plain Python"
    assert (told(native=True), told()) == ("plain Python", "plain Python")
