"""A call that fails, or that ends in a warning, leaves an estimator that can be trusted."""

import copy
import os
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from versions import needs_scikit_learn

from skl2 import MLPClassifier, MLPRegressor

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((24, 3))
Y = X[:, 0] - X[:, 1]
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 8, "max_iter": 3, "random_state": 0}
WILD = {"optimizer": "sgd", "learning_rate_init": 1e160, "max_iter": 50}
ENDS = {"tol": 1e9, "n_iter_no_change": 1, "learning_rate_init": 0.3}  # after 3 epochs, with something learned


@pytest.mark.parametrize(
    ("refit", "message"),
    [
        (lambda model: model.fit(X[:, :2], list("uvw") * 8, -np.ones(24)), "Negative values"),
        (lambda model: model.set_params(**WILD).fit(X[:, :2], list("uvw") * 8), "Training diverged"),
        (lambda model: model.set_params(early_stopping=True).fit(X[:1], ["u"]), "early_stopping cannot"),
        (lambda model: model.partial_fit(X, np.full(24, 7)), "classes not in"),
    ],
    ids=["refused", "diverged", "no split", "unknown class"],
)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
def test_a_failing_call_changes_nothing(refit, message):
    """After an error every attribute is what it was, and predictions are still possible."""
    model = MLPClassifier(**SMALL, **ENDS).fit(X, Y > 0)
    before = copy.deepcopy(vars(model))
    with pytest.raises(ValueError, match=message):
        refit(model)
    fitted = {name: value for name, value in vars(model).items() if name not in model.get_params()}
    np.testing.assert_equal(fitted, {name: value for name, value in before.items() if name in fitted})
    assert set(vars(model)) == set(before)
    assert set(model.predict(X)) <= {False, True}


def test_a_warning_that_is_an_error_keeps_the_model():
    """Where the user turns ConvergenceWarning into an error, the trained model is there all the same."""
    model = MLPRegressor(**SMALL)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning):
            model.fit(X, Y)
    assert len(model.loss_curve_) == 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("factor", [1e-300, 1e-50, 1e39, 1e307])
def test_sample_weights_of_any_size_train_alike(dtype, factor):
    """Sample weights beyond the range of the dtype give the fit of their ratios."""
    weight = RANDOM.uniform(0.5, 2, 24)
    model, scaled = (
        MLPRegressor(**SMALL, **ENDS, dtype=dtype).fit(X, Y, sample_weight)
        for sample_weight in (weight, factor * weight)
    )
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(scaled.coefs_[0], model.coefs_[0], rtol=tolerance, atol=tolerance)


@pytest.mark.filterwarnings("ignore:The network has learned nothing")  # as the first score is the best
def test_validation_samples_without_weight_are_refused():
    """Early stopping with weights that are zero on all validation rows is refused before training."""
    settings = SMALL | {"early_stopping": True, "validation_fraction": 0.25}
    scores = MLPRegressor(**settings, **ENDS)
    seen = []
    scores._validation_score = lambda y, raw, weight: seen.append(y.ravel()) or 0.0
    scores.fit(X, Y)
    weight = (~np.isin(Y, seen[0])).astype(float)
    with pytest.raises(ValueError, match="All samples to validate on weigh 0"):
        MLPRegressor(**settings).fit(X, Y, weight)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("others", [["common"], ["common", "usual"]], ids=["of two classes", "of three"])
def test_a_rare_class_is_named_by_its_label(others):
    """The warning of a split that is not stratified names the class that is too small as the user named it."""
    y = np.resize(others, 24).astype("U6")
    y[5] = "rare"
    model = MLPClassifier(**SMALL, early_stopping=True, validation_fraction=0.25)
    with pytest.warns(UserWarning, match="The validation set is not stratified by class") as warning:
        model.fit(X, y)
    assert len(model.validation_scores_) == model.n_iter_
    needs_scikit_learn("1.8", "train_test_split names the class")
    assert "rare" in str(warning[0].message)


