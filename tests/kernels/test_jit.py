"""Under which name an entry is cached; tests/trust/test_first_processes.py sees what processes compile and cache."""

import importlib
import pathlib
import shutil

import numpy as np
import pytest

import skl2
from skl2._kernels.jit import Kernel

KERNELS = pathlib.Path(skl2.__file__).parent / "_kernels"
KERNEL_FILES = sorted(path.name for path in KERNELS.glob("*.py"))


def len_of(x):
    """Stand in for a kernel."""
    return len(x)


@pytest.mark.parametrize("name", KERNEL_FILES)
def test_every_kernel_file_is_in_the_name(name, tmp_path, monkeypatch):
    """The name under which an entry is cached has the dtype, and changes with any byte of any kernel file."""
    package = f"kernels_{name.removesuffix('.py')}"
    (tmp_path / package).mkdir()
    for file in KERNELS.glob("*.py"):
        shutil.copyfile(file, tmp_path / package / file.name)
    monkeypatch.syspath_prepend(tmp_path)
    jit = importlib.import_module(f"{package}.jit")

    def name_of_entry(dtype):
        return jit.entry(len_of)[np.dtype(dtype)].function.__qualname__

    names = {name_of_entry("float32"), name_of_entry("float64")}
    with (tmp_path / package / name).open("a") as file:
        file.write("#")
    assert len(names | {name_of_entry("float32"), name_of_entry("float64")}) == 4


def test_other_errors_of_numba_are_not_hidden(monkeypatch):
    """Only the error about a missing cache is answered by compiling without one."""

    def njit(**flags):
        raise RuntimeError("out of registers")

    monkeypatch.setattr("numba.njit", njit)
    with pytest.raises(RuntimeError, match="out of registers"):
        _ = Kernel(len_of, cache=True).dispatcher("Python")
