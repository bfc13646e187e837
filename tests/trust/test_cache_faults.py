"""Whatever is in the folders of machine code, or cannot be written there: training goes on, with the same bits."""

import errno
import os
import pathlib
import shutil

import numba
import numpy as np
import pytest

from skl2._compilation.entry import Entry, Variant
from skl2._compilation.signature import array
from skl2._compilation.target import Level

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="nothing is compiled")

X = np.random.default_rng(0).standard_normal(100)
SUM = X.cumsum()[-1]  # in this order
STRIDE = 11  # of the bytes that are damaged, one at a time
ANY = Level("any", frozenset())  # all processors are of this level


def total(x: array(1), result: array(1)):
    """Write the sum of x (n,), in this order, into result (1,)."""
    result[0] = x[0]
    for i in range(1, x.size):
        result[0] += x[i]


def call():
    """Call an entry as a new process does for the first time; return where its code is from."""
    variant, result = Entry(total)[X.dtype], np.zeros(1)
    variant(X, result)
    assert result == SUM
    return variant.origin


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Have the cache in an empty folder."""
    (folder := tmp_path / "cache").mkdir()
    monkeypatch.setattr("numba.config.CACHE_DIR", str(folder))
    return folder


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """A folder with what is kept of the entry, in a cache and in a package: it is compiled once for each."""
    root = tmp_path_factory.mktemp("originals")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("numba.config.CACHE_DIR", str(root / "cached"))
        patch.setattr("skl2._compilation.storage.PREBUILT", root / "prebuilt")
        assert call() == "compiled"
        Entry(total)[X.dtype].prebuild(ANY)
    return root


@pytest.fixture
def cached(originals, folder):
    """The code of the entry, which was compiled before."""
    shutil.copytree(originals / "cached", folder, dirs_exist_ok=True)
    return file_in(folder)


@pytest.fixture
def prebuilt(originals, folder, monkeypatch):
    """The code of the entry that came with the package, and an empty cache."""
    package = folder.with_name("prebuilt")
    shutil.copytree(originals / "prebuilt", package)
    monkeypatch.delenv("SKL2_PREBUILT", raising=False)
    monkeypatch.setattr("numba.config.BOUNDSCHECK", None)
    monkeypatch.setattr("skl2._compilation.entry.level_of_this_machine", lambda: ANY)
    monkeypatch.setattr("skl2._compilation.storage.PREBUILT", package)
    return file_in(package)


def file_in(folder):
    """Return the only file."""
    (file,) = (path for path in folder.rglob("*") if not path.is_dir())
    return file


def contents(folder):
    """Return {file: (bytes, time of the last change)} of all files."""
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def truncate(file):
    """Leave half of a file."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


DAMAGES = {
    "empty": lambda file: file.write_bytes(b""),
    "one byte": lambda file: file.write_bytes(b"\x7f"),
    "truncated": truncate,
    "one byte less": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "one byte more": lambda file: file.write_bytes(file.read_bytes() + b"\0"),
    "garbage": lambda file: file.write_bytes(np.random.default_rng(0).bytes(5000)),
    "zeros": lambda file: file.write_bytes(bytes(file.stat().st_size)),
    "text": lambda file: file.write_text("<html>404</html>"),
    "without its digest": lambda file: file.write_bytes(file.read_bytes()[:-32]),
    "the digest alone": lambda file: file.write_bytes(file.read_bytes()[-32:]),
    "missing": lambda file: file.unlink(),
    "dangling link": lambda file: (file.unlink(), file.symlink_to("nowhere")),
}
WHERE = pytest.mark.parametrize("where", ["cached", "prebuilt"])


@WHERE
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_replaced(where, damage, request):
    """A damaged file is compiled anew, without a word, and the next process loads it; nobody writes to the package."""
    file = request.getfixturevalue(where)
    assert call() == where
    DAMAGES[damage](file)
    left = contents(file.parent)
    assert [call(), call()] == ["compiled", "cached"]
    assert where == "cached" or contents(file.parent) == left


