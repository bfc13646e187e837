"""Whether a network has learned anything: who is warned, by which numbers, and who is not."""

import re
import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import ConvergenceWarning

from skl2 import MLPClassifier, MLPRegressor
from skl2._estimators import learning
from skl2._kernels.losses import LOSSES
from skl2._training.batches import Samples
from skl2._training.progress import Validation

RANDOM = np.random.default_rng(0)
N = 40
X = RANDOM.standard_normal((N, 3)) * RANDOM.integers(0, 2, (N, 3))
Y = X @ [1.0, -0.7, 0.4] + 0.1 * RANDOM.standard_normal(N)
Y = (Y - Y.mean()) / Y.std()
LABELS = np.digitize(Y, [-0.5, 0.5])
WEIGHT = RANDOM.uniform(0.5, 2, N)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "random_state": 9, "learning_rate": "cosine", "max_iter": 10}
GOOD = SMALL | {"learning_rate_init": 0.05, "max_iter": 40}
IDLE = SMALL | {"learning_rate_init": 1e-6}  # no step that matters
START = "The network has learned nothing: its loss on the "


def warned(method, *arguments, **options):
    """The (category, text) of all warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", "overflow|invalid value")  # numpy's words, without compilation
        method(*arguments, **options)
    return [(each.category, str(each.message)) for each in caught]


def numbers_in(text):
    """The losses of the network and of the constant in a warning."""
    return [
        float(number) for number in re.search(r"is (\S+), (?:no|hardly) less than the (\S+) of the best", text).groups()
    ]


TASKS = {
    "values": (MLPRegressor, {}, Y, "squared_error"),
    "several values": (MLPRegressor, {}, np.column_stack([Y, 2 - Y]), "squared_error"),
    "counts": (MLPRegressor, {"loss": "poisson"}, RANDOM.poisson(np.exp(Y)), "poisson"),
    "two classes": (MLPClassifier, {}, Y > 0.3, "binary_log_loss"),
    "classes": (MLPClassifier, {}, LABELS, "log_loss"),
    "labels": (MLPClassifier, {}, np.column_stack([Y > 0, Y > 1]).astype(int), "binary_log_loss"),
}
EACH_TASK = pytest.mark.parametrize("task", TASKS)


@pytest.mark.parametrize("settings", [{}, {"optimizer": "sgd"}, {"optimizer": "lbfgs", "alpha": 0.01}], ids=str)
@pytest.mark.parametrize("stopping", [False, True, "loss"])
@EACH_TASK
def test_training_that_went_well_costs_nothing(task, stopping, settings, monkeypatch):
    """Where losses of training or validation say that something was learned, nothing more is computed, nor said."""

    def refuse(*arguments):
        raise AssertionError("an extra pass over X")

    monkeypatch.setattr(learning, "raw_prediction", refuse)
    Estimator, more, y, _ = TASKS[task]
    model = Estimator(**GOOD | {"early_stopping": stopping, "validation_fraction": 0.4} | settings | more)
    said = warned(model.fit, X, y)
    if not stopping:
        said += warned(model.path, X, y, [0.0, 0.01])
        with pytest.raises(AssertionError, match="an extra pass"):
            Estimator(**IDLE | more).fit(X, y)
    assert all("lbfgs failed to converge" in text for _, text in said)


@pytest.mark.parametrize("kind", [np.asarray, np.asfortranarray, csr_array, np.float32], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@EACH_TASK
def test_the_warning_has_both_losses(task, weight, kind):
    """It names the mean loss of the network without its penalty, and of the best constant, on the training samples."""
    Estimator, more, y, loss = TASKS[task]
    model = Estimator(**IDLE | more, alpha=3.0)
    ((category, text),) = warned(model.fit, kind(X), y, weight)
    assert category is ConvergenceWarning
    assert text.startswith(f"{START}training samples")
    targets = model._targets(np.asarray(y), continues=True, incremental=True)
    losses = LOSSES[loss].numpy(model._raw_prediction(kind(X)).astype(float), targets)
    network, constant = numbers_in(text)
    assert network == pytest.approx(np.average(losses, weights=weight), rel=1e-3)
    assert constant == pytest.approx(LOSSES[loss].constant(targets, weight, np.zeros(model.n_outputs_))[1], rel=1e-3)
    assert network >= constant


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("stopping", [True, "loss"])
@EACH_TASK
def test_early_stopping_judges_by_the_validation_set(task, stopping, optimizer):
    """The losses are those on the validation set, if it is sure, else on the others; the constant is that of these."""
    Estimator, more, y, loss = TASKS[task]
    settings = IDLE | more | {"optimizer": optimizer, "tol": 1e9, "n_iter_no_change": 1}
    model = Estimator(**settings, early_stopping=stopping)
    ((_, text),) = warned(model.fit, X[:25], y[:25], X_val=X[25:], y_val=y[25:])
    train, test = (model._targets(part, continues=True, incremental=True) for part in (y[:25], y[25:]))
    constant, _ = LOSSES[loss].constant(train, None, np.zeros(model.n_outputs_))
    rows, targets = (X[25:], test) if "validation set" in text else (X[:25], train)
    expected = [LOSSES[loss].numpy(raw, targets).mean() for raw in (model._raw_prediction(rows), constant[np.newaxis])]
    assert "validation set" in text or task == "classes"
    assert numbers_in(text) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("network", "n_samples", "has_learned"),
    [
        (Validation(0.9, 0.5), 100, True),
        (Validation(0.5, 1.0), 100, False),
        (Validation(0.5, 0.9991), 100, False),  # by less than a thousandth
        (Validation(0.5, 0.998), 100, True),
        (Validation(0.62, 5.0), 100, True),  # sure of itself, and more often right
        (Validation(0.59, 5.0), 100, False),
        (Validation(0.59, 5.0), 200, True),
        (Validation(np.nan, 1.0), 100, False),
        (Validation(np.nan, 0.9), 1, True),
    ],
)
def test_what_counts_as_learned(network, n_samples, has_learned):
    """A loss below the constant's, or a score above it by more than chance would have it."""
    comparison = learning._compare(network, Validation(0.5, 1.0), n_samples, 0.001, "samples")
    assert (comparison is None) == has_learned


