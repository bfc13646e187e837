"""ONNX: this module teaches skl2onnx, when it is imported, to convert our estimators.

A fitted `MLPClassifier`, `MLPRegressor`, `MLPClassifierCV` or `MLPRegressorCV`, alone or in whatever skl2onnx converts
(Pipeline, CalibratedClassifierCV, …), becomes a graph that an ONNX runtime predicts with, without Python. So does a
`TabularMLPClassifier` or `TabularMLPRegressor` of an array of numbers, gaps included. The graph computes in float64 if
it is made with a sample X in float64, and in float32 otherwise. It needs skl2onnx: `pip install '.[onnx]'`.

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

from functools import partial
from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skl2._estimators.classifier import MLPClassifier
from skl2._estimators.regressor import MLPRegressor
from skl2._kernels.activations import GELU_CUBIC, GELU_LINEAR, LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE
from skl2._selection.classifier import MLPClassifierCV
from skl2._selection.regressor import MLPRegressorCV
from skl2._tabular.classifier import TabularMLPClassifier
from skl2._tabular.encoder import TabularEncoder
from skl2._tabular.piecewise import n_bins_between
from skl2._tabular.regressor import TabularMLPRegressor
from skl2._tabular.smooth_clip import BOUND, LARGE

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
# In float32 only, with their attributes: runtimes do not have them for float64, nor attributes to its precision.
SINGLE_ACTIVATIONS = {
    "leaky_relu": ("LeakyRelu", {"alpha": LEAKY_SLOPE}),
    "elu": ("Elu", {"alpha": 1.0}),
    "selu": ("Selu", {"alpha": SELU_ALPHA, "gamma": SELU_SCALE}),
    "softplus": ("Softplus", {}),
}
LINKS = {"identity": "Identity", "logistic": "Sigmoid", "softmax": "Softmax", "exp": "Exp", "sort": "TopK"}
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
            self.container.add_initializer(name, TensorProto.STRING, array.shape, [text.encode() for text in array])
        else:
            self.container.add_initializer(name, None, array.shape, numpy_helper.from_array(array))
        return name


def members_of(operator):
    """Return the fitted networks of an estimator, one or those that it averages."""
    estimator = operator.raw_operator
    check_is_fitted(estimator)
    return getattr(estimator, "estimators_", [getattr(estimator, "best_estimator_", estimator)])


def network_of(operator):
    """Return a fitted network of an estimator, which has what all of them have in common."""
    return members_of(operator)[0]


def dtype_of(operator):
    """Return the type that the graph computes in: float32 for whatever is not float64."""
    return np.dtype(np.float64 if isinstance(operator.inputs[0].type, DoubleTensorType) else np.float32)


def inputs_of_members(graph, operator):
    """Return the names of the inputs (n_samples, n_features) of each network: X, or what an encoder makes of it."""
    X, to = operator.inputs[0].full_name, helper.np_dtype_to_tensor_dtype(dtype_of(operator))
    encoders = getattr(operator.raw_operator, "encoders_", None)
    if encoders is None:
        return [graph.node("Cast", X, to=to)] * len(members_of(operator))
    encoded = [graph.node("Cast", add_encoder(graph, encoder, X), to=to) for encoder in encoders]
    return [encoded[number] for number in operator.raw_operator._encoder_numbers]


def raw_predictions(graph, operator):
    """Add the layers of each network and return the names of their outputs before the link, (n_samples, n_outputs)."""
    dtype, outputs = dtype_of(operator), []
    for network, layer in zip(members_of(operator), inputs_of_members(graph, operator), strict=True):
        for k, (coef, intercept) in enumerate(zip(network.coefs_, network.intercepts_, strict=True)):
            if k > 0:
                layer = add_activation(graph, network.activation, layer, dtype)
            weights = graph.constant("coef", coef.astype(dtype)), graph.constant("intercept", intercept.astype(dtype))
            layer = graph.node("Gemm", [layer, *weights])
        outputs.append(layer)
    return outputs


def add_activation(graph, activation, z, dtype):
    """Add an activation and return its name: an operator, or what it is made of."""
    if activation in ACTIVATIONS:
        return graph.node(ACTIVATIONS[activation], z)
    if activation in SINGLE_ACTIVATIONS and dtype == np.float32:
        operator, attributes = SINGLE_ACTIVATIONS[activation]
        return graph.node(operator, z, **attributes)
    return COMPOSED_ACTIVATIONS[activation](graph, z, partial(number_of, graph, dtype))


def add_leaky_relu(graph, z, constant):
    """Add max(z, z / 100)."""
    return graph.node("Max", [z, graph.node("Mul", [z, constant(LEAKY_SLOPE)])])


def add_elu(graph, z, constant, scale=1.0, alpha=1.0):
    """Add scale · (max(z, 0) + alpha · (exp(min(z, 0)) - 1))."""
    exponential = graph.node("Exp", graph.node("Min", [z, constant(0)]))
    below = graph.node("Mul", [graph.node("Sub", [exponential, constant(1)]), constant(scale * alpha)])
    return graph.node("Add", [graph.node("Mul", [graph.node("Relu", z), constant(scale)]), below])


def add_softplus(graph, z, constant):
    """Add max(z, 0) + log(1 + exp(-|z|))."""
    small = graph.node("Exp", graph.node("Neg", graph.node("Abs", z)))
    return graph.node("Add", [graph.node("Relu", z), graph.node("Log", graph.node("Add", [small, constant(1)]))])


def add_silu(graph, z, constant):
    """Add z σ(z)."""
    return graph.node("Mul", [z, graph.node("Sigmoid", z)])


def add_gelu(graph, z, constant):
    """Add z σ(v), where v is a cubic of z."""
    square = graph.node("Mul", [graph.node("Mul", [z, z]), constant(GELU_CUBIC)])
    v = graph.node("Mul", [z, graph.node("Add", [square, constant(GELU_LINEAR)])])
    return graph.node("Mul", [z, graph.node("Sigmoid", v)])


COMPOSED_ACTIVATIONS = {
    "leaky_relu": add_leaky_relu,
    "elu": add_elu,
    "selu": partial(add_elu, scale=SELU_SCALE, alpha=SELU_ALPHA),
    "softplus": add_softplus,
    "silu": add_silu,
    "gelu": add_gelu,
}


def add_mean(graph, names, dtype):
    """Add the mean of arrays and return its name: ONNX's own is not there for float64 in every runtime."""
    share = graph.constant("share", np.full(1, 1 / len(names), dtype))
    return graph.node("Mul", [graph.node("Sum", names), share]) if len(names) > 1 else names[0]


