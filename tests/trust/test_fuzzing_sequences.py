"""Any sequence of calls on one estimator: after each it can be trusted, and a call that fails changes nothing."""

import copy

import numpy as np
from drawn_data import cases
from drawn_settings import parameter, settings_for
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from promises import assert_consistent, call_or_be_refused, fitted, outputs, reload, same_bits, state
from sklearn.base import clone

from skl2 import MLPClassifier, MLPRegressor

STEPS = 12
CHANGING = [
    "alpha",
    "decay",
    "penalty",
    "optimizer",
    "learning_rate",
    "learning_rate_init",
    "early_stopping",
    "warm_start",
]
CHANGING += ["batch_size", "max_iter", "dtype", "shuffle", "hidden_layer_sizes", "activation", "momentum", "tol"]


class Calls(RuleBasedStateMachine):
    """An estimator, and samples that the calls take a part of."""

    Estimator = None

    @initialize(data=st.data())
    def begin(self, data):
        """Draw the samples and an estimator that is not fitted."""
        self.case, labels = data.draw(cases(self.Estimator is MLPClassifier, smallest=4))
        self.classes = None if labels is None else np.unique(labels)
        if self.classes is not None and self.case.y.ndim == 2 and self.case.y.shape[1] > 1:
            self.classes = np.arange(self.case.y.shape[1])
        self.model = self.Estimator(**data.draw(settings_for(self.Estimator, labels, may_be_refused=False)))
        self.n_epochs = 0  # of the curves

    def is_fitted(self):
        """Whether there are weights."""
        return hasattr(self.model, "coefs_")

    def train(self, call):
        """Call something that trains; a copy of the estimator as it was does the same to the last bit."""
        twin = copy.deepcopy(self.model)
        is_done = call_or_be_refused(lambda: call(self.model), self.model)
        assert bool(call_or_be_refused(lambda: call(twin), twin)) == bool(is_done)
        if is_done:
            assert same_bits(fitted(twin), fitted(self.model))
        return is_done

    @rule(rows=st.sampled_from([slice(None), slice(None), slice(0, 12), slice(2, 3)]))
    def fit(self, rows):
        """Fit, from the start or warm, on all samples or some."""
        goes_on = self.is_fitted() and self.model.warm_start
        if self.train(lambda model: model.fit(*self.case.take(rows))):
            self.n_epochs = self.n_epochs * goes_on + self.model.n_iter_

    @rule(rows=st.sampled_from([slice(None), slice(0, 5), slice(1, 2)]))
    def partial_fit(self, rows):
        """Train for one epoch more."""
        classes = {} if self.classes is None else {"classes": self.classes}
        if self.train(lambda model: model.partial_fit(*self.case.take(rows), **classes)):
            assert self.model.n_iter_ == 1
            self.n_epochs += 1

    @rule(data=st.data(), name=st.sampled_from(CHANGING))
    def set_params(self, data, name):
        """Change one parameter."""
        self.model.set_params(**{name: data.draw(parameter(self.Estimator, name))})

    @rule(damage=st.sampled_from(["NaN", "features", "length", "weights", "y"]))
    def fail(self, damage):
        """Fit to what cannot be fitted."""
        X, y, sample_weight = np.ones((6, 2)), np.arange(6) % 2, np.ones(6)
        X[0, 0] = np.nan if damage == "NaN" else 1
        X = X[:, :0] if damage == "features" else X
        y = y[:5] if damage == "length" else np.full(6, np.inf) if damage == "y" else y
        sample_weight *= -1 if damage == "weights" else 1
        for method in ("fit", "partial_fit"):
            assert not call_or_be_refused(lambda: getattr(self.model, method)(X, y, sample_weight), self.model)  # noqa: B023

    @rule(how=st.sampled_from(["pickle", "copy"]))
    def replace(self, how):
        """Go on with a copy of the estimator."""
        self.model = reload(self.model) if how == "pickle" else copy.deepcopy(self.model)

    @rule()
    def clone(self):
        """Begin anew with the same parameters."""
        self.model, self.n_epochs = clone(self.model), 0

    @precondition(lambda self: self.case.X.shape[0] > 3)
    @rule(goes_on=st.booleans())
    def path(self, goes_on):
        """Train a path, which leaves the estimator alone; perhaps go on with one of its networks."""
        before = state(self.model)
        path = call_or_be_refused(
            lambda: self.model.path(self.case.X, self.case.y, [0, 0.1], self.case.sample_weight), self.model
        )
        assert state(self.model) == before
        if not path or not goes_on or np.any(path.status == "diverged"):
            return
        other = path[0]
        twin = copy.deepcopy(other)
        self.model, self.n_epochs = path[1], path.n_iter[1]
        for model in (self.model, other, twin):
            call_or_be_refused(lambda: model.partial_fit(self.case.X, self.case.y), model)  # noqa: B023
        self.n_epochs = len(self.model.loss_curve_)
        assert same_bits(fitted(other), fitted(twin)), "networks of a path share something"

    @invariant()
    def can_be_trusted(self):
        """Attributes agree, and predictions are finite and repeatable, or refused in words."""
        if not self.is_fitted():
            return
        model = self.model
        outputs(model, self.case.X, reload(model))
        assert_consistent(model, self.case.X.shape[1], [coef.shape[1] for coef in model.coefs_[:-1]])
        assert len(model.loss_curve_) == self.n_epochs


class CallsOfAClassifier(Calls):
    """The same of a classifier."""

    Estimator = MLPClassifier


class CallsOfARegressor(Calls):
    """The same of a regressor."""

    Estimator = MLPRegressor


SEQUENCES = settings(max_examples=max(1, settings().max_examples // 3), stateful_step_count=STEPS)
CallsOfAClassifier.TestCase.settings = CallsOfARegressor.TestCase.settings = SEQUENCES
TestClassifier, TestRegressor = CallsOfAClassifier.TestCase, CallsOfARegressor.TestCase
