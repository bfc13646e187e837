"""The trial before a search: constants score as scikit-learn's dummies do, and what would fail later fails here."""

import threading
import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import pearsonr
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import check_scoring
from sklearn.model_selection import KFold, LeaveOneOut

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skl2._inputs.samples import Given, validate_samples
from skl2._selection.folds import make_folds
from skl2._selection.scoring import Scoring, find_scorer
from skl2._selection.trial import try_scoring

RANDOM = np.random.default_rng(0)
N = 60
X = RANDOM.standard_normal((N, 3))
REAL = X[:, 0] + 0.1 * RANDOM.standard_normal(N)
THREE = np.digitize(REAL, [-1.0, 0.3])  # classes of 9, 32 and 19
TEXT = np.where(REAL > 0.3, "yes", "no")
WEIGHT = RANDOM.uniform(0.5, 2, N)
FOLDS = KFold(3)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 5, "max_iter": 6, "learning_rate_init": 0.1, "random_state": 0}
COMPLETE = SMALL | {"learning_rate": "cosine", "tol": 0.0}  # nothing to warn about
ALPHAS = [0.0, 0.01]
BOTH = pytest.mark.parametrize("Chooser", [MLPClassifierCV, MLPRegressorCV])

TASKS = {  # estimator, y, {scoring: (scikit-learn's, its share)}
    "classes": (MLPClassifier(), THREE, {"accuracy": ("accuracy", 1), "loss": ("neg_log_loss", 1)}),
    "text": (MLPClassifier(), TEXT, {"neg_log_loss": ("neg_log_loss", 1), "roc_auc": ("roc_auc", 1)}),
    "labels": (MLPClassifier(), np.column_stack([REAL > 0.3, X[:, 1] > -1]).astype(int), {"accuracy": ("accuracy", 1)}),
    "values": (MLPRegressor(), REAL, {"r2": ("r2", 1), "loss": ("neg_mean_squared_error", 0.5)}),
    "outputs": (MLPRegressor(), X[:, :2] + 1, {"r2": ("r2", 1), "loss": ("neg_mean_squared_error", 1)}),
    "counts": (MLPRegressor(loss="poisson"), THREE, {"loss": ("neg_mean_poisson_deviance", 0.5)}),
}


