"""The end of a search: networks at the alpha chosen are held against constants, on the samples held out."""

import re
import warnings
from contextlib import nullcontext

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score
from sklearn.model_selection import KFold, cross_val_predict, cross_val_score
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV, TabularMLPClassifier, TabularMLPRegressor
from skl2._inputs.samples import Given, validate_samples
from skl2._selection.folds import make_folds
from skl2._selection.scoring import Scoring, find_scorer
from skl2._selection.search import Search
from skl2._selection.trial import find_failure, warn_if_nothing_learned
from skl2._training.progress import Progress

RANDOM = np.random.default_rng(1)
N = 60
X = RANDOM.standard_normal((N, 4))
REAL = X[:, 0] + 0.3 * RANDOM.standard_normal(N)
NOISE = RANDOM.standard_normal(N)  # X tells nothing of it
FOLDS = KFold(3)
TRAINING = {"batch_size": 10, "max_iter": 40, "learning_rate_init": 0.05, "learning_rate": "cosine", "tol": 0.0}
SMALL = {"hidden_layer_sizes": (8,), "random_state": 0} | TRAINING
IDLE = SMALL | {"learning_rate_init": 1e-6}  # no step that matters
ALPHAS = [0.0, 1e-3]
PROGRESS = Progress(0.05, adaptive=False)
BOTH = pytest.mark.parametrize("Chooser", [MLPClassifierCV, MLPRegressorCV])
STRATEGIES = pytest.mark.parametrize("strategy", ["full", "halving", "screening"])
START = "The search has learned nothing that holds for new samples: at alpha="


