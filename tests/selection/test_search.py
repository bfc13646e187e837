"""The search below the estimators: folds that share X, networks in any groups, comparisons, scores."""

import pickle
from itertools import cycle

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.metrics import check_scoring
from sklearn.model_selection import KFold

from skl2 import MLPClassifier, MLPRegressor
from skl2._inputs.samples import Given, validate_samples
from skl2._selection.folds import check_splits, make_folds
from skl2._selection.scoring import Scoring
from skl2._selection.search import Search
from skl2._training.batches import Order
from skl2._training.progress import Status

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((45, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(45), [-0.5, 0.5])
WEIGHT = RANDOM.uniform(0.5, 2, 45)
ALPHAS = np.array([0.3, 0.0, 3.0, 0.01, 0.3])
SPLITS = list(KFold(3).split(X))
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 6, "random_state": 0, "learning_rate_init": 0.05}


def make(estimator, samples=X, y=Y, weight=None, splits=SPLITS, scorer=None):
    """The Folds of a search with this estimator, as the CV estimators make them; and the Samples of all."""
    estimator = clone(estimator)
    given = validate_samples(estimator, Given(samples, y, weight), reset=True)
    scoring = Scoring(check_scoring(estimator, scorer), samples, y, {} if weight is None else {"sample_weight": weight})
    return make_folds(estimator, given, splits, scoring), given


def run(folds, alphas=ALPHAS, epochs=(None,), n_jobs=1):
    """The Search after its comparisons."""
    search = Search(folds, np.asarray(alphas, float), n_jobs)
    search.run(epochs, None)
    return search


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("convert", [np.asarray, np.asfortranarray, csr_array], ids=["C", "Fortran", "sparse"])
def test_folds_share_X(convert, early_stopping):
    """Every fold trains on rows of the very X that was given, and scores on rows of it: there is no other."""
    samples = convert(X)
    folds, given = make(MLPClassifier(**SMALL, early_stopping=early_stopping), samples)
    assert all(fold.problem.task.samples.X is given.X for fold in folds)
    assert all(fold.scoring.X is samples for fold in folds)
    if convert is not csr_array:
        assert given.X is samples
    for fold, (train, test) in zip(folds, SPLITS, strict=True):
        rows = fold.problem.task.samples.indices
        assert np.isin(rows, train).all()
        assert (rows.size == train.size) != early_stopping
        np.testing.assert_array_equal(fold.test, test)
        np.testing.assert_array_equal(fold.problem.task.samples.y[:, 0], Y[rows])


@pytest.mark.parametrize(
    ("estimator", "weight"),
    [
        (MLPClassifier(**SMALL), None),
        (MLPClassifier(**SMALL, class_weight="balanced", decay="decoupled"), WEIGHT),
        (MLPClassifier(**SMALL, early_stopping=True, n_iter_no_change=2), WEIGHT),
        (MLPRegressor(**SMALL | {"optimizer": "lbfgs"}), WEIGHT),
        (MLPRegressor(**SMALL | {"random_state": np.random.RandomState(5)}, dtype="float32"), None),
    ],
    ids=["plain", "class weights", "early stopping", "L-BFGS", "a RandomState"],
)
def test_each_outcome_is_that_of_a_fit(estimator, weight):
    """Score, epochs and status of each alpha and fold are those of a fit on the samples of the fold."""
    search = run(make(estimator, weight=weight)[0])
    assert len(np.unique(search.outcome.score)) > 3
    for number, (train, test) in enumerate(SPLITS):
        for row, alpha in enumerate(ALPHAS):
            parts = [(X[part], Y[part], None if weight is None else weight[part]) for part in (train, test)]
            fitted = clone(estimator).set_params(alpha=alpha).fit(*parts[0])
            assert search.outcome.score[row, number] == fitted.score(*parts[1])
            assert search.outcome.n_iter[row, number] == fitted.n_iter_
            stopped = search.outcome.status[row, number] in (Status.CONVERGED, Status.STOPPED_EARLY)
            assert stopped == (fitted.n_iter_ < 6)
    assert np.all(search.outcome.fit_time > 0)
    assert np.all(search.outcome.score_time > 0)