def add_link(graph, network, raw):
    """Add what a network makes of its raw predictions and return its name; to sort are to take all, smallest first."""
    if network.out_activation_ != "sort":
        return graph.node(LINKS[network.out_activation_], raw)
    outputs = [graph.scope.get_unique_variable_name(name) for name in ("values", "places")]
    count = graph.constant("count", np.array([network.n_outputs_]))
    return graph.node(LINKS["sort"], [raw, count], outputs, axis=1, largest=0)[0]


def convert_regressor(scope, operator, container):
    """Add the graph of a regressor."""
    graph, network = Graph(scope, container), network_of(operator)
    linked = [add_link(graph, network, raw) for raw in raw_predictions(graph, operator)]
    values = add_mean(graph, linked, dtype_of(operator))
    scale = getattr(operator.raw_operator, "_scale", None)
    if scale is not None:
        values = graph.node("Mul", [values, graph.constant("scale", scale.scale.astype(dtype_of(operator)))])
        values = graph.node("Add", [values, graph.constant("center", scale.center.astype(dtype_of(operator)))])
    graph.node("Identity", values, operator.outputs[0].full_name)


def convert_classifier(scope, operator, container):
    """Add the graph of a classifier: a single network decides before the link, as ours do, several by their mean."""
    graph, network = Graph(scope, container), network_of(operator)
    raws = raw_predictions(graph, operator)
    if network._is_binary():
        raws = [graph.node("Concat", [graph.node("Neg", raw), raw], axis=1) for raw in raws]
    label, probability = (output.full_name for output in operator.outputs)
    probabilities = [graph.node(LINKS[network.out_activation_], raw) for raw in raws]
    graph.node("Identity", add_mean(graph, probabilities, dtype_of(operator)), probability)
    decided, border = (raws[0], 0) if len(raws) == 1 else (probability, 0.5)
    if network._is_multilabel():
        border = graph.constant("border", np.full(1, border, dtype_of(operator)))
        graph.node("Cast", graph.node("Greater", [decided, border]), label, to=TensorProto.INT64)
    else:
        number = graph.node("ArgMax", decided, axis=1, keepdims=0)
        graph.node("Gather", [graph.constant("classes", labels(operator)), number], label)


