"""From a kernel, a Python function, to machine code: compiled by numba, kept in files, linked without numba.

Knows nothing of networks. May import: llvmlite, numba, numpy, scipy.
"""
