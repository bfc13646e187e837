"""Memory that a machine has not is not asked for."""

import os

import pytest

from skl2._inputs.memory import check_memory


def test_more_than_there_is_is_refused():
    """What is needed, for what, and what there is: in words, also where no float could hold the number."""
    for n_bytes, needed in ((2**60, "1.07e+09 GiB"), (10**400, "GiB")):
        with pytest.raises(MemoryError, match=r"^The network would need at least .* this machine has .* GiB") as error:
            check_memory(n_bytes, "The network")
        assert needed in str(error.value)


def test_what_there_is_is_enough():
    """A megabyte is no question."""
    check_memory(2**20, "The network")


@pytest.mark.parametrize("error", [AttributeError, OSError, ValueError])
def test_a_system_that_does_not_tell(error, monkeypatch):
    """Where the size of the memory is unknown, only what no machine has is refused."""

    def fail(name):
        raise error

    monkeypatch.setattr(os, "sysconf", fail, raising=False)
    check_memory(2**49, "The network")
    with pytest.raises(MemoryError):
        check_memory(2**51, "The network")