@WHERE
def test_a_flipped_bit_is_never_run(where, request):
    """Code with one wrong bit, wherever it is, is not loaded but compiled anew: run, it could do anything."""
    file, variant = request.getfixturevalue(where), Entry(total)[X.dtype]
    content = file.read_bytes()
    assert variant.look() == (content[:-32], where)
    for position in range(0, len(content), STRIDE):
        damaged = bytearray(content)
        damaged[position] ^= 1 << position % 8
        file.write_bytes(damaged)
        assert variant.look() == (None, None)
    assert [call(), call()] == ["compiled", "cached"]


def test_code_of_another_key_is_not_run(cached, folder, monkeypatch):
    """Undamaged code for another CPU has another name, and is not run where it has ours."""
    with monkeypatch.context() as patch:
        patch.setattr("skl2._compilation.entry.describe", lambda: "another CPU")
        patch.setattr("numba.config.CACHE_DIR", str(other := folder.with_name("other")))
        assert [call(), call()] == ["compiled", "cached"]
    assert file_in(other).name != cached.name
    file_in(other).replace(cached)
    assert [call(), call()] == ["compiled", "cached"]


def test_a_folder_in_the_way_costs_the_cache_only(cached):
    """Where a folder has the name of the file, each process compiles, until the folder is gone."""
    cached.unlink()
    cached.mkdir()
    assert [call(), call()] == ["compiled", "compiled"]
    assert list(cached.parent.iterdir()) == [cached]
    cached.rmdir()
    assert [call(), call()] == ["compiled", "cached"]


