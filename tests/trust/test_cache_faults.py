"""Whatever is in the cache folder, or cannot be written there: training goes on, with the same bits."""

import errno
import os
import pickle
import shutil

import numba
import numpy as np
import pytest

from skl2._kernels.jit import Entry

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="nothing is compiled")

X = np.random.default_rng(0).standard_normal(100)
SUM = X.cumsum()[-1]  # in this order
STRIDE = 29  # of the bytes that are damaged, one at a time


def total(x):
    """Return the sum of x (n,), in this order."""
    result = x[0]
    for i in range(1, x.size):
        result += x[i]
    return result


def call():
    """Call a kernel as a new process does for the first time; return whether it was loaded."""
    kernel = Entry(total)[X.dtype]
    assert kernel(X) == SUM
    return bool(kernel.dispatcher("Python").stats.cache_hits)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Have the cache in an empty folder."""
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A folder with what is cached of the kernel: it is compiled once."""
    folder = tmp_path_factory.mktemp("original")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("numba.config.CACHE_DIR", str(folder))
        assert not call()
    return folder


@pytest.fixture
def files(original, folder):
    """The index and the code of a kernel that was compiled before."""
    shutil.copytree(original, folder, dirs_exist_ok=True)
    assert call()
    return files_in(folder)


def files_in(folder):
    """Return the only index, and the only file of code."""
    (index,), (code,) = (list(folder.rglob(f"*.nb{kind}")) for kind in "ic")
    return index, code


def truncate(file):
    """Leave half of a file."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def replace_by_folder(file):
    """Put a folder where a file was."""
    file.unlink()
    file.mkdir()


def save_without_digest(file):
    """Leave what numba alone would have written."""
    file.write_bytes(file.read_bytes()[:-32])


DAMAGES = {
    "empty": lambda file: file.write_bytes(b""),
    "one byte": lambda file: file.write_bytes(b"\x80"),
    "truncated": truncate,
    "one byte less": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "one byte more": lambda file: file.write_bytes(file.read_bytes() + b"\0"),
    "garbage": lambda file: file.write_bytes(np.random.default_rng(0).bytes(5000)),
    "zeros": lambda file: file.write_bytes(bytes(file.stat().st_size)),
    "text": lambda file: file.write_text("<html>404</html>"),
    "another pickle": lambda file: file.write_bytes(pickle.dumps({"index": None})),
    "numba's own": save_without_digest,
    "missing": lambda file: file.unlink(),
    "dangling link": lambda file: (file.unlink(), file.symlink_to("nowhere")),
}


@pytest.mark.parametrize("which", ["index", "code"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_replaced(files, which, damage):
    """A damaged index or file of code is compiled anew, without a word, and the next process loads it."""
    index, code = files
    DAMAGES[damage](index if which == "index" else code)
    assert not call()
    assert call()


def test_a_flipped_bit_is_never_run(files):
    """Code with one wrong bit, wherever it is, is not loaded but compiled anew: run, it could do anything."""
    kernel = Entry(total)[X.dtype]
    kernel(X)
    dispatcher = kernel.dispatcher("Python")
    signature, cache, target = dispatcher.signatures[0], dispatcher._cache, dispatcher.targetctx
    for file in files:
        content = file.read_bytes()
        for position in range(0, len(content), STRIDE):
            damaged = bytearray(content)
            damaged[position] ^= 1 << position % 8
            file.write_bytes(damaged)
            assert cache.load_overload(signature, target) is None
        assert not call()
        file.write_bytes(content)
    assert cache.load_overload(signature, target) is not None


def test_code_of_another_key_is_not_run(files, folder, monkeypatch):
    """Where two processes with different CPUs have saved under one name, neither runs the code of the other."""
    with monkeypatch.context() as patch:
        patch.setattr("skl2._kernels.cache.Cache._index_key", lambda *_: "another CPU")
        shutil.copytree(folder, other := folder.with_name("other"))
        patch.setattr("numba.config.CACHE_DIR", str(other))
        files_in(other)[0].unlink()
        assert not call()
        shutil.copy(files_in(other)[1], files[1])
    assert not call()
    assert call()


@pytest.mark.parametrize("which", [0, 1])
def test_a_folder_in_the_way_costs_the_cache_only(files, which):
    """Where a folder has the name of a file, each process compiles, until the folder is gone."""
    replace_by_folder(files[which])
    assert [call(), call()] == [False, False]
    files[which].rmdir()
    assert [call(), call()] == [False, True]


class Full:
    """A file on a disk with room for half of what is written."""

    def __init__(self, *arguments):
        self.file = open(*arguments)  # noqa: SIM115

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.file.close()

    def write(self, content):
        """Write half."""
        self.file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fill_disk(patch):
    """Leave room for half of each file."""
    patch.setattr("numba.core.caching.open", Full, raising=False)


def refuse(name, error):
    """Return what lets a function of the operating system fail."""

    def sabotage(patch):
        def fail(*args, **flags):
            raise OSError(error, os.strerror(error))

        patch.setattr(name, fail, raising=False)

    return sabotage


OBSTACLES = {
    "disk full": fill_disk,
    "no permission": refuse("numba.core.caching.open", errno.EACCES),
    "too many files": refuse("numba.core.caching.open", errno.EMFILE),
    "stale file handle": refuse("os.replace", errno.ESTALE),
    "read-only disk": refuse("os.replace", errno.EROFS),
    "quota exceeded": refuse("os.replace", errno.EDQUOT),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("is_saved", [False, True])
def test_what_cannot_be_saved_is_compiled(obstacle, is_saved, original, folder, monkeypatch):
    """While nothing can be written or read each process compiles; no half file stays; then the cache works again."""
    if is_saved:
        shutil.copytree(original, folder, dirs_exist_ok=True)
        files_in(folder)[0].unlink()
    with monkeypatch.context() as patch:
        OBSTACLES[obstacle](patch)
        assert [call(), call()] == [False, False]
    assert not list(folder.rglob("*.tmp*"))
    assert [call(), call()] == [False, True]


def test_a_folder_that_vanishes_comes_back(files, folder, monkeypatch):
    """Whoever deletes the folder, before or while a process compiles, costs one compilation."""
    shutil.rmtree(folder)
    assert [call(), call()] == [False, True]
    kernel = Entry(total)[X.dtype]
    kernel.dispatcher("Python")  # has found its folder
    shutil.rmtree(folder)
    assert kernel(X) == SUM
    assert call()


@pytest.mark.parametrize(("mask", "folder_mode", "file_mode"), [(0o077, 0o700, 0o600), (0o022, 0o755, 0o644)])
def test_permissions_are_the_users(mask, folder_mode, file_mode, folder):
    """What is written has the permissions that the user's umask gives, and no more."""
    before = os.umask(mask)
    try:
        call()
    finally:
        os.umask(before)
    assert {file.stat().st_mode & 0o777 for file in files_in(folder)} == {file_mode}
    assert files_in(folder)[0].parent.stat().st_mode & 0o777 == folder_mode


