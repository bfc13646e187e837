"""Files of object code: in the package, for many processors, and in a cache, for the one at hand.

Nothing that is found or missing there can stop training, or change it: what is damaged, or was made for something else
than what its name says, is as good as missing, and what cannot be saved is not.
"""

import hashlib
import os
import pathlib
import sys
import uuid
from contextlib import suppress

from skl2._compilation.configuration import cache_folder

PREBUILT = pathlib.Path(__file__).parent / "prebuilt"


class File:
    """Where a piece of code is, in a folder: the name says what it is, and all that it depends on."""

    def __init__(self, what, *dependencies):
        self.seal = hashlib.sha256("\n".join([what, *dependencies]).encode()).digest()
        self.name = f"{what}-{self.seal.hex()[:16]}.code"

    def add_digest(self, code):
        """Return the code with 32 bytes that differ where one bit of it does, or anything that it depends on."""
        return code + hashlib.sha256(self.seal + code).digest()


def has_prebuilt():
    """Return whether code that came with the package may be used."""
    return os.environ.get("SKL2_PREBUILT") != "0"


def is_caching():
    """Return whether there is a cache."""
    return os.environ.get("SKL2_NUMBA_CACHE") != "0"


def folders():
    """Return where the cache may be: what is found in any is read, what is new goes into the first that takes it."""
    if chosen := cache_folder():
        return [pathlib.Path(chosen) / "skl2"]
    places = [PREBUILT.parent / "__pycache__"]
    with suppress(RuntimeError):  # a user without a home
        places.append(_users_caches() / "skl2")
    return places


def _users_caches():
    if sys.platform == "darwin":
        return pathlib.Path.home() / "Library" / "Caches"
    variable, place = ("LOCALAPPDATA", "") if sys.platform == "win32" else ("XDG_CACHE_HOME", ".cache")
    return pathlib.Path(os.environ.get(variable) or pathlib.Path.home() / place)


def read(file, places):
    """Return the code from the first of these folders that has it undamaged, or None."""
    for folder in places:
        with suppress(OSError):
            content = (folder / file.name).read_bytes()
            if content == file.add_digest(content[:-32]):
                return content[:-32]
    return None


def write(file, code, places):
    """Save code in the first of these folders where that is possible."""
    for folder in places:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            _replace(folder / file.name, file.add_digest(code))
            return


def _replace(path, content):
    """Write a file such that whoever reads it at any moment sees the old one or the new one, whole."""
    new = path.with_name(f"{path.name}.tmp.{uuid.uuid4().hex}")
    try:
        new.write_bytes(content)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
