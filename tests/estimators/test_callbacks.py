"""scikit-learn's callback protocol: which hooks are called, when, and with what."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from skl2 import MLPClassifier, MLPRegressor

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])  # three classes, also a target
WEIGHT = RANDOM.uniform(0.5, 2, 40)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}
ESTIMATORS = [MLPClassifier, MLPRegressor]
OPTIMIZERS = ["adam", "sgd", "lbfgs"]

pytest.importorskip("sklearn.callback")
ends_at_max_iter = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Recorder:
    """Keeps every call of a hook, with all that it was given."""

    def __init__(self):
        self.calls = []

    def of(self, hook, task_name):
        """The calls of one hook for tasks of one name."""
        return [call for call in self.calls if (call.hook, call.context.task_name) == (hook, task_name)]

    def names(self):
        """Hook, name and number of the task, call by call."""
        return [(call.hook, call.context.task_name, call.context.task_id) for call in self.calls]

    def _record(self, hook, estimator, context, **arguments):
        self.calls.append(SimpleNamespace(hook=hook, estimator=estimator, context=context, **arguments))

    def setup(self, estimator, context):
        """Before all tasks."""
        self._record("setup", estimator, context)

    def teardown(self, estimator, context):
        """After all tasks."""
        self._record("teardown", estimator, context)

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        """Before a task."""
        self._record("begin", estimator, context, X=X, y=y, metadata=metadata, fitted=fitted_estimator)

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        """After a task."""
        self._record("end", estimator, context, X=X, y=y, metadata=metadata, fitted=fitted_estimator)


def in_order(n_epochs):
    """The calls of one fit, as Recorder.names gives them."""
    epochs = [(hook, "epoch", k) for k in range(n_epochs) for hook in ("begin", "end")]
    return [("setup", "fit", 0), ("begin", "fit", 0), *epochs, ("end", "fit", 0), ("teardown", "fit", 0)]


def weights(model):
    """All weights and intercepts, flat."""
    return np.concatenate([layer.ravel() for layer in (*model.coefs_, *model.intercepts_)])


@ends_at_max_iter
@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_tree_of_tasks(optimizer, Estimator):
    """One task is the fit, max_iter at most are below it, one for each epoch or iteration, and none below those."""
    recorder, again = Recorder(), Recorder()
    model = Estimator(**SMALL, optimizer=optimizer).set_callbacks(recorder, again).fit(X, Y)
    assert recorder.names() == again.names() == in_order(4)
    root = recorder.calls[0].context
    assert (root.parent, root.max_subtasks, root.estimator_name) == (None, 4, Estimator.__name__)
    for call in recorder.of("begin", "epoch") + recorder.of("end", "epoch"):
        assert call.context.parent is root
        assert call.context.max_subtasks == 0
    assert all(call.estimator is model for call in recorder.calls)


@ends_at_max_iter
@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fitted_estimator_is_as_if_fit_had_ended_there(optimizer, Estimator):
    """Kept from the end of epoch k until training is over, it equals the estimator fitted with max_iter=k."""
    recorder, settings = Recorder(), SMALL | {"optimizer": optimizer}
    final = Estimator(**settings).set_callbacks(recorder).fit(X, Y)
    for k, call in enumerate(recorder.of("end", "epoch"), start=1):
        expected = Estimator(**settings | {"max_iter": k}).fit(X, Y)
        np.testing.assert_array_equal(call.fitted.predict(X), expected.predict(X))
        np.testing.assert_array_equal(weights(call.fitted), weights(expected))
        for name in ("loss_curve_", "weight_norm_curve_", "n_iter_", "t_", "best_loss_"):
            assert getattr(call.fitted, name) == getattr(expected, name)
    (end,) = recorder.of("end", "fit")
    np.testing.assert_array_equal(weights(end.fitted), weights(final))


@ends_at_max_iter
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fitted_estimator_has_returned_to_the_best_epoch(optimizer):
    """With early stopping too it equals the estimator fitted with max_iter=k, whose weights are the best so far."""
    settings = SMALL | {"optimizer": optimizer, "max_iter": 8, "learning_rate_init": 0.5, "early_stopping": True}
    recorder = Recorder()
    MLPRegressor(**settings).set_callbacks(recorder).fit(X, Y)
    for k, call in enumerate(recorder.of("end", "epoch"), start=1):
        expected = MLPRegressor(**settings | {"max_iter": k}).fit(X, Y)
        assert call.fitted.best_validation_score_ == expected.best_validation_score_
        np.testing.assert_array_equal(weights(call.fitted), weights(expected))


@ends_at_max_iter
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_epoch_begins_where_the_last_one_ended(optimizer):
    """fitted_estimator is None before the fit, has the initial weights before epoch 1, and then those so far."""
    recorder = Recorder()
    MLPRegressor(**SMALL, optimizer=optimizer).set_callbacks(recorder).fit(X, Y)
    initial = MLPRegressor(**SMALL | {"max_iter": 1, "learning_rate_init": 1e-300}, optimizer="sgd").fit(X, Y)
    begins, ends = recorder.of("begin", "epoch"), recorder.of("end", "epoch")
    assert recorder.of("begin", "fit")[0].fitted is None
    np.testing.assert_array_equal(weights(begins[0].fitted), weights(initial))
    assert begins[0].fitted.n_iter_ == 0
    for begin, end in zip(begins[1:], ends[:-1], strict=True):
        np.testing.assert_array_equal(weights(begin.fitted), weights(end.fitted))


@ends_at_max_iter
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_warm_fit_has_the_whole_history(optimizer):
    """fitted_estimator of a warm fit begins with the weights and the curve of the fit before."""
    recorder = Recorder()
    model = MLPRegressor(**SMALL, optimizer=optimizer, warm_start=True).fit(X, Y)
    before, curve = weights(model).copy(), list(model.loss_curve_)
    model.set_callbacks(recorder).fit(X, Y)
    np.testing.assert_array_equal(weights(recorder.of("begin", "epoch")[0].fitted), before)
    for k, call in enumerate(recorder.of("end", "epoch"), start=1):
        assert call.fitted.loss_curve_ == curve + model.loss_curve_[4 : 4 + k]


@ends_at_max_iter
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_hooks_get_what_the_user_gave(weight):
    """X, y and sample_weight are the very objects, so that a DataFrame predicts without warnings on feature names."""
    frame, series, recorder = pd.DataFrame(X, columns=list("abc")), pd.Series(Y), Recorder()
    settings = SMALL | {"early_stopping": True, "validation_fraction": 0.5}
    model = MLPClassifier(**settings).set_callbacks(recorder)
    model.fit(frame, series, weight, X_val=frame, y_val=series, sample_weight_val=WEIGHT)
    for call in recorder.calls[1:-1]:
        assert call.X is frame
        assert call.y is series
        if weight is None:
            assert call.metadata is None
        else:
            assert list(call.metadata) == ["sample_weight"]
            assert call.metadata["sample_weight"] is weight
        if call.fitted is not None:
            assert call.fitted.predict(call.X).shape == (40,)


@ends_at_max_iter
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
def test_an_epoch_that_diverged_fits_nothing():
    """There is no fitted_estimator at the end of an epoch that was not completed, and so nothing to score."""
    recorder, settings = Recorder(), SMALL | {"optimizer": "sgd", "learning_rate_init": 1e30}
    MLPClassifier(**settings, early_stopping=True, validation_fraction=0.3).set_callbacks(recorder).fit(X, Y)
    assert [call.fitted is None for call in recorder.of("end", "epoch")] == [False, True]


@ends_at_max_iter
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_callbacks_do_not_change_the_fit(optimizer):
    """A fit that is watched ends with bit-identical weights, and leaves the estimator's list of callbacks."""
    recorder, another = Recorder(), Recorder()
    model = MLPClassifier(**SMALL, optimizer=optimizer)
    alone = weights(model.fit(X, Y)).copy()
    attributes = vars(model).keys() | {"_skl_callbacks"}
    model.set_callbacks(recorder, another).fit(X, Y)
    np.testing.assert_array_equal(weights(model), alone)
    assert model._skl_callbacks == [recorder, another]
    assert vars(model).keys() == attributes


@ends_at_max_iter
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_fit_that_nobody_watches_has_no_tasks(optimizer, monkeypatch):
    """Without callbacks no context of an epoch is made, and nothing is copied."""

    def forbidden(*_, **__):
        raise AssertionError

    monkeypatch.setattr("sklearn.callback._callback_context.CallbackContext.subcontext", forbidden)
    monkeypatch.setattr("copy.deepcopy", forbidden)
    model = MLPRegressor(**SMALL, optimizer=optimizer).fit(X, Y)
    with pytest.raises(AssertionError):
        model.set_callbacks(Recorder()).fit(X, Y)


@ends_at_max_iter
def test_partial_fit_calls_no_callbacks():
    """partial_fit is no fit: no hook hears of it, as with scikit-learn's own estimators."""
    recorder = Recorder()
    model = MLPRegressor(**SMALL).set_callbacks(recorder).partial_fit(X, Y).partial_fit(X, Y)
    assert recorder.calls == []
    assert model._skl_callbacks == [recorder]
