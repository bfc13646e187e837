"""What a validation set of one's own does in training: nothing but say when it ends and where it returns to."""

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_gamma_deviance, mean_poisson_deviance, mean_squared_error
from sklearn.model_selection import train_test_split

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
ESTIMATORS = [MLPClassifier, MLPRegressor]


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("early_stopping", [True, "loss"])
def test_ones_own_validation_set_is_the_held_out_one(early_stopping, weighted, Estimator):
    """Given by hand, the rows that early stopping would hold out give the fit where it does, to the last bit."""
    settings = SMALL | {"early_stopping": early_stopping, "shuffle": False, "max_iter": 40, "n_iter_no_change": 3}
    settings |= {"learning_rate_init": 0.2}
    held_out = Estimator(**settings, validation_fraction=0.25).fit(X, Y, WEIGHT if weighted else None)
    random_state = np.random.RandomState(0)
    random_state.uniform(size=sum(part.size for part in held_out.coefs_ + held_out.intercepts_))
    strata = Y if Estimator is MLPClassifier else None
    train, val = train_test_split(np.arange(40), test_size=0.25, random_state=random_state, stratify=strata)
    weights = (WEIGHT[train], WEIGHT[val]) if weighted else (None, None)
    own = Estimator(**settings)
    own.fit(X[train], Y[train], weights[0], X_val=X[val], y_val=Y[val], sample_weight_val=weights[1])
    for a, b in zip(own.coefs_ + own.intercepts_, held_out.coefs_ + held_out.intercepts_, strict=True):
        np.testing.assert_array_equal(a, b)
    for name in ("loss_curve_", "validation_scores_", "validation_loss_curve_", "best_validation_score_"):
        assert getattr(own, name) == getattr(held_out, name)
    assert own.n_iter_ < 40


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("shuffle", [False, True])
def test_ones_own_validation_set_only_looks_on(shuffle, Estimator):
    """With X_val nothing is held out of X or drawn for it: training is that without early stopping."""
    settings = SMALL | {"shuffle": shuffle}
    watched = Estimator(**settings, early_stopping=True, n_iter_no_change=np.inf).fit(X[TRAIN], Y[TRAIN], **OWN)
    alone = Estimator(**settings).fit(X[TRAIN], Y[TRAIN])
    assert watched.loss_curve_ == alone.loss_curve_
    assert watched.weight_norm_curve_ == alone.weight_norm_curve_
    assert watched.t_ == 6 * 28
    assert len(watched.validation_scores_) == len(watched.validation_loss_curve_) == 6
    assert alone.validation_scores_ is alone.validation_loss_curve_ is None


def half_squares(y, prediction, sample_weight):
    """Half the squared error, summed over the outputs as in training."""
    return mean_squared_error(y, prediction, sample_weight=sample_weight) * np.atleast_2d(y.T).shape[0] / 2


def half_deviance(y, prediction, sample_weight):
    """Half the mean Poisson deviance, summed over the outputs."""
    pairs = zip(np.atleast_2d(y.T), np.atleast_2d(prediction.T), strict=True)
    return sum(mean_poisson_deviance(*pair, sample_weight=sample_weight) for pair in pairs) / 2


def log_losses(y, probability, sample_weight):
    """The log loss, summed over the labels."""
    if y.ndim == 1:
        return log_loss(y, probability, sample_weight=sample_weight, labels=np.unique(Y[TRAIN]))
    pairs = zip(y.T, probability.T, strict=True)
    return sum(log_loss(*pair, sample_weight=sample_weight, labels=[0, 1]) for pair in pairs)


LOSSES = {
    "two classes": (MLPClassifier, {}, INDICATOR[:, 0], lambda y, p, weight: log_loss(y, p, sample_weight=weight)),
    "three classes": (MLPClassifier, {}, Y, log_losses),
    "several labels": (MLPClassifier, {}, INDICATOR, log_losses),
    "squares": (MLPRegressor, {}, NOISY, half_squares),
    "several squares": (MLPRegressor, {}, np.c_[NOISY, X[:, 1]], half_squares),
    "poisson": (MLPRegressor, {"loss": "poisson"}, Y, half_deviance),
    "several rates": (MLPRegressor, {"loss": "poisson"}, np.c_[Y, X[:, 1] + 3], half_deviance),
    "amounts": (
        MLPRegressor,
        {"loss": "gamma"},
        Y + 0.5,
        lambda *three: mean_gamma_deviance(*three[:2], sample_weight=three[2]) / 2,
    ),
    # labels are smoothed in training alone
    "smoothed classes": (MLPClassifier, {"label_smoothing": 0.3}, Y, log_losses),
    "smoothed labels": (MLPClassifier, {"label_smoothing": 0.3}, INDICATOR, log_losses),
}


