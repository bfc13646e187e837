"""Labels, classes and probabilities."""

import numpy as np
import pytest
from sklearn.exceptions import DataConversionWarning

from skl2 import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).standard_normal((40, 3))
Y = np.digitize(X[:, 0], [-0.5, 0.5])
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 3, "random_state": 0, "learning_rate_init": 0.02}
LABELS = {
    "one class": np.zeros(40),
    "two": np.minimum(Y, 1),
    "three": Y,
    "gaps": np.array([-7, 3, 40])[Y],
    "strings": np.array(["low", "medium", "high"])[Y],
    "two strings": np.array(["no", "yes"])[np.minimum(Y, 1)],
    "objects": np.array(["low", "medium", "high"], dtype=object)[Y],
    "bool": Y == 1,
    "float": Y.astype(float),
    "uint8": Y.astype(np.uint8),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("labels", LABELS)
def test_predictions_belong_together(labels, dtype):
    """Probabilities are in [0, 1] and sum to 1, predict takes the largest, the log is their log, score is accuracy."""
    y = LABELS[labels]
    model = MLPClassifier(**SMALL, dtype=dtype).fit(X, y)
    probability = model.predict_proba(X.astype(dtype))
    np.testing.assert_array_equal(model.classes_, np.unique(y))
    assert probability.shape == (40, len(model.classes_))
    assert probability.dtype == dtype
    assert probability.min() >= 0
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=4 * eps)
    prediction = model.predict(X.astype(dtype))
    assert prediction.dtype == y.dtype
    np.testing.assert_array_equal(prediction, model.classes_[probability.argmax(axis=1)])
    np.testing.assert_allclose(
        model.predict_log_proba(X.astype(dtype)), np.log(probability), atol=10 * eps, rtol=4 * eps
    )
    assert model.score(X.astype(dtype), y) == np.mean(prediction == y)


@pytest.mark.parametrize("labels", ["two", "three"])
def test_log_probabilities_do_not_underflow(labels):
    """Where a probability rounds to 0 its logarithm is still finite, and where it rounds to 1 not above 0."""
    model = MLPClassifier(**SMALL).fit(X, LABELS[labels])
    far = 1e4 * X
    log_probability = model.predict_log_proba(far)
    assert np.any(model.predict_proba(far) == 0)
    assert np.all(np.isfinite(log_probability))
    assert log_probability.min() < -1000
    assert log_probability.max() <= 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_log_probability_near_zero_keeps_its_digits(dtype):
    """Of two classes, log p is -(1 - p) to the last digits where p rounds to 1."""
    model = MLPClassifier(hidden_layer_sizes=(), optimizer="lbfgs", dtype=dtype).fit(X, LABELS["two"])
    model.coefs_[0][:], model.intercepts_[0][:] = [[1], [0], [0]], 0
    far = np.array([[40, 0, 0], [-40, 0, 0]], dtype)
    np.testing.assert_array_equal(model.predict_proba(far).max(axis=1), 1)
    rare = np.exp(-np.longdouble(40))
    np.testing.assert_allclose(model.predict_log_proba(far), [[-40, -rare], [-rare, -40]], rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("labels", ["gaps", "strings", "objects", "float", "uint8"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_names_of_classes_do_not_matter(labels, early_stopping):
    """Training sees the order of the classes only: any labels give the weights of 0, 1, 2 in that order."""
    settings = SMALL | {"early_stopping": early_stopping, "validation_fraction": 0.25}
    model = MLPClassifier(**settings).fit(X, LABELS[labels])
    numbers = np.searchsorted(model.classes_, LABELS[labels])
    np.testing.assert_array_equal(model.coefs_[0], MLPClassifier(**settings).fit(X, numbers).coefs_[0])


@pytest.mark.parametrize(("labels", "n_outputs", "link"), [("two", 1, "logistic"), ("three", 3, "softmax")])
def test_output_layer(labels, n_outputs, link):
    """Two classes share one logistic output, more have one softmax output each."""
    model = MLPClassifier(**SMALL).fit(X, LABELS[labels])
    assert (model.n_outputs_, model.out_activation_) == (n_outputs, link)


def test_a_single_class_is_always_predicted():
    """Where y has one class its probability is 1, and the loss 0."""
    model = MLPClassifier(**SMALL | {"alpha": 0}).fit(X, np.full(40, "only"))
    assert set(model.predict(X)) == {"only"}
    np.testing.assert_array_equal(model.predict_proba(X), np.ones((40, 1)))
    assert model.loss_curve_ == [0, 0, 0]


def test_a_column_of_labels_warns():
    """y of shape (n, 1) warns as in scikit-learn and trains as (n,)."""
    model = MLPClassifier(**SMALL)
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed when a 1d array was expected"):
        model.fit(X, Y[:, np.newaxis])
    np.testing.assert_array_equal(model.coefs_[0], MLPClassifier(**SMALL).fit(X, Y).coefs_[0])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.eye(3, dtype=int)[Y] + 1, r"must be an indicator matrix of 0 and 1; got the values \[1 2\]"),
        (np.c_[Y, Y], r"one label per sample.*got multiclass-multioutput labels of shape \(40, 2\)"),
        (X[:, 0], "Unknown label type: continuous"),
        ([["a"], ["b", "c"]] * 20, "inhomogeneous|legacy multi-label|one label"),
    ],
    ids=["indicators", "two columns", "numbers", "sequences"],
)
def test_labels_that_are_not_classes_are_refused(y, message):
    """Several classes per sample and continuous targets are refused, with the reason, before training."""
    model = MLPClassifier(**SMALL)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


