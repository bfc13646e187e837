"""Weights of samples are ratios; class_weight: the weights of classes as weights of their samples."""

import numpy as np
import pytest
from sklearn.utils import compute_class_weight, compute_sample_weight
from versions import needs_scikit_learn

from skl2 import MLPClassifier
from skl2._inputs.weights import scale_weights

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.3 * RANDOM.standard_normal(40), [-0.8, 0.9])  # classes of 13, 18, 9
LABELS = np.c_[X[:, 0] > 0, X[:, 1] > 0.7, X[:, 2] > X[:, 0]].astype(int)  # several per sample
WEIGHT = RANDOM.uniform(0.01, 0.04, 40)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}
EARLY = {"early_stopping": True, "validation_fraction": 0.25}
CLASS_WEIGHTS = {"balanced": "balanced", "dict": {0: 3, 1: 0.5, 2: 2}, "one of them": {1: 3}}


def weights(model):
    """All weights and intercepts, (n_params,)."""
    return np.concatenate([part.ravel() for part in model.coefs_ + model.intercepts_])


def assert_same_fit(ours, theirs):
    """Weights and curves agree to rounding."""
    np.testing.assert_allclose(weights(ours), weights(theirs), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    assert (ours.validation_scores_ is None) == (theirs.validation_scores_ is None)
    if ours.validation_scores_:
        np.testing.assert_allclose(ours.validation_loss_curve_, theirs.validation_loss_curve_, rtol=1e-9)
        np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-9)


def of_classes(class_weight, y, sample_weight=None):
    """scikit-learn's weights of the classes, (3,)."""
    if sample_weight is None:
        return compute_class_weight(class_weight, classes=np.arange(3), y=y)
    needs_scikit_learn("1.7", "compute_class_weight takes sample_weight")
    return compute_class_weight(class_weight, classes=np.arange(3), y=y, sample_weight=sample_weight)


