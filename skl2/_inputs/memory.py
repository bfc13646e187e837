"""Whether this machine has the memory that a call needs: systems lend more than there is, and swap or kill later."""

import os


def check_memory(n_bytes, what):
    """Raise MemoryError if this machine has less memory, before any of it is asked for."""
    total = _total_memory()
    if n_bytes > total:
        gibibytes = min(n_bytes, 1e300) / 2**30  # an int may be too large for a float
        raise MemoryError(
            f"{what} would need at least {gibibytes:.3g} GiB of memory; this machine has {total / 2**30:.3g} GiB."
        )


def _total_memory():
    """Return the bytes of memory of this machine; where the system does not tell, more than any has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 2**50