@pytest.mark.parametrize("stopping", [False, True])
def test_a_network_that_is_right_and_too_sure_is_silent(stopping):
    """Mistakes that cost more than the constant do not matter where the labels are mostly right."""
    noise = np.random.default_rng(1)
    rows = noise.standard_normal((300, 2))
    labels = (rows[:, 0] > 0) ^ (noise.random(300) < 0.1)
    model = MLPClassifier((), learning_rate_init=50.0, max_iter=20, learning_rate="cosine", random_state=0)
    model.set_params(early_stopping=stopping, n_iter_no_change=20)
    own = {"X_val": rows, "y_val": labels} if stopping else {}
    model.fit(rows, labels, **own)
    raw = model._raw_prediction(rows)
    assert LOSSES["binary_log_loss"].numpy(raw, labels[:, np.newaxis]).mean() > np.log(2)
    assert model.score(rows, labels) > 0.8


def test_what_has_not_converged_either_is_one_warning():
    """Where max_iter was reached and nothing learned, one warning says both, the first in scikit-learn's words."""
    ((category, text),) = warned(MLPRegressor(**IDLE | {"learning_rate": "constant"}).fit, X, Y)
    assert category is ConvergenceWarning
    assert re.match(r"Stochastic Optimizer: Maximum iterations \(10\) .* yet\. The network has learned nothing", text)


def test_partial_fit_claims_nothing_until_its_schedule_ends():
    """Training in parts is never done, but where the cosine has fallen to 0."""
    model = MLPRegressor(**IDLE | {"learning_rate": "constant", "max_iter": 3})
    assert [warned(model.partial_fit, X, Y) for _ in range(4)] == [[]] * 4
    model = MLPRegressor(**IDLE | {"max_iter": 3})
    texts = [[text for _, text in warned(model.partial_fit, X, Y)] for _ in range(3)]
    assert texts[:2] == [[], []]
    assert texts[2][0].startswith(f"{START}training samples")
    well = MLPRegressor(**GOOD | {"max_iter": 5, "learning_rate_init": 0.1})
    assert [warned(well.partial_fit, X, Y) for _ in range(5)] == [[]] * 5


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_path_that_fails_is_one_warning(n_jobs):
    """All networks of a path that has learned nothing share a warning, with the losses of the least λ."""
    model = MLPRegressor(**IDLE | {"learning_rate": "constant"})
    ((category, text),) = warned(model.path, X, Y, [0.5, 0.0, 3.0], n_jobs=n_jobs)
    assert category is ConvergenceWarning
    assert text.startswith(f"At alpha=0.5, 0, 3: {START}training samples")
    alone = warned(model.set_params(alpha=0.0).fit, X, Y)[0][1]
    assert text.partition("The network")[2] == alone.partition("The network")[2]


@pytest.mark.parametrize("stopping", [False, True])
@pytest.mark.parametrize("alphas", [[0.0, 0.01, 30.0, 100.0], [100.0, 0.01, 30.0]])
def test_what_a_path_shrinks_is_no_failure(alphas, stopping):
    """A λ that leaves nothing is what a path is there to show, as long as a smaller one has learned."""
    model = MLPRegressor(**GOOD, early_stopping=stopping, validation_fraction=0.3)
    path = model.path(X, Y, alphas)
    assert path[alphas.index(0.01)].score(X, Y) > 0.5
    assert path[alphas.index(100.0)].score(X, Y) < 0.1
    if not stopping:  # which returns to an epoch that has learned
        with pytest.warns(ConvergenceWarning, match=r"At alpha=30, 100: The network has learned nothing.*alpha=30 "):
            model.path(X, Y, [30.0, 100.0])