@pytest.mark.parametrize("y", [Y, np.array(["no", "yes", "maybe"])[Y]], ids=["numbers", "text"])
def test_a_class_that_a_fold_does_not_train_on(y):
    """A fold whose training samples lack a class trains and scores as a fit on them does, beside folds with all."""
    train = np.flatnonzero(Y != 1)
    splits = [(train, np.flatnonzero(Y == 1)), (train, np.arange(45)), SPLITS[0]]
    folds, _ = make(MLPClassifier(**SMALL), y=y, splits=splits)
    assert [len(fold.estimator.classes_) for fold in folds] == [2, 2, 3]
    scores = run(folds).outcome.score
    for number, (train, test) in enumerate(splits):
        fitted = [MLPClassifier(**SMALL, alpha=alpha).fit(X[train], y[train]) for alpha in ALPHAS]
        np.testing.assert_array_equal(scores[:, number], [model.score(X[test], y[test]) for model in fitted])
    assert np.all(scores[:, 0] == 0)
    assert np.all(scores[:, 1] > 0)


def test_without_a_seed_one_is_drawn_for_all_folds():
    """random_state=None becomes one int that all folds share, another one in each search."""
    seeds = []
    for _ in range(2):
        folds, _ = make(MLPRegressor(**SMALL | {"random_state": None}), splits=[SPLITS[0]] * 2)
        np.testing.assert_array_equal(folds[0].problem.params, folds[1].problem.params)
        np.testing.assert_array_equal(*run(folds).outcome.score.T)
        seeds.append({fold.estimator.random_state for fold in folds})
    assert [len(seed) for seed in seeds] == [1, 1]
    assert seeds[0] != seeds[1]


SETTINGS = {
    "cosine": {"learning_rate": "cosine"},
    "adaptive": {"optimizer": "sgd", "learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 1},
    "converging": {"tol": 0.1, "n_iter_no_change": 1},  # after 4 to 8 epochs
    "early stopping": {"early_stopping": True, "validation_fraction": 0.3, "n_iter_no_change": 2},
}
DIVISIONS = [
    [np.array(numbers) for numbers in groups]
    for groups in ([[0, 2, 4], [1, 3]], [[1, 3], [0, 2, 4]], [[4], [3], [2], [1], [0]], [[3, 0], [2, 1, 4]])
]


@pytest.mark.parametrize(
    ("pauses", "firsts"), [((), (0, 1, 2, 3)), ((2, 4, 5), (0, 2))], ids=["at once", "with pauses"]
)
@pytest.mark.parametrize("settings", SETTINGS)
def test_groups_of_networks_do_not_matter(settings, pauses, firsts, monkeypatch):
    """However networks are divided into groups, anew after each comparison, the outcome is the same bit for bit."""
    folds, _ = make(MLPRegressor(**SMALL | {"max_iter": 6} | SETTINGS[settings]), weight=WEIGHT)
    expected = run(folds).outcome
    for first in firsts:  # with pauses each search has all divisions, one after the other
        divisions = cycle(DIVISIONS[first:] + DIVISIONS[:first])
        monkeypatch.setattr("skl2._selection.search.group", lambda *sizes, divisions=divisions: next(divisions))
        search = Search(folds, ALPHAS, 1)
        for until in (*pauses, None):
            search.compare(until)
        for name in ("score", "n_iter", "status"):
            np.testing.assert_array_equal(getattr(search.outcome, name), getattr(expected, name))
    assert (len(np.unique(expected.n_iter)) > 2) == (settings in ("converging", "early stopping"))


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_pause_changes_nothing(settings):
    """Networks that were compared on the way end as those that were not: scores, epochs, times that add up."""
    folds, _ = make(MLPRegressor(**SMALL | {"max_iter": 8} | SETTINGS[settings]))
    whole, paused = run(folds), Search(folds, ALPHAS, 1)
    for epoch in (1, 4, 7):
        before = paused.outcome.fit_time.copy()
        paused.compare(epoch)
        assert np.all(paused.outcome.fit_time > before)
        assert np.all(paused.outcome.n_iter <= epoch)
        assert paused.outcome.n_iter.max() == epoch or settings != "cosine"
    paused.keep(np.array([0, 2]))
    paused.compare(None)
    for name in ("score", "n_iter", "status"):
        np.testing.assert_array_equal(getattr(paused.outcome, name)[[0, 2]], getattr(whole.outcome, name)[[0, 2]])
    assert np.all(paused.outcome.n_iter[[1, 3, 4]] <= 7)


def test_stages_say_what_happened():
    """Each stage compares what the one before left, with its mean scores then, and is reported in words."""
    folds, _ = make(MLPRegressor(**SMALL))
    search, texts = Search(folds, ALPHAS, 1), []
    stages = search.run((2, 4, 6), texts.append)
    assert [stage["n_epochs"] for stage in stages] == [2, 4, 6][: len(stages)]
    for stage, text in zip(stages, texts, strict=True):
        best = stage["alphas"][np.argmax(stage["mean_scores"])]
        assert text.startswith(f"After {stage['n_epochs']} epochs, best of {len(stage['alphas'])}: alpha={best:g} ")
        assert ("Dropped" in text) == (stage["dropped"].size > 0)
        assert np.isin(stage["dropped"], stage["alphas"]).all()
    assert stages[-1]["dropped"].size == 0
    np.testing.assert_array_equal(stages[-1]["mean_scores"], search.outcome.score[search.left].mean(axis=1))


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
@pytest.mark.parametrize("epochs", [(6,), (3, 6)])
def test_a_network_that_diverges_has_no_score(epochs):
    """Its score is NaN and never the best; the other networks are as without it."""
    folds, _ = make(MLPRegressor(**SMALL | {"optimizer": "sgd"}, penalty="l2"))
    search = run(folds, [0.1, 1e300, 0.0], epochs)
    assert np.isnan(search.outcome.score[1]).all()
    assert np.all(search.outcome.status[1] == Status.DIVERGED)
    assert np.all(search.outcome.score_time[1] == 0)
    np.testing.assert_array_equal(np.isfinite(search.mean_scores()), search.left != 1)
    trained = np.all(search.outcome.n_iter[[0, 2]] == 6, axis=1)
    assert trained.any()
    alone = run(folds, [0.1, 0.0]).outcome.score
    np.testing.assert_array_equal(search.outcome.score[[0, 2]][trained], alone[trained])


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_interrupted_training_is_no_outcome(optimizer, n_jobs, monkeypatch):
    """Ctrl-C in the training of any fold raises KeyboardInterrupt, and nothing that it left is scored."""
    scored = []

    def score(model, X, y):
        scored.append(np.any(model.coefs_[0]))  # else the constant, before training
        return 1.0

    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Order, "draw", interrupt)
    monkeypatch.setattr("skl2._training.lbfgs.minimize", interrupt)
    folds, _ = make(MLPRegressor(**SMALL, optimizer=optimizer), scorer=score)
    with pytest.raises(KeyboardInterrupt):
        run(folds, n_jobs=n_jobs)
    assert scored == [False] * 3


