"""scikit-learn's multilayer perceptron, compiled, with weight decay where it belongs."""

from skl2._displays.column_path import ColumnPathDisplay
from skl2._displays.learning_rate_decay import LearningRateDecayDisplay
from skl2._displays.loss_curve import LossCurveDisplay
from skl2._displays.regularization_path import RegularizationPathDisplay
from skl2._displays.weight_distribution import WeightDistributionDisplay
from skl2._estimators.classifier import MLPClassifier
from skl2._estimators.regressor import MLPRegressor
from skl2._estimators.regularization_path import RegularizationPath
from skl2._estimators.versions import show_versions
from skl2._estimators.warm_up import warm_up
from skl2._selection.classifier import MLPClassifierCV
from skl2._selection.regressor import MLPRegressorCV
from skl2._tabular.classifier import TabularMLPClassifier
from skl2._tabular.encoder import TabularEncoder
from skl2._tabular.piecewise import PiecewiseLinearEncoder
from skl2._tabular.regressor import TabularMLPRegressor

__all__ = [
    "ColumnPathDisplay",
    "LearningRateDecayDisplay",
    "LossCurveDisplay",
    "MLPClassifier",
    "MLPClassifierCV",
    "MLPRegressor",
    "MLPRegressorCV",
    "PiecewiseLinearEncoder",
    "RegularizationPath",
    "RegularizationPathDisplay",
    "TabularEncoder",
    "TabularMLPClassifier",
    "TabularMLPRegressor",
    "WeightDistributionDisplay",
    "show_versions",
    "warm_up",
]
__version__ = "0.1.0"
