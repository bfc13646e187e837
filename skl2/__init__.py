"""scikit-learn's multilayer perceptron, compiled, with weight decay where it belongs."""

from skl2._classifier import MLPClassifier
from skl2._regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
__version__ = "0.1.0"
