"""Arrays in, trained rows out: mini-batches, learning rates, history, stopping, threads and Ctrl-C around the kernels.

No estimators and no scikit-learn. May import: joblib, numpy, scipy, threadpoolctl.
"""
