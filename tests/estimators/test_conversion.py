"""Estimators moved to scikit-learn's MLP and back: what they predict, and what they share."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, issparse
from sklearn import neural_network
from sklearn.base import clone, is_classifier
from versions import needs_scikit_learn

from skl2 import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
NUMBERS = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])
TARGETS = {
    "two classes": (NUMBERS > 0) * 3,
    "two strings": np.array(["no", "yes"])[(NUMBERS > 0).astype(int)],
    "two booleans": NUMBERS > 0,
    "three classes": NUMBERS - 1,
    "three strings": np.array(["a", "b", "c"])[NUMBERS],
    "three labels": np.stack([X[:, 0] > 0, X[:, 1] > 0, X[:, 2] > 0.5], axis=1).astype(int),
    "one class": np.full(40, "only"),
    "a value": X[:, 0] + X[:, 1] ** 2,
    "two values": X[:, :2] ** 2,
    "counts": NUMBERS,
}
REGRESSION = {"a value", "two values", "counts"}
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 3, "random_state": 0, "learning_rate_init": 0.05}
PAIRS = [(MLPClassifier, neural_network.MLPClassifier), (MLPRegressor, neural_network.MLPRegressor)]


def make(library, target, optimizer="adam", **changes):
    """An estimator of one library for one of TARGETS."""
    if target == "counts":
        needs_scikit_learn("1.7", "scikit-learn's MLP has loss='poisson'")
    kind = "MLPRegressor" if target in REGRESSION else "MLPClassifier"
    loss = {"loss": "poisson"} if target == "counts" else {}
    if library == "ours":
        return {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[kind](
            **SMALL | loss | {"optimizer": optimizer} | changes
        )
    return getattr(neural_network, kind)(**SMALL | loss | {"solver": optimizer} | changes)


def convert(model):
    """The same model in the other library."""
    if hasattr(model, "to_sklearn"):
        return model.to_sklearn()
    return (MLPClassifier if is_classifier(model) else MLPRegressor).from_sklearn(model)


def assert_same_predictions(a, b, X, rtol=1e-12):
    """Both predict the same, with the same probabilities; a single class has a column less with ours."""
    if not is_classifier(a):
        np.testing.assert_allclose(a.predict(X), b.predict(X), rtol=rtol, atol=rtol)
        return
    np.testing.assert_array_equal(a.predict(X), b.predict(X))
    assert a.predict(X).dtype == b.predict(X).dtype
    np.testing.assert_array_equal(a.classes_, b.classes_)
    if len(a.classes_) > 1:
        np.testing.assert_allclose(a.predict_proba(X), b.predict_proba(X), rtol=rtol, atol=rtol)
        np.testing.assert_allclose(a.predict_log_proba(X), b.predict_log_proba(X), rtol=rtol, atol=rtol)


@pytest.mark.filterwarnings("ignore:scikit-learn's MLP divides alpha")
@pytest.mark.parametrize("library", ["ours", "theirs"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("target", TARGETS)
def test_the_other_library_predicts_the_same(target, optimizer, library):
    """Whatever the targets and the optimizer, predictions, probabilities and scores move both ways to 1e-12."""
    y = TARGETS[target]
    model = make(library, target, optimizer).fit(X, y)
    moved = convert(model)
    assert_same_predictions(model, moved, X)
    assert moved.score(X, y) == pytest.approx(model.score(X, y), rel=1e-12)
    returned = convert(moved)
    assert type(returned) is type(model)
    assert_same_predictions(model, returned, X, rtol=1e-15)
    for name in ("coefs_", "intercepts_") if target != "one class" else ():  # its output is constant either way
        for before, after in zip(getattr(model, name), getattr(returned, name), strict=True):
            np.testing.assert_array_equal(before, after)
    for name in ("n_iter_", "t_", "loss_", "n_layers_", "n_outputs_", "n_features_in_", "out_activation_"):
        assert getattr(returned, name) == getattr(model, name)


@pytest.mark.parametrize("library", ["ours", "theirs"])
def test_sparse_labels_are_predicted_sparse(library):
    """Where y was a sparse indicator, so is what both libraries predict, and training goes on with it."""
    y = csr_array(TARGETS["three labels"])
    model = make(library, "three labels").fit(X, y)
    moved = convert(model)
    for one in (model, moved, convert(moved)):
        assert issparse(one.predict(X))
        np.testing.assert_array_equal(one.predict(X).toarray(), model.predict(X).toarray())
    assert moved.partial_fit(X, y).t_ == model.t_ + 40


@pytest.mark.parametrize("library", ["ours", "theirs"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("hidden", [(), (3, 5)])
def test_every_activation_and_depth(hidden, activation, library):
    """The other library has the same hidden layers."""
    model = make(library, "three classes", activation=activation, hidden_layer_sizes=hidden).fit(X, NUMBERS)
    assert convert(model).activation == activation
    assert_same_predictions(model, convert(model), X)


@pytest.mark.parametrize("library", ["ours", "theirs"])
@pytest.mark.parametrize("target", ["three classes", "three labels", "two values"])
def test_float32_stays_float32(target, library):
    """Weights keep their dtype, predictions are equal to rounding, and training goes on in that dtype."""
    X32 = X.astype(np.float32)
    model = make(library, target).fit(X32, TARGETS[target])
    moved = convert(model)
    assert {layer.dtype for layer in moved.coefs_ + moved.intercepts_} == {np.dtype("f4")}
    assert_same_predictions(model, moved, X32, rtol=1e-5)
    assert moved.partial_fit(X32, TARGETS[target]).coefs_[0].dtype == np.float32


@pytest.mark.parametrize("library", ["ours", "theirs"])
@pytest.mark.parametrize("which", ["original", "moved"])
def test_what_is_moved_is_apart(which, library):
    """Arrays and lists of the two are their own: whatever is done to one leaves the other as it was."""
    model = make(library, "three classes", warm_start=True).fit(X, NUMBERS)
    trained, kept = (model, convert(model)) if which == "original" else (convert(model), model)
    before = copy.deepcopy(vars(kept))
    trained.partial_fit(X, NUMBERS).fit(X, NUMBERS)
    for array in (*trained.coefs_, *trained.intercepts_, trained.classes_):
        array[:] = 7
    trained.loss_curve_.clear()
    for array, then in zip(
        (*kept.coefs_, *kept.intercepts_, kept.classes_),
        (*before["coefs_"], *before["intercepts_"], before["classes_"]),
        strict=True,
    ):
        np.testing.assert_array_equal(array, then)
    assert kept.loss_curve_ == before["loss_curve_"]


@pytest.mark.parametrize("library", ["ours", "theirs"])
def test_the_arrays_of_the_original_can_change(library):
    """Writing into the weights of the original does not reach those that were moved before."""
    model = make(library, "three classes").fit(X, NUMBERS)
    moved = convert(model)
    before = moved.predict_proba(X)
    for array in (*model.coefs_, *model.intercepts_):
        array[:] = 7
    np.testing.assert_array_equal(moved.predict_proba(X), before)


@pytest.mark.parametrize("library", ["ours", "theirs"])
def test_feature_names_move_too(library):
    """A model fitted on a DataFrame knows its columns in the other library, and refuses others."""
    frame = pd.DataFrame(X, columns=["one", "two", "three"])
    moved = convert(make(library, "three classes").fit(frame, NUMBERS))
    np.testing.assert_array_equal(moved.feature_names_in_, frame.columns)
    moved.predict(frame)
    with pytest.raises(ValueError, match="feature names"):
        moved.predict(frame.rename(columns={"one": "1"}))


@pytest.mark.parametrize("library", ["ours", "theirs"])
@pytest.mark.parametrize("target", TARGETS)
def test_copies_of_what_was_moved(target, library):
    """A moved model can be pickled and deep-copied with its predictions, and cloned without its fit."""
    moved = convert(make(library, target).fit(X, TARGETS[target]))
    for twin in (pickle.loads(pickle.dumps(moved)), copy.deepcopy(moved)):
        assert_same_predictions(moved, twin, X, rtol=0)
    assert clone(moved).get_params() == moved.get_params()
    assert not hasattr(clone(moved), "coefs_")


@pytest.mark.parametrize(("Ours", "Theirs"), PAIRS)
def test_only_scikit_learns_own_can_be_taken(Ours, Theirs):
    """Anything else than scikit-learn's MLP of the same kind, as an instance, is refused by name."""
    other = {MLPClassifier: neural_network.MLPRegressor, MLPRegressor: neural_network.MLPClassifier}[Ours]
    for wrong in (Ours(), other(), Theirs, None):
        message = rf"{Ours.__name__}.from_sklearn takes a sklearn.neural_network.{Theirs.__name__}; got"
        with pytest.raises(TypeError, match=message):
            Ours.from_sklearn(wrong)


