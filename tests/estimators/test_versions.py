"""What bug reports say of a machine."""

import os
import pathlib
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires, version

import numpy as np
import pytest
import sklearn
from threadpoolctl import threadpool_info

import skl2
from skl2._compilation.target import Level
from skl2._estimators import versions
from skl2._kernels.entries import variants

# A process that has imported nothing else. Its settings are those of its environment, and it says what it has imported.
SCRIPT = """
import sys, skl2
skl2.show_versions()
print("\\nImported:", *sorted({"numba", "llvmlite", "matplotlib"} & set(sys.modules)))
"""


def read(text):
    """Return {title: {name: value}} of the sections of a text that have a title."""
    blocks = [block.splitlines() for block in text.strip().split("\n\n")]
    titled = {title.rstrip(":"): lines for title, *lines in blocks if title.endswith(":")}
    return {title: dict(line.strip().split(": ", 1) for line in lines) for title, lines in titled.items()}


def said_by(function, capsys):
    """Return what a function prints, as `read` returns it."""
    function()
    return read(capsys.readouterr().out)


def said_in_a_new_process(folder, **environment):
    """Return (sections, what was imported) of a process whose settings are these and no others."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "SKL2_"))}
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=usual | {"NUMBA_CACHE_DIR": str(folder)} | environment,
        cwd=pathlib.Path(skl2.__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (process.returncode, process.stderr) == (0, "")
    text, imported = process.stdout.split("\nImported: ")
    return read(text), imported.split()


def test_sections(capsys):
    """Sections are scikit-learn's, in its order and words; before the threads it says where compiled code is from."""
    ours, theirs = said_by(skl2.show_versions, capsys), said_by(sklearn.show_versions, capsys)
    assert list(ours) == ["System", "Python dependencies", "Compiled code", "threadpoolctl info"]
    assert set(theirs) <= set(ours)
    assert ours["System"] == theirs["System"]
    both = ours["Python dependencies"].keys() & theirs["Python dependencies"].keys()
    assert both >= {"numpy", "scipy", "joblib", "threadpoolctl", "pandas", "matplotlib"}
    for name in both:
        assert ours["Python dependencies"][name] == theirs["Python dependencies"][name]


def test_all_dependencies_have_versions(capsys):
    """All that skl2 needs or can use is there with its version, and what is not installed with None."""
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in requires("skl2")}
    found = said_by(skl2.show_versions, capsys)["Python dependencies"]
    assert {"numpy", "numba", "rich"} < names
    assert found.keys() == names | {"skl2", "llvmlite", "pandas"}
    assert found["skl2"] == skl2.__version__
    assert found["scikit-learn"] == sklearn.__version__
    assert found["numpy"] == np.__version__
    assert found["numba"] == version("numba")


def test_what_is_not_installed(capsys, monkeypatch):
    """A package that is not there is said to be None, and is no error."""

    def lose(name):
        if name == "rich":
            raise PackageNotFoundError(name)
        return "9.9"

    monkeypatch.setattr(versions, "version", lose)
    found = said_by(skl2.show_versions, capsys)["Python dependencies"]
    assert found == dict.fromkeys(found, "9.9") | {"rich": "None"}


def test_all_libraries_with_threads_are_listed(capsys):
    """Each library of BLAS and OpenMP is there, as threadpoolctl describes it."""
    skl2.show_versions()
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines.count("user_api: blas") >= 1
    for library in threadpool_info():
        assert {f"{name}: {value}" for name, value in library.items()} <= set(lines)


def test_nothing_is_imported_or_compiled_for_it(tmp_path):
    """A new process imports neither numba nor matplotlib, writes nothing, and all kernels are said to be somewhere."""
    sections, imported = said_in_a_new_process(tmp_path / "cache")
    code = sections["Compiled code"]
    assert imported == ["llvmlite"]
    assert not (tmp_path / "cache").exists()
    assert (code["settings"], code["cache"]) == ("as usual", str(tmp_path / "cache" / "skl2"))
    assert {code[variant.name] for variant in variants()} in ({"prebuilt"}, {"to be compiled"})


def test_settings_are_named(tmp_path):
    """Settings of numba that change code are named, and prebuilt code is then no use; without a cache it is None."""
    settings = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_OPT": "2", "SKL2_NUMBA_CACHE": "0"}
    code = said_in_a_new_process(tmp_path, **settings)[0]["Compiled code"]
    assert (code["settings"], code["cache"]) == ("BOUNDSCHECK=1 OPT=_OptLevel(2)", "None")
    assert {code[variant.name] for variant in variants()} == {"to be compiled"}


def test_without_compilation_kernels_are_plain_python(tmp_path):
    """NUMBA_DISABLE_JIT=1 is said of all kernels."""
    code = said_in_a_new_process(tmp_path, NUMBA_DISABLE_JIT="1")[0]["Compiled code"]
    assert {code[variant.name] for variant in variants()} == {"plain Python"}


def test_two_places_of_the_cache(monkeypatch, capsys):
    """Where there may be two folders of the cache, both are named, the first to be looked into first."""
    first, second = pathlib.Path("/first"), pathlib.Path("/second")
    monkeypatch.setattr("skl2._compilation.storage.folders", lambda: [first, second])
    monkeypatch.setattr("skl2._compilation.storage.is_caching", lambda: True)
    assert said_by(skl2.show_versions, capsys)["Compiled code"]["cache"] == f"{first} or {second}"


@pytest.mark.parametrize("runs", [True, False])
def test_processors_that_code_is_prebuilt_for(runs, monkeypatch, capsys):
    """It says for which processors packages have code on this kind of machine, and whether this is one of them."""
    needs = frozenset() if runs else frozenset({"what no processor has"})
    monkeypatch.setattr(versions, "level_of_this_machine", lambda: Level("x86-64-v9", needs))
    found = said_by(skl2.show_versions, capsys)["Compiled code"]["prebuilt for"]
    assert found == f"x86-64-v9, which this processor {'runs' if runs else 'does not run'}"


def test_kinds_of_machines_without_prebuilt_code(monkeypatch, capsys):
    """Where packages have no code for this kind of machine it is None."""
    monkeypatch.setattr(versions, "level_of_this_machine", lambda: None)
    assert said_by(skl2.show_versions, capsys)["Compiled code"]["prebuilt for"] == "None"
