"""scikit-learn's multilayer perceptron, compiled, with weight decay where it belongs."""

from skl2._classifier import MLPClassifier
from skl2._classifier_cv import MLPClassifierCV
from skl2._path import RegularizationPath
from skl2._regressor import MLPRegressor
from skl2._regressor_cv import MLPRegressorCV
from skl2._warm_up import warm_up

__all__ = ["MLPClassifier", "MLPClassifierCV", "MLPRegressor", "MLPRegressorCV", "RegularizationPath", "warm_up"]
__version__ = "0.1.0"
