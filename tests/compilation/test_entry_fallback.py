"""Where code cannot be made or linked in our way, numba's own does it; other errors are not hidden."""

import sys

import pytest

from skl2._compilation import storage
from skl2._compilation.entry import NOT_LINKED


def fail(error):
    """Return a function that raises."""

    def function(*arguments):
        raise error

    return function


COMPILER = "skl2._compilation.compiler.compile_entry"
LINKER = "skl2._compilation.entry.LinkedFunction"
OBSTACLES = {
    "numba without our parts": lambda patch: patch.setitem(sys.modules, "skl2._compilation.compiler", None),
    "numba with other parts": lambda patch: patch.setattr(COMPILER, fail(AttributeError("no_compile"))),
    "numba that is called otherwise": lambda patch: patch.setattr(COMPILER, fail(TypeError("6 arguments"))),
    "a linker that refuses": lambda patch: patch.setattr(LINKER, fail(RuntimeError("no such section"))),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_numba_does_it_in_this_process(obstacle, compiler, tell, monkeypatch):
    """Each process compiles with numba's dispatcher, once; the next one that can has code as ever."""
    with monkeypatch.context() as patch:
        OBSTACLES[obstacle](patch)
        for _ in range(2):
            variant = tell.new()
            assert [tell.call(variant), tell.call(variant)] == [(NOT_LINKED, "function")] * 2
    assert tell.call(variant) == (NOT_LINKED, "function")
    assert tell.call(tell.new())[1] == "native"
    assert tell.call(tell.new()) == ("cached", "native")


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_prebuilt_code_needs_no_compiler(obstacle, prebuilt, tell, monkeypatch):
    """Whatever numba there is, prebuilt code is linked; who wants native code, or cannot link, gets numba's."""
    OBSTACLES[obstacle](monkeypatch)
    variant, can_link = tell.new(), obstacle != "a linker that refuses"
    assert tell.call(variant) == (("prebuilt", "prebuilt") if can_link else (NOT_LINKED, "function"))
    variant.prepare(native=True)
    assert tell.call(variant) == (NOT_LINKED, "function")


@pytest.mark.parametrize("native", [False, True])
def test_code_that_cannot_be_linked_is_compiled_anew(native, prebuilt, codes, tell):
    """Undamaged code that this system cannot link, kept or prebuilt, is as good as none."""
    prebuilt.code = codes["native"][:1000]
    if native:
        storage.write(tell.new()._local_file(), prebuilt.code, storage.folders())
    else:
        tell.new().prebuild(tell.level)
    prebuilt.code = codes["native"]
    assert tell.call(tell.new()) == ("compiled", "native")
    assert tell.call(tell.new()) == ("cached", "native")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), ValueError("unsupported"), RuntimeError("LLVM")])
def test_other_errors_are_not_hidden(error, compiler, tell, monkeypatch):
    """What stops the compiler otherwise reaches the caller, nothing is kept, and the next call begins anew."""
    variant = tell.new()
    with monkeypatch.context() as patch:
        patch.setattr(COMPILER, fail(error))
        with pytest.raises(type(error)):
            tell.call(variant)
        assert variant.origin is None
    assert not storage.folders()[0].exists()
    assert tell.call(variant) == ("compiled", "native")