def fill_disk(patch):
    """Leave room for half of each file."""
    write = pathlib.Path.write_bytes

    def write_half(path, content):
        write(path, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    patch.setattr("pathlib.Path.write_bytes", write_half)


def refuse(error, *names):
    """Return what lets functions of the operating system fail."""

    def sabotage(patch):
        def fail(*args, **flags):
            raise OSError(error, os.strerror(error))

        for name in names:
            patch.setattr(name, fail)

    return sabotage


OPENING = ("pathlib.Path.read_bytes", "pathlib.Path.write_bytes")
OBSTACLES = {
    "disk full": fill_disk,
    "no permission": refuse(errno.EACCES, *OPENING),
    "too many files": refuse(errno.EMFILE, *OPENING),
    "stale file handle": refuse(errno.ESTALE, "os.replace"),
    "read-only disk": refuse(errno.EROFS, "os.replace"),
    "quota exceeded": refuse(errno.EDQUOT, "os.replace"),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("is_damaged", [False, True])
def test_what_cannot_be_saved_is_compiled(obstacle, is_damaged, originals, folder, monkeypatch):
    """While nothing can be written or read each process compiles; no half file stays; then the cache works again."""
    if is_damaged:
        shutil.copytree(originals / "cached", folder, dirs_exist_ok=True)
        truncate(file_in(folder))
    before = contents(folder)
    with monkeypatch.context() as patch:
        OBSTACLES[obstacle](patch)
        assert [call(), call()] == ["compiled", "compiled"]
    assert contents(folder) == before
    assert [call(), call()] == ["compiled", "cached"]


# When the folder is deleted: (before which function is called, whether what it was called for is saved).
MOMENTS = {
    "compiling": (Variant, "make_code", True),
    "writing": (pathlib.Path, "write_bytes", False),
    "renaming": (os, "replace", False),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_folder_that_vanishes_comes_back(moment, cached, folder, monkeypatch):
    """Whoever deletes the folder, before a process compiles or meanwhile, costs one compilation, or two."""
    shutil.rmtree(folder)
    owner, name, is_saved = MOMENTS[moment]
    function = getattr(owner, name)

    def vanish(*arguments):
        shutil.rmtree(folder, ignore_errors=moment == "compiling")  # where there is none yet
        return function(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, vanish)
        assert call() == "compiled"
    assert [call(), call()] == ["cached" if is_saved else "compiled", "cached"]


def test_what_can_only_be_read_serves(folder, monkeypatch):
    """Code beside an installation that is not the user's is loaded; what it lacks goes into the user's own folder."""
    package, home = folder / "package", folder / "home"
    monkeypatch.setattr("numba.config.CACHE_DIR", "")
    monkeypatch.setattr("skl2._compilation.storage.PREBUILT", package / "prebuilt")
    monkeypatch.setattr("skl2._compilation.storage._users_caches", lambda: home)
    assert call() == "compiled"
    assert file_in(folder).parent == package / "__pycache__"
    write = pathlib.Path.write_bytes

    def write_elsewhere(path, content):
        if package in path.parents:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        write(path, content)

    monkeypatch.setattr("pathlib.Path.write_bytes", write_elsewhere)
    image = contents(package)
    assert call() == "cached"
    assert not home.exists()
    with monkeypatch.context() as patch:
        patch.setattr("skl2._compilation.entry.describe", lambda: "another CPU")
        assert [call(), call()] == ["compiled", "cached"]
    assert file_in(home).parent == home / "skl2"
    assert contents(package) == image


@pytest.mark.parametrize(("mask", "folder_mode", "file_mode"), [(0o077, 0o700, 0o600), (0o022, 0o755, 0o644)])
def test_permissions_are_the_users(mask, folder_mode, file_mode, folder):
    """What is written has the permissions that the user's umask gives, and no more."""
    before = os.umask(mask)
    try:
        call()
    finally:
        os.umask(before)
    assert file_in(folder).stat().st_mode & 0o777 == file_mode
    assert file_in(folder).parent.stat().st_mode & 0o777 == folder_mode


def test_the_switch_turns_the_cache_off(cached, folder, monkeypatch):
    """With SKL2_NUMBA_CACHE=0 nothing is loaded, nothing written, no folder made; any other value changes nothing."""
    before = contents(folder)
    monkeypatch.setenv("SKL2_NUMBA_CACHE", "0")
    assert call() == "compiled"
    assert contents(folder) == before
    shutil.rmtree(folder)
    assert call() == "compiled"
    assert not folder.exists()
    for value in ["1", ""]:
        monkeypatch.setenv("SKL2_NUMBA_CACHE", value)
        assert [call(), call()] == ["compiled" if value == "1" else "cached", "cached"]


def test_prebuilt_code_needs_no_cache(prebuilt, folder, monkeypatch):
    """It is found by the first process and by each later one, with the cache or without, and nothing is written."""
    before = contents(folder.parent)
    for cache in ["1", "0"]:
        monkeypatch.setenv("SKL2_NUMBA_CACHE", cache)
        assert [call(), call()] == ["prebuilt", "prebuilt"]
    assert contents(folder.parent) == before
    assert list(folder.iterdir()) == []
    monkeypatch.setenv("SKL2_PREBUILT", "0")
    assert call() == "compiled"


def beyond(x: array(1), result: array(1)):
    """Write what is behind the end of x (n,) into result (1,)."""
    result[0] = x[x.size]


def test_checked_code_is_not_mistaken_for_unchecked(folder, monkeypatch):
    """Processes with and without NUMBA_BOUNDSCHECK share a folder, and each runs its own code."""

    def read_beyond(check):
        monkeypatch.setattr("numba.config.BOUNDSCHECK", check)
        variant = Entry(beyond)[X.dtype]
        try:
            variant(X[:-1], np.zeros(1))
        except IndexError:
            return "refused", variant.origin
        return "read", variant.origin

    seen = [read_beyond(check) for check in (None, 1, None, 1)]
    assert seen == [("read", "compiled"), ("refused", "compiled"), ("read", "cached"), ("refused", "cached")]


SETTINGS = {"OPT": 0, "LOOP_VECTORIZE": 0, "DEBUGINFO_DEFAULT": 1, "CPU_NAME": "generic"}


@WHERE
@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_numba_have_their_own_code(where, name, request, monkeypatch):
    """What was compiled with one setting of numba is not run with another; both stay, in the cache or the package."""
    request.getfixturevalue(where)
    assert getattr(numba.config, name) != SETTINGS[name]
    with monkeypatch.context() as patch:
        patch.setattr(numba.config, name, SETTINGS[name])
        assert [call(), call()] == ["compiled", "cached"]
    assert call() == where
