"""A frame in: numbers of any scale, text, dates and gaps, as numbers that a network can learn from.

No pictures. May import: numpy, scipy, sklearn.
"""