def test_the_switch_turns_the_cache_off(files, folder, monkeypatch):
    """With SKL2_NUMBA_CACHE=0 nothing is loaded, nothing written, no folder made; any other value changes nothing."""
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    monkeypatch.setenv("SKL2_NUMBA_CACHE", "0")
    assert not call()
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before
    shutil.rmtree(folder)
    assert not call()
    assert not folder.exists()
    for value in ["1", ""]:
        monkeypatch.setenv("SKL2_NUMBA_CACHE", value)
        assert [call(), call()] == [value != "1", True]


def beyond(x):
    """Return what is behind the end of x (n,)."""
    return x[x.size]


def test_checked_code_is_not_mistaken_for_unchecked(folder, monkeypatch):
    """Processes with and without NUMBA_BOUNDSCHECK share a folder, and each runs its own code."""

    def read_beyond(check):
        monkeypatch.setattr("numba.config.BOUNDSCHECK", check)
        kernel = Entry(beyond)[X.dtype]
        try:
            kernel(X[:-1])
        except IndexError:
            return "refused", bool(kernel.dispatcher("Python").stats.cache_hits)
        return "read", bool(kernel.dispatcher("Python").stats.cache_hits)

    seen = [read_beyond(check) for check in (None, 1, None, 1)]
    assert seen == [("read", False), ("refused", False), ("read", True), ("refused", True)]


@pytest.mark.parametrize(("name", "value"), [("OPT", 0), ("LOOP_VECTORIZE", 0), ("DEBUGINFO_DEFAULT", 1)])
def test_settings_of_numba_have_their_own_code(files, name, value, monkeypatch):
    """What was compiled with one setting of numba is not run with another; both stay in the cache."""
    assert getattr(numba.config, name) != value
    with monkeypatch.context() as patch:
        patch.setattr(numba.config, name, value)
        assert [call(), call()] == [False, True]
    assert call()
