"""Pictures of estimators, paths and searches that are fitted: numbers first, which `plot` draws.

No training, and matplotlib inside functions only. May import: matplotlib, numpy, sklearn.
"""
