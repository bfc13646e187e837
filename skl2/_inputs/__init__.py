"""What users give, checked and translated: parameters, values of alpha, samples, targets and their weights.

Nothing is trained, and no attribute is set. May import: numpy, scipy, sklearn.
"""
