"""The peak of resident memory during a call, beyond what was there before (Linux)."""

import ctypes
import gc
import multiprocessing
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def resident(kind):
    """Return bytes of this process: RssAnon, VmRSS (with pages of files), or VmHWM, the peak of VmRSS."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(kind + ":"))
    return 1024 * int(line.split()[1])


class _Sampler(threading.Thread):
    """Looks every millisecond how much anonymous memory there is."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.is_over = 0, threading.Event()

    def run(self):
        while not self.is_over.is_set():
            self.peak = max(self.peak, resident("RssAnon"))
            time.sleep(1e-3)


def start_anew():
    """Give back what earlier calls freed, let the peak start anew, and return (anonymous, all resident) memory."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # to the system
    before = resident("RssAnon"), resident("VmRSS")
    RESET.write_text("5")  # VmHWM starts anew
    return before


def peak_resident(function, *arguments):
    """Return (what a function returns, peak of all resident memory beyond what was there); costs no time."""
    _, before = start_anew()
    result = function(*arguments)
    return result, max(0, resident("VmHWM") - before)


def peak_memory(function, *arguments):
    """Call a function and return (peak of anonymous memory, peak of all resident memory) beyond what was there.

    Pages of a file that is mapped into memory count in the second only: the system takes them back when it needs
    them. The first is sampled, and may miss what is gone within a millisecond; the second is the kernel's own maximum.
    """
    anonymous, everything = start_anew()
    sampler = _Sampler()
    sampler.start()
    kept = function(*arguments)  # until the peak is read
    sampler.is_over.set()
    sampler.join()
    del kept
    return max(0, sampler.peak - anonymous), max(0, resident("VmHWM") - everything)


def in_fresh_process(function, *arguments):
    """Return what a function of a module returns in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()
