"""The temperature: it minimises the loss of what the folds hold out, and its square root divides what networks say."""

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, RepeatedKFold
from sklearn.utils.class_weight import compute_sample_weight

from skl2 import MLPClassifierCV, MLPRegressorCV
from skl2._selection.ensemble import LARGEST_TEMPERATURE, HeldOut, find_temperature

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
NOISE = RANDOM.standard_normal(60)
Y = np.digitize(X[:, 0] + NOISE, [-0.8, 0.3])
LABELS_OR_NOT = np.column_stack([X[:, 0] + NOISE > 0, X[:, 1] > NOISE]).astype(int)
SMALL = {"hidden_layer_sizes": (8,), "batch_size": 20, "max_iter": 40, "learning_rate_init": 0.03, "random_state": 0}
COMPLETE = SMALL | {"learning_rate": "cosine", "tol": 0.0}
FOLDS = KFold(3)
TARGETS = pytest.mark.parametrize("y", [Y, Y > 0, LABELS_OR_NOT], ids=["classes", "two classes", "labels"])
T_GRID = np.geomspace(1 / LARGEST_TEMPERATURE, LARGEST_TEMPERATURE, 361)


def fit_both(y, sample_weight=None, **how):
    """The same ensemble (as trained, calibrated)."""
    how = {"cv": FOLDS, "store_predictions": True, "scoring": "loss"} | how
    models = (
        MLPClassifierCV([0.0, 1e-3], ensemble=True, calibrate=calibrate, **COMPLETE, **how) for calibrate in (0, 1)
    )
    return [model.set_params(calibrate=bool(model.calibrate)).fit(X, y, sample_weight) for model in models]


def make_held_out(raw, targets, sample_weight=None):
    """What two folds hold out, of raw predictions (n, n_outputs) for targets (n, n_targets)."""
    halves = np.array_split(np.arange(len(raw)), 2)
    weights = [None if sample_weight is None else sample_weight[half] for half in halves]
    return [
        HeldOut(len(raw), half, raw[half], targets[half], weight) for half, weight in zip(halves, weights, strict=True)
    ]


def draw(kind, n_samples=4000):
    """Raw predictions and targets that were drawn with just these probabilities; and the name of the loss."""
    random = np.random.default_rng(1)
    raw = 1.5 * random.standard_normal((n_samples, {"classes": 3, "two classes": 1, "labels": 4}[kind]))
    if kind == "classes":
        below = softmax(raw, axis=1).cumsum(axis=1)[:, :-1]
        return raw, np.sum(random.uniform(size=(n_samples, 1)) > below, axis=1, keepdims=True), "log_loss"
    return raw, (random.uniform(size=raw.shape) < expit(raw)).astype(float), "binary_log_loss"


@pytest.mark.parametrize("kind", ["classes", "two classes", "labels"])
def test_a_known_temperature_is_recovered(kind):
    """Of probabilities that are right T is 1; raw predictions scaled by s have s times the temperature."""
    raw, targets, loss = draw(kind)
    true = find_temperature(make_held_out(raw, targets), loss)
    assert true == pytest.approx(1, abs=0.08)
    for scale in (0.25, 0.5, 3.0, 6.0):
        assert find_temperature(make_held_out(scale * raw, targets), loss) == pytest.approx(scale * true, rel=1e-4)
    single = find_temperature(make_held_out((3 * raw).astype(np.float32), targets), loss)
    assert single == pytest.approx(3 * true, rel=1e-4)


@pytest.mark.parametrize("kind", ["classes", "two classes", "labels"])
def test_weights_of_samples_count_for_the_temperature(kind):
    """A sample of weight w is as w equal samples."""
    raw, targets, loss = draw(kind, 200)
    weight = np.random.default_rng(2).integers(0, 4, 200)
    repeated = make_held_out(raw.repeat(weight, axis=0), targets.repeat(weight, axis=0))
    weighted = find_temperature(make_held_out(raw, targets, weight), loss)
    assert weighted == pytest.approx(find_temperature(repeated, loss), rel=1e-4)
    assert weighted != pytest.approx(find_temperature(make_held_out(raw, targets), loss), rel=1e-2)


@pytest.mark.parametrize(("sign", "expected"), [(1, 1 / LARGEST_TEMPERATURE), (-1, LARGEST_TEMPERATURE)])
def test_the_temperature_has_bounds(sign, expected):
    """Where networks are always right, or always wrong, T stays between 1/8 and 8."""
    raw = sign * np.array([[0.01, 0.0], [0.0, 0.01]] * 5)
    assert find_temperature(make_held_out(raw, np.array([[0], [1]] * 5)), "log_loss") == pytest.approx(
        expected, rel=1e-4
    )


@pytest.mark.parametrize("weight", [None, np.random.default_rng(3).uniform(0, 3, 60)], ids=["", "weights"])
@pytest.mark.parametrize(
    "cv", [FOLDS, RepeatedKFold(n_splits=2, n_repeats=2, random_state=0)], ids=["folds", "repeated"]
)
@TARGETS
def test_the_temperature_minimises_the_loss_held_out(y, cv, weight):
    """No T of a fine grid has a smaller log loss of raw predictions / T, over what all folds hold out."""
    plain, model = fit_both(y, weight, cv=cv)
    raw, held_out = [], []
    for member, (_, test) in zip(plain.estimators_, cv.split(X), strict=True):
        raw.append(member._raw_prediction(X[test]))
        held_out.append(test)
    raw, held_out = np.concatenate(raw), np.concatenate(held_out)
    weights = None if weight is None else weight[held_out]

    def loss(temperature):
        if np.ndim(y) == 2:
            columns = zip(y[held_out].T, expit(raw / temperature).T, strict=True)
            return sum(log_loss(labels, p, sample_weight=weights) for labels, p in columns)
        two = np.hstack([np.zeros_like(raw), raw]) if raw.shape[1] == 1 else raw
        return log_loss(y[held_out], softmax(two / temperature, axis=1), sample_weight=weights)

    coarse = T_GRID[::15]  # of a loss with one minimum
    near = coarse[np.argmin([loss(temperature) for temperature in coarse])]
    fine = T_GRID[np.abs(np.log(T_GRID / near)) < np.log(coarse[1] / coarse[0])]
    assert loss(model.temperature_) <= min(map(loss, fine)) + 1e-9
    assert 1 / LARGEST_TEMPERATURE < model.temperature_ < LARGEST_TEMPERATURE
    assert loss(model.temperature_) < loss(1.0)


