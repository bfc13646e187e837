"""When Ctrl-C is let in.

Python raises KeyboardInterrupt between any two instructions of the main thread, and neither `threading` nor numpy is
made for that: a lock that is just being taken stays taken for ever, and where numpy asks a Python object for something,
it takes the error for a no. Of 4000 times Ctrl-C in small fits with helpers 10 ended in a deadlock, 40 were not heard.
"""

import signal


def take_over(function):
    """Let Ctrl-C call function, and return what it called before; or None, and nothing has changed.

    So in threads other than the main one, which are not interrupted, and where Ctrl-C is not Python's: in what a shell
    starts in the background it is ignored.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        return None
    try:
        signal.signal(signal.SIGINT, function)
    except ValueError:  # another thread than the main one
        return None
    return handler


def give_back(handler):
    """Let Ctrl-C call again what `take_over` returned."""
    if handler:
        signal.signal(signal.SIGINT, handler)


class Interrupts:
    """A context manager that keeps KeyboardInterrupt out, until the next `check`, or function of `let_into`.

    A check calls `look` too, which may raise KeyboardInterrupt for another reason than Ctrl-C in this thread.
    """

    def __init__(self, look=None):
        self.look = look
        self.is_open = False
        self.came = None  # what the handler of the signal was called with

    def __enter__(self):
        self.handler = take_over(self._hear)
        return self

    def __exit__(self, *exception):
        give_back(self.handler)
        if self.handler:
            self.check()

    def check(self):
        """Interrupt now, if Ctrl-C came meanwhile."""
        if self.came:
            came, self.came = self.came, None
            self.handler(*came)
        if self.look:
            self.look()

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