def add_encoder(graph, encoder, X):
    """Add a TabularEncoder of numbers and return the name of what it makes of X, (n_samples, n_features_out)."""
    if not isinstance(encoder, TabularEncoder) or set(encoder.kinds_) != {"number"}:
        kinds = sorted(set(getattr(encoder, "kinds_", [type(encoder).__name__])))
        raise NotImplementedError(
            f"A graph has one array of numbers as its input here, and this model encodes {', '.join(kinds)}. Keep "
            "TabularEncoder outside of the graph: convert an MLPClassifierCV or MLPRegressorCV with ensemble=True that "
            "is fitted on what the encoder makes of the table."
        )
    X, parts = graph.node("Cast", X, to=TensorProto.DOUBLE), []  # differences of large numbers are exact
    for number, encoding in enumerate(encoder._encodings):
        column = graph.node("Gather", [X, graph.constant("column", np.array([number]))], axis=1)
        gap = graph.node("IsNaN", column)
        for series in encoding.series:
            parts += add_series(graph, series, column, gap)
        if encoding.flag:
            parts.append(graph.node("Cast", gap, to=TensorProto.DOUBLE))
    if not parts:  # nothing but a column of zeros
        first = graph.node("Gather", [X, graph.constant("column", np.array([0]))], axis=1)
        return graph.node(
            "Mul", [graph.node("Cast", graph.node("IsNaN", first), to=TensorProto.DOUBLE), double(graph, 0)]
        )
    return graph.node("Concat", parts, axis=1)


def add_series(graph, series, column, gap):
    """Return the names of the columns that a Series makes of a column (n_samples, 1), where `gap` says what is none."""
    x = graph.node("Where", [gap, double(graph, series.center), column])
    edges = series.edges
    bins = add_bins(graph, edges, x) if edges.size else None
    if edges.size == 2:
        return [graph.node("Where", [gap, double(graph, 0), bins])]
    z = graph.node("Mul", [graph.node("Sub", [x, double(graph, series.center)]), double(graph, series.factor)])
    z = graph.node("Min", [graph.node("Max", [z, double(graph, -LARGE)]), double(graph, LARGE)])
    share = graph.node("Div", [z, double(graph, BOUND)])
    root = graph.node("Sqrt", graph.node("Add", [graph.node("Mul", [share, share]), double(graph, 1)]))
    clipped = graph.node("Div", [z, root])
    return [clipped, bins] if n_bins_between(edges) else [clipped]


def add_bins(graph, edges, x):
    """Return the name of the piecewise-linear encoding (n_samples, n_bins) of x (n_samples, 1)."""
    lowest, highest = np.zeros(edges.size - 1), np.ones(edges.size - 1)
    lowest[0], highest[-1] = -1, 2
    v = graph.node("Sub", [x, graph.constant("starts", edges[:-1])])
    v = graph.node("Div", [v, graph.constant("widths", np.diff(edges))])
    v = graph.node(
        "Min", [graph.node("Max", [v, graph.constant("lowest", lowest)]), graph.constant("highest", highest)]
    )
    return graph.node("Sub", [graph.node("Mul", [v, double(graph, 2)]), double(graph, 1)])


def number_of(graph, dtype, number):
    """Add a number and return its name."""
    return graph.constant("number", np.full(1, number, dtype))


def double(graph, number):
    """Add a number in float64 and return its name."""
    return number_of(graph, np.float64, number)


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


for Estimator in (MLPClassifier, MLPClassifierCV, TabularMLPClassifier):
    functions = find_shapes_of_classifier, convert_classifier
    update_registered_converter(Estimator, f"Skl2{Estimator.__name__}", *functions, options=CLASSIFIER_OPTIONS)
for Estimator in (MLPRegressor, MLPRegressorCV, TabularMLPRegressor):
    update_registered_converter(Estimator, f"Skl2{Estimator.__name__}", find_shapes_of_regressor, convert_regressor)
