"""What networks say of samples that they have not seen: kept, scored, and missing where there is none."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array, csr_matrix
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skl2._selection.folds import draw_seeds
from skl2._selection.search import Search

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((42, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(42), [-0.8, 0.3])
LABELS_OR_NOT = np.column_stack([X[:, 0] > 0, X[:, 1] > X[:, 2]]).astype(int)
REAL = np.column_stack([X[:, 0] + 0.2 * RANDOM.standard_normal(42), X[:, 1] * X[:, 2]])
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 5, "max_iter": 12, "learning_rate_init": 0.1, "random_state": 0}
COMPLETE = SMALL | {"learning_rate": "cosine", "tol": 0.0}  # nothing to warn about
FOLDS = KFold(3, shuffle=True, random_state=0)
ALPHAS = [2.0, 0.01, 8.0]
PAIRS = {MLPClassifierCV: MLPClassifier, MLPRegressorCV: MLPRegressor}
BOTH = pytest.mark.parametrize("Chooser", PAIRS)


def make(Chooser, settings=None, **how):
    """A search that keeps the networks of its folds and their predictions, not fitted."""
    how = {"cv": FOLDS, "ensemble": True, "store_predictions": True} | how
    return Chooser(ALPHAS, **COMPLETE | (settings or {}), **how)


def say(network, X):
    """Probabilities of a classifier, or values."""
    return network.predict_proba(X) if hasattr(network, "predict_proba") else network.predict(X)


@pytest.mark.parametrize(
    ("Chooser", "X", "y", "settings"),
    [
        (MLPClassifierCV, X, Y, {}),
        (MLPClassifierCV, X, Y > 0, {"dtype": "float32"}),
        (MLPClassifierCV, coo_array(np.where(X > 0, X, 0)).tocsr(), csr_matrix(LABELS_OR_NOT), {}),
        (MLPRegressorCV, X, REAL[:, 0], {}),
        (MLPRegressorCV, X.astype(np.float32), REAL, {}),
        (MLPRegressorCV, X, Y, {"loss": "poisson"}),
    ],
    ids=["classes", "two classes", "sparse labels", "values", "outputs", "counts"],
)
def test_predictions_of_samples_held_out(Chooser, X, y, settings):
    """cv_predictions_ is what cross_val_predict would give: each row by a network trained on the other folds."""
    model = make(Chooser, settings).fit(X, y)
    first = say(model.estimators_[0], X)
    expected = np.full_like(first, np.nan)
    for seed, (train, test) in zip(draw_seeds(0, 3), FOLDS.split(X), strict=True):
        alone = PAIRS[Chooser](**COMPLETE | settings | {"random_state": seed}, alpha=model.alpha_)
        expected[test] = say(alone.fit(X[train], y[train]), X[test])
    assert model.cv_predictions_.dtype == first.dtype
    np.testing.assert_allclose(model.cv_predictions_, expected, rtol=1e-6 if first.dtype == np.float32 else 1e-13)


@BOTH
def test_samples_held_out_more_than_once(Chooser):
    """With repeated folds a row of cv_predictions_ is the mean of the networks that have not seen it."""
    cv = RepeatedKFold(n_splits=2, n_repeats=3, random_state=0)
    model = make(Chooser, cv=cv).fit(X, Y)
    parts = [[] for _ in Y]
    for member, (_, test) in zip(model.estimators_, cv.split(X), strict=True):
        for number in test:
            parts[number].append(say(member, X[[number]])[0])
    assert {len(part) for part in parts} == {3}
    np.testing.assert_allclose(model.cv_predictions_, np.mean(parts, axis=1), rtol=1e-12)


@BOTH
def test_samples_that_no_fold_holds_out(Chooser):
    """With ShuffleSplit some are always trained on: their rows are NaN, without a warning, and the others numbers."""
    cv = ShuffleSplit(2, test_size=0.3, random_state=0)
    model = make(Chooser, cv=cv).fit(X, Y)
    held_out = np.unique(np.concatenate([test for _, test in cv.split(X)]))
    assert 12 < len(held_out) < 42
    is_number = np.isfinite(model.cv_predictions_).reshape(42, -1)
    np.testing.assert_array_equal(is_number, np.isin(np.arange(42), held_out)[:, np.newaxis] & is_number[[held_out[0]]])


@pytest.mark.parametrize("cv", [FOLDS, [(np.arange(20), np.arange(-22, 0)), (np.arange(20, 42), Y > -1)]])
def test_predictions_are_kept_on_request_only(cv):
    """Without store_predictions they are not there; the numbers of a fold may count from the end, or be a mask."""
    assert not hasattr(make(MLPRegressorCV, cv=cv, store_predictions=False).fit(X, Y), "cv_predictions_")
    assert make(MLPRegressorCV, cv=cv).fit(X, Y).cv_predictions_.shape == (42,)


@pytest.mark.parametrize("strategy", ["full", "halving", "screening"])
@pytest.mark.parametrize(("Chooser", "scoring"), [(MLPClassifierCV, "neg_log_loss"), (MLPRegressorCV, "neg_max_error")])
def test_the_best_score_and_its_error(Chooser, scoring, strategy, monkeypatch):
    """They are the mean of the scores of the members where each is held out, and its standard error s / √K."""
    monkeypatch.setattr("skl2._selection.strategy.LEAST_STEPS", 1)  # screening compares others than it keeps
    model = make(Chooser, scoring=scoring, strategy=strategy).fit(X, Y)
    scorer = get_scorer(scoring)
    parts = zip(model.estimators_, FOLDS.split(X), strict=True)
    scores = [scorer(member, X[test], Y[test]) for member, (_, test) in parts]
    assert model.best_score_ == pytest.approx(np.mean(scores), rel=1e-14)
    assert model.best_score_error_ == pytest.approx(np.std(scores, ddof=1) / np.sqrt(3), rel=1e-12)
    is_as_compared = model.best_score_ == model.cv_results_["mean_test_score"][model.best_index_]
    assert is_as_compared == (strategy != "screening")


@BOTH
def test_the_error_of_a_plain_search(Chooser):
    """Without an ensemble too there is a standard error; of a single fold it is NaN."""
    model = make(Chooser, ensemble=False, store_predictions=False, scoring="loss").fit(X, Y)
    scores = [model.cv_results_[f"split{split}_test_score"][model.best_index_] for split in range(3)]
    assert model.best_score_error_ == pytest.approx(np.std(scores, ddof=1) / np.sqrt(3), rel=1e-12)
    one = make(Chooser, cv=[(np.arange(30), np.arange(30, 42))]).fit(X, Y)
    assert np.isnan(one.best_score_error_)
    assert type(one.best_score_error_) is type(model.best_score_error_) is float


@pytest.mark.parametrize(
    ("Chooser", "scoring"),
    [(MLPClassifierCV, None), (MLPClassifierCV, "roc_auc_ovr"), (MLPClassifierCV, "loss"), (MLPRegressorCV, "loss")],
)
def test_score_is_that_of_the_mean(Chooser, scoring):
    """`score` is the scorer, applied to the mean prediction: for convex losses no worse than that of the members."""
    model = make(Chooser, scoring=scoring).fit(X, Y)
    weight = RANDOM.uniform(1, 2, 42)
    assert model.score(X, Y) == model.scorer_(model, X, Y)
    assert model.score(X, Y, weight) == model.scorer_(model, X, Y, sample_weight=weight) != model.score(X, Y)
    if scoring == "loss":
        assert model.score(X, Y) > np.mean([model.scorer_(member, X, Y) for member in model.estimators_])


@BOTH
def test_what_an_ensemble_has(Chooser):
    """It knows features, classes, outputs and the most epochs, and has no other attributes of one network."""
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = make(Chooser, {"tol": 0.01, "n_iter_no_change": 1, "max_iter": 20}).fit(frame, Y)
    n_iter = [member.n_iter_ for member in model.estimators_]
    assert model.n_iter_ == max(n_iter) > min(n_iter)
    assert (model.n_features_in_, model.feature_names_in_.tolist()) == (3, ["a", "b", "c"])
    assert model.n_outputs_ == model.estimators_[0].n_outputs_
    assert model.out_activation_ == model.estimators_[0].out_activation_
    assert not {"best_estimator_", "coefs_", "loss_curve_"} & vars(model).keys()
    assert model.refit_time_ >= 0
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[["b", "a", "c"]])


@BOTH
def test_another_fit_forgets_the_kind_of_the_first(Chooser):
    """An ensemble that is fitted without, and the other way round, has what the last fit gives."""
    model = make(Chooser).fit(X, Y).set_params(ensemble=False, store_predictions=False).fit(X, Y)
    assert not {"estimators_", "cv_predictions_"} & vars(model).keys()
    np.testing.assert_array_equal(model.predict(X), model.best_estimator_.predict(X))
    model.set_params(ensemble=True).fit(X, Y)
    assert not {"best_estimator_", "coefs_"} & vars(model).keys()
    expected = make(Chooser).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))


@BOTH
def test_members_keep_no_other_networks_alive(Chooser):
    """The arrays of a member are its own: as views they kept the networks of all values of alpha in memory."""
    for member in make(Chooser).fit(X, Y).estimators_:
        assert all(layer.base is None for layer in [*member.coefs_, *member.intercepts_])


@BOTH
def test_before_fit(Chooser):
    """Predictions of what is not fitted are a NotFittedError."""
    with pytest.raises(NotFittedError):
        make(Chooser).predict(X)


def test_networks_that_diverge_when_they_train_on(monkeypatch):
    """Where long training spoils what short training chose, fit says so and changes nothing."""
    run = Search.run

    def diverge(search, epochs, report):
        comparisons = run(search, epochs, report)
        if len(search.alphas) == 1:
            search.networks[1].clear()
        return comparisons

    monkeypatch.setattr(Search, "run", diverge)
    model = make(MLPRegressorCV, strategy="screening")
    with pytest.raises(ValueError, match=r"Networks at the alpha chosen, \S+, diverged when they trained on\."):
        model.fit(X, Y)
    assert not hasattr(model, "alpha_")


@pytest.mark.parametrize("strategy", ["full", "screening"])
def test_one_warning_of_networks_that_have_not_converged(strategy):
    """At a constant rate members that reach max_iter are warned of once; short runs that only choose are not."""
    with pytest.warns(ConvergenceWarning, match=r"of \d+ fits, at alpha=.*Maximum iterations \(12\)") as warned:
        make(MLPRegressorCV, {"learning_rate": "constant"}, strategy=strategy).fit(X, REAL[:, 0])
    assert len(warned) == 1
