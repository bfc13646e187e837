"""The choice of λ by cross-validation: folds, scores, the search and its results.

No pictures. May import: numpy, scipy, sklearn.
"""