@pytest.mark.parametrize("class_weight", CLASS_WEIGHTS)
@pytest.mark.parametrize("sample_weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("early", [{}, EARLY, EARLY | {"early_stopping": "loss"}], ids=["all rows", "score", "loss"])
def test_class_weights_are_sample_weights(class_weight, sample_weight, early):
    """class_weight is scikit-learn's weight of the class times that of the sample, in training and validation."""
    class_weight = CLASS_WEIGHTS[class_weight]
    by_class = MLPClassifier(**SMALL, **early, class_weight=class_weight).fit(X, Y, sample_weight)
    if sample_weight is None:
        per_sample = compute_sample_weight(class_weight, Y)
    else:
        per_sample = of_classes(class_weight, Y, sample_weight)[Y] * sample_weight
    assert_same_fit(by_class, MLPClassifier(**SMALL, **early).fit(X, Y, per_sample))


@pytest.mark.parametrize("class_weight", CLASS_WEIGHTS)
def test_class_weights_apply_to_a_validation_set_of_ones_own(class_weight):
    """Weights of classes, 'balanced' over y alone, multiply sample_weight_val."""
    class_weight = CLASS_WEIGHTS[class_weight]
    own = {"X_val": X[:9], "y_val": Y[:9]}
    by_class = MLPClassifier(**SMALL, **EARLY, class_weight=class_weight)
    by_class.fit(X[9:], Y[9:], **own, sample_weight_val=WEIGHT[:9])
    by_sample = MLPClassifier(**SMALL, **EARLY)
    per_class = of_classes(class_weight, Y[9:])
    by_sample.fit(X[9:], Y[9:], per_class[Y[9:]], **own, sample_weight_val=per_class[Y[:9]] * WEIGHT[:9])
    assert_same_fit(by_class, by_sample)


@pytest.mark.parametrize(
    ("class_weight", "sample_weight"),
    [("balanced", None), ([{0: 1, 1: 5}, {1: 0.5}, {0: 2}], None), ([{0: 1, 1: 5}, {1: 0.5}, {0: 2}], WEIGHT)],
    ids=["balanced", "list", "list, weighted"],
)
@pytest.mark.parametrize("early", [{}, EARLY], ids=["all rows", "score"])
def test_class_weights_of_several_labels_multiply(class_weight, sample_weight, early):
    """A sample with several labels weighs the product of their weights, as scikit-learn's compute_sample_weight."""
    by_class = MLPClassifier(**SMALL, **early, class_weight=class_weight).fit(X, LABELS, sample_weight)
    per_sample = compute_sample_weight(class_weight, LABELS) * (1 if sample_weight is None else sample_weight)
    assert_same_fit(by_class, MLPClassifier(**SMALL, **early).fit(X, LABELS, per_sample))


def test_a_class_of_weight_k_is_its_rows_k_times():
    """In full batch class_weight={0: 1, 1: 3, 2: 0} is training on class 1 three times and not on class 2."""
    settings = SMALL | {"batch_size": "auto", "alpha": 0.1}
    weighted = MLPClassifier(**settings, class_weight={0: 1, 1: 3, 2: 0}).fit(X, Y)
    rows = np.repeat(np.arange(40), np.array([1, 3, 0])[Y])
    repeated = MLPClassifier(**settings)
    for _ in range(SMALL["max_iter"]):  # fit would not know class 2
        repeated.partial_fit(X[rows], Y[rows], classes=[0, 1, 2])
    np.testing.assert_allclose(weights(weighted), weights(repeated), rtol=1e-9)


@pytest.mark.parametrize("y", [Y, LABELS], ids=["one label", "several labels"])
def test_balanced_counts_weights_as_repetitions(y):
    """In full batch 'balanced' with integer weights is 'balanced' on rows that often."""
    counts = np.arange(40) % 4
    settings = SMALL | {"batch_size": "auto", "alpha": 0.1, "class_weight": "balanced"}
    repeated = MLPClassifier(**settings).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts, axis=0))
    assert_same_fit(MLPClassifier(**settings).fit(X, y, counts), repeated)


def test_balanced_ignores_a_class_without_weight():
    """A class whose samples all weigh nothing divides nothing by zero; the others are balanced among themselves."""
    sample_weight = np.where(Y == 2, 0, WEIGHT)
    by_class = MLPClassifier(**SMALL, class_weight="balanced").fit(X, Y, sample_weight)
    per_class = np.append(1 / np.bincount(Y, sample_weight)[:2], 0)
    assert_same_fit(by_class, MLPClassifier(**SMALL).fit(X, Y, per_class[Y] * sample_weight))


def test_balanced_needs_all_samples():
    """partial_fit takes the weights of a dict, also of classes that a part lacks, and is hidden for 'balanced'."""
    by_class, by_sample = MLPClassifier(**SMALL, class_weight={0: 3, 1: 1, 2: 2}), MLPClassifier(**SMALL)
    for rows in (Y < 2, Y > 0):
        by_class.partial_fit(X[rows], Y[rows], WEIGHT[rows], classes=[0, 1, 2])
        by_sample.partial_fit(X[rows], Y[rows], WEIGHT[rows] * np.array([3, 1, 2])[Y[rows]], classes=[0, 1, 2])
    assert_same_fit(by_class, by_sample)
    by_class.set_params(class_weight="balanced")
    assert not hasattr(by_class, "partial_fit")
    with pytest.raises(AttributeError, match="no attribute 'partial_fit'") as error:
        by_class.partial_fit(X, Y)
    assert "compute_class_weight('balanced', classes=classes, y=y), and pass them as a dict" in str(
        error.value.__cause__
    )


