"""Names and places of files; tests/trust/test_cache_faults.py damages them, and lets systems fail."""

import itertools
import pathlib

import pytest

from skl2._compilation import storage
from skl2._compilation.storage import File, folders, has_prebuilt, is_caching, read, write

CODE = bytes(range(256))
PARTS = ["what", "module", "sources", "target"]


def file_like(changed=None):
    """Return a File, or one that differs in one of what it is made of."""
    return File(*(part.upper() if part == changed else part for part in PARTS))


@pytest.fixture
def places(tmp_path):
    """Three folders, not made yet, of which the last is in another one."""
    return [tmp_path / "first", tmp_path / "second", tmp_path / "a" / "third"]


def files_in(folder):
    """Return the names of what is in a folder and below."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_each_dependency_is_in_the_name():
    """The name differs with anything that code depends on, with their order and number, and begins with what it is."""
    files = [file_like(part) for part in [None, *PARTS]]
    files += [File("what", *order) for order in itertools.permutations(PARTS[1:]) if list(order) != PARTS[1:]]
    files += [File(*PARTS[:-1]), File(*PARTS, ""), File("what")]
    assert len({file.name for file in files}) == len({file.seal for file in files}) == len(files)
    assert file_like().name == file_like().name
    assert file_like().name.startswith("what-")


@pytest.mark.parametrize("changed", PARTS)
def test_content_belongs_to_its_name(changed, places):
    """What was saved for something else is not read, though it is undamaged and somebody gave it this name."""
    write(file_like(changed), CODE, places)
    assert read(file_like(changed), places) == CODE
    (places[0] / file_like(changed).name).rename(places[0] / file_like().name)
    assert read(file_like(), places) is None


def test_the_digest_is_of_all_bytes():
    """It is as long for any code, differs with any code, and is not that of the same bytes in two parts otherwise."""
    file = file_like()
    digests = {file.add_digest(code)[len(code) :] for code in (b"", b"\0", b"\0\0", CODE, CODE[:-1], CODE[::-1])}
    assert {len(digest) for digest in digests} == {32}
    assert len(digests) == 6


def test_any_folder_is_read(places):
    """Code is found in whatever folder it is; of several the first has it, but one that is damaged is passed over."""
    assert read(file_like(), places) is None
    for place in reversed(places):
        write(file_like(), place.name.encode(), [place])
        assert read(file_like(), places) == place.name.encode()
    (places[0] / file_like().name).write_bytes(CODE)
    assert read(file_like(), places) == b"second"
    assert read(file_like("target"), places) is None


def test_the_first_folder_is_written(places):
    """One file is written, into the first folder, which is made if there is none; another version replaces it."""
    for code in (CODE, b"newer"):
        write(file_like(), code, places)
        assert read(file_like(), places) == code
        assert [place.exists() for place in places] == [True, False, False]
        assert files_in(places[0]) == [file_like().name]


@pytest.mark.parametrize("n_refusing", [1, 2, 3])
def test_the_first_that_takes_it_is_written(n_refusing, places):
    """Folders that cannot be made, or written, are passed over; where none takes it, nothing is left, nor raised."""
    for place in places[:n_refusing]:
        place.parent.mkdir(exist_ok=True)
        place.write_text("no folder")
    write(file_like(), CODE, places)
    assert read(file_like(), places) == (CODE if n_refusing < 3 else None)
    written = [place for place in places if place.is_dir()]
    assert written == places[n_refusing : n_refusing + 1]
    assert [files_in(place) for place in written] == [[file_like().name]] * len(written)


def test_unwritable_folders_are_read(places, monkeypatch):
    """Code in a folder that nobody may write is found, and what is new goes into the next folder, and stays there."""
    write(file_like(), CODE, places[:1])
    replace = pathlib.Path.replace

    def refuse(path, target):
        if path.parent == places[0]:
            raise PermissionError(str(path))
        return replace(path, target)

    monkeypatch.setattr(pathlib.Path, "replace", refuse)
    write(file_like("target"), CODE[1:], places)
    assert read(file_like(), places) == CODE
    assert read(file_like("target"), places) == CODE[1:]
    assert [files_in(place) for place in places[:2]] == [[file_like().name], [file_like("target").name]]


def test_a_chosen_folder_is_the_only_one(tmp_path):
    """Where numba is told its folder of caches, ours is in there, and no other is looked into."""
    assert folders() == [tmp_path / "skl2"]


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A home, and nothing said about caches."""
    monkeypatch.setattr("numba.config.CACHE_DIR", "")
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pathlib.Path, "home", lambda: tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("platform", "variable", "place"),
    [
        ("linux", None, ".cache"),
        ("linux", "XDG_CACHE_HOME", "chosen"),
        ("darwin", None, "Library/Caches"),
        ("darwin", "XDG_CACHE_HOME", "Library/Caches"),
        ("win32", None, ""),
        ("win32", "LOCALAPPDATA", "chosen"),
    ],
)
def test_beside_the_package_and_then_the_users(platform, variable, place, home, monkeypatch):
    """Else the folder is where Python keeps what it compiles, and then where the system has caches of users."""
    monkeypatch.setattr("sys.platform", platform)
    if variable:
        monkeypatch.setenv(variable, str(home / "chosen"))
    package = pathlib.Path(storage.__file__).parent
    assert folders() == [package / "__pycache__", home / place / "skl2"]


def test_a_user_without_a_home_has_the_package(home, monkeypatch):
    """Where there is no home, as for some users of containers, only the package is left."""

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(pathlib.Path, "home", no_home)
    assert folders() == [pathlib.Path(storage.__file__).parent / "__pycache__"]


@pytest.mark.parametrize(("name", "ask"), [("SKL2_NUMBA_CACHE", is_caching), ("SKL2_PREBUILT", has_prebuilt)])
def test_switches(name, ask, monkeypatch):
    """A switch is off if it is 0; unset, empty or anything else it is on."""
    assert ask()
    for value in ("0", "1", "", "no"):
        monkeypatch.setenv(name, value)
        assert ask() == (value != "0")
