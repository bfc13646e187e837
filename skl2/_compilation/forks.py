"""Locks that a fork waits for: taken by another thread, one would stay so in the child for ever."""

import os


def let_forks_wait_for(lock, after_in_child=None):
    """Return the lock, which the child has released, or has left to `after_in_child`, when the fork returns."""
    if hasattr(os, "register_at_fork"):
        after_in_child = after_in_child or lock.release
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=after_in_child)
    return lock
