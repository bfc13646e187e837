"""What numba is told is read in the same way whether it is imported or not."""

import json
import os
import subprocess
import sys

import pytest

from skl2._compilation import configuration
from skl2._compilation.configuration import SETTINGS, cache_folder, changed_settings, is_compiling

# What users set, by the names of the environment: each alone, and some together.
CHOICES = [
    {"CPU_NAME": "generic"},
    {"CPU_NAME": ""},
    {"CPU_NAME": "x86-64-v2"},
    {"CPU_FEATURES": ""},
    {"CPU_FEATURES": "+avx,-avx2"},
    {"CPU_NAME": "znver3", "CPU_FEATURES": "-avx512f"},
    {"ENABLE_AVX": "0"},
    {"BOUNDSCHECK": "1"},
    {"BOUNDSCHECK": "01"},
    {"OPT": "0"},
    {"OPT": "max"},
    {"LOOP_VECTORIZE": "0"},
    {"SLP_VECTORIZE": "1"},
    {"DEBUGINFO": "1"},
    {"DEBUGINFO": "1", "ENABLE_PROFILING": "1"},
    {"DISABLE_JIT": "1"},
    {"DISABLE_JIT": "00"},
]
# Those that are as usual, for which numba is not imported.
USUAL = [{}, {"BOUNDSCHECK": "0"}, {"OPT": "3"}, {"DISABLE_JIT": "0"}, {"CACHE_DIR": "/somewhere/else"}]
# Say what is read for a choice before numba is imported by whoever, whether it is then, and what is read afterwards.
RUN = """
import importlib.util, json, os, sys
specification = importlib.util.spec_from_file_location("configuration", sys.argv[1])
configuration = importlib.util.module_from_spec(specification)
specification.loader.exec_module(configuration)

def look(choice):
    names = {f"NUMBA_{name}": value for name, value in choice.items()}
    os.environ.update(names)
    if "numba" in sys.modules:
        sys.modules["numba"].core.config.reload_config()
    seen = [configuration.changed_settings(), configuration.is_compiling(), configuration.cache_folder()]
    imported = "numba" in sys.modules
    for name in names:
        del os.environ[name]
    return seen, imported

report = {"without": [look(choice) for choice in json.loads(sys.argv[2])]}
import numba
report["with"] = [look(choice) for choice in json.loads(sys.argv[3])]
print(json.dumps(report))
"""


def run(*lists, folder=None):
    """Return what a new process sees of choices without numba, and of others with it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    command = [sys.executable, "-W", "ignore", "-c", RUN, configuration.__file__, *map(json.dumps, lists)]
    process = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return json.loads(process.stdout)


@pytest.fixture(scope="module")
def seen():
    """What is read of the usual choices without numba, and of all with it."""
    return run(USUAL, USUAL + CHOICES)


@pytest.mark.parametrize("choice", USUAL, ids=str)
def test_what_is_as_usual_needs_no_numba(choice, seen):
    """Defaults are numba's own: without a variable, or with one that says them, nothing is changed nor imported."""
    expected = ["", True, choice.get("CACHE_DIR", "")]
    number = USUAL.index(choice)
    assert seen["without"][number] == [expected, False]
    assert seen["with"][number] == [expected, True]


@pytest.mark.parametrize("choice", [choice for choice in CHOICES if choice not in USUAL], ids=str)
def test_what_is_not_as_usual_is_read_by_numba(choice, seen):
    """Any other choice is numba's to read, which is imported then: so it has one text, whoever was first."""
    (first,) = run([choice], [choice])["without"]
    assert first == seen["with"][len(USUAL) + CHOICES.index(choice)]
    changed, compiles, _ = first[0]
    assert first[1]
    assert compiles == (choice.get("DISABLE_JIT") != "1")
    names = {"DEBUGINFO_DEFAULT" if name == "DEBUGINFO" else name for name in choice}
    is_only_spelled_otherwise = choice == {"DISABLE_JIT": "00"}
    assert is_only_spelled_otherwise or names <= {pair.partition("=")[0] for pair in changed.split()}


def test_a_file_is_numbas_to_read(tmp_path):
    """What .numba_config.yaml in the working directory says counts, before numba is imported by anybody."""
    pytest.importorskip("yaml")
    (tmp_path / ".numba_config.yaml").write_text("boundscheck: 1")
    assert run([{}], [], folder=tmp_path)["without"][0][0][0] == "BOUNDSCHECK=1"


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_a_program_changes_counts(name, monkeypatch):
    """What is changed in numba.config, after its import, is a changed setting as well."""
    before = changed_settings()
    monkeypatch.setattr(f"numba.config.{name}", 77)
    assert f"{name}=77" in changed_settings().split()
    assert changed_settings() != before


def test_a_program_may_turn_compilation_off(monkeypatch):
    """numba.config.DISABLE_JIT is asked, not the environment alone."""
    assert is_compiling()
    monkeypatch.setattr("numba.config.DISABLE_JIT", 1)
    assert not is_compiling()


def test_a_program_may_choose_the_folder(monkeypatch):
    """numba.config.CACHE_DIR is asked, not the environment alone."""
    monkeypatch.setattr("numba.config.CACHE_DIR", "/elsewhere")
    assert cache_folder() == "/elsewhere"


def test_what_numba_does_not_have_is_as_usual(monkeypatch):
    """A setting that another numba lacks is as usual."""
    before = changed_settings()
    monkeypatch.delattr("numba.config.SLP_VECTORIZE")
    assert changed_settings() == before
