"""What code depends on: where any of it differs, other code is used, and each has its own file."""

import shutil
from importlib import resources
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pytest

from skl2._compilation import entry as room
from skl2._compilation import storage
from skl2._compilation.entry import _version, hash_of_sources

LEVEL = "skl2._compilation.entry.level_of_this_machine"
REASONS = {
    "it is not wanted": lambda patch, level: patch.setenv("SKL2_PREBUILT", "0"),
    "a setting is changed": lambda patch, level: patch.setattr("numba.config.LOOP_VECTORIZE", 0),
    "the machine is of another kind": lambda patch, level: patch.setattr(LEVEL, lambda: None),
    "the processor lacks a feature": lambda patch, level: patch.setattr(
        LEVEL, lambda: level._replace(features=frozenset({"no such feature"}))
    ),
    "it was built for another level": lambda patch, level: patch.setattr(LEVEL, lambda: level._replace(name="more")),
}


@pytest.mark.parametrize("reason", REASONS)
def test_prebuilt_code_that_does_not_fit_is_not_used(reason, prebuilt, tell, monkeypatch):
    """It is compiled, and kept; where the reason is gone, and the cache too, prebuilt code is used again."""
    with monkeypatch.context() as patch:
        REASONS[reason](patch, tell.level)
        assert [tell.call(tell.new()) for _ in range(2)] == [("compiled", "native"), ("cached", "native")]
    shutil.rmtree(storage.folders()[0])
    assert tell.call(tell.new()) == ("prebuilt", "prebuilt")


def other_version(package):
    """Return what says that another version of a package is installed."""
    return lambda name: "99.9" if name == package else version(name)


DEPENDENCIES = {
    "the processor": ("skl2._compilation.entry.describe", lambda: "another"),
    "the sources": ("skl2._compilation.entry.hash_of_sources", lambda: "another"),
    "numba": ("skl2._compilation.entry._version", other_version("numba")),
    "LLVM": ("skl2._compilation.entry._version", other_version("llvmlite")),
    "a setting": ("numba.config.OPT", 1),
}


@pytest.mark.parametrize("dependency", DEPENDENCIES)
def test_what_was_compiled_otherwise_is_not_used(dependency, compiler, tell, monkeypatch):
    """Code is kept for one processor, with what it was made of and by; what was made otherwise is kept beside it."""
    tell.new().prepare()
    with monkeypatch.context() as patch:
        patch.setattr(*DEPENDENCIES[dependency])
        assert [tell.call(tell.new()) for _ in range(2)] == [("compiled", "native"), ("cached", "native")]
    assert tell.call(tell.new()) == ("cached", "native")
    assert len(compiler.calls) == len(list(storage.folders()[0].iterdir())) == 2


@pytest.mark.parametrize("native", [False, True])
def test_each_variant_has_its_own_code(native, prebuilt, tell):
    """What was compiled or prebuilt is not used for another dtype, nor for a function of another name or module."""
    tell.new().prepare(native)
    renamed, moved = tell.make("function"), tell.make("function")
    renamed.__name__, moved.__module__ = "say", "elsewhere"
    assert tell.new().look()[1] == ("cached" if native else "prebuilt")
    for other in (tell.new(np.dtype("float32")), tell.new(function=renamed), tell.new(function=moved)):
        assert other.look() == (None, None)


FOLDERS = ["skl2._compilation", "skl2._kernels"]
FILES = [(folder, file.name) for folder in FOLDERS for file in resources.files(folder).iterdir()]
SOURCES = [(folder, name) for folder, name in FILES if name.endswith(".py")]


@pytest.fixture
def copies(tmp_path, monkeypatch):
    """Copies of the sources, of which the hash is taken anew each time."""
    for folder, name in SOURCES:
        (tmp_path / folder).mkdir(exist_ok=True)
        shutil.copyfile(resources.files(folder) / name, tmp_path / folder / name)
    monkeypatch.setattr(room.resources, "files", lambda folder: tmp_path / folder)
    monkeypatch.setattr(room, "hash_of_sources", hash_of_sources.__wrapped__)
    return tmp_path


@pytest.mark.parametrize(("folder", "name"), SOURCES, ids=[".".join(source) for source in SOURCES])
def test_every_source_is_a_dependency(folder, name, prebuilt, tell, copies):
    """One more byte in a file of the kernels, or of what compiles them, and neither old code is used."""
    assert room.hash_of_sources() == hash_of_sources()
    assert tell.new().look()[1] == "prebuilt"
    tell.new().prepare(native=True)
    with (copies / folder / name).open("a") as file:
        file.write("#")
    assert tell.new().look() == (None, None)
    (copies / folder / name).unlink()
    assert tell.new().look() == (None, None)


def test_other_files_are_no_dependency(copies):
    """What Python and we ourselves leave beside the sources changes nothing."""
    for folder in FOLDERS:
        (copies / folder / "__pycache__").mkdir()
        (copies / folder / "more.code").write_text("code")
    assert room.hash_of_sources() == hash_of_sources()


def test_packages_may_lack_their_metadata(tell, compiler, monkeypatch):
    """Where programs are frozen nobody knows versions: code is compiled, kept and found all the same."""

    def fail(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("skl2._compilation.entry.version", fail)
    monkeypatch.setattr("skl2._compilation.entry._version", _version.__wrapped__)
    assert [tell.call(tell.new()) for _ in range(2)] == [("compiled", "native"), ("cached", "native")]
