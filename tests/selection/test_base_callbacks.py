"""scikit-learn's callbacks hear the stages of a search."""

import numpy as np
import pytest

from skl2 import MLPClassifierCV, MLPRegressorCV, TabularMLPClassifier

callback = pytest.importorskip("sklearn.callback")

X = np.random.default_rng(0).standard_normal((60, 3))
Y = (X[:, 0] > 0).astype(int)
TRAINING = {"batch_size": 5, "max_iter": 3, "learning_rate_init": 0.05}
SMALL = {"hidden_layer_sizes": (4,), "cv": 2, "random_state": 0} | TRAINING
SEARCH = {"learning_rate": "cosine", **SMALL}
MODELS = {
    "refit": (MLPRegressorCV([0, 0.1], **SEARCH), ["search", "refit"]),
    "ensemble": (MLPClassifierCV([0.1, 0.2], ensemble=True, **SEARCH), ["search", "ensemble"]),
    "table": (TabularMLPClassifier(**SMALL), ["choice", "training"]),
}


class Listener:
    """Writes down what it hears."""

    def __init__(self):
        self.heard = []

    def setup(self, estimator, context):
        """fit begins."""
        self.heard.append("setup")

    def on_fit_task_begin(self, estimator, context, *, X, metadata):
        """A task begins."""
        self.heard.append(f"begin {context.task_name}")
        self.X, self.metadata = X, metadata

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        """A task ends."""
        self.heard.append(f"end {context.task_name}")
        self.fitted = fitted_estimator

    def teardown(self, estimator, context):
        """fit has ended."""
        self.heard.append("teardown")


@pytest.mark.parametrize("name", MODELS)
def test_a_search_is_a_task_of_two_stages(name):
    """fit is a task, below which each stage is one; they begin and end in order, and get what fit got."""
    model, stages = MODELS[name]
    listener, weights = Listener(), np.ones(60)
    model.set_callbacks(listener).fit(X, Y, sample_weight=weights)
    middle = [f"{event} {stage}" for stage in stages for event in ("begin", "end")]
    assert listener.heard == ["setup", "begin fit", *middle, "end fit", "teardown"]
    assert listener.X is X
    assert listener.metadata["sample_weight"] is weights
    np.testing.assert_array_equal(listener.fitted.predict(X), model.predict(X))


def test_callbacks_that_propagate_hear_the_last_training():
    """A callback that propagates hears the epochs of the network that is trained on all samples."""

    class Propagated(Listener):
        max_propagation_depth = 1

    listener = Propagated()
    MLPRegressorCV([0, 0.1], **SEARCH).set_callbacks(listener).fit(X, Y)
    assert listener.heard.count("begin epoch") == listener.heard.count("end epoch") == 3


@pytest.mark.parametrize("name", MODELS)
def test_a_search_that_fails_is_torn_down(name):
    """After an error callbacks are torn down, and the next fit is heard from its beginning."""
    model, _ = MODELS[name]
    listener = Listener()
    model.set_callbacks(listener)
    with pytest.raises(ValueError, match=r"NaN|nan|infinity"):
        model.fit(np.full((60, 3), np.inf), Y)
    assert listener.heard[-1] == "teardown"
    model.fit(X, Y)
    assert listener.heard.count("setup") == 2
