"""scikit-learn's contract: fit, partial_fit, path and predict, and what they leave: attributes, warnings, files.

No cross-validation. May import: joblib, numpy, rich, scipy, sklearn, threadpoolctl.
"""
