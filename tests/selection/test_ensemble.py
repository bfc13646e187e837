"""Networks of the folds as one prediction: their mean is exact, and each is a fit that could be made by itself."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array, csr_matrix, issparse
from sklearn.model_selection import KFold, RepeatedKFold, StratifiedKFold

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skl2._inputs.samples import validate_unseen
from skl2._selection.ensemble import log_of_mean, mean_of, predict_log_proba
from skl2._selection.folds import draw_seeds
from skl2._training.engine import _Run

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((42, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(42), [-0.8, 0.3])
LABELS_OR_NOT = np.column_stack([X[:, 0] > 0, X[:, 1] > X[:, 2], X[:, 2] > 0.5]).astype(int)
REAL = np.column_stack([X[:, 0] + 0.2 * RANDOM.standard_normal(42), X[:, 1] * X[:, 2]])
SPARSE = coo_array(np.where(np.abs(X) > 0.5, X, 0))
FRAME = pd.DataFrame(X, columns=["a", "b", "c"], index=np.arange(42)[::-1])
NETWORK = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 4, "learning_rate_init": 0.1}
SMALL = NETWORK | {"learning_rate": "cosine", "random_state": 0}
FOLDS = KFold(3)
ALPHAS = [2.0, 0.1, 8.0]
PAIRS = {MLPClassifierCV: MLPClassifier, MLPRegressorCV: MLPRegressor}
BOTH = pytest.mark.parametrize("Chooser", PAIRS)
KINDS = [
    pytest.param(MLPClassifierCV, X, Y, {}, id="classes"),
    pytest.param(
        MLPClassifierCV, FRAME, pd.Series(np.array(["low", "middle", "high"])[Y], FRAME.index), {}, id="names"
    ),
    pytest.param(MLPClassifierCV, X.tolist(), (Y > 0).tolist(), {}, id="two classes"),
    pytest.param(MLPClassifierCV, X.astype(np.float32), Y, {}, id="float32"),
    pytest.param(MLPClassifierCV, X, LABELS_OR_NOT, {}, id="labels"),
    pytest.param(MLPClassifierCV, SPARSE, csr_matrix(LABELS_OR_NOT), {}, id="sparse labels"),
    pytest.param(MLPRegressorCV, X, REAL[:, 0], {}, id="values"),
    pytest.param(MLPRegressorCV, SPARSE, REAL, {"dtype": "float32"}, id="outputs"),
    pytest.param(MLPRegressorCV, X, Y, {"loss": "poisson"}, id="counts"),
    pytest.param(MLPRegressorCV, FRAME, np.column_stack([Y, Y > 0]), {"loss": "poisson"}, id="several counts"),
]


def make(Chooser, settings=None, **how):
    """A search that keeps the networks of its folds, not fitted."""
    return Chooser(ALPHAS, **SMALL | (settings or {}), **{"cv": FOLDS, "ensemble": True} | how)


def dense(prediction):
    """A prediction as array."""
    return prediction.toarray() if issparse(prediction) else prediction


def weights_of(network):
    """All weights and intercepts of a network, one after the other."""
    return np.concatenate([layer.ravel() for layer in [*network.coefs_, *network.intercepts_]])


@pytest.mark.parametrize(
    ("settings", "how"),
    [
        ({}, {}),
        ({"penalty": "l2", "optimizer": "sgd", "learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 1}, {}),
        ({"decay": "decoupled"}, {"rule": "one_se"}),
        ({"early_stopping": True, "validation_fraction": 0.3, "n_iter_no_change": 1}, {}),
        ({"early_stopping": "loss", "max_iter": 10, "learning_rate_init": 0.3}, {}),
        ({"optimizer": "lbfgs", "activation": "tanh"}, {}),
        ({"dtype": "float32", "hidden_layer_sizes": ()}, {}),
        ({"random_state": np.random.RandomState(3)}, {}),
        ({"max_iter": 8}, {"strategy": "halving"}),
        ({"max_iter": 8}, {"strategy": "screening"}),
    ],
    ids=lambda part: "-".join(map(str, part.values())) or "default",
)
@BOTH
def test_members_are_fits_on_the_rows_of_a_fold(Chooser, settings, how):
    """Each member is, to the last bit, the network that fit gives with its seed on what its fold trains on."""
    model = make(Chooser, settings, **how).fit(X, Y)
    seeds = draw_seeds(SMALL["random_state"] if "random_state" not in settings else settings["random_state"], 3)
    assert len(set(seeds)) == len(model.estimators_) == 3
    for member, seed, (train, _) in zip(model.estimators_, seeds, FOLDS.split(X), strict=True):
        alone = PAIRS[Chooser](**SMALL | settings | {"random_state": seed}, alpha=model.alpha_).fit(X[train], Y[train])
        assert type(member) is PAIRS[Chooser]
        assert member.get_params() == alone.get_params()
        for name in [name for name in vars(alone) if name.endswith("_")]:
            np.testing.assert_equal(getattr(member, name), getattr(alone, name), err_msg=name)


@BOTH
def test_nothing_is_trained_in_addition(Chooser, monkeypatch):
    """With strategy='full' all epochs are those of the search, and each fold trains all values of alpha together."""
    epochs, train_epochs = [], _Run.train_epochs

    def watched(run, team, n_epochs):
        epochs.extend([len(run.monitors)] * n_epochs)
        return train_epochs(run, team, n_epochs)

    monkeypatch.setattr(_Run, "train_epochs", watched)
    model = make(Chooser).fit(X, Y)
    assert epochs == [len(ALPHAS)] * 3 * 4
    for member in model.estimators_:
        assert member.n_iter_ == 4


@BOTH
def test_scores_are_those_of_the_members(Chooser):
    """cv_results_ has the scores of networks with the seeds of the folds, at each alpha, not only at the best."""
    model = make(Chooser).fit(X, Y)
    for split, (seed, (train, test)) in enumerate(zip(draw_seeds(0, 3), FOLDS.split(X), strict=True)):
        for row, alpha in enumerate(ALPHAS):
            alone = PAIRS[Chooser](**SMALL | {"random_state": seed}, alpha=alpha).fit(X[train], Y[train])
            assert model.cv_results_[f"split{split}_test_score"][row] == alone.score(X[test], Y[test])
    assert model.alpha_ == ALPHAS[np.argmax(model.cv_results_["mean_test_score"])]


@pytest.mark.parametrize(("Chooser", "X", "y", "settings"), KINDS)
def test_predictions_are_means(Chooser, X, y, settings):
    """Values and probabilities are the mean of what the members say; labels follow from it."""
    model = make(Chooser, settings).fit(X, y)
    members = model.estimators_
    method = "predict_proba" if Chooser is MLPClassifierCV else "predict"
    one, two, three = (getattr(member, method)(X) for member in members)
    mean = getattr(model, method)(X)
    np.testing.assert_array_equal(mean, (one + two + three) / 3)
    assert mean.dtype == one.dtype
    assert np.ptp([one, two, three], axis=0).max() > 0.01  # or any of them would do
    if Chooser is MLPClassifierCV:
        logarithm = model.predict_log_proba(X)
        np.testing.assert_allclose(np.exp(logarithm), mean, rtol=1e-5 if mean.dtype == np.float32 else 1e-13)
        assert logarithm.dtype == mean.dtype
        labels, of_member = model.predict(X), members[0].predict(X)
        assert type(labels) is type(of_member)
        assert dense(labels).dtype == dense(of_member).dtype
        expected = mean > 0.5 if np.ndim(y) == 2 else members[0].classes_[mean.argmax(axis=1)]
        np.testing.assert_array_equal(dense(labels), expected)


@pytest.mark.parametrize("form", [np.asarray, np.ndarray.tolist, pd.DataFrame, coo_array])
@BOTH
def test_samples_are_validated_once(Chooser, form, monkeypatch):
    """Whatever an ensemble says, X is validated once, and not once for each member."""
    model, times = make(Chooser).fit(X, Y), []
    monkeypatch.setattr(
        "skl2._estimators.base.validate_unseen", lambda *given: times.append(1) or validate_unseen(*given)
    )
    methods = ["predict", "predict_interval"]
    if Chooser is MLPClassifierCV:
        methods = ["predict", "predict_proba", "predict_log_proba", "predict_set"]
    for number, method in enumerate(methods, 1):
        getattr(model, method)(form(X))
        assert len(times) == number


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_logarithm_of_a_mean(dtype):
    """-∞, which is no probability, counts as 0; of nothing else it is what comes out; numbers of any size are exact."""
    lowest = float(np.finfo(dtype).min)
    parts = np.array([[-np.inf, -np.inf, 0, -1, lowest, -np.inf], [-np.inf, 0, 0, -3, lowest, lowest]], dtype)
    mean = log_of_mean(iter(parts))
    assert mean.dtype == dtype
    expected = [-np.inf, -np.log(2), 0, np.log((np.exp(-1) + np.exp(-3)) / 2), lowest, lowest]
    np.testing.assert_allclose(mean, expected, rtol=4 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(log_of_mean([parts[0]]), parts[0])


def test_the_mean_may_decide_for_what_no_member_says():
    """The label is that of the mean probability, not the vote of the members."""

    class Says:
        def __init__(self, *probability):
            self.probability = probability

        def _validate_unseen(self, X):
            return X

        def _forward(self, X):
            return None

        def _prediction(self, raw):
            return np.array([self.probability])

    assert mean_of([Says(0.5, 0.4, 0.1), Says(0.1, 0.4, 0.5)], None).argmax() == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("y", [Y, Y > 0, LABELS_OR_NOT], ids=["classes", "two classes", "labels"])
def test_logarithms_are_exact_where_probabilities_round_to_zero(dtype, y):
    """Far out, log p̄ = log Σₖ exp(log pₖ) - log K is finite where p̄ is 0, and never above 0."""
    model = make(MLPClassifierCV, {"dtype": dtype}).fit(X, y)
    far = (1e5 * X).astype(dtype)
    logarithm, probability = model.predict_log_proba(far), model.predict_proba(far)
    assert np.any(probability == 0)
    parts = np.array([member.predict_log_proba(far) for member in model.estimators_], float)
    largest = parts.max(axis=0)
    expected = largest + np.log(np.exp(parts - largest).mean(axis=0))
    np.testing.assert_allclose(logarithm, expected, rtol=1e-6 if dtype == "float32" else 1e-14, atol=1e-6)
    assert np.all(np.isfinite(logarithm))
    assert logarithm.max() <= 0
    assert predict_log_proba(model.estimators_, X.astype(dtype)).max() <= 0


@pytest.mark.parametrize(("Chooser", "X", "y", "settings"), KINDS)
def test_jobs_change_nothing(Chooser, X, y, settings):
    """With two jobs the networks, what they say of samples held out, and scores are the same to the last bit."""
    one, two = (make(Chooser, settings, store_predictions=True, n_jobs=n_jobs).fit(X, y) for n_jobs in (1, 2))
    for a, b in zip(one.estimators_, two.estimators_, strict=True):
        np.testing.assert_array_equal(weights_of(a), weights_of(b))
    np.testing.assert_array_equal(one.cv_predictions_, two.cv_predictions_)
    assert (one.alpha_, one.best_score_, one.best_score_error_) == (two.alpha_, two.best_score_, two.best_score_error_)


@pytest.mark.parametrize(
    ("Chooser", "y", "how"),
    [
        (MLPClassifierCV, Y, {"calibrate": True, "scoring": "loss"}),
        (MLPClassifierCV, LABELS_OR_NOT, {"scoring": "loss"}),
        (MLPRegressorCV, REAL, {}),
    ],
    ids=["classes", "labels", "values"],
)
def test_weights_are_repeated_rows(Chooser, y, how):
    """A sample of weight w is as w equal samples in its fold: the same networks, temperature, scores, predictions."""
    weight = np.random.default_rng(1).integers(1, 4, 42)
    rows = np.repeat(np.arange(42), weight)
    splits = [(np.flatnonzero(np.arange(42) % 3 != k), np.flatnonzero(np.arange(42) % 3 == k)) for k in range(3)]
    repeated = [tuple(np.flatnonzero(np.isin(rows, part)) for part in pair) for pair in splits]
    settings = {"batch_size": "auto", "max_iter": 10}  # all samples in one mini-batch, which then has the same mean
    how = how | {"store_predictions": True}
    weighted = make(Chooser, settings, cv=splits, **how).fit(X, y, weight)
    long = make(Chooser, settings, cv=repeated, **how).fit(X[rows], y[rows])
    for a, b in zip(weighted.estimators_, long.estimators_, strict=True):
        np.testing.assert_allclose(weights_of(a), weights_of(b), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(weighted.cv_predictions_[rows], long.cv_predictions_, rtol=1e-7)
    assert weighted.best_score_ == pytest.approx(long.best_score_, rel=1e-7)
    if "calibrate" in how:
        assert weighted.temperature_ == pytest.approx(long.temperature_, rel=1e-4)


@BOTH
def test_each_fold_begins_with_weights_of_its_own(Chooser):
    """On equal rows the members of an ensemble differ, and the networks of a plain search do not."""
    same = [(np.arange(30), np.arange(30, 42))] * 2
    one, two = make(Chooser, cv=same).fit(X, Y).estimators_
    assert np.abs(weights_of(one) - weights_of(two)).max() > 0.1
    plain = make(Chooser, cv=same, ensemble=False, scoring="loss").fit(X, Y).cv_results_
    np.testing.assert_array_equal(plain["split0_test_score"], plain["split1_test_score"])


def test_classes_that_a_fold_does_not_train_on():
    """Where y is sorted and folds are blocks, each lacks a class, and every member still has a column for it."""
    order = np.argsort(Y, kind="stable")
    model = make(MLPClassifierCV, {"max_iter": 20}, scoring="accuracy", store_predictions=True)
    model.fit(X[order], Y[order])
    lacking = [set(range(3)) - set(Y[order][train]) for train, _ in FOLDS.split(X)]
    assert any(lacking)
    for member, lacks in zip(model.estimators_, lacking, strict=True):
        np.testing.assert_array_equal(member.classes_, [0, 1, 2])
        probability = member.predict_proba(X)
        assert probability.shape == (42, 3)
        for number in lacks:
            assert number not in member.predict(X)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert model.cv_predictions_.shape == (42, 3)


@pytest.mark.parametrize(
    ("cv", "n_members"),
    [
        (RepeatedKFold(n_splits=2, n_repeats=3, random_state=0), 6),
        (None, 5),
        (StratifiedKFold(2), 2),
        ([(range(30), range(30, 42))], 1),
    ],
    ids=["repeated", "None", "stratified", "one"],
)
def test_as_many_members_as_folds(cv, n_members):
    """Each fold of each repetition gives a member; of one fold, the prediction is that of its network."""
    model = make(MLPClassifierCV, cv=cv).fit(X, Y)
    assert len(model.estimators_) == model.n_splits_ == n_members
    one = model.estimators_[0]
    assert np.array_equal(model.predict_proba(X), one.predict_proba(X)) == (n_members == 1)
    assert np.array_equal(model.predict_log_proba(X), one.predict_log_proba(X)) == (n_members == 1)


@pytest.mark.parametrize(("Chooser", "X", "y", "settings"), KINDS)
def test_copies(Chooser, X, y, settings):
    """Pickles and copies predict the same."""
    model = make(Chooser, settings).fit(X, y)
    expected = dense(model.predict(X))
    for again in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(dense(again.predict(X)), expected)
