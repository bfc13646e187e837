"""The wheel and the source distribution: built twice they are the same bytes, and they hold what they should.

The wheel has the machine code of the kernels, if this machine is of a kind that skl2 compiles ahead for.
"""

import email
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from object_code import C_LIBRARY, undefined_symbols

import skl2
from skl2._compilation.linker import symbols
from skl2._compilation.target import level_of_this_machine, runs
from skl2._kernels.entries import variants

pytest.importorskip("build")
pytest.importorskip("hatchling")
from hatchling import build as backend
from packaging.tags import platform_tags

ROOT = pathlib.Path(__file__).parents[2]
if not (ROOT / ".git").exists():
    pytest.skip("builds from a clone, whose files git knows", allow_module_level=True)

LEVEL = level_of_this_machine()
IS_LINUX = "manylinux_2_17_x86_64" in platform_tags()
PLATFORM = "manylinux_2_17_x86_64" if IS_LINUX else next(platform_tags()) if LEVEL else "any"
NAME = f"skl2-{skl2.__version__}"
WHEEL, PURE_WHEEL, SOURCES = f"{NAME}-py3-none-{PLATFORM}.whl", f"{NAME}-py3-none-any.whl", f"{NAME}.tar.gz"
PREBUILT = "skl2/_compilation/prebuilt"
IN_WHEEL = {"METADATA", "WHEEL", "RECORD", "licenses/LICENSE"}  # beside the package
IN_SOURCES = {
    *("skl2", "tests", "docs", "examples", "benchmarks", "checks", "conftest.py", "pyproject.toml", "Makefile"),
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "PKG-INFO", ".gitignore", "hatch_build.py"),
}

FITS = """
import sys
import numpy as np
import skl2
from skl2._kernels.entries import variants
X = np.random.default_rng(0).standard_normal((40, 3))
for dtype, optimizer in ("float32", "adam"), ("float64", "adam"), ("float64", "lbfgs"):
    skl2.MLPRegressor(optimizer=optimizer, early_stopping=True, max_iter=3).fit(X.astype(dtype), X[:, 0].astype(dtype))
print(skl2.__file__, "numba" in sys.modules, {variant.origin for variant in variants()})
"""
POORER_PROCESSOR = """
from skl2._compilation import target
from skl2._kernels.entries import variants
before = {variant.look()[1] for variant in variants()}
everything = target.features()
target.features = lambda: everything - {"avx2"}
print(before, {variant.look()[1] for variant in variants()})
"""


