"""Validation sets: which are accepted and how they arrive, and what is held out where there is none."""

import copy

import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn import neural_network
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.integers(-3, 4, (40, 3)).astype(float)  # values that every dtype holds exactly
NOISY = X[:, 0] + RANDOM.standard_normal(40)
Y = np.digitize(NOISY, [-1.0, 1.0])  # classes of 14, 9, 17; also a target
INDICATOR = np.c_[X[:, 0] > 0, X[:, 1] > 0].astype(int)
WEIGHT = RANDOM.uniform(0.5, 2, 40)
TRAIN, VAL = np.arange(28), np.arange(28, 40)
OWN = {"X_val": X[VAL], "y_val": Y[VAL]}
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 6, "random_state": 0, "learning_rate_init": 0.05}
ALL = OWN | {"sample_weight_val": WEIGHT[VAL]}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["X_val"], "X_val is provided, but y_val was not provided"),
        (["y_val"], "y_val is provided, but X_val was not provided"),
        (["sample_weight_val"], "sample_weight_val is provided, but X_val was not provided"),
        (["X_val", "sample_weight_val"], "X_val is provided, but y_val was not provided"),
        (["y_val", "sample_weight_val"], "y_val is provided, but X_val was not provided"),
        (["X_val", "y_val"], None),
        (["X_val", "y_val", "sample_weight_val"], None),
    ],
    ids=str,
)
@pytest.mark.parametrize("early_stopping", [False, True, "loss"])
def test_a_validation_set_is_complete_and_wanted(early_stopping, names, message):
    """X_val and y_val come together and with early stopping, or it is said what is missing, before training."""
    model = MLPClassifier(**SMALL, early_stopping=early_stopping)
    own = {name: ALL[name] for name in names}
    if not message and early_stopping:
        assert len(model.fit(X[TRAIN], Y[TRAIN], **own).validation_scores_) == 6
        return
    with pytest.raises(ValueError, match=message or "early_stopping is False\\. Set early_stopping=True .*'loss'"):
        model.fit(X[TRAIN], Y[TRAIN], **own)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"X_val": X[VAL, :2]}, "X has 2 features, but MLPClassifier is expecting 3 features"),
        ({"X_val": X[:5]}, r"inconsistent numbers of samples: \[5, 12\]"),
        ({"X_val": X[VAL] * np.nan}, "Input X contains NaN"),
        ({"X_val": X[:0], "y_val": Y[:0], "sample_weight_val": None}, r"Found array with 0 sample\(s\)"),
        ({"X_val": X[:1], "y_val": Y[:1], "sample_weight_val": None}, "validation set is too small"),
        ({"sample_weight_val": -WEIGHT[VAL]}, "Negative values in data passed to `?sample_weight"),
        ({"sample_weight_val": 0 * WEIGHT[VAL]}, "at least one"),
        ({"sample_weight_val": WEIGHT}, r"sample_weight.shape == \(40,\), expected \(12,\)"),
        ({"y_val": Y[VAL] + 1}, r"y_val does not fit to y.*has \[0 1 2\]\. 'y' has \[1 2 3\]"),
        ({"y_val": Y[VAL].astype(str)}, "y_val does not fit to y.*classes not in"),
        ({"y_val": NOISY[VAL]}, "y_val does not fit to y: Unknown label type: continuous"),
        ({"y_val": INDICATOR[VAL]}, "y_val does not fit to y: y has several labels per sample"),
    ],
)
def test_a_validation_set_that_does_not_fit_is_refused(own, message):
    """Features, lengths, labels and weights of X_val that do not fit are refused, and the model stays as it was."""
    model = MLPClassifier(**SMALL, early_stopping=True).fit(X[TRAIN], Y[TRAIN], **ALL)
    before = copy.deepcopy(vars(model))
    with pytest.raises(ValueError, match=message):
        model.fit(X[TRAIN], Y[TRAIN], **ALL | own)
    np.testing.assert_equal(vars(model), before)


THREE = np.c_[INDICATOR, X[:, 2] > 0].astype(int)


