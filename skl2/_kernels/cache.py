"""numba's cache on disk, such that nothing that is found or missing in its folder can stop training, or change it.

numba's own raises where a file is damaged, as after a full disk or a crash, and where it cannot save; and it would run
damaged code, and code compiled for another CPU, or without the checks that are asked for now, that took the place of
its own. Here what cannot be loaded is compiled and replaced, and what cannot be saved is left.

This builds on what numba does not document, though it was the same from 0.61 to 0.68: the methods that are overridden
here, and where a `Cache` and a `Dispatcher` keep their parts.
"""

import hashlib
import io
from contextlib import contextmanager, suppress

from numba import config
from numba.core.caching import FunctionCache, IndexDataCacheFile

# What code depends on that numba's own key lacks.
SETTINGS = ("BOUNDSCHECK", "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "DEBUGINFO_DEFAULT", "ENABLE_PROFILING")


class Cache(FunctionCache):
    """The compiled versions of one function."""

    def __init__(self, function):
        super().__init__(function)
        locator = self._impl.locator
        self._cache_file = _Files(locator.get_cache_path(), self._impl.filename_base, locator.get_source_stamp())

    def load_overload(self, sig, target_context):
        """Return what was compiled for a signature, or None."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever pickle or the linker say of what they are given
            return None

    def save_overload(self, sig, data):
        """Save what was compiled for a signature, if that is possible."""
        with suppress(Exception):
            super().save_overload(sig, data)

    def _index_key(self, sig, codegen):
        settings = tuple(str(getattr(config, name, None)) for name in SETTINGS)
        return *super()._index_key(sig, codegen), settings


class _Files(IndexDataCacheFile):
    """An index and files of code; each ends with a digest of what is before, which pickle does not read."""

    def load(self, key):
        """Return the data that was saved under a key, or None.

        Two processes that save at the same time, under two keys, may both take the same file: so it has the key too.
        """
        saved = super().load(key)
        return saved[1] if saved and saved[0] == key else None

    def save(self, key, data):
        """Save data under a key."""
        super().save(key, (key, data))

    def _load_index(self):
        try:
            _check(self._index_path)
            return super()._load_index()
        except Exception:
            return {}

    def _load_data(self, name):
        _check(self._data_path(name))
        return super()._load_data(name)

    @contextmanager
    def _open_for_write(self, filepath):
        with super()._open_for_write(filepath) as file:
            content = io.BytesIO()
            yield content
            file.write(content.getvalue() + _digest(content.getvalue()))


def _check(path):
    """Raise ValueError if a file is not as it was written."""
    with open(path, "rb") as file:
        content = file.read()
    size = len(_digest(b""))
    if content[-size:] != _digest(content[:-size]):
        raise ValueError(f"{path} is damaged.")


def _digest(content):
    return hashlib.sha256(content).digest()