def told(model, X, y, sample_weight=None):
    """What a fit warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y, sample_weight=sample_weight)
    assert all(issubclass(each.category, ConvergenceWarning) for each in caught)
    return [str(each.message) for each in caught]


@STRATEGIES
@pytest.mark.parametrize("ensemble", [False, True])
@BOTH
def test_data_that_tell_nothing(Chooser, ensemble, strategy):
    """One warning comes of the whole fit: it names alpha, how many networks failed, and both mean scores."""
    y = NOISE > 0.2 if Chooser is MLPClassifierCV else NOISE
    model = Chooser(ALPHAS, **SMALL, cv=FOLDS, scoring="loss", ensemble=ensemble, strategy=strategy)
    texts = told(model, X, y)
    if strategy == "screening" and not ensemble:
        assert texts == []  # another network than those compared is kept, and it fits what it was trained on
        return
    (text,) = texts
    found = re.search(
        r"at alpha=(\S+), its best, the network is no better than the best constant prediction in (\d) of 3 folds "
        r"\(mean score (\S+), of the constants (\S+)\)\. .*X tells nothing of y",
        text,
    )
    assert text.startswith(START)
    assert float(found[1]) == model.alpha_
    assert int(found[2]) >= 2
    assert float(found[3]) == pytest.approx(model.best_score_, rel=1e-3)
    if Chooser is MLPClassifierCV:
        dummies = cross_val_score(DummyClassifier(strategy="prior"), X, y, cv=FOLDS, scoring="neg_log_loss")
    else:
        dummies = cross_val_score(DummyRegressor(), X, y, cv=FOLDS, scoring="neg_mean_squared_error") / 2
    assert float(found[4]) == pytest.approx(dummies.mean(), rel=1e-3)


@pytest.mark.parametrize("Model", [TabularMLPClassifier, TabularMLPRegressor])
def test_tables_that_tell_nothing(Model):
    """So it is for tables: one warning, which names the alpha of all networks."""
    model = Model(hidden_layer_sizes=(16,), max_iter=40, batch_size=10, alphas=[0.01], cv=FOLDS, random_state=0)
    (text,) = told(model, X, NOISE if Model is TabularMLPRegressor else NOISE > 0.2)
    assert text.startswith(f"{START}0.01, its best, ")
    assert re.search(r"no better than the best constant prediction in \d of 3 folds", text)
    assert not told(model, X, REAL if Model is TabularMLPRegressor else REAL > 0.2)


@pytest.mark.parametrize("early_stopping", [False, True, "loss"])
@BOTH
def test_what_the_search_has_said_the_last_network_does_not_repeat(Chooser, early_stopping):
    """The network of all samples has learned nothing either, and would say so alone."""
    y = REAL > 0.2 if Chooser is MLPClassifierCV else REAL
    model = Chooser(ALPHAS, **IDLE, cv=FOLDS, scoring="loss", early_stopping=early_stopping)
    (text,) = told(model, X, y)
    assert text.startswith(START)
    alone = clone(model.best_estimator_)
    (text,) = told(alone, X, y)
    assert text.startswith("The network has learned nothing")
    (text,) = told(alone, X, y)  # the search has left no trace
    assert text.startswith("The network has learned nothing")


MANY = np.sign(np.random.default_rng(0).standard_normal((300, 2)))
RARE = np.random.default_rng(1).random(300) < np.where(MANY[:, 0] > 0, 0.3, 0.02)


def test_accuracy_of_a_rare_class():
    """Where a class is always rare, accuracy is that of the majority, and probabilities are better: silence."""
    model = MLPClassifierCV(ALPHAS, **SMALL, cv=FOLDS)
    assert not told(model, MANY, RARE)
    majority = cross_val_score(DummyClassifier(), MANY, RARE, cv=FOLDS)
    np.testing.assert_array_equal([model.cv_results_[f"split{k}_test_score"][0] for k in range(3)], majority)


@pytest.mark.parametrize("class_weight", ["balanced", {False: 1.0, True: 4.0}], ids=str)
@pytest.mark.parametrize("scoring", ["accuracy", "loss"])
def test_weights_of_classes_cost_accuracy(scoring, class_weight):
    """A rare class of more weight may cost more accuracy than the majority has, as was asked for: silence."""
    settings = SMALL | {"class_weight": class_weight}
    model = MLPClassifierCV([0.0], **settings, cv=FOLDS, scoring=scoring)
    assert not told(model, MANY, RARE)
    predictions = cross_val_predict(MLPClassifier(**settings, alpha=0.0), MANY, RARE, cv=FOLDS)
    assert predictions.mean() > 1.5 * RARE.mean()
    assert accuracy_score(RARE, predictions) < 1 - RARE.mean()


TASKS = {
    "values": (MLPRegressorCV, REAL, NOISE, {}),
    "outputs": (MLPRegressorCV, np.column_stack([REAL, X[:, 1]]), np.column_stack([NOISE, NOISE[::-1]]), {}),
    "counts": (MLPRegressorCV, np.round(np.exp(REAL)), np.round(np.exp(NOISE)), {"loss": "poisson"}),
    "classes": (MLPClassifierCV, np.digitize(REAL, [-0.5, 0.5]), np.digitize(NOISE, [-0.5, 0.5]), {}),
    "labels": (MLPClassifierCV, np.column_stack([REAL, X[:, 1]]) > 0, np.column_stack([NOISE, NOISE[::-1]]) > 0, {}),
}


@pytest.mark.parametrize("weight", [None, RANDOM.uniform(0.5, 2, N)], ids=["", "weights"])
@pytest.mark.parametrize("convert", [np.asarray, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("task", TASKS)
def test_tasks_and_samples_of_all_kinds(task, convert, weight):
    """Where there is something to learn there is silence, and of noise one warning."""
    Chooser, real, noise, settings = TASKS[task]
    model = Chooser(ALPHAS, **SMALL | settings, cv=FOLDS, scoring="loss")
    as_type = float if Chooser is MLPRegressorCV else int
    assert not told(model, convert(X), real.astype(as_type), weight)
    (text,) = told(model, convert(X), noise.astype(as_type), weight)
    assert text.startswith(START)


@pytest.mark.parametrize("how", [{"n_jobs": 2}, {"backend": "loky", "n_jobs": 2}], ids=["threads", "loky"])
def test_workers_say_the_same(how):
    """With threads and with processes the warning is that of one thread, to the last digit."""
    model = MLPRegressorCV(ALPHAS, **SMALL, cv=FOLDS)
    expected = told(model, X, NOISE)
    with joblib.parallel_config(**how):
        assert told(model, X, NOISE) == expected
    assert len(expected) == 1


@pytest.mark.parametrize("ensemble", [False, True])
@BOTH
def test_nothing_to_learn(Chooser, ensemble):
    """Of one class, or a constant, the search says nothing: there is nothing to be learned."""
    y = np.full(N, "yes") if Chooser is MLPClassifierCV else np.full(N, 3.0)
    settings = SMALL | {"max_iter": 100}
    assert not told(Chooser(ALPHAS, **settings, cv=FOLDS, ensemble=ensemble), X, y)


def test_a_target_in_large_units():
    """Where all networks fail since y is 3e5 ± 1e5, that is said first, and after doing what is said all is well."""
    y = 3e5 + 1e5 * REAL
    model = MLPRegressorCV(ALPHAS, **SMALL | {"max_iter": 20}, cv=FOLDS)
    (text,) = told(model, X, y)
    assert re.search(r"^The search .* first: \(1\) y is far from unit scale .*write TransformedTargetRegressor\(", text)
    assert not told(TransformedTargetRegressor(model, transformer=StandardScaler()), X, y)


def search(estimator, y, alphas, splits=None):
    """The Search of networks trained to their end."""
    estimator, splits = clone(estimator), splits or list(FOLDS.split(X))
    samples = validate_samples(estimator, Given(X, y, None), reset=True)
    scorer = find_scorer("accuracy" if isinstance(estimator, MLPClassifier) else "r2")
    one = Search(make_folds(estimator, samples, splits, Scoring(scorer, X, y, {})), np.array(alphas), None)
    one.run([estimator.max_iter], None)
    return one


def test_alpha_is_blamed_only_if_it_is_the_smallest():
    """An alpha that shrinks all weights is a cause, unless smaller ones have been tried: they were no better."""
    one = search(MLPRegressor(**SMALL), REAL, [10.0])
    with pytest.warns(ConvergenceWarning, match=r"alpha=10 shrinks the weights.*: lower alpha\."):
        warn_if_nothing_learned(one, 0, one.alphas, "Chooser")
    with pytest.warns(ConvergenceWarning, match=START) as warned:
        warn_if_nothing_learned(one, 0, np.array([10.0, 0.1]), "Chooser")
    assert "shrinks" not in str(warned[0].message)


@pytest.mark.parametrize(
    ("n_folds", "n_failed", "fails"),
    [(3, 3, True), (3, 2, True), (3, 1, False), (3, 0, False), (2, 1, False), (2, 2, True), (1, 1, True), (5, 3, True)],
)
def test_most_folds_decide(n_folds, n_failed, fails):
    """A search has failed where more than half of the networks have."""
    one = search(MLPRegressor(**IDLE), REAL, [0.0], list(KFold(5).split(X))[:n_folds])
    assert len(one.failed) == n_folds
    one.failed = {key: one.failed[key] for key in list(one.failed)[-n_failed:] if n_failed}
    told_of = f"its best, the network is no better than the best constant prediction in {n_failed} of {n_folds} folds"
    with pytest.warns(ConvergenceWarning, match=told_of) if fails else nullcontext():
        warn_if_nothing_learned(one, 0, one.alphas, "Chooser")


def test_better_in_score_or_in_loss():
    """A network is better than the constant by its score, or by its loss on the samples held out, if they can say."""
    one = search(MLPRegressor(**SMALL), REAL, [0.0])
    fold = one.folds[0]
    train, test = next(FOLDS.split(X))
    network = MLPRegressor(**SMALL).fit(X[train], REAL[train])
    worse = MLPRegressor(**SMALL).fit(X[train], -REAL[train])
    assert network.score(X[test], REAL[test]) > fold.constant_score > worse.score(X[test], REAL[test])
    for each, score, is_better in [
        (network, fold.constant_score, True),
        (worse, fold.constant_score, False),
        (worse, fold.constant_score + 0.0009, False),
        (worse, fold.constant_score + 0.0011, True),
    ]:
        assert (find_failure(fold, each, score, PROGRESS) is None) == is_better
    of_loss = fold._replace(constant_score=np.nan)
    assert find_failure(of_loss, worse, 9.0, PROGRESS)
    assert not find_failure(of_loss, network, -9.0, PROGRESS)
    assert not find_failure(fold._replace(held_out=None), worse, -9.0, PROGRESS)


def test_a_class_that_a_fold_does_not_train_on():
    """Samples of a class that its network does not know have no loss, and only folds with all classes decide."""
    y = np.digitize(REAL, [-0.5, 0.5])
    unknown = np.flatnonzero(y != 1), np.flatnonzero(y == 1)
    one = search(MLPClassifier(**SMALL), y, [0.0], [*FOLDS.split(X), unknown])
    assert [fold.held_out is None for fold in one.folds] == [False, False, False, True]
    assert not one.failed
    assert not told(MLPClassifierCV(ALPHAS, **SMALL, cv=[*FOLDS.split(X), unknown]), X, y)


@pytest.mark.filterwarnings("ignore:.*takes no sample_weight")
@pytest.mark.parametrize("ensemble", [False, True])
def test_samples_held_out_that_weigh_nothing(ensemble):
    """Where a scorer takes no weights, samples held out may weigh nothing: the other folds decide."""
    how = {"cv": FOLDS, "ensemble": ensemble, "scoring": lambda model, X, y: 0.0}
    model = MLPRegressorCV(ALPHAS, **SMALL, **how)
    assert model.fit(X, REAL, sample_weight=np.arange(N) >= N // 3).best_score_ == 0


def test_networks_that_end_before_others_are_dropped():
    """Networks are judged when they have ended, also where all do so before the first comparison of halving."""
    settings = SMALL | {"tol": 1e9, "n_iter_no_change": 1, "learning_rate_init": 1e-6}
    (text,) = told(MLPRegressorCV([0.0, 0.1, 0.2, 0.3], **settings, cv=FOLDS, strategy="halving"), X, REAL)
    assert text.startswith(START)