@pytest.mark.parametrize(
    ("Estimator", "y_val", "message"),
    [
        (MLPRegressor, THREE[VAL, 0], "y_val has 1 outputs per sample, and y has 3"),
        (MLPRegressor, THREE[VAL, :2], "y_val has 2 outputs per sample, and y has 3"),
        (MLPClassifier, THREE[VAL, 0], "y_val does not fit to y: y has one label per sample"),
        (MLPClassifier, THREE[VAL, :2], "y_val does not fit to y"),
        (MLPClassifier, np.c_[THREE, THREE][VAL, :4], r"y_val does not fit to y.*has 4 labels per sample"),
    ],
    ids=["one target", "two targets", "one label", "two labels", "four labels"],
)
def test_a_validation_set_has_the_outputs_of_y(Estimator, y_val, message):
    """Where y has three targets or labels per sample, so has y_val, or both numbers are told before training."""
    model = Estimator(**SMALL, early_stopping=True)
    with pytest.raises(ValueError, match=message):
        model.fit(X[TRAIN], THREE[TRAIN], X_val=X[VAL], y_val=y_val)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    ("kind", "exact"),
    [
        (np.ndarray.tolist, True),
        (np.asfortranarray, True),
        (lambda X_val: X_val.astype(int), True),
        (lambda X_val: X_val.astype(np.float32), False),
        (sparse.csr_array, True),
        (sparse.csc_matrix, True),
    ],
    ids=["list", "fortran", "int", "float32", "csr", "csc"],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_any_kind_of_validation_set(kind, exact, dtype):
    """Container, layout and dtype of X_val do not matter, whatever the dtype of training."""
    settings = SMALL | {"early_stopping": "loss", "dtype": dtype}
    plain = MLPClassifier(**settings).fit(X[TRAIN], Y[TRAIN], **OWN)
    own = {"X_val": kind(X[VAL]), "y_val": Y[VAL].tolist(), "sample_weight_val": 12 * [2]}
    other = MLPClassifier(**settings).fit(X[TRAIN], Y[TRAIN], **own)
    tolerance = 1e-12 if exact and dtype == "float64" else 1e-6
    np.testing.assert_allclose(other.validation_loss_curve_, plain.validation_loss_curve_, rtol=tolerance)
    np.testing.assert_array_equal(other.coefs_[0], plain.coefs_[0])


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_a_pipeline_transforms_the_validation_set(Estimator):
    """Pipeline(transform_input=["X_val"]) scales X_val as it scales X."""
    scaler = StandardScaler().fit(X[TRAIN])
    own = ALL | {"X_val": scaler.transform(X[VAL])}
    by_hand = Estimator(**SMALL, early_stopping=True).fit(scaler.transform(X[TRAIN]), Y[TRAIN], **own)
    with sklearn.config_context(enable_metadata_routing=True):
        model = Estimator(**SMALL, early_stopping=True)
        model.set_fit_request(sample_weight=True, X_val=True, y_val=True, sample_weight_val=True)
        steps = [("scale", StandardScaler().set_fit_request(sample_weight=False)), ("model", model)]
        pipeline = Pipeline(steps, transform_input=["X_val"]).fit(X[TRAIN], Y[TRAIN], **ALL)
    np.testing.assert_array_equal(pipeline["model"].coefs_[0], by_hand.coefs_[0])
    assert pipeline["model"].validation_loss_curve_ == by_hand.validation_loss_curve_


@pytest.mark.parametrize("routing", [False, True])
def test_a_search_gives_every_fold_the_validation_set(routing):
    """GridSearchCV passes X_val whole to each fold and to the last fit."""
    model = MLPClassifier(**SMALL, early_stopping="loss")
    with sklearn.config_context(enable_metadata_routing=routing):
        if routing:
            model.set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
        search = GridSearchCV(model, {"alpha": [0.0, 0.5]}, cv=2, error_score="raise").fit(X[TRAIN], Y[TRAIN], **ALL)
        params = {"params": ALL, "cv": 2, "error_score": "raise"}
        scores = [
            cross_val_score(search.estimator.set_params(alpha=alpha), X[TRAIN], Y[TRAIN], **params).mean()
            for alpha in (0.0, 0.5)
        ]
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], scores)
    alone = MLPClassifier(**SMALL, early_stopping="loss", **search.best_params_).fit(X[TRAIN], Y[TRAIN], **ALL)
    assert search.best_estimator_.validation_loss_curve_ == alone.validation_loss_curve_


