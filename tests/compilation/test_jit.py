"""From which function a kernel is compiled, and that errors are not hidden."""

import inspect
import pkgutil
from importlib import import_module

import pytest

from skl2 import _kernels
from skl2._compilation import instructions
from skl2._compilation.jit import Instruction, Kernel


def len_of(x):
    """Stand in for a kernel."""
    return len(x)


def instructions_of_the_kernels():
    """Return {name: instruction} for all rooms of the kernels."""
    rooms = [import_module(f"{_kernels.__name__}.{room.name}") for room in pkgutil.iter_modules(_kernels.__path__)]
    found = {value for room in rooms for value in vars(room).values() if isinstance(value, Instruction)}
    return {each.function.__name__: each for each in sorted(found, key=lambda each: each.function.__name__)}


INSTRUCTIONS = instructions_of_the_kernels()


@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_each_instruction_has_its_compiled_version(name, monkeypatch):
    """An instruction is compiled from the function of its name and arguments in instructions, if it is compiled."""
    plain, compiled = INSTRUCTIONS[name].function, getattr(instructions, name)
    assert INSTRUCTIONS[name].implementation() is compiled
    assert inspect.signature(compiled) == inspect.signature(plain)
    monkeypatch.setattr("numba.config.DISABLE_JIT", 1)
    assert INSTRUCTIONS[name].implementation() is plain


def test_no_compiled_version_is_without_an_instruction():
    """Each public function of instructions is the compiled version of one."""
    functions = inspect.getmembers(instructions, inspect.isfunction)
    public = {name for name, each in functions if each.__module__ == instructions.__name__ and name[0] != "_"}
    assert public == set(INSTRUCTIONS)


def test_errors_of_numba_are_not_hidden(monkeypatch):
    """What numba says when it makes a dispatcher reaches who calls a kernel."""

    def njit(**flags):
        raise RuntimeError("out of registers")

    monkeypatch.setattr("numba.njit", njit)
    with pytest.raises(RuntimeError, match="out of registers"):
        Kernel(len_of)([])
