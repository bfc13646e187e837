"""How a fit with callbacks ends: stopped by one, by an error, or by itself."""

import numpy as np
import pytest

from skl2 import MLPClassifier, MLPRegressor

pytest.importorskip("sklearn.callback")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])  # three classes, also a target
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}
OPTIMIZERS = ["adam", "sgd", "lbfgs"]

ends_at_max_iter = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Recorder:
    """Keeps the names of hooks and tasks; answers True at the end of `stop_after` epochs, or raises at one call."""

    def __init__(self, stop_after=None, fail_at=None):
        self.names = []
        self.stop_after, self.fail_at = stop_after, fail_at

    def _record(self, hook, context):
        self.names.append((hook, context.task_name, context.task_id))
        if self.fail_at == self.names[-1]:
            raise RuntimeError("the callback fails")
        return self.names[-1] == ("end", "epoch", (self.stop_after or 0) - 1)

    def setup(self, estimator, context):
        """Before all tasks."""
        self._record("setup", context)

    def teardown(self, estimator, context):
        """After all tasks."""
        self._record("teardown", context)

    def on_fit_task_begin(self, estimator, context):
        """Before a task."""
        self._record("begin", context)

    def on_fit_task_end(self, estimator, context):
        """After a task."""
        return self._record("end", context)


def in_order(n_epochs):
    """The calls of one fit, as Recorder.names has them."""
    epochs = [(hook, "epoch", k) for k in range(n_epochs) for hook in ("begin", "end")]
    return [("setup", "fit", 0), ("begin", "fit", 0), *epochs, ("end", "fit", 0), ("teardown", "fit", 0)]


def weights(model):
    """All weights and intercepts, flat."""
    return np.concatenate([layer.ravel() for layer in (*model.coefs_, *model.intercepts_)])


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_callback_stops_training(optimizer, Estimator):
    """True at the end of epoch 2 ends the fit there, without a warning, as max_iter=2 would."""
    recorder = Recorder(stop_after=2)
    model = Estimator(**SMALL, optimizer=optimizer).set_callbacks(recorder, Recorder()).fit(X, Y)
    assert recorder.names == in_order(2)
    assert model.n_iter_ == len(model.loss_curve_) == 2
    with pytest.warns(UserWarning, match=r"[Mm]aximum|converge"):
        expected = Estimator(**SMALL | {"max_iter": 2}, optimizer=optimizer).fit(X, Y)
    np.testing.assert_array_equal(weights(model), weights(expected))


@ends_at_max_iter
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_stopped_fit_returns_to_the_best_epoch(optimizer):
    """With early stopping a fit that a callback stops ends with the weights of its best epoch, not its last."""
    settings = SMALL | {"optimizer": optimizer, "max_iter": 60, "learning_rate_init": 0.5, "n_iter_no_change": np.inf}
    settings |= {"early_stopping": True, "validation_fraction": 0.3}
    scores = MLPRegressor(**settings).fit(X, Y).validation_scores_
    last = next(k for k in range(2, len(scores)) if scores[k - 1] < max(scores[:k]))
    best = int(np.argmax(scores[:last]))
    recorder = Recorder(stop_after=last)
    model = MLPRegressor(**settings).set_callbacks(recorder).fit(X, Y)
    assert model.n_iter_ == last > best + 1
    assert model.best_validation_score_ == max(scores[:last])
    expected = MLPRegressor(**settings | {"max_iter": best + 1}).fit(X, Y)
    np.testing.assert_array_equal(weights(model), weights(expected))


@pytest.mark.parametrize(
    ("settings", "scale", "message"),
    [
        ({}, np.nan, "Input X contains NaN"),
        ({"penalty": "l2", "decay": "decoupled"}, 1, "would apply alpha"),
        ({"optimizer": "sgd", "learning_rate_init": 1e6}, 1e200, "diverged"),
    ],
    ids=["invalid", "contradictory", "diverging"],
)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
def test_teardown_follows_an_error(settings, scale, message):
    """Where fit raises, teardown is still called, last and once, the task of the fit does not end."""
    recorder = Recorder()
    model = MLPRegressor(**SMALL | settings).set_callbacks(recorder)
    with pytest.raises(ValueError, match=message):
        model.fit(scale * X, Y)
    assert [name for name in recorder.names if name[0] == "teardown"] == [recorder.names[-1]]
    assert recorder.names[:2] == in_order(0)[:2]
    assert ("end", "fit", 0) not in recorder.names
    assert vars(model).keys() == model.get_params().keys() | {"_skl_callbacks"}


@ends_at_max_iter
@pytest.mark.parametrize("where", in_order(3)[:-2], ids=str)
def test_a_callback_that_fails_changes_nothing(where):
    """An error inside a hook ends the fit, other callbacks are torn down, and the estimator is as it was."""
    model = MLPRegressor(**SMALL).fit(X, Y)
    before, recorder = dict(vars(model)), Recorder()
    model.set_callbacks(recorder, Recorder(fail_at=where))
    with pytest.raises(RuntimeError, match="the callback fails"):
        model.fit(X, -Y)
    assert recorder.names[-1] == ("teardown", "fit", 0)
    model.set_callbacks()
    assert vars(model) == before


@ends_at_max_iter
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "lbfgs", "tol": 1e9},
        {"optimizer": "sgd", "learning_rate_init": 1e30, "early_stopping": True, "validation_fraction": 0.3},
    ],
    ids=["converged from the start", "diverged after its best epoch"],
)
def test_every_epoch_that_begins_ends(settings):
    """In a fit that returns each begin of an epoch has its end, also if the epoch was not completed."""
    recorder = Recorder()
    MLPClassifier(**SMALL | settings).set_callbacks(recorder).fit(X, Y)
    assert recorder.names == in_order(sum(name[:2] == ("begin", "epoch") for name in recorder.names))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_callback_that_runs_out_is_an_error(optimizer):
    """StopIteration out of a callback is no way to stop: it is seen as the error that it is."""

    class Exhausted(Recorder):
        def on_fit_task_end(self, estimator, context):
            next(iter(()))

    model = MLPRegressor(**SMALL, optimizer=optimizer).set_callbacks(Exhausted())
    with pytest.raises((StopIteration, RuntimeError)):
        model.fit(X, Y)
    assert not hasattr(model, "coefs_")