@pytest.mark.parametrize("case", LOSSES)
@pytest.mark.parametrize("weight", [None, WEIGHT[VAL]], ids=["plain", "weighted"])
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_validation_curves_are_metrics_of_each_epoch(optimizer, weight, case):
    """After epoch k they are scikit-learn's metric, without penalty, and score, of the model with max_iter=k."""
    Estimator, settings, y, metric = LOSSES[case]
    settings = SMALL | {"optimizer": optimizer, "alpha": 0.3, "max_iter": 4} | settings
    own = {"X_val": X[VAL], "y_val": y[VAL], "sample_weight_val": weight}
    watched = Estimator(**settings, early_stopping=True, n_iter_no_change=np.inf).fit(X[TRAIN], y[TRAIN], **own)
    assert len(watched.validation_loss_curve_) == 4
    for epoch in range(4):
        model = Estimator(**settings | {"max_iter": epoch + 1}).fit(X[TRAIN], y[TRAIN])
        output = (model.predict_proba if Estimator is MLPClassifier else model.predict)(X[VAL])
        loss = metric(y[VAL], output, weight)
        assert watched.validation_loss_curve_[epoch] == pytest.approx(loss, rel=1e-9)
        score = model.score(X[VAL], y[VAL], weight)
        assert watched.validation_scores_[epoch] == pytest.approx(score, rel=1e-9)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("early_stopping", [True, "loss"])
def test_training_stops_by_score_or_by_loss(early_stopping, Estimator):
    """True stops when the score has stalled, 'loss' when the validation loss has, and both return to their best."""
    settings = SMALL | {"hidden_layer_sizes": (16,), "tol": 0, "n_iter_no_change": 2, "max_iter": 60}
    model = Estimator(**settings, early_stopping=early_stopping).fit(X[TRAIN], Y[TRAIN], **OWN)
    values = -np.array(model.validation_loss_curve_) if early_stopping == "loss" else model.validation_scores_
    best = int(np.argmax(values))
    assert 0 < best < model.n_iter_ == len(values) < 60
    stalled = [epoch for epoch in range(1, len(values)) if values[epoch] < max(values[:epoch])]
    assert stalled[-3:] == [model.n_iter_ - 3, model.n_iter_ - 2, model.n_iter_ - 1]
    assert model.best_validation_score_ == model.validation_scores_[best]
    assert model.best_loss_ is None
    up_to_best = Estimator(**settings | {"max_iter": best + 1}).fit(X[TRAIN], Y[TRAIN])
    np.testing.assert_array_equal(model.coefs_[0], up_to_best.coefs_[0])


def test_score_and_loss_disagree():
    """On one and the same problem the loss of a classifier is best in another epoch than its accuracy."""
    settings = SMALL | {"hidden_layer_sizes": (16,), "max_iter": 15, "n_iter_no_change": np.inf}
    settings |= {"learning_rate_init": 0.2}
    by_score, by_loss = (
        MLPClassifier(**settings, early_stopping=kind).fit(X[TRAIN], Y[TRAIN], **OWN) for kind in (True, "loss")
    )
    assert by_score.validation_loss_curve_ == by_loss.validation_loss_curve_
    assert by_loss.best_validation_score_ < by_score.best_validation_score_ == max(by_score.validation_scores_)


@pytest.mark.parametrize("early_stopping", [True, "loss"])
def test_a_warm_fit_never_loses_its_best(early_stopping):
    """Warm fits append to the curves of validation, and end no worse than they began."""
    model = MLPRegressor(**SMALL | {"learning_rate_init": 0.3}, early_stopping=early_stopping, warm_start=True)
    losses = []
    for _ in range(4):
        model.fit(X[TRAIN], Y[TRAIN], **OWN)
        losses.append(np.mean((model.predict(X[VAL]) - Y[VAL]) ** 2) / 2)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == pytest.approx(min(model.validation_loss_curve_), rel=1e-12)
    assert len(model.validation_loss_curve_) == len(model.validation_scores_) == len(model.loss_curve_) == 24


@pytest.mark.parametrize(
    ("early_stopping", "own", "message"),
    [
        (True, {"X_val": 1e200 * X[VAL]}, "Training diverged in epoch 1: Validation score is not a finite number"),
        ("loss", {"y_val": 1e200 * Y[VAL]}, "Training diverged in epoch 1: Validation loss is not a finite number"),
    ],
)
def test_a_validation_set_of_huge_numbers_is_named(early_stopping, own, message):
    """Where only the validation is not finite, the error says so and does not blame the weights."""
    model = MLPRegressor(**SMALL, early_stopping=early_stopping)
    with pytest.raises(ValueError, match=rf"^{message}\. Look for large values in the validation set"):
        model.fit(X[TRAIN], Y[TRAIN], **OWN | own)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"X_val": X[VAL, :2]}, "X has 2 features"),
        ({"X_val": np.where(X[VAL] > 2, np.nan, X[VAL])}, "contains NaN"),
        ({"y_val": Y[VAL][:3]}, "inconsistent numbers of samples"),
        ({"sample_weight_val": -WEIGHT[VAL]}, "Negative values"),
    ],
    ids=["features", "NaN", "lengths", "negative weights"],
)
def test_what_is_wrong_with_a_validation_set_is_not_blamed_on_x(own, message):
    """Errors of validation begin with the names of the validation set's arguments."""
    with pytest.raises(ValueError, match=f"In X_val, y_val or sample_weight_val: .*{message}"):
        MLPRegressor(**SMALL, early_stopping=True).fit(X[TRAIN], Y[TRAIN], **OWN | own)