def test_partial_fit_needs_the_classes_first():
    """The first call of partial_fit names all classes; a later call may repeat them, not change them."""
    model = MLPClassifier(**SMALL)
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        model.partial_fit(X, Y)
    model.partial_fit(X, Y, classes=[2, 1, 0]).partial_fit(X, Y).partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="is not the same as on last call to partial_fit"):
        model.partial_fit(X, Y, classes=[0, 1])


@pytest.mark.parametrize("warm_start", [False, True])
def test_partial_fit_counts_classes_that_it_has_not_seen(warm_start):
    """A part of the data may lack classes, also with warm_start; predictions have a column for each of them."""
    model = MLPClassifier(**SMALL, warm_start=warm_start)
    model.partial_fit(X[Y == 1], Y[Y == 1], classes=[0, 1, 2]).partial_fit(X[Y > 0], Y[Y > 0])
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.predict_proba(X).shape == (40, 3)


@pytest.mark.parametrize("labels", ["three", "strings"])
def test_partial_fit_refuses_unseen_classes(labels):
    """A label that is not among the classes is refused, with both lists, and nothing is trained."""
    y = LABELS[labels]
    known = np.unique(y)[:2]
    model = MLPClassifier(**SMALL).partial_fit(X[np.isin(y, known)], y[np.isin(y, known)], classes=known)
    before = model.coefs_[0].copy()
    with pytest.raises(
        ValueError, match=r"`y` has classes not in `self\.classes_`\. `self\.classes_` has .*'y' has"
    ) as error:
        model.partial_fit(X, y)
    assert str(known) in str(error.value)
    assert str(np.unique(y)) in str(error.value)
    np.testing.assert_array_equal(model.coefs_[0], before)


@pytest.mark.parametrize("y", [np.minimum(Y, 1), Y + 1, Y % 2 * 3], ids=["fewer", "others", "gaps"])
def test_warm_start_needs_the_same_classes(y):
    """A warm fit to other classes is refused in scikit-learn's words, and leaves the model."""
    model = MLPClassifier(**SMALL, warm_start=True).fit(X, Y)
    before = model.predict_proba(X)
    message = (
        r"warm_start can only be used where `y` has the same classes as in the previous call to fit\. "
        rf"Previously got \[0 1 2\], `y` has \[{' '.join(map(str, np.unique(y)))}\]"
    )
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    assert model.set_params(warm_start=False).fit(X, y).classes_.tolist() == np.unique(y).tolist()


def test_logits_of_the_largest_numbers_are_certain():
    """Logits further apart than float64 can say give probabilities of 1 and 0 and logarithms of 0 and -∞, silently."""
    model = MLPClassifier((), optimizer="lbfgs", random_state=0).fit([[0.0], [1.0], [2.0]], [0, 1, 2])
    model.coefs_[0][:] = [-1.7, 0.0, 1.7]
    np.testing.assert_array_equal(model.predict_proba([[1e308]]), [[0, 0, 1]])
    np.testing.assert_array_equal(model.predict_log_proba([[1e308]]), [[-np.inf, -1.7e308, 0]])
