"""Which processors code that was compiled ahead runs on, and what tells two of them apart."""

import platform

import llvmlite.binding as llvm
import pytest

from skl2._compilation import target
from skl2._compilation.target import LEVELS, Level, describe, features, level_of_this_machine, processor, runs

V3 = LEVELS["x86_64"]
ON_X86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="LLVM tells the features of this processor only")


@pytest.fixture
def processor_with(monkeypatch):
    """Return what lets LLVM say that this processor has some features; where they are an error LLVM cannot tell."""

    def pretend(names):
        def say():
            if isinstance(names, Exception):
                raise names
            return {name: name in names for name in V3.features | names}

        monkeypatch.setattr(llvm, "get_host_cpu_features", say)
        features.cache_clear()

    yield pretend
    features.cache_clear()


@pytest.mark.parametrize("more", [set(), {"avx512f", "sha"}])
def test_a_processor_with_everything_runs_the_level(more, processor_with):
    """All features of a level are enough, and more do no harm."""
    processor_with(V3.features | more)
    assert runs(V3)


@pytest.mark.parametrize("missing", sorted(V3.features))
def test_a_processor_without_one_feature_does_not_run_the_level(missing, processor_with):
    """Whatever is missing, by the processor or because its system forbids it, code that may use it must not run."""
    processor_with((V3.features | {"avx512f"}) - {missing})
    assert missing not in features()
    assert not runs(V3)


def test_where_llvm_cannot_tell_nothing_is_sure(processor_with):
    """A processor that LLVM does not know runs no level, but code that needs nothing."""
    processor_with(RuntimeError("no features on this platform"))
    assert features() == frozenset()
    assert not runs(V3)
    assert runs(Level("any", frozenset()))


@pytest.mark.parametrize("machine", ["aarch64", "arm64", "riscv64", "ppc64le", "s390x", "i686", "AMD64", ""])
def test_other_machines_have_no_level(machine, monkeypatch):
    """Nothing is compiled ahead for another kind of machine, and none of it runs there."""
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert level_of_this_machine() is None
    assert not runs(level_of_this_machine())


def test_this_machine(monkeypatch):
    """The level is that of the kind of machine, whatever its processor can."""
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert level_of_this_machine() is V3


@ON_X86
@pytest.mark.parametrize("level", LEVELS.values(), ids=lambda level: level.name)
def test_llvm_knows_the_features_by_these_names(level):
    """A feature that LLVM called otherwise would be missing everywhere."""
    assert level.features <= set(llvm.get_host_cpu_features())


@ON_X86
@pytest.mark.parametrize("level", LEVELS.values(), ids=lambda level: level.name)
def test_llvm_knows_the_level_by_this_name(level, capfd):
    """A name that LLVM did not know would be ignored, with words on the screen."""
    llvm.initialize_native_target()
    machine = llvm.Target.from_default_triple()
    machine.create_target_machine(cpu=level.name)
    assert capfd.readouterr() == ("", "")
    machine.create_target_machine(cpu="x86-64-v33")
    assert "not a recognized processor" in capfd.readouterr().err


@pytest.mark.parametrize("what", ["get_process_triple", "get_host_cpu_name"])
def test_what_is_compiled_for_one_processor_is_for_no_other(what, monkeypatch):
    """The description has the system, and the name of the processor."""
    before = describe()
    monkeypatch.setattr(llvm, what, lambda: "another")
    assert describe() != before
    assert "another" in describe().split()


def test_two_processors_of_one_name_differ_by_their_features(processor_with):
    """Where a system forbids one feature, or allows one more, code is compiled anew."""
    descriptions = set()
    for names in (V3.features, V3.features - {"avx2"}, V3.features | {"avx512f"}, set()):
        processor_with(names)
        descriptions.add(describe())
    assert len(descriptions) == 4
    assert all(processor() in description.split() for description in descriptions)


def test_features_have_an_order(processor_with, monkeypatch):
    """The description does not depend on the order in which LLVM names what there is."""
    processor_with(V3.features)
    before = describe()
    reverse = dict.fromkeys(sorted(V3.features, reverse=True), True)
    monkeypatch.setattr(llvm, "get_host_cpu_features", lambda: reverse)
    target.features.cache_clear()
    assert describe() == before
