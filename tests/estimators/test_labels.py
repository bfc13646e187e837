"""Targets of a classifier: several labels per sample, kinds of labels, labels that are refused or change."""

import copy

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import neural_network
from versions import needs_scikit_learn

from skl2 import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.3 * RANDOM.standard_normal(40), [-0.8, 0.9])
LABELS = np.c_[X[:, 0] > 0, X[:, 1] > 0.7, X[:, 2] > X[:, 0]].astype(int)  # several per sample
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}
EARLY = {"early_stopping": True, "validation_fraction": 0.25}
NAMES = {
    "strings": np.array(["yes", "no"])[np.minimum(Y, 1)],
    "bool": Y > 0,
    "objects": np.array(["yes", "no"], dtype=object)[np.minimum(Y, 1)],
    "gap": np.array([7, -3])[np.minimum(Y, 1)],
    "three strings": np.array(["b", "c", "a"])[Y],
}
KINDS_OF_INDICATOR = {
    "list": np.ndarray.tolist,
    "bool": lambda y: y.astype(bool),
    "float": lambda y: y.astype(float),
    "uint8": lambda y: y.astype(np.uint8),
    "fortran": np.asfortranarray,
    "data frame": pd.DataFrame,
    "csr": sparse.csr_array,
    "csc": sparse.csc_array,
    "coo matrix": sparse.coo_matrix,
    "csr of bool": lambda y: sparse.csr_array(y.astype(bool)),
}


def weights(model):
    """All weights and intercepts, (n_params,)."""
    return np.concatenate([part.ravel() for part in model.coefs_ + model.intercepts_])


def assert_same_fit(ours, theirs):
    """Weights and curves agree to rounding."""
    np.testing.assert_allclose(weights(ours), weights(theirs), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    assert (ours.validation_scores_ is None) == (theirs.validation_scores_ is None)
    if ours.validation_scores_:
        np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-9)


def assert_both_fit_the_same(y, train, **settings):
    """Our classifier and scikit-learn's after train(model), with the same λ and generator."""
    settings = SMALL | {"max_iter": 8} | settings
    ours = MLPClassifier(optimizer="sgd", alpha=0.02, **settings)
    theirs = neural_network.MLPClassifier(solver="sgd", alpha=0.02 * SMALL["batch_size"], **settings)
    for model in (ours, theirs):
        train(model)
    assert_same_fit(ours, theirs)
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-9)
    np.testing.assert_allclose(ours.predict_log_proba(X), theirs.predict_log_proba(X), rtol=1e-9, atol=1e-12)
    assert ours.score(X, y) == theirs.score(X, y)
    assert (ours.n_outputs_, ours.out_activation_) == (theirs.n_outputs_, theirs.out_activation_)


@pytest.mark.parametrize("early", [{}, EARLY], ids=["all rows", "early stopping"])
@pytest.mark.parametrize("hidden", [(4,), ()], ids=str)
def test_several_labels_train_as_in_scikit_learn(hidden, early):
    """Weights, curves, all predictions, score and validation scores of multilabel y are scikit-learn's."""
    assert_both_fit_the_same(LABELS, lambda model: model.fit(X, LABELS), hidden_layer_sizes=hidden, **early)


def test_several_labels_train_in_parts_as_in_scikit_learn():
    """Four calls of partial_fit with multilabel y are scikit-learn's."""

    def train(model):
        for part in np.split(np.arange(40), 4):
            model.partial_fit(X[part], LABELS[part], classes=[0, 1, 2])

    assert_both_fit_the_same(LABELS, train)


@pytest.mark.parametrize("labels", NAMES)
@pytest.mark.parametrize("early", [{}, EARLY], ids=["all rows", "early stopping"])
def test_names_of_classes_train_as_in_scikit_learn(labels, early):
    """Strings, booleans and objects are trained and predicted as scikit-learn's, for two classes also held out."""
    if early and labels in ("strings", "objects"):
        needs_scikit_learn("1.9", "scikit-learn's MLP stops early with names of classes")
    y = NAMES[labels]
    assert_both_fit_the_same(y, lambda model: model.fit(X, y), **early if labels != "three strings" else {})


