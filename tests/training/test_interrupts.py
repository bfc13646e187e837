"""When Ctrl-C is let in: at the next look, or in code of the user, and nowhere else."""

import signal
import threading

import pytest

from skl2._training.interrupts import Interrupts


@pytest.fixture(autouse=True)
def handler_stays():
    """After each test Ctrl-C does what it did before."""
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def handle():
    """Let Ctrl-C be handled by a function, for the time of a test."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda handler: signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGINT, before)


def press():
    """Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_waits_for_the_next_look():
    """KeyboardInterrupt is raised by the next check, once, however often Ctrl-C came."""
    with Interrupts() as interrupts:
        interrupts.check()
        for _ in range(2):
            press()
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
        interrupts.check()


def test_a_check_looks_elsewhere_too():
    """Each check calls what it was given, such as the check of a call that was broken off in another thread."""
    looks = []
    with Interrupts(lambda: looks.append("look")) as interrupts:
        assert looks == []
        interrupts.check()
        assert looks == ["look"]
        interrupts.let_into(print)
        assert looks == ["look"]
        interrupts.let_into(looks.append)("function")
        assert looks == ["look", "look", "function"]


@pytest.mark.parametrize("error", [None, ValueError])
def test_ctrl_c_waits_for_the_end(error):
    """Without a check it is raised at the end, also where an error ends the block."""
    done = []

    def work():
        with Interrupts():
            press()
            done.append("work")
            if error:
                raise error("broken off")

    with pytest.raises(KeyboardInterrupt) as caught:
        work()
    assert done == ["work"]
    assert isinstance(caught.value.__context__, error or type(None))


def test_code_of_the_user_is_interrupted_at_once():
    """In a function of let_into KeyboardInterrupt is raised where Ctrl-C comes; after it, it waits again."""
    done = []

    def work(presses):
        if presses:
            press()
        done.append("user")
        return "result"

    with Interrupts() as interrupts:
        call = interrupts.let_into(work)
        assert call(False) == "result"
        with pytest.raises(KeyboardInterrupt):
            call(True)
        press()
        done.append("fit")
        with pytest.raises(KeyboardInterrupt):
            call(False)
    assert done == ["user", "fit"]


def test_fits_in_code_of_the_user_wait_too():
    """One in the other, as where a callback fits a model: the inner one keeps Ctrl-C out until its end."""
    done = []

    def work():
        with Interrupts():
            press()
            done.append("inner")
        done.append("user")

    with Interrupts() as outer:
        with pytest.raises(KeyboardInterrupt):
            outer.let_into(work)()
        outer.check()
    assert done == ["inner"]


def test_a_handler_of_the_user_is_called(handle):
    """What Ctrl-C does is up to its handler: it may do something else than raise, and training goes on."""
    calls = []
    handle(lambda number, frame: calls.append(number))
    with Interrupts() as interrupts:
        press()
        assert not calls
        interrupts.check()
        assert calls == [signal.SIGINT]
        interrupts.let_into(press)()
        assert len(calls) == 2
        press()
    assert len(calls) == 3


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_ctrl_c_that_is_not_pythons_is_left_alone(handler, handle):
    """Where a shell had Ctrl-C ignored, or it ends the process, this stays so."""
    handle(handler)
    with Interrupts() as interrupts:
        assert signal.getsignal(signal.SIGINT) is handler
        if handler is signal.SIG_IGN:
            press()
        interrupts.check()


def test_other_threads_change_nothing():
    """In another thread than the main one, which Ctrl-C does not interrupt, its handler is left alone."""
    before, seen = signal.getsignal(signal.SIGINT), []

    def work():
        with Interrupts() as interrupts:
            seen.append(signal.getsignal(signal.SIGINT))
            interrupts.let_into(interrupts.check)()
        seen.append("end")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before, "end"]
