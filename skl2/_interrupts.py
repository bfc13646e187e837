"""When Ctrl-C is let in.

Python raises KeyboardInterrupt between any two instructions of the main thread, and neither `threading` nor numpy is
made for that: a lock that is just being taken stays taken for ever, and where numpy asks a Python object for something,
it takes the error for a no. Of 4000 times Ctrl-C in small fits with helpers 10 ended in a deadlock, 40 were not heard.
"""

import signal


class Interrupts:
    """A context manager that keeps KeyboardInterrupt out, until the next `check`, or function of `let_into`.

    Nothing changes in threads other than the main one, which are not interrupted, nor where Ctrl-C is not Python's: in
    what a shell starts in the background it is ignored.
    """

    def __init__(self):
        self.is_open = False
        self.came = None  # what the handler of the signal was called with

    def __enter__(self):
        self.handler = signal.getsignal(signal.SIGINT)
        self.hears = callable(self.handler)
        if self.hears:
            try:
                signal.signal(signal.SIGINT, self._hear)
            except ValueError:  # another thread than the main one
                self.hears = False
        return self

    def __exit__(self, *exception):
        if self.hears:
            signal.signal(signal.SIGINT, self.handler)
            self.check()

    def check(self):
        """Interrupt now, if Ctrl-C came meanwhile."""
        if self.came:
            came, self.came = self.came, None
            self.handler(*came)

    def let_into(self, function):
        """Return a function that calls this one, which is the user's and may take long, and is interrupted at once."""

        def call(*arguments):
            self.is_open = True
            try:
                self.check()
                return function(*arguments)
            finally:
                self.is_open = False

        return call

    def _hear(self, *arguments):
        if self.is_open:
            self.handler(*arguments)
        else:
            self.came = arguments