def constant_scores(estimator, X, y, scoring, weight=None):
    """What the constants of all folds score."""
    estimator, weights = clone(estimator), {} if weight is None else {"sample_weight": weight}
    samples = validate_samples(estimator, Given(X, y, weight), reset=True)
    scorer = find_scorer(scoring) if isinstance(scoring, str) else check_scoring(estimator, scoring)
    folds = make_folds(estimator, samples, list(FOLDS.split(X)), Scoring(scorer, X, y, weights))
    return [fold.constant_score for fold in try_scoring(folds)]


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weights"])
@pytest.mark.parametrize("convert", [np.asarray, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize(("task", "scoring"), [(task, scoring) for task, row in TASKS.items() for scoring in row[2]])
def test_constants_score_as_dummies_do(task, scoring, convert, weight):
    """Each fold's constant is DummyClassifier's prior, or DummyRegressor's mean, of the same samples and weights."""
    estimator, y, scorings = TASKS[task]
    dummy = DummyClassifier(strategy="prior") if isinstance(estimator, MLPClassifier) else DummyRegressor()
    name, share = scorings[scoring]
    expected = []
    for parts in FOLDS.split(X):
        weights = [{} if weight is None else {"sample_weight": weight[part]} for part in parts]
        (train, test), scorer = parts, find_scorer(name)
        dummy.fit(X[train], y[train], **weights[0])
        expected.append(share * scorer(dummy, X[test], y[test], **weights[1]))
    assert constant_scores(estimator, convert(X), y, scoring, weight) == pytest.approx(expected, rel=1e-9)


def refuse_to_train(*arguments):
    """Stands where networks are trained."""
    raise AssertionError("A network was trained.")


def fails(estimator, X, y):
    """A scorer with an error of its own."""
    raise RuntimeError("no scores today")


def fails_at_last(estimator, X, y):
    """A scorer that cannot score the last fold, whatever the network."""
    return fails(estimator, X, y) if y[-1] == REAL[-1] else 0.0


def needs_weights(estimator, X, y, sample_weight):
    """A scorer that has to be given weights."""
    return estimator.score(X, y, sample_weight)


BY_CLASS = np.argsort(THREE, kind="stable")
FAILS = "Scoring fails in fold 1 of 3, and nothing was trained: "
NO_NUMBER = "Scoring gives no finite number in any fold, and nothing was trained: "


@pytest.mark.parametrize(
    ("model", "y", "how", "message"),
    [
        (MLPClassifierCV, TEXT, {"scoring": "f1"}, f"^{FAILS}ValueError: pos_label=1 is not a valid label"),
        (MLPClassifierCV, THREE, {"scoring": "roc_auc"}, f"^{FAILS}ValueError: multi_class must be in"),
        (MLPClassifierCV, THREE[BY_CLASS], {"scoring": "neg_log_loss"}, "Scoring fails in .* ValueError: .*y_true"),
        (MLPRegressorCV, REAL, {"scoring": needs_weights}, f"^{FAILS}TypeError: .* 'sample_weight'$"),
        (MLPRegressorCV, REAL, {"scoring": fails}, f"^{FAILS}RuntimeError: no scores today$"),
        (MLPRegressorCV, REAL, {"scoring": fails, "ensemble": True}, f"^{FAILS}RuntimeError: no scores today$"),
        (MLPRegressorCV, REAL, {"scoring": fails, "strategy": "halving"}, f"^{FAILS}RuntimeError: no scores today$"),
        (MLPRegressorCV, REAL, {"scoring": fails, "strategy": "screening"}, f"^{FAILS}RuntimeError: no scores today$"),
        (MLPRegressorCV, REAL, {"scoring": fails_at_last}, "fails in fold 3 of 3, .*: RuntimeError: no scores today$"),
        (MLPRegressorCV, REAL, {"scoring": lambda *given: np.nan}, f"^{NO_NUMBER}it gives nan$"),
        (MLPRegressorCV, REAL, {"scoring": lambda *given: -np.inf}, f"^{NO_NUMBER}it gives -inf$"),
        (MLPRegressorCV, REAL, {"scoring": lambda *given: "good"}, "^scoring must give one number, .* got 'good'"),
        (MLPRegressorCV, REAL, {"cv": LeaveOneOut()}, rf"^{NO_NUMBER}R\^2 score is not well-defined with less than"),
    ],
)
def test_what_fails_for_every_network_fails_before_training(model, y, how, message, monkeypatch):
    """The error carries the scorer's own words, nothing is trained, and the estimator stays as it was."""
    monkeypatch.setattr("skl2._selection.search.train_alphas", refuse_to_train)
    model = model(ALPHAS, **COMPLETE, **{"cv": FOLDS} | how)
    before = vars(model).copy()
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert vars(model) == before


def of_varied_predictions(estimator, X, y):
    """A score that constants do not have."""
    return estimator.score(X, y) if np.ptp(estimator.predict(X)) else np.nan


def correlation(estimator, X, y):
    """Pearson's r, which of constants is NaN with a warning."""
    return pearsonr(estimator.predict(X), y).statistic


def raises_for_constants(estimator, X, y):
    """A score that of constants is an error."""
    return estimator.score(X, y) if np.ptp(estimator.predict(X)) else fails(estimator, X, y)


def raises_for_the_untrained(estimator, X, y):
    """A score for positive predictions, as deviances are, which a network has once it is trained, and a constant."""
    return -np.mean(estimator.predict(X) / y) if np.all(estimator.predict(X) > 0) else fails(estimator, X, y)


@pytest.mark.parametrize(
    ("scoring", "y"),
    [
        (of_varied_predictions, REAL),
        (correlation, REAL),
        (raises_for_constants, REAL),
        (raises_for_the_untrained, REAL + 9),
        ("neg_mean_poisson_deviance", REAL + 9),
    ],
)
def test_scorers_that_some_networks_have_not(scoring, y, monkeypatch):
    """What is not defined for constants, or for networks before training, does not stop a search, nor change it."""
    settings = COMPLETE | {"max_iter": 60, "alphas": ALPHAS, "cv": FOLDS, "scoring": scoring}
    tried = MLPRegressorCV(**settings).fit(X, y)
    monkeypatch.setattr("skl2._selection.search.try_scoring", lambda folds: folds)
    untried = MLPRegressorCV(**settings).fit(X, y)
    assert np.all(np.isfinite(tried.cv_results_["mean_test_score"]))
    np.testing.assert_array_equal(tried.cv_results_["mean_test_score"], untried.cv_results_["mean_test_score"])


@pytest.mark.parametrize("early_stopping", [False, True])
def test_constants_look_like_networks(early_stopping):
    """A scorer may read what fitted networks have: weights, curves with an epoch, what is known of X and y."""
    seen = []

    def score(model, X, y):
        curves = [model.loss_curve_, model.weight_norm_curve_, model.learning_rate_curve_]
        curves += [model.validation_scores_, model.validation_loss_curve_] if early_stopping else []
        seen.append((np.any(model.coefs_[0]), {len(curve) for curve in curves}, model.n_iter_, model.t_))
        assert np.isfinite([curves[0], *curves[3:]]).all()
        assert np.isfinite(model.loss_ + (0 if early_stopping else model.best_loss_))
        assert (model.n_features_in_, model.n_layers_, model.n_outputs_, model.alpha) == (3, 3, 1, 0.0)
        assert model.coefs_[1].shape == (4, 1)
        return model.score(X, y)

    n_train = 36 if early_stopping else 40
    MLPRegressorCV([0.0], **COMPLETE, cv=FOLDS, scoring=score, early_stopping=early_stopping).fit(X, REAL)
    assert seen[:3] == [(False, {1}, 1, n_train)] * 3
    assert all(seen[k][0] for k in range(3, 6))


def test_warnings_of_the_trial_are_not_shown():
    """Constants never say "yes", of which scikit-learn warns: not in a search, nor is it an error there."""
    model = MLPClassifierCV([0.0], **COMPLETE | {"max_iter": 40}, cv=FOLDS, scoring="precision")
    assert model.fit(X, REAL > 0.3).best_score_ > 0.7  # pytest makes errors of warnings
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        model.fit(X, REAL > 0.3)
    assert not shown


def test_two_searches_at_once_leave_warnings_alone():
    """Trials in two threads, one of which would begin in the other's, leave filters and showwarning as they were."""
    begun, joined, filters, show = threading.Event(), threading.Event(), warnings.filters[:], warnings.showwarning

    def score(model, X, y):  # the second would begin within the first one's, and end after it
        if threading.current_thread() is first and not begun.is_set():
            begun.set()
            joined.wait(0.2)
        elif threading.current_thread() is second and not joined.is_set():
            joined.set()
            first.join(0.2)
        return model.score(X, y)

    model = MLPRegressorCV([0.0], **COMPLETE, cv=FOLDS, scoring=score)
    first, second = (threading.Thread(target=clone(model).fit, args=(X, REAL)) for _ in range(2))
    first.start()
    begun.wait(10)
    second.start()
    first.join()
    second.join()
    assert warnings.filters == filters
    assert warnings.showwarning is show


@pytest.mark.parametrize("changes", [{}, {"early_stopping": True, "n_iter_no_change": 2}], ids=["", "early stopping"])
@BOTH
def test_the_trial_changes_nothing(Chooser, changes, monkeypatch):
    """Random numbers, samples and networks are as without, whatever a scorer does to the constants."""

    def score(model, X, y):
        model.random_state.rand()
        loss = find_scorer("loss")(model, X, y)
        model.coefs_[0][:] = model.intercepts_[-1][:] = 9.0
        return loss

    samples, y = X.copy(), TEXT.copy() if Chooser is MLPClassifierCV else REAL.copy()
    samples.flags.writeable = y.flags.writeable = False
    state = np.random.RandomState(5)
    model = Chooser(ALPHAS, **COMPLETE | {"random_state": state} | changes, cv=FOLDS, scoring=score)
    tried = clone(model).set_params(random_state=state).fit(samples, y)
    assert state.randint(10**9) == np.random.RandomState(5).randint(10**9)
    monkeypatch.setattr("skl2._selection.search.try_scoring", lambda folds: folds)
    untried = model.set_params(random_state=np.random.RandomState(5)).fit(samples, y)
    for split in range(3):
        key = f"split{split}_test_score"
        np.testing.assert_array_equal(tried.cv_results_[key], untried.cv_results_[key])
    np.testing.assert_array_equal(tried.coefs_[0], untried.coefs_[0])


@BOTH
def test_ctrl_c_in_the_trial(Chooser):
    """Ctrl-C while constants are scored ends the search, and the next one is not held up by it."""

    def interrupt(model, X, y):
        raise KeyboardInterrupt

    model, filters = Chooser(ALPHAS, **COMPLETE, cv=FOLDS, scoring=interrupt), warnings.filters[:]
    y = TEXT if Chooser is MLPClassifierCV else REAL
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert not hasattr(model, "scorer_")
    assert warnings.filters == filters
    assert model.set_params(scoring=None).fit(X, y).alpha_ in ALPHAS


def test_a_scorer_may_search():
    """A scorer that fits a search of its own, in the trial of another, does not wait for itself."""

    def nested(model, X, y):
        search = MLPRegressorCV([0.0], hidden_layer_sizes=(), max_iter=2, cv=2, learning_rate="cosine")
        return search.fit(X, y).n_splits_ + model.score(X, y)

    search = MLPRegressorCV([0.0], hidden_layer_sizes=(), max_iter=2, cv=2, learning_rate="cosine", scoring=nested)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        thread = threading.Thread(target=search.fit, args=(X, REAL), daemon=True)
        thread.start()
        thread.join(60)
    assert not thread.is_alive()
    assert search.n_splits_ == 2


def test_a_constant_beyond_float32_is_no_warning():
    """A mean that float32 cannot hold ends in the error that all fits diverged, and not in numpy's overflow."""
    X, y = np.arange(8.0)[:, np.newaxis], np.array([1.2, -1.3, 6.4, 1.1, 2.0, 3.0, -4.0, 5.0]) * 1e149
    search = MLPRegressorCV([0.1], cv=2, hidden_layer_sizes=(3,), max_iter=2, dtype="float32", random_state=0)
    with pytest.raises(ValueError, match=r"No alpha can be chosen.*diverged"):
        search.fit(X, y)