def files_of_git(*folders):
    """The files of the working tree that git keeps or would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders]
    names = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    return [name for name in names if (ROOT / name).exists()]


def copy_tree(folder, mode=0o644, time=1e9):
    """Copy these files, with other times and permissions than they have."""
    for name in files_of_git():
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy)
        copy.chmod(mode)
        os.utime(copy, (time, time))
    return folder


def run(command, folder, **variables):
    """Run Python in a folder, where nothing is said about numba, code and times but by these variables."""
    meant = ("NUMBA_", "SKL2_", "SOURCE_DATE_EPOCH", "PYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(meant)}
    command = [sys.executable, *command]
    return subprocess.run(command, cwd=folder, env=environment | variables, capture_output=True, text=True)


def build(folder, *what, to="dist", **variables):
    """Build distributions in a folder, and return ({name: bytes}, what it said, as an error if it is none)."""
    process = run(["-m", "build", "--no-isolation", "--outdir", to, *what], folder, **variables)
    return {path.name: path.read_bytes() for path in (folder / to).glob("*")}, process.stdout + process.stderr


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """Two copies of the tree under other names, with other permissions, and other times."""
    here, far = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("far") / "in/another/place"
    return copy_tree(here), copy_tree(far, 0o600, 1.7e9)


@pytest.fixture(scope="module")
def built(trees):
    """What both copies give: the second builds its wheel from its source distribution, the first from its tree.

    At the same time, as both compile; and what the second is told about numba and hashes must not matter.
    """
    told = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_OPT": "1", "PYTHONHASHSEED": "7"}
    with ThreadPoolExecutor() as pool:
        one = pool.submit(build, trees[0], "--sdist", "--wheel", SKL2_PREBUILT="1")
        other = pool.submit(build, trees[1], SKL2_PREBUILT="1", **told)
    for files, said in (one.result(), other.result()):
        assert files, said
    return one.result()[0], other.result()[0]


@pytest.fixture(scope="module")
def wheel(built, trees):
    """The wheel, open."""
    with zipfile.ZipFile(trees[0] / "dist" / WHEEL) as wheel:
        yield wheel


@pytest.fixture(scope="module")
def codes(wheel):
    """The machine code in the wheel, by what it is of."""
    if not LEVEL:
        pytest.skip("this machine is not of a kind that code is compiled ahead for")
    names = [pathlib.PurePath(name) for name in wheel.namelist() if name.startswith(PREBUILT)]
    return {name.name.partition("-")[0]: wheel.read(str(name)) for name in names}


@pytest.fixture
def installed(wheel, tmp_path):
    """A call that runs a program with the wheel, unpacked, and nothing else that is ours; it returns what it prints."""
    if not runs(LEVEL):
        pytest.skip("this processor does not run the code")
    wheel.extractall(tmp_path / "packages")
    (tmp_path / "home").mkdir()
    places = {"HOME": tmp_path / "home", "NUMBA_CACHE_DIR": tmp_path / "cache", "PYTHONPATH": tmp_path / "packages"}

    def call(program):
        process = run(["-c", program], tmp_path, PYTHONDONTWRITEBYTECODE="1", **places)
        return process.stdout or process.stderr

    return call


def test_builds_are_reproducible(built):
    """From two places at two times come the same bytes, and the source distribution gives the wheel of the tree."""
    one, other = ({name: hashlib.sha256(data).hexdigest() for name, data in files.items()} for files in built)
    assert one == other
    assert set(one) == {WHEEL, SOURCES}


def test_wheel_holds_the_package_and_its_code(built, wheel):
    """The wheel has the files of skl2/, code, its metadata and the licence: no tests, no caches; and it is small."""
    names = {name for name in wheel.namelist() if not name.startswith(PREBUILT)}
    assert names == set(files_of_git("skl2")) | {f"{NAME}.dist-info/{name}" for name in IN_WHEEL}
    assert wheel.read(f"{NAME}.dist-info/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert len(built[0][WHEEL]) < 450_000


def test_wheel_has_code_for_each_entry(codes, wheel):
    """Each entry has one file for each of its dtypes, and the wheel says for which systems that is."""
    assert sorted(codes) == sorted(variant.name for variant in variants())
    assert len([name for name in wheel.namelist() if name.startswith(PREBUILT)]) == len(codes)
    tags = email.message_from_bytes(wheel.read(f"{NAME}.dist-info/WHEEL"))
    assert (tags["Root-Is-Purelib"], tags.get_all("Tag")) == ("false", [f"py3-none-{PLATFORM}"])


def test_code_says_nothing_of_where_it_was_made(codes, trees):
    """No code has a path of the machine that has compiled it: another gives the same."""
    for path in (ROOT, *trees, sys.prefix, pathlib.Path(np.__file__).parents[1], pathlib.Path.home()):
        assert [name for name, code in codes.items() if os.fsencode(path) in code] == []


@pytest.mark.skipif(not IS_LINUX, reason="the code is not in the format of Linux")
def test_code_calls_what_all_systems_of_its_tag_have(codes):
    """The code calls functions of skl2, and such of the C library as have always been there."""
    for name, code in codes.items():
        assert undefined_symbols(code) <= C_LIBRARY | set(symbols()), name
    assert {"expf", "sched_yield", "skl2_sgemm"} <= undefined_symbols(codes["train_chunk_float32"])


def test_installed_wheel_trains_at_once(installed, tmp_path):
    """Both dtypes and L-BFGS train with code that came with the package: without numba, and writing no file."""
    before = sorted(tmp_path.rglob("*"))
    assert installed(FITS).split(maxsplit=2) == [str(tmp_path / "packages/skl2/__init__.py"), "False", "{'prebuilt'}\n"]
    assert sorted(tmp_path.rglob("*")) == before


def test_poorer_processor_does_not_run_code(installed):
    """A processor that lacks what the code may use is not given it."""
    assert installed(POORER_PROCESSOR) == "{'prebuilt'} {None}\n"


@pytest.fixture
def without(tmp_path):
    """A call that returns a folder to import from in which a module is as given, rather than as it is."""

    def call(module, source):
        (tmp_path / "shadows").mkdir()
        (tmp_path / "shadows" / f"{module}.py").write_text(source)
        return {"PYTHONPATH": str(tmp_path / "shadows")}

    return call


@pytest.mark.parametrize("reason", ["asked for", "another machine", "compiler fails"])
def test_pure_wheel(reason, without, tmp_path):
    """Where no code is wanted or possible, the wheel is one of Python alone, for all systems."""
    situation = {
        "asked for": lambda: {"SKL2_PREBUILT": "0"},
        "another machine": lambda: without("sitecustomize", "import platform; platform.machine = lambda: 'riscv64'"),
        "compiler fails": lambda: without("numba", "raise ImportError"),
    }[reason]()
    tree = copy_tree(tmp_path / "tree")
    files, said = build(tree, "--wheel", **situation)
    assert set(files) == {PURE_WHEEL}, said
    assert len(files[PURE_WHEEL]) < 300_000
    assert ("could not be compiled" in said) == (reason == "compiler fails" and LEVEL is not None)
    with zipfile.ZipFile(tree / "dist" / PURE_WHEEL) as wheel:
        assert not any(name.startswith(PREBUILT) for name in wheel.namelist())
        assert b"Root-Is-Purelib: true" in wheel.read(f"{NAME}.dist-info/WHEEL")


@pytest.mark.skipif(LEVEL is None, reason="nothing is compiled here")
def test_demanded_code_that_cannot_be_made_is_an_error(without, tmp_path):
    """With SKL2_PREBUILT=1, as releases are made, there is no wheel where the compiler fails."""
    files, said = build(
        copy_tree(tmp_path / "tree"), "--wheel", SKL2_PREBUILT="1", **without("numba", "raise ImportError")
    )
    assert files == {}
    assert "SKL2_PREBUILT=1 demands it" in said


@pytest.mark.parametrize("ask", [backend.get_requires_for_build_wheel, backend.get_requires_for_build_editable])
def test_builds_ask_for_the_compiler(ask, monkeypatch):
    """A build gets what compiling needs, in the versions that skl2 is for; without code it needs nothing."""
    monkeypatch.chdir(ROOT)
    needed = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]["dependencies"]
    compiler = {line for line in needed if line.partition(">")[0] in ("llvmlite", "numba", "numpy", "scipy")}
    for value, expected in ("1", compiler if LEVEL else set()), ("0", set()):
        monkeypatch.setenv("SKL2_PREBUILT", value)
        assert {line for line in ask() if not line.startswith("editables")} == expected


def test_source_distribution_holds_what_git_holds(built, trees):
    """It has all that is needed to test and to document, and nothing that a build or a run has left."""
    with tarfile.open(trees[0] / "dist" / SOURCES) as sources:
        names = {name.removeprefix(f"{NAME}/") for name in sources.getnames()}
    assert {name.partition("/")[0] for name in names} == IN_SOURCES
    assert names - {"PKG-INFO"} <= set(files_of_git())
    assert set(files_of_git("skl2", "tests", "docs", "checks")) <= names
    assert len(built[0][SOURCES]) < 2_000_000


def test_metadata_are_complete(wheel):
    """The wheel says what it is, which Pythons and packages it needs, and shows the README."""
    metadata = email.message_from_bytes(wheel.read(f"{NAME}.dist-info/METADATA"))
    assert (metadata["Name"], metadata["Version"]) == ("skl2", skl2.__version__)
    assert (metadata["License-Expression"], metadata["Requires-Python"]) == ("BSD-3-Clause", ">=3.11")
    assert {"Summary", "Author", "Keywords", "Description-Content-Type"} <= set(metadata.keys())
    assert metadata.get_payload(decode=True).decode() == (ROOT / "README.md").read_text(encoding="utf-8")
    needed = [line.partition(">")[0] for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert sorted(needed) == ["joblib", "llvmlite", "numba", "numpy", "scikit-learn", "scipy", "threadpoolctl"]
