"""ONNX: this module teaches skl2onnx, when it is imported, to convert our estimators.

A fitted `MLPClassifier`, `MLPRegressor`, `MLPClassifierCV` or `MLPRegressorCV`, alone or in whatever skl2onnx converts
(Pipeline, CalibratedClassifierCV, …), becomes a graph that an ONNX runtime predicts with, without Python. The graph
computes in float64 if it is made with a sample X in float64, and in float32 otherwise. It needs skl2onnx:
`pip install '.[onnx]'`.

Classifiers have two outputs, labels (n_samples,) and probabilities (n_samples, n_classes), for multilabel targets both
(n_samples, n_labels); regressors have one, (n_samples, n_outputs). Options are those of scikit-learn's MLP: 'zipmap',
'output_class_labels' and 'nocl'. Labels are integers or strings.

Examples
--------
>>> import skl2.onnx  # the import is all that it needs
>>> from skl2 import MLPClassifier
>>> from skl2onnx import to_onnx
>>> from sklearn.datasets import load_iris
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import StandardScaler
>>> X, y = load_iris(return_X_y=True)
>>> X = X.astype("float32")
>>> network = MLPClassifier((10,), learning_rate="cosine", max_iter=20, random_state=0)
>>> model = make_pipeline(StandardScaler(), network).fit(X, y)
>>> onnx_model = to_onnx(model, X[:1], options={"zipmap": False})
>>> [output.name for output in onnx_model.graph.output]
['label', 'probabilities']
"""

from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skl2._estimators.classifier import MLPClassifier
from skl2._estimators.regressor import MLPRegressor
from skl2._selection.classifier import MLPClassifierCV
from skl2._selection.regressor import MLPRegressorCV

try:
    from onnx import TensorProto, helper, numpy_helper
    from skl2onnx import update_registered_converter
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
    from skl2onnx.common.utils import check_input_and_output_numbers
    from skl2onnx.common.utils_classifier import get_label_classes
except ModuleNotFoundError as error:
    raise ImportError(
        "skl2.onnx registers converters with skl2onnx, which is not installed: pip install skl2onnx."
    ) from error

__all__ = []  # importing is all there is to it

# The operators of ONNX that our hidden layers and our links are.
ACTIVATIONS = {"identity": "Identity", "logistic": "Sigmoid", "tanh": "Tanh", "relu": "Relu"}
LINKS = {"identity": "Identity", "logistic": "Sigmoid", "softmax": "Softmax", "exp": "Exp"}
CLASSIFIER_OPTIONS = {"zipmap": [True, False, "columns"], "output_class_labels": [False, True], "nocl": [True, False]}


class Graph(NamedTuple):
    """Where nodes go, under names of their own."""

    scope: object
    container: object

    def node(self, operator, inputs, output=None, **attributes):
        """Add a node and return the name of its output."""
        output = output or self.scope.get_unique_variable_name(operator.lower())
        name = self.scope.get_unique_operator_name(operator)
        self.container.add_node(operator, inputs, output, name=name, **attributes)
        return output

    def constant(self, name, array):
        """Add an array of numbers or strings, and return its name."""
        name = self.scope.get_unique_variable_name(name)
        if array.dtype == object:
            content = [label.encode() for label in array]
            self.container.add_initializer(name, TensorProto.STRING, array.shape, content)
        else:
            self.container.add_initializer(name, None, array.shape, numpy_helper.from_array(array))
        return name


def network_of(operator):
    """Return the fitted network of an estimator, which an estimator that chose alpha has inside."""
    check_is_fitted(operator.raw_operator)
    return getattr(operator.raw_operator, "best_estimator_", operator.raw_operator)


def dtype_of(operator):
    """Return the type that the graph computes in: float32 for whatever is not float64."""
    return np.dtype(np.float64 if isinstance(operator.inputs[0].type, DoubleTensorType) else np.float32)


def raw_prediction(graph, operator):
    """Add the layers and return the name of the output before the link, (n_samples, n_outputs)."""
    network, dtype = network_of(operator), dtype_of(operator)
    layer = graph.node("Cast", operator.inputs[0].full_name, to=helper.np_dtype_to_tensor_dtype(dtype))
    for k, (coef, intercept) in enumerate(zip(network.coefs_, network.intercepts_, strict=True)):
        if k > 0:
            layer = graph.node(ACTIVATIONS[network.activation], layer)
        weights = graph.constant("coef", coef.astype(dtype)), graph.constant("intercept", intercept.astype(dtype))
        layer = graph.node("Gemm", [layer, *weights])
    return layer


def convert_regressor(scope, operator, container):
    """Add the graph of a regressor."""
    graph = Graph(scope, container)
    raw = raw_prediction(graph, operator)
    graph.node(LINKS[network_of(operator).out_activation_], raw, operator.outputs[0].full_name)


def convert_classifier(scope, operator, container):
    """Add the graph of a classifier: its labels are decided before the link, as ours are."""
    graph, network = Graph(scope, container), network_of(operator)
    raw = raw_prediction(graph, operator)
    label, probability = (output.full_name for output in operator.outputs)
    outputs = graph.node("Concat", [graph.node("Neg", raw), raw], axis=1) if network._is_binary() else raw
    graph.node(LINKS[network.out_activation_], outputs, probability)
    if network._is_multilabel():
        zero = graph.constant("zero", np.zeros(1, dtype_of(operator)))
        graph.node("Cast", graph.node("Greater", [raw, zero]), label, to=TensorProto.INT64)
    else:
        number = graph.node("ArgMax", outputs, axis=1, keepdims=0)
        graph.node("Gather", [graph.constant("classes", labels(operator)), number], label)


def labels(operator):
    """Return the labels of the classes as ONNX has them: int64, or str as objects. Numbers are whole (fit asks)."""
    classes = np.asarray(get_label_classes(operator.scope_inst, operator.raw_operator))
    return classes.astype(np.int64 if classes.dtype.kind in "iubf" else object)


def find_shapes_of_regressor(operator):
    """Set the type of the output of a regressor."""
    check_input_and_output_numbers(operator, input_count_range=1, output_count_range=1)
    Kind = DoubleTensorType if dtype_of(operator) == np.float64 else FloatTensorType
    rows = operator.inputs[0].get_first_dimension()
    operator.outputs[0].set_type(Kind([rows, network_of(operator).n_outputs_]))


def find_shapes_of_classifier(operator):
    """Set the types of the two outputs of a classifier."""
    check_input_and_output_numbers(operator, input_count_range=1, output_count_range=2)
    network, classes = network_of(operator), labels(operator)
    rows = operator.inputs[0].get_first_dimension()
    Kind = StringTensorType if classes.dtype == object else Int64TensorType
    operator.outputs[0].set_type(Kind([rows, classes.size] if network._is_multilabel() else [rows]))
    operator.outputs[1].type.shape = [rows, classes.size]


for Estimator in (MLPClassifier, MLPClassifierCV):
    update_registered_converter(
        Estimator,
        f"Skl2{Estimator.__name__}",
        find_shapes_of_classifier,
        convert_classifier,
        options=CLASSIFIER_OPTIONS,
    )
for Estimator in (MLPRegressor, MLPRegressorCV):
    update_registered_converter(Estimator, f"Skl2{Estimator.__name__}", find_shapes_of_regressor, convert_regressor)
