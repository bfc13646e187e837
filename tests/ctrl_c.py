"""Ctrl-C, for tests that press it."""

import signal
import threading


def press_ctrl_c():
    """Interrupt the main thread as a terminal does: it hears it even where it waits, as in joblib before 1.3."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)
