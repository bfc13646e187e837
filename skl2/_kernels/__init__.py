"""Compiled arithmetic on arrays, in place: forward, loss and delta, backward, step. What goes wrong is a code.

No estimators, randomness, history or messages. May import: numpy.
"""