def test_cosine_counts_mini_batches_without_weight():
    """The cosine reaches its end after max_iter epochs also where some mini-batches weigh nothing."""
    weight = np.repeat([1.0, 0.0, 1.0], 8)
    dead = np.hstack([X, np.zeros((24, 1))])
    settings = SMALL | {"shuffle": False, "learning_rate": "cosine", "decay": "decoupled", "learning_rate_init": 0.1}
    rows = [MLPRegressor(**settings, alpha=alpha).fit(dead, Y, weight).coefs_[0][-1] for alpha in (0.0, 1.0)]
    rates = 0.05 * (1 + np.cos(np.pi * np.array([0, 2, 3, 5, 6, 8]) / 9))
    np.testing.assert_allclose(rows[1] / rows[0], np.prod(1 - rates), rtol=1e-12)


def test_partial_fit_takes_parts_smaller_than_a_mini_batch_silently():
    """The last part of a stream may be small; fit on so few samples warns."""
    model = MLPRegressor(**SMALL).partial_fit(X, Y)
    assert model.partial_fit(X[:5], Y[:5]).t_ == 29
    with pytest.warns(UserWarning, match="batch_size=8 is larger .* clipped to 5"):
        MLPRegressor(**SMALL, **ENDS).fit(X[:5], Y[:5])


def test_parts_of_any_size_share_one_cosine():
    """partial_fit counts calls, so that a small part has the rates of its call, and the cosine ends for all at once."""
    dead, strength = np.hstack([X, np.zeros((24, 1))]), 0.5
    settings = SMALL | {"learning_rate": "cosine", "decay": "decoupled", "max_iter": 4, "learning_rate_init": 0.1}
    models = [MLPRegressor(**settings, alpha=alpha) for alpha in (0.0, strength)]
    for part in (slice(None), slice(8), slice(None), slice(8)):
        for model in models:
            model.partial_fit(dead[part], Y[part])
    epochs = np.array([0, 1 / 3, 2 / 3, 1, 2, 2 + 1 / 3, 2 + 2 / 3, 3])
    rates = 0.05 * (1 + np.cos(np.pi * epochs / 4))
    ratio = models[1].coefs_[0][-1] / models[0].coefs_[0][-1]
    np.testing.assert_allclose(ratio, np.prod(1 - rates * strength), rtol=1e-12)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
def test_overflow_of_adams_moments_is_a_divergence():
    """Where v overflows, steps would be 0 for ever while weights and loss stay finite: that is an error."""
    timestamps = np.hstack([X, np.full((24, 1), 1.7e18)])
    with pytest.raises(ValueError, match="Training diverged in epoch 1: scale X"):
        MLPRegressor(**SMALL, dtype="float32").fit(timestamps, Y)


def test_divergence_through_alpha_is_blamed_on_alpha():
    """Where learning_rate_init * alpha of the l2 penalty is large, the message says to lower alpha."""
    model = MLPRegressor(**SMALL | {"max_iter": 200}, optimizer="sgd", alpha=3000.0)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=r"lower alpha=3000\.0, or learning_rate_init"):
        model.fit(X, Y)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"alpha": -5.0}, "'alpha'"), ({"optimizer": "foo"}, "'optimizer'"), ({"batch_size": 0}, "'batch_size'")],
)
def test_parameters_set_between_parts_are_validated(changes, message):
    """A parameter changed between two calls of partial_fit is checked like any other."""
    model = MLPRegressor(**SMALL).partial_fit(X, Y).set_params(**changes)
    with pytest.raises(ValueError, match=message):
        model.partial_fit(X, Y)


def test_a_first_part_that_is_refused_leaves_no_classes():
    """After a refused first partial_fit the estimator is as new: classes are asked for again."""
    model = MLPClassifier(**SMALL)
    with pytest.raises(ValueError, match="NaN"):
        model.partial_fit(np.full_like(X, np.nan), Y > 0, classes=[False, True])
    assert not hasattr(model, "classes_")


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="uncompiled kernels warn as numpy does")
def test_divergence_at_the_largest_numbers_is_told_in_words():
    """Where learning rate times alpha overflows, the error is ours and names both (numpy warned of the overflow)."""
    model = MLPRegressor(**SMALL, optimizer="sgd", learning_rate_init=1e300, alpha=np.float64(1e300))
    with pytest.raises(ValueError, match="lower alpha=1e"):
        model.fit(X, Y)