@pytest.mark.parametrize(
    "names", [["low", "mid", "top"], [False, True, True], [0.0, 1.0, 2.0], ["0", "1", "2"]], ids=str
)
def test_class_weights_are_by_name(names):
    """The keys of class_weight are labels as y has them: strings, booleans, floats, strings of digits."""
    y = np.array(names)[Y]
    by_name = dict(zip(np.unique(y).tolist(), [3, 1, 2], strict=False))
    by_class = MLPClassifier(**SMALL, class_weight=by_name).fit(X, y)
    by_sample = MLPClassifier(**SMALL).fit(X, y, [by_name[label] for label in y.tolist()])
    assert_same_fit(by_class, by_sample)


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        ("auto", "'class_weight' parameter of MLPClassifier must be a str among {'balanced'}"),
        (3, "'class_weight' parameter of MLPClassifier must be"),
        ({0: 1, 7: 2}, r"class_weight has \{7\}, which are no classes, while \{1, 2\} have no weight"),
        ([{0: 1}, {0: 2}], "class_weight.*dict"),
        ({0: -1}, "class_weight"),
        ({0: np.nan}, "class_weight"),
        ({0: np.inf}, "class_weight"),
        ({0: 0, 1: 0, 2: 0}, "class_weight must be finite numbers >= 0, and not all of them 0"),
    ],
    ids=str,
)
def test_bad_class_weights_are_refused(class_weight, message):
    """Weights of the wrong kind, for unknown classes, negative or not finite are refused by name before training."""
    model = MLPClassifier(**SMALL, class_weight=class_weight)
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        ({0: 1, 1: 5}, r"a list of dicts.*one for each label; got \{0: 1, 1: 5\} for y with 3 labels"),
        ([{0: 1, 1: 5}], r"one for each label; got \[\{0: 1, 1: 5\}\] for y with 3 labels"),
        ([None, "balanced", {1: 2}], "a list of dicts"),
        (3 * [{2: 1}], r"class_weight has \{2\}, which are no classes, while \{0, 1\} have no weight"),
        (3 * [{0: -1}], "class_weight"),
    ],
    ids=str,
)
def test_bad_class_weights_of_several_labels_are_refused(class_weight, message):
    """Weights that do not name one dict per label, or other values than 0 and 1, are refused before training."""
    model = MLPClassifier(**SMALL, class_weight=class_weight)
    with pytest.raises(ValueError, match=message):
        model.fit(X, LABELS)
    assert not hasattr(model, "coefs_")


def test_weights_whose_product_overflows_count_by_their_ratios():
    """Labels that weigh 1e300 each, in samples that do, train as they do at 1 (their product was infinite)."""
    settings = SMALL | {"optimizer": "sgd"}
    ours, plain = (
        MLPClassifier(**settings, class_weight=[{0: huge, 1: huge}] * 3).fit(X, LABELS, huge * WEIGHT)
        for huge in (2.0**1000, 1)
    )
    np.testing.assert_array_equal(weights(ours), weights(plain))


def test_a_class_that_weighs_next_to_nothing_is_balanced():
    """'balanced' gives a class of the smallest weight there is a weight that is finite."""
    weight = np.where(Y == 0, 5e-324, 1.0)
    model = MLPClassifier(**SMALL, class_weight="balanced").fit(X, Y, weight)
    assert np.all(np.isfinite(weights(model)))


@pytest.mark.parametrize("factor", [1e-300, 1.0, 3.0, 4.0, 1e307])
def test_weights_are_scaled_without_rounding(factor):
    """The largest scaled weight is in [1/2, 1), and all are scaled by one power of two; none are none."""
    weight = factor * WEIGHT
    scaled = scale_weights(weight)
    assert 0.5 <= scaled.max() < 1
    powers = np.frexp(scaled)[1] - np.frexp(weight)[1]
    np.testing.assert_array_equal(np.frexp(scaled)[0], np.frexp(weight)[0])
    assert len(set(powers)) == 1
    assert scale_weights(None) is None
    np.testing.assert_array_equal(scale_weights(np.zeros(3)), np.zeros(3))
