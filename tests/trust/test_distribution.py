"""The wheel and the source distribution: built twice they are the same bytes, and they hold what they should."""

import email
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

import skl2

pytest.importorskip("build")
pytest.importorskip("hatchling")
ROOT = pathlib.Path(__file__).parents[2]
if not (ROOT / ".git").exists():
    pytest.skip("builds from a clone, whose files git knows", allow_module_level=True)

NAME = f"skl2-{skl2.__version__}"
WHEEL, SOURCES = f"{NAME}-py3-none-any.whl", f"{NAME}.tar.gz"
IN_WHEEL = {"METADATA", "WHEEL", "RECORD", "licenses/LICENSE"}  # beside the package
IN_SOURCES = {
    *("skl2", "tests", "docs", "examples", "benchmarks", "checks", "conftest.py", "pyproject.toml", "Makefile"),
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "PKG-INFO", ".gitignore"),
}


def files_of_git(*folders):
    """The files of the working tree that git keeps or would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders]
    names = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    return [name for name in names if (ROOT / name).exists()]


def copy_tree(folder, mode, time):
    """Copy these files, with other times and permissions than they have."""
    for name in files_of_git():
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy)
        copy.chmod(mode)
        os.utime(copy, (time, time))
    return folder


def build(folder, *what):
    """Build distributions in a folder, and return those in its dist/ as {name: bytes}."""
    command = [sys.executable, "-m", "build", "--no-isolation", *what]
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in (folder / "dist").iterdir()}


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """Two copies of the tree under other names, with other permissions, and other times."""
    here, far = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("far") / "in/another/place"
    return copy_tree(here, 0o644, 1e9), copy_tree(far, 0o600, 1.7e9)


@pytest.fixture(scope="module")
def built(trees):
    """What both copies give: the second builds its wheel from its source distribution, the first from its tree."""
    return build(trees[0], "--sdist", "--wheel"), build(trees[1])


def test_builds_are_reproducible(built):
    """From two places at two times come the same bytes, and the source distribution gives the wheel of the tree."""
    one, other = ({name: hashlib.sha256(data).hexdigest() for name, data in files.items()} for files in built)
    assert one == other
    assert set(one) == {WHEEL, SOURCES}


def test_wheel_holds_the_package_alone(built, trees):
    """The wheel has the files of skl2/, its metadata and the licence: no tests, no caches; and it is small."""
    with zipfile.ZipFile(trees[0] / "dist" / WHEEL) as wheel:
        names = set(wheel.namelist())
        assert wheel.read(f"{NAME}.dist-info/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert names == set(files_of_git("skl2")) | {f"{NAME}.dist-info/{name}" for name in IN_WHEEL}
    assert len(built[0][WHEEL]) < 250_000


def test_source_distribution_holds_what_git_holds(built, trees):
    """It has all that is needed to test and to document, and nothing that a build or a run has left."""
    with tarfile.open(trees[0] / "dist" / SOURCES) as sources:
        names = {name.removeprefix(f"{NAME}/") for name in sources.getnames()}
    assert {name.partition("/")[0] for name in names} == IN_SOURCES
    assert names - {"PKG-INFO"} <= set(files_of_git())
    assert set(files_of_git("skl2", "tests", "docs", "checks")) <= names
    assert len(built[0][SOURCES]) < 2_000_000


def test_metadata_are_complete(built, trees):
    """The wheel says what it is, which Pythons and packages it needs, and shows the README."""
    with zipfile.ZipFile(trees[0] / "dist" / WHEEL) as wheel:
        metadata = email.message_from_bytes(wheel.read(f"{NAME}.dist-info/METADATA"))
    assert (metadata["Name"], metadata["Version"]) == ("skl2", skl2.__version__)
    assert (metadata["License-Expression"], metadata["Requires-Python"]) == ("BSD-3-Clause", ">=3.11")
    assert {"Summary", "Author", "Keywords", "Description-Content-Type"} <= set(metadata.keys())
    assert metadata.get_payload(decode=True).decode() == (ROOT / "README.md").read_text(encoding="utf-8")
    needed = [line.partition(">")[0] for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert sorted(needed) == ["joblib", "numba", "numpy", "scikit-learn", "scipy", "threadpoolctl"]