@pytest.mark.parametrize(
    ("y", "fraction", "message"),
    [
        (np.where(np.arange(40) == 7, 5, Y), 0.25, "The least populated class"),
        (Y, 2 / 40, "The test_size = 2 should be greater or equal to the number of classes = 3"),
    ],
    ids=["a class with one member", "fewer rows than classes"],
)
def test_a_split_that_cannot_be_stratified_is_scikit_learns(y, fraction, message):
    """Where three or more classes cannot all be held out the split is scikit-learn's, at random, and warns why."""
    settings = SMALL | {"early_stopping": True, "validation_fraction": fraction}
    model = MLPClassifier(optimizer="sgd", alpha=0, **settings)
    with pytest.warns(UserWarning, match=f"The validation set is not stratified by class: {message}"):
        model.fit(X, y)
    theirs = neural_network.MLPClassifier(solver="sgd", alpha=0, **settings).fit(X, y)
    np.testing.assert_allclose(model.coefs_[0], theirs.coefs_[0], rtol=1e-9)
    np.testing.assert_allclose(model.validation_scores_, theirs.validation_scores_, rtol=1e-9)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("early_stopping", [True, "loss"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_class_with_one_member_is_trained_or_held_out(n_classes, early_stopping, optimizer):
    """Two classes, one of them with one member, train as more classes do, whichever part that member falls into."""
    places = set()
    for seed in range(8):
        y = np.arange(40) % (n_classes - 1)
        y[7] = n_classes - 1
        settings = SMALL | {"random_state": seed, "early_stopping": early_stopping, "class_weight": "balanced"}
        model = MLPClassifier(**settings, optimizer=optimizer, validation_fraction=0.5)
        with pytest.warns(UserWarning, match="The validation set is not stratified by class: The least populated"):
            model.fit(X, y)
        assert model.classes_.tolist() == list(range(n_classes))
        assert np.isfinite(model.validation_loss_curve_).all()
        random_state = np.random.RandomState(seed)
        random_state.uniform(size=sum(part.size for part in model.coefs_ + model.intercepts_))
        places.add(7 in train_test_split(np.arange(40), test_size=0.5, random_state=random_state)[0])
    assert places == {True, False}


@pytest.mark.parametrize(
    ("Estimator", "y", "settings", "message"),
    [
        (MLPClassifier, np.arange(40) == 7, {"validation_fraction": 0.0}, "validation_fraction=0.0 of 40 samples"),
        (MLPClassifier, Y, {"validation_fraction": 0.0}, "validation_fraction=0.0 of 40 samples"),
        (MLPRegressor, NOISY, {"validation_fraction": 0.0}, "validation_fraction=0.0 of 40 samples"),
        (MLPRegressor, NOISY, {"validation_fraction": 0.02}, "validation set is too small"),
    ],
    ids=["two classes", "three classes", "nothing", "one row"],
)
def test_a_split_that_is_none_is_refused(Estimator, y, settings, message):
    """An empty and a single-row validation set are refused before training."""
    model = Estimator(**SMALL, early_stopping=True, **settings)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize("factor", [1e-300, 1e-6, 3.0, 1e307])
def test_only_ratios_of_validation_weights_matter(factor):
    """All of sample_weight_val times a factor: the same curves, at the ends of the number range too."""
    plain = MLPRegressor(**SMALL, early_stopping=True).fit(X[TRAIN], Y[TRAIN], **ALL)
    own = ALL | {"sample_weight_val": factor * WEIGHT[VAL]}
    scaled = MLPRegressor(**SMALL, early_stopping=True).fit(X[TRAIN], Y[TRAIN], **own)
    np.testing.assert_allclose(scaled.validation_loss_curve_, plain.validation_loss_curve_, rtol=1e-12)
    np.testing.assert_allclose(scaled.validation_scores_, plain.validation_scores_, rtol=1e-12)