def test_subclasses_can_be_moved():
    """from_sklearn makes the class it is called on, takes subclasses of scikit-learn's, and to_sklearn any of ours."""

    class Ours(MLPRegressor):
        pass

    class Theirs(neural_network.MLPRegressor):
        pass

    model = Theirs(**SMALL).fit(X, X[:, 0])
    moved = Ours.from_sklearn(model)
    assert type(moved) is Ours
    assert type(moved.to_sklearn()) is neural_network.MLPRegressor
    assert_same_predictions(model, moved, X)
    assert_same_predictions(model, moved.to_sklearn(), X)


def test_a_single_class_is_certain_on_both_sides():
    """A classifier that knows one class gives it probability 1, with scikit-learn's second column 0."""
    model = MLPClassifier(**SMALL).fit(X, np.zeros(40))
    moved = model.to_sklearn()
    np.testing.assert_array_equal(model.predict_proba(X), np.ones((40, 1)))
    np.testing.assert_array_equal(moved.predict_proba(X), np.tile([1.0, 0.0], (40, 1)))


@pytest.mark.parametrize("Base", [MLPClassifier, neural_network.MLPClassifier])
def test_a_subclass_with_settings_of_its_own(Base):
    """What a subclass sets without taking it as a parameter moves too, and predictions are equal."""

    class Tanh(Base):
        def __init__(self, hidden_layer_sizes=(5,)):
            super().__init__(hidden_layer_sizes=hidden_layer_sizes, activation="tanh", max_iter=3, random_state=0)

    model = Tanh().fit(X, TARGETS["two classes"])
    moved = model.to_sklearn() if Base is MLPClassifier else MLPClassifier.from_sklearn(model)
    assert moved.activation == "tanh"
    np.testing.assert_allclose(moved.predict_proba(X), model.predict_proba(X), rtol=1e-12)