@pytest.mark.parametrize("kind", [list, np.int32, np.uint8, "from the end", "mask", "list of bool"])
def test_folds_are_numbers_of_samples(kind):
    """Folds as lists, integers of any type and masks are the same numbers; negative ones count from the end."""

    def give(numbers):
        mask = np.isin(np.arange(45), numbers)
        others = {list: numbers.tolist(), "from the end": numbers - 45, "mask": mask, "list of bool": mask.tolist()}
        return others[kind] if kind in others else numbers.astype(kind)

    folds = check_splits(((give(train), give(test)) for train, test in SPLITS), 45)
    for fold, expected in zip(folds, SPLITS, strict=True):
        for numbers, of_scikit_learn in zip(fold, expected, strict=True):
            assert numbers.dtype.kind in "iu"
            np.testing.assert_array_equal(np.arange(45)[numbers], of_scikit_learn)


def test_an_error_of_a_splitter_is_its_own():
    """What a splitter says of its samples is said as it is."""

    def split():
        raise ValueError("too few groups")
        yield

    with pytest.raises(ValueError, match=r"^too few groups$"):
        check_splits(split(), 45)


def test_what_is_sent_to_workers_holds_X_apart():
    """The arguments of a job have X on their own, once, so that a cluster can keep it; the rest is small."""
    many = np.tile(X, (200, 10))
    folds, _ = make(MLPClassifier(**SMALL), many, np.tile(Y, 200), splits=[(np.arange(20), np.arange(20, 40))])
    to_train, to_score, rest = folds[0].without_X()
    assert to_train is to_score is many
    assert len(pickle.dumps(rest)) < many.nbytes / 5
    again = rest.with_X(to_train, to_score)
    assert again.problem.task.samples.X is again.held_out.X is again.scoring.X is many
    for name in ("indices", "y"):
        np.testing.assert_array_equal(getattr(again.held_out, name), getattr(folds[0].held_out, name))