def test_what_a_path_has_not_learned_is_named_once():
    """Networks that learned nothing are not named again for max_iter; others are."""
    estimator = MLPRegressor(**GOOD | {"learning_rate": "constant", "tol": 0, "n_iter_no_change": np.inf})
    messages = [text for _, text in warned(estimator.path, X, Y, [30.0, 100.0])]
    assert [text[:42] for text in messages] == ["At alpha=30, 100: The network has learned "]
    messages = [text for _, text in warned(estimator.path, X, Y, [0.0, 100.0])]
    assert [text[:38] for text in messages] == ["At alpha=0, 100: Stochastic Optimizer:"]


class Interrupting(np.random.RandomState):
    """Ctrl-C at the beginning of the second epoch."""

    n_left = 1

    def shuffle(self, x):
        """Shuffle once."""
        if self.n_left == 0:
            raise KeyboardInterrupt
        self.n_left -= 1
        super().shuffle(x)


@pytest.mark.parametrize("stopping", [False, True])
def test_a_fit_that_is_interrupted_claims_nothing(stopping):
    """After Ctrl-C the interrupt is all there is to say."""
    own = {"X_val": X, "y_val": Y} if stopping else {}
    model = MLPRegressor(**IDLE | {"random_state": Interrupting(0)}, early_stopping=stopping)
    assert warned(model.fit, X, Y, **own) == [(UserWarning, "Training interrupted by user.")]


@pytest.mark.parametrize(("stopping", "said"), [(False, "Training diverged"), (True, "best epoch before")])
def test_networks_that_diverge_claim_nothing(stopping, said):
    """Divergence is the failure to name, also where the weights return to an epoch no better than a constant."""
    settings = IDLE | {"optimizer": "sgd", "momentum": 0.0, "learning_rate_init": 0.01}
    estimator = MLPRegressor(**settings, early_stopping=stopping, validation_fraction=0.3)
    ((_, text),) = warned(estimator.path, X, Y, [1e6, 1e7] if stopping else [1e306, 1e305])
    assert said in text
    assert "learned nothing" not in text
    if stopping:
        ((_, text),) = warned(estimator.set_params(alpha=1e6).fit, X, Y)
        assert "learned nothing" not in text


def test_a_network_that_diverged_has_learned_nothing_either():
    """Divergence at a small λ is no proof that a larger one shrinks what could be learned: both are named."""
    settings = {"optimizer": "sgd", "momentum": 0.0, "learning_rate_init": 0.8, "decay": "decoupled"}
    messages = [text for _, text in warned(MLPRegressor(**SMALL | settings).path, X, 3 * Y, [0.0, 1.2])]
    assert [text[:30] for text in messages] == ["At alpha=1.2: The network has ", "At alpha=0: Training diverged:"]


def test_weightless_samples_have_no_say(monkeypatch):
    """Where few of many samples weigh something, those are the ones that are looked at."""
    monkeypatch.setattr(learning, "MOST_SAMPLES", 5)
    rows, y = np.vstack([np.full((500, 3), 1e3), X]), np.append(np.full(500, 1e6), Y)
    weight = np.append(np.zeros(500), np.ones(N))
    ((_, text),) = warned(MLPRegressor(**IDLE).fit, rows, y, weight)
    network, constant = numbers_in(text)
    assert constant < network < 20
    assert "scale" not in text


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
@pytest.mark.parametrize("weight", [None, np.arange(12) % 3], ids=["plain", "weighted"])
def test_some_samples_are_spread_over_all(weight, kind, monkeypatch):
    """At most MOST_SAMPLES are looked at, from the first to the last that weighs something, in an X of their own."""
    rows, indices = kind(np.arange(20.0).reshape(20, 1)), np.arange(19, 7, -1)
    samples = Samples(rows, indices[:, np.newaxis], weight, indices)
    monkeypatch.setattr(learning, "MOST_SAMPLES", 4)
    some = learning._some(samples)
    expected = [19, 16, 12, 8] if weight is None else [18, 15, 12, 8]
    assert some.y.ravel().tolist() == expected
    assert np.ravel(some.X.toarray() if kind is csr_array else some.X).tolist() == expected
    monkeypatch.setattr(learning, "MOST_SAMPLES", 12)
    assert len(learning._some(samples).y) == (12 if weight is None else 8)


def test_many_samples_are_judged_by_some(monkeypatch):
    """A network is held against the constant on the same samples, whichever they are, so that luck does not matter."""
    model, y = MLPRegressor(**IDLE), np.append(Y, 100 + Y)
    rows = np.vstack([X, X])
    monkeypatch.setattr(learning, "MOST_SAMPLES", 8)
    ((_, text),) = warned(model.fit, rows, y)
    network, constant = numbers_in(text)
    assert constant == pytest.approx(np.mean((y[np.linspace(0, 79, 8).astype(int)] - y.mean()) ** 2) / 2, rel=1e-3)
    assert network > constant
