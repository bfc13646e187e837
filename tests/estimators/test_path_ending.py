"""How the networks of a path end: status, warnings, errors, Ctrl-C, and what verbose prints."""

import _thread
import re
import threading
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal, assert_equal
from sklearn.exceptions import ConvergenceWarning

from skl2 import MLPClassifier, MLPRegressor
from skl2._estimators import solution
from skl2._training.batches import Batches, Order
from skl2._training.lbfgs import Objective

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = X[:, 0] - np.sin(X[:, 1]) + 0.5 * RANDOM.standard_normal(40)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}
ENDS = {"tol": 1e9, "n_iter_no_change": 1, "learning_rate_init": 0.1}  # before max_iter, with something learned
HOLDS_OUT = {"early_stopping": True, "validation_fraction": 0.25}
REMEDY = "scale X (StandardScaler) and the targets of a regression, or lower alpha or learning_rate_init"
WILD = SMALL | {"optimizer": "sgd", "momentum": 0.0, "learning_rate": "cosine", "learning_rate_init": 0.2}


def train(estimator, *arguments, **options):
    """Return the path, and its warnings as (category, text)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", "overflow|invalid value")  # numpy's words, without compilation
        path = estimator.path(X, Y, *arguments, **options)
    return path, [(warning.category, str(warning.message)) for warning in caught]


@pytest.mark.parametrize(
    ("settings", "status", "message"),
    [
        (ENDS, "converged", None),
        (ENDS | HOLDS_OUT, "stopped_early", None),
        ({"learning_rate": "cosine", "learning_rate_init": 0.1}, "max_iter", None),
        ({}, "max_iter", r"Stochastic Optimizer: Maximum iterations \(4\) reached"),
        ({"optimizer": "lbfgs", "tol": 0.1, "max_iter": 50}, "converged", None),
        (
            {"optimizer": "lbfgs"},
            "max_iter",
            "lbfgs failed to converge. Increase max_iter=4 or max_fun=15000, or scale X",
        ),
    ],
    ids=["converged", "stopped early", "cosine", "max_iter", "lbfgs converged", "lbfgs"],
)
def test_networks_that_end_alike_share_a_warning(settings, status, message):
    """The status says why training ended; where it did not converge, one warning names the values of alpha."""
    path, messages = train(MLPRegressor(**SMALL | settings), [0.5, 0.0, 1e-3])
    assert path.status.tolist() == [status] * 3
    assert [category for category, _ in messages] == [ConvergenceWarning] * (message is not None)
    assert all(re.match(f"At alpha=0.5, 0, 0.001: {message}", text) for _, text in messages)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_network_that_diverges(n_jobs):
    """One warning names its alpha and what helps; the others train as without it; it has no estimator and no score."""
    path, messages = train(MLPRegressor(**WILD), [0.1, 1e306, 1.0], n_jobs=n_jobs)
    assert path.status.tolist() == ["max_iter", "diverged", "max_iter"]
    text = f"At alpha=1e+306: Training diverged: {REMEDY}."
    assert messages == [(ConvergenceWarning, text)]
    assert_array_equal(path.params[[0, 2]], train(MLPRegressor(**WILD), [0.1, 1.0])[0].params)
    assert np.isnan(path.score(X, Y)).tolist() == [False, True, False]
    assert path.n_iter.tolist() == [4, 1, 4]
    assert repr(path).splitlines()[5].split()[::4] == ["1e+306", "diverged"]
    message = r"no network at alpha=1e\+306: training diverged.*path\[path.status != 'diverged'\]"
    for use in (lambda: path[1], lambda: list(path), lambda: path[1:2].predict(X)):
        with pytest.raises(ValueError, match=message):
            use()
    assert_array_equal(path.predict(X), [path[0].predict(X), np.full(len(X), np.nan), path[2].predict(X)])
    kept = path[path.status != "diverged"]
    assert_array_equal(kept.predict(X), path.predict(X)[[0, 2]])


def test_labels_of_a_network_that_diverges():
    """There is no label that says so: predict is refused, with all alphas in one message; probabilities are NaN."""
    with pytest.warns(ConvergenceWarning, match="At alpha=1e"), np.errstate(all="ignore"):
        path = MLPClassifier(**WILD).path(X, Y > 0, [1e306, 0.1, 1e300])
    with pytest.raises(ValueError, match=r"no network at alpha=1e\+306, 1e\+300: training diverged"):
        path.predict(X)
    assert np.isnan(path.predict_proba(X)).all(axis=(1, 2)).tolist() == [True, False, True]
    assert_array_equal(path.predict_proba(X)[1], path[1].predict_proba(X))


def test_networks_that_diverge_are_named_together():
    """Several networks that diverge: one warning with all their alphas; of many, the first and the last."""
    _, messages = train(MLPRegressor(**WILD), [1e300, 0.1, 1e306])
    assert messages == [(ConvergenceWarning, f"At alpha=1e+300, 1e+306: Training diverged: {REMEDY}.")]
    _, ((_, text),) = train(MLPRegressor(**WILD), np.arange(10, 20) * 1e305)
    assert text.startswith("At alpha=1e+306, 1.1e+306, 1.2e+306, … 1.9e+306 (10 values): ")


def test_a_network_that_is_restored():
    """With early stopping a network that diverges late is that of its best epoch, and one warning says so."""
    estimator = MLPRegressor(**WILD | HOLDS_OUT)
    path, messages = train(estimator, [0.1, 1e6])
    assert path.status.tolist() == ["max_iter", "restored"]
    ((_, text),) = messages
    assert text.startswith(f"At alpha=1e+06: Training diverged: {REMEDY}.")
    assert text.endswith(" The weights are those of the best epoch before.")
    assert path[1].score(X, Y) == path.score(X, Y)[1]
    with pytest.warns(ConvergenceWarning, match="best epoch before"), np.errstate(all="ignore"):
        alone = estimator.set_params(alpha=1e6).fit(X, Y)
    assert_equal(vars(path[1]), vars(alone))


def test_a_line_search_that_fails(monkeypatch):
    """Where L-BFGS finds no better point for one alpha, that network alone is abnormal, and a warning names it."""
    evaluate = Objective.__call__

    def mislead(self, params):
        loss, gradient = evaluate(self, params)
        return loss, np.ones(params.size) if self.pieces[0][0] == 3 else gradient

    monkeypatch.setattr(Objective, "__call__", mislead)
    path, messages = train(MLPRegressor(**SMALL | {"optimizer": "lbfgs", "tol": 0.1, "max_iter": 50}), [1.0, 3.0])
    assert path.status.tolist() == ["converged", "abnormal"]
    assert len(messages) == 1
    assert re.match(
        "At alpha=3: lbfgs failed to converge. Increase max_iter=50 or max_fun=15000, or scale X", messages[0][1]
    )


def test_an_interrupt_keeps_what_was_trained(monkeypatch):
    """Ctrl-C ends all networks that train, with the weights of the complete epochs; those that had ended stay so."""
    estimator, epochs, draw = MLPRegressor(**WILD), [], Order.draw

    def interrupt(self, n_epochs):
        epochs.append(self)
        if len(epochs) > 2:
            raise KeyboardInterrupt
        return draw(self, n_epochs)

    monkeypatch.setattr(Batches, "count_epochs", lambda batches: 1)
    monkeypatch.setattr(Order, "draw", interrupt)
    path, messages = train(estimator, [1e306, 0.3, 0.1])
    assert path.status.tolist() == ["diverged", "interrupted", "interrupted"]
    assert [len(curve) for curve in path.loss_curves] == path.n_iter.tolist() == [1, 2, 2]
    assert messages[0] == (UserWarning, "At alpha=0.3, 0.1: Training interrupted by user.")
    assert [text[:16] for _, text in messages[1:]] == ["At alpha=1e+306:"]
    monkeypatch.undo()
    whole, _ = train(estimator, [0.3])
    assert_array_equal(path.loss_curves[1], whole.loss_curves[0][:2])
    assert np.all(np.isfinite(path[1:].predict(X)))


def test_an_interrupt_of_lbfgs_ends_the_networks_to_come(monkeypatch):
    """Ctrl-C while the second network trains: the first is complete, the third has its initial weights."""
    evaluate = Objective.__call__

    def interrupt(self, params):
        if self.pieces[0][0] == 0.3:
            raise KeyboardInterrupt
        return evaluate(self, params)

    monkeypatch.setattr(Objective, "__call__", interrupt)
    estimator = MLPRegressor(**SMALL | {"optimizer": "lbfgs"})
    path, messages = train(estimator, [0.1, 0.3, 0.2])
    assert path.status.tolist() == ["max_iter", "interrupted", "interrupted"]
    assert path.n_iter.tolist() == [4, 0, 0]
    assert_array_equal(path.params[1], path.params[2])
    assert messages[0] == (UserWarning, "At alpha=0.3, 0.2: Training interrupted by user.")
    assert np.all(np.isfinite(path.score(X, Y)))


def test_ctrl_c_ends_the_networks_of_all_threads(monkeypatch):
    """Ctrl-C while several threads train ends all networks after a chunk, and the path holds them as they are."""
    trained, meeting = [], threading.Barrier(2)

    def train_and_press(task, training, hooks):
        if meeting.wait(20) == 0:
            _thread.interrupt_main()
        train(task, training, hooks)
        trained.append(len(training.progress))

    train = solution.train
    monkeypatch.setattr("skl2._estimators.solution.train", train_and_press)
    estimator = MLPRegressor(**SMALL | {"max_iter": 10**6, "tol": 0, "n_iter_no_change": np.inf})
    with pytest.warns(UserWarning, match=r"At alpha=0\.1, 0\.2, 0\.3: Training interrupted by user\."):
        path = estimator.path(X, Y, [0.1, 0.2, 0.3], n_jobs=2)
    assert sorted(trained) == [1, 2]
    assert path.status.tolist() == ["interrupted"] * 3
    assert np.isfinite(path.score(X, Y)).all()


@pytest.mark.parametrize(
    ("settings", "options", "message"),
    [
        ({"penalty": None}, {}, "alpha has no effect: all networks would be the same. Write penalty='l2' or decay="),
        ({"penalty": "l2", "decay": "decoupled"}, {}, "would apply alpha twice"),
        ({"optimizer": "lbfgs", "decay": "decoupled"}, {}, "optimizer='lbfgs' has no such step"),
        ({"decay": "decoupled", "learning_rate_init": 0.025}, {}, r"got 0\.025 \* 40\.0 = 1\. Lower alpha below 40"),
        ({"max_iter": 0}, {}, "'max_iter' parameter of MLPRegressor must be"),
        ({}, {"alphas": [0.1, -1]}, r"alphas must be an int .* got \[0\.1, -1\]"),
        ({}, {"n_jobs": 0}, "n_jobs == 0"),
        ({}, {"X_val": X, "y_val": Y}, "early_stopping is False"),
        ({}, {"sample_weight": -np.ones(40)}, "Negative values"),
    ],
)
def test_what_is_refused(settings, options, message):
    """A combination of parameters or arguments that makes no path is refused before training, with what to do."""
    estimator = MLPRegressor(**SMALL | settings)
    with pytest.raises(ValueError, match=message):
        estimator.path(X, Y, **{"alphas": [0.1, 40, 3]} | options)
    assert not hasattr(estimator, "coefs_")


def test_what_is_announced():
    """Decay that float32 rounds away is named value by value, and clipped mini-batches are announced once."""
    estimator = MLPRegressor(**SMALL | ENDS | {"decay": "decoupled", "dtype": "float32", "batch_size": 50})
    _, messages = train(estimator, [1e-8, 0.0, 0.5, 1e-7])
    assert [category for category, _ in messages] == [UserWarning] * 2
    assert re.search(r"no effect in float32 .* got 1e-09, 1e-08\. Raise alpha", messages[0][1])
    assert re.search("batch_size=50 is larger .* clipped to 40", messages[1][1])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_verbose_says_which_network(n_jobs, capsys):
    """With verbose each epoch of each network, and its end, is a line that names alpha; without, nothing is printed."""
    estimator = MLPClassifier(**SMALL | ENDS)
    estimator.path(X, Y > 0, [0.5, 0.0], n_jobs=n_jobs)
    assert capsys.readouterr().out == ""
    path = estimator.set_params(verbose=True).path(X, Y > 0, [0.5, 0.0], n_jobs=n_jobs)
    lines = capsys.readouterr().out.splitlines()
    expected = [
        f"alpha={alpha:g}: Iteration {epoch}, loss = {loss:.8f}"
        for alpha, curve in zip(path.alphas, path.loss_curves, strict=True)
        for epoch, loss in enumerate(curve, start=1)
    ]
    assert sorted(line for line in lines if "Iteration" in line) == sorted(expected)
    assert path.status.tolist() == ["converged"] * 2
    ends = sorted(line.partition(" did not improve")[0] for line in lines if "Iteration" not in line)
    assert ends == ["alpha=0.5: Training loss", "alpha=0: Training loss"]