PER_LABEL = [{0: 1, 1: 9}, {0: 5, 1: 1}]


@pytest.mark.parametrize("weight", [None, np.random.default_rng(3).uniform(0, 3, 60)], ids=["", "weights"])
@pytest.mark.parametrize(
    ("y", "class_weight"),
    [
        (Y, {0: 1, 1: 5, 2: 2}),
        (Y, "balanced"),
        (np.array(["no", "yes"])[(Y > 0).astype(int)], {"no": 7.0}),
        (Y > 1, "balanced"),
        (LABELS_OR_NOT, PER_LABEL),
    ],
    ids=["classes", "balanced", "two classes", "two, balanced", "labels"],
)
def test_weights_of_classes_count_for_the_temperature(y, class_weight, weight):
    """The temperature minimises the loss held out of samples times their classes, as if these were their weights."""
    plain, model = fit_both(y, weight, class_weight=class_weight)
    weights = np.ones(60) if weight is None else weight
    if class_weight == "balanced":  # all classes weigh the same, sample weights included
        own = 1 / np.array([weights[y == label].sum() for label in y])
    else:
        own = compute_sample_weight(class_weight, y)
    parts = zip(plain.estimators_, FOLDS.split(X), strict=True)
    raw = np.concatenate([member._raw_prediction(X[test]) for member, (_, test) in parts])
    targets = y if y.ndim == 2 else np.searchsorted(model.classes_, y)[:, np.newaxis]
    loss = plain.estimators_[0]._loss()
    expected = find_temperature(make_held_out(raw, targets, weights * own), loss)
    assert model.temperature_ == pytest.approx(expected, rel=1e-4)
    assert model.temperature_ != pytest.approx(find_temperature(make_held_out(raw, targets, weight), loss), rel=3e-3)


@TARGETS
def test_raw_predictions_are_divided_by_its_square_root(y):
    """Networks are those of the ensemble that is not calibrated, and what they say is theirs divided by √T."""
    plain, model = fit_both(y)
    assert not hasattr(plain, "temperature_")
    assert model.alpha_ == plain.alpha_
    for before, after in zip(plain.estimators_, model.estimators_, strict=True):
        expected = before._raw_prediction(X) / np.sqrt(model.temperature_)
        np.testing.assert_allclose(after._raw_prediction(X), expected, rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(after.coefs_[0], before.coefs_[0])
        np.testing.assert_array_equal(after.predict(X), before.predict(X))  # the order of classes stays
    if np.ndim(y) == 1:
        np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-14)


@TARGETS
def test_what_is_kept_and_scored_is_calibrated(y):
    """cv_predictions_, best_score_ and what sets need are of the networks kept, cv_results_ of those compared."""
    plain, model = fit_both(y)
    expected = np.empty_like(model.cv_predictions_)
    for member, (_, test) in zip(model.estimators_, FOLDS.split(X), strict=True):
        expected[test] = member.predict_proba(X[test])
    np.testing.assert_allclose(model.cv_predictions_, expected, rtol=1e-12)
    parts = zip(model.estimators_, FOLDS.split(X), strict=True)
    scores = [model.scorer_(member, X[test], y[test]) for member, (_, test) in parts]
    assert model.best_score_ == pytest.approx(np.mean(scores), rel=1e-14)
    for key in ("mean_test_score", "mean_weight_norm"):
        np.testing.assert_array_equal(model.cv_results_[key], plain.cv_results_[key])
    if np.ndim(y) == 1:
        numbers = np.searchsorted(model.classes_, y)
        for of_fold, (_, test) in zip(model._fold_scores, FOLDS.split(X), strict=True):
            own = 1 - expected[test, numbers[test]]
            np.testing.assert_allclose(of_fold[:, 0], np.sort(own), rtol=1e-10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_calibrated_networks_keep_their_type(dtype):
    """Networks of float32 stay so, and what they say too."""
    how = {"ensemble": True, "calibrate": True, "store_predictions": True, "cv": FOLDS}
    model = MLPClassifierCV([0.1], **COMPLETE, **how).fit(X.astype(dtype), Y)
    assert model.estimators_[0].coefs_[-1].dtype == model.estimators_[0].intercepts_[-1].dtype == dtype
    assert model.cv_predictions_.dtype == model.predict_proba(X.astype(dtype)).dtype == dtype
    assert type(model.temperature_) is float


def test_overconfident_networks_gain():
    """Networks trained for long on noisy labels have T above 1, and calibrated they lose less of what is new."""
    random = np.random.default_rng(5)
    more = random.standard_normal((500, 3))
    labels = np.digitize(more[:, 0] + random.standard_normal(500), [-0.8, 0.3])
    plain, model = fit_both(Y)
    assert model.temperature_ > 1
    assert model.best_score_ > plain.best_score_
    assert model.score(more, labels) > plain.score(more, labels)


def test_values_have_no_temperature():
    """A regressor has no such parameter."""
    assert "calibrate" not in MLPRegressorCV().get_params()