def test_labels_of_a_linear_model_are_independent():
    """Without hidden layer the probability of each of several labels is that of the binary model of it alone."""
    settings = {"hidden_layer_sizes": (), "optimizer": "lbfgs", "alpha": 0.1, "tol": 1e-7, "random_state": 0}
    together = MLPClassifier(**settings).fit(X, LABELS).predict_proba(X)
    for label, column in enumerate(LABELS.T):
        alone = MLPClassifier(**settings).fit(X, column).predict_proba(X)[:, 1]
        np.testing.assert_allclose(together[:, label], alone, rtol=0, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_predictions_of_several_labels_belong_together(dtype):
    """A label is predicted where its probability is above a half; logs are logs, also of what rounds to 0."""
    model = MLPClassifier(**SMALL, dtype=dtype).fit(X, LABELS)
    data = X.astype(dtype)
    probability, prediction = model.predict_proba(data), model.predict(data)
    assert probability.dtype == dtype
    assert np.issubdtype(prediction.dtype, np.integer)
    np.testing.assert_array_equal(prediction, probability > 0.5)
    np.testing.assert_allclose(
        model.predict_log_proba(data), np.log(probability), rtol=1e-5 if dtype == "float32" else 1e-12
    )
    assert model.score(data, LABELS) == np.mean([np.array_equal(a, b) for a, b in zip(prediction, LABELS, strict=True)])
    far = model.predict_log_proba(1e4 * data)
    assert np.all(np.isfinite(far))
    assert far.min() < -1000
    assert far.max() <= 0
    assert np.exp(model.predict_log_proba(data)).sum(axis=1).std() > 0.01  # not a softmax


@pytest.mark.parametrize("kind", KINDS_OF_INDICATOR)
@pytest.mark.parametrize("early", [{}, EARLY], ids=["all rows", "early stopping"])
def test_any_kind_of_indicator(kind, early):
    """Lists, booleans, floats, frames and sparse matrices train as the plain array; sparse predict sparse."""
    y = KINDS_OF_INDICATOR[kind](LABELS)
    model, plain = MLPClassifier(**SMALL, **early).fit(X, y), MLPClassifier(**SMALL, **early).fit(X, LABELS)
    np.testing.assert_array_equal(weights(model), weights(plain))
    prediction = model.predict(X)
    assert sparse.issparse(prediction) == sparse.issparse(y)
    prediction = prediction.toarray() if sparse.issparse(y) else prediction
    np.testing.assert_array_equal(prediction, plain.predict(X))
    assert model.score(X, y) == plain.score(X, LABELS)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (2 * LABELS, r"multilabel y must be an indicator matrix of 0 and 1; got the values \[0 2\]"),
        (2 * LABELS - 1, r"multilabel y must be an indicator matrix of 0 and 1; got the values \[-1  1\]"),
        (sparse.csr_array(2 * LABELS), r"indicator matrix of 0 and 1; got the values \[0 2\]"),
        (sparse.csr_array(LABELS + 1), r"one label per sample.*got multiclass-multioutput labels of shape \(40, 3\)"),
        (np.array(["no", "yes"])[LABELS], r"one label per sample.*got multiclass-multioutput labels"),
        (X, "Unknown label type: continuous-multioutput"),
        (LABELS[:39], r"inconsistent numbers of samples: \[40, 39\]"),
    ],
    ids=["0 and 2", "-1 and 1", "sparse 0 and 2", "sparse classes", "strings", "numbers", "39 rows"],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_several_labels_that_are_no_indicator_are_refused(method, y, message):
    """A matrix of y that is not an indicator is refused, with what it is, before training."""
    model = MLPClassifier(**SMALL)
    with pytest.raises(ValueError, match=message):
        getattr(model, method)(X, y, **{} if method == "fit" else {"classes": [0, 1, 2]})
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize("early", [{}, EARLY], ids=["all rows", "early stopping"])
@pytest.mark.parametrize("class_weight", [None, "balanced", {"only": 3}], ids=str)
def test_a_single_class_needs_no_special_care(class_weight, early):
    """One class is certain under early stopping and class weights; one value of a label is learned like any other."""
    model = MLPClassifier(**SMALL, **early, class_weight=class_weight).fit(X, np.full(40, "only"))
    np.testing.assert_array_equal(model.predict(X), np.full(40, "only"))
    np.testing.assert_array_equal(model.predict_log_proba(X), np.zeros((40, 1)))
    assert model.score(X, np.full(40, "only")) == 1
    assert model.validation_scores_ == (model.n_iter_ * [1] if early else None)
    constant = LABELS * [1, 0, 0] + [0, 0, 1]
    settings = SMALL | {"learning_rate_init": 0.1, "max_iter": 10, "class_weight": class_weight and "balanced"}
    prediction = MLPClassifier(**settings, **early).fit(X, constant).predict(X)
    np.testing.assert_array_equal(prediction[:, 1:], constant[:, 1:])


CHANGED = r"warm_start can only .* Previously got {}, `y` has {}$"


@pytest.mark.parametrize(
    ("before", "after", "method", "message"),
    [
        (LABELS, Y, "fit", "y has one label per sample, and the model has several labels"),
        (LABELS, Y, "partial_fit", "y has one label per sample, and the model has several labels"),
        (Y, LABELS, "fit", "y has several labels per sample, and the model has one label"),
        (Y, LABELS, "partial_fit", "y has several labels per sample, and the model has one label"),
        (LABELS, LABELS[:, :2], "fit", CHANGED.format(r"\[0 1 2\]", r"\[0 1\]")),
        (LABELS, LABELS[:, :2], "partial_fit", r"y has 2 labels per sample, and the classes are \[0 1 2\]"),
        (LABELS[:, :2], LABELS, "fit", CHANGED.format(r"\[0 1\]", r"\[0 1 2\]")),
        (LABELS[:, :2], LABELS, "partial_fit", r"y has 3 labels per sample, and the classes are \[0 1\]"),
    ],
)
def test_training_goes_on_only_with_the_same_labels(before, after, method, message):
    """Other labels than training began with are refused with both, and the model stays as it was."""
    model = MLPClassifier(**SMALL, warm_start=True).fit(X, before)
    attributes = copy.deepcopy(vars(model))
    with pytest.raises(ValueError, match=message):
        getattr(model, method)(X, after)
    np.testing.assert_equal(vars(model), attributes)
    assert getattr(model, method)(X, before).n_outputs_ == attributes["n_outputs_"]


@pytest.mark.parametrize("classes", [[0, 1], [0, 1, 2, 3], ["a", "b", "c"]], ids=str)
def test_classes_of_several_labels_are_their_columns(classes):
    """The first partial_fit with three labels takes classes=[0, 1, 2] and nothing else."""
    model = MLPClassifier(**SMALL)
    with pytest.raises(ValueError, match="classes"):
        model.partial_fit(X, LABELS, classes=classes)
    assert not hasattr(model, "coefs_")
