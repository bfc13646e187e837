"""Pictures: numbers in the constructor, `plot` draws them, as scikit-learn's displays do."""
