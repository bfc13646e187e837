"""What users give, checked and translated: parameters, values of alpha, samples, targets and their weights.

No training, and no networks. May import: numpy, scipy, sklearn.
"""
