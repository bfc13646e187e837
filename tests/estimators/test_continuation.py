"""What one call of training leaves to the next: moments, rates, epochs, and what a schedule that has ended begins."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from same_model import assert_same_model
from sklearn.exceptions import ConvergenceWarning

from skl2 import MLPClassifier, MLPRegressor
from skl2._training.schedules import SCHEDULES, SMALLEST_ADAPTIVE_RATE

ends_at_max_iter = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
learns_nothing = pytest.mark.filterwarnings("ignore:The network has learned nothing")  # in few steps

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])  # classes of 7, 19, 14; also a target
TARGET = X @ [1.0, -0.7, 0.4]
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}
STALLING = {"tol": 1e9, "n_iter_no_change": 1}  # so that 'adaptive' lowers the rate
SGD = SMALL | {"optimizer": "sgd", "learning_rate_init": 0.05}


def go_on(model, n_calls, y=TARGET):
    """Call partial_fit so often, and return what it warned of in which call."""
    texts = []
    for call in range(1, n_calls + 1):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.partial_fit(X, y)
        texts += [(call, each.category, str(each.message)) for each in caught]
    return texts


@ends_at_max_iter
@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_partial_fit_is_fit_in_parts(optimizer, schedule, Estimator):
    """As many calls of partial_fit as max_iter are one fit, also if the estimator is pickled in between."""
    settings = SMALL | {"optimizer": optimizer, "learning_rate": schedule, "shuffle": False}
    if schedule == "adaptive":
        settings |= STALLING
    whole, parts = Estimator(**settings).fit(X, Y), Estimator(**settings)
    classes = [np.unique(Y)] if Estimator is MLPClassifier else []
    parts.partial_fit(X, Y, None, *classes)
    assert parts.n_iter_ == 1
    for _ in range(3):
        parts = pickle.loads(pickle.dumps(parts)).partial_fit(X, Y)
    assert_same_model(whole, parts)


@ends_at_max_iter
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_first_partial_fit_begins_the_memory_of_the_optimizer_anew(optimizer):
    """After fit, calls of partial_fit are the epochs of a warm fit, with moments that go on from call to call."""
    settings = SMALL | {"optimizer": optimizer, "shuffle": False}
    parts, warm = MLPRegressor(**settings).fit(X, Y), MLPRegressor(**settings).fit(X, Y)
    for _ in range(3):
        parts = pickle.loads(pickle.dumps(parts)).partial_fit(X, Y)
    assert_same_model(parts, warm.set_params(warm_start=True, max_iter=3).fit(X, Y))


@ends_at_max_iter
@pytest.mark.parametrize("changes", [{}, {"learning_rate_init": 0.1}], ids=["the same", "another rate"])
@pytest.mark.parametrize("has_ended", [True, False])
def test_adaptive_begins_anew_where_it_has_ended(has_ended, changes):
    """A warm fit keeps the lowered rate, unless training had ended by it or learning_rate_init has changed."""
    settings = SMALL | STALLING | {"optimizer": "sgd", "learning_rate": "adaptive", "warm_start": True}
    model = MLPRegressor(**settings | {"max_iter": 100 if has_ended else 3}).fit(X, Y)
    lowered = MLPRegressor(**settings | {"max_iter": 1}).fit(X, Y)
    lowered.coefs_, lowered.intercepts_ = copy.deepcopy((model.coefs_, model.intercepts_))
    rate = changes.get("learning_rate_init", 0.02) / (1 if has_ended or changes else 5)
    for one, learning_rate in ((model, "adaptive"), (lowered, "constant")):
        one.set_params(learning_rate_init=rate if one is lowered else changes.get("learning_rate_init", 0.02))
        one.set_params(learning_rate=learning_rate, max_iter=1).fit(X, Y)
    np.testing.assert_array_equal(model.coefs_[0], lowered.coefs_[0])


@ends_at_max_iter
def test_adaptive_that_has_ended_begins_anew_after_a_part():
    """Parts trained at the last rate do not hold the next warm fit there."""
    settings = SMALL | STALLING | {"optimizer": "sgd", "learning_rate": "adaptive", "warm_start": True}
    model = MLPRegressor(**settings | {"max_iter": 100}).fit(X, Y).partial_fit(X[:10], Y[:10])
    before = model.coefs_[0].copy()
    model.set_params(max_iter=1).fit(X, -Y)
    assert np.max(np.abs(model.coefs_[0] - before)) > 1e-3


@ends_at_max_iter
@learns_nothing
def test_cuts_of_adaptive_end_with_adaptive():
    """After set_params(learning_rate='constant') the rate is learning_rate_init again."""
    settings = SGD | STALLING | {"momentum": 0.0, "shuffle": False, "learning_rate_init": 2e-5}
    model = MLPRegressor(**settings | {"max_iter": 50}, learning_rate="adaptive").fit(X, Y)
    assert model._optimizer_memory["progress"]["n_cuts"] == 2
    rest = copy.deepcopy(model).set_params(learning_rate="constant", warm_start=True, max_iter=1).fit(X, Y)
    model.set_params(learning_rate="constant").partial_fit(X, Y)
    np.testing.assert_array_equal(model.coefs_[0], rest.coefs_[0])


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_fit_that_adaptive_has_ended_is_gone_on_from(optimizer):
    """The first partial_fit begins 'adaptive' anew, in silence: 20 calls learn new data as those of 'constant' do."""
    settings = SGD | {"optimizer": optimizer, "max_iter": 2000, "tol": 1e-3}
    model = MLPRegressor(**settings, learning_rate="adaptive").fit(X, TARGET)
    assert model.learning_rate_curve_[-1] <= SMALLEST_ADAPTIVE_RATE
    assert model.score(X, TARGET) > 0.9
    assert model.score(X, -TARGET) < -1
    constant = copy.deepcopy(model).set_params(learning_rate="constant")
    assert go_on(model, 20, -TARGET) == go_on(constant, 20, -TARGET) == []
    np.testing.assert_array_equal(model.learning_rate_curve_[-20:], 0.05)
    assert_same_model(model, constant)
    assert model.score(X, -TARGET) > 0.9


@ends_at_max_iter
def test_a_fit_that_cosine_has_ended_is_gone_on_from():
    """The first partial_fit after a fit of max_iter epochs begins the cosine anew, in silence."""
    model = MLPRegressor(**SGD, learning_rate="cosine").fit(X, TARGET)
    assert go_on(model, 4) == []
    assert model.learning_rate_curve_[4:] == model.learning_rate_curve_[:4]
    assert model.learning_rate_curve_[4] > 0.9 * 0.05


ENDS = {"cosine": ({}, 4), "adaptive": (STALLING | {"learning_rate_init": 0.1}, 1 + 2 * 9)}  # 0.1 / 5**8 < 1e-6


@pytest.mark.parametrize("schedule", ENDS)
def test_a_schedule_that_parts_have_ended_begins_anew_and_says_so(schedule):
    """The partial_fit after the end of a schedule warns, once and for each end anew, and has the rates of the first."""
    settings, n_calls = ENDS[schedule]
    model = MLPRegressor(**SGD | settings, learning_rate=schedule)
    assert go_on(model, n_calls) == []
    before = copy.deepcopy(model.coefs_[0])
    caught = []
    for _ in range(2):
        model = pickle.loads(pickle.dumps(model))
        caught += go_on(model, n_calls)
    assert [(call, category) for call, category, _ in caught] == [(1, UserWarning)] * 2
    assert not np.array_equal(model.coefs_[0], before)
    for _, _, text in caught:
        assert text.startswith(f"learning_rate={schedule!r} ended after {n_calls} epochs: this partial_fit begins it")
    curve = model.learning_rate_curve_
    assert curve == curve[:n_calls] * 3
    assert curve[0] > 10 * curve[n_calls - 1] or schedule == "cosine"
    assert model.t_ == 3 * n_calls * 40


@pytest.mark.parametrize("schedule", ENDS)
def test_moments_outlive_their_schedule(schedule):
    """A schedule that begins anew goes on with the moments and steps of Adam that it has."""
    settings, n_calls = ENDS[schedule]
    settings = SMALL | settings | {"learning_rate": schedule}
    model, constant = MLPRegressor(**settings), MLPRegressor(**settings)
    for each in (model, constant):
        go_on(each, n_calls)
    constant.set_params(learning_rate="constant")
    assert [category for _, category, _ in go_on(model, 1)] == [UserWarning]
    assert go_on(constant, 1) == []
    assert model._optimizer_memory["n_steps"] == constant._optimizer_memory["n_steps"] == 4 * (n_calls + 1)
    if schedule == "adaptive":  # cosine falls within its first epoch already
        np.testing.assert_array_equal(model.coefs_[0], constant.coefs_[0])


@pytest.mark.parametrize("schedule", ["constant", "invscaling"])
def test_a_schedule_without_an_end_goes_on(schedule):
    """After fit and max_iter calls of partial_fit 'constant' and 'invscaling' stand where the samples seen tell."""
    model = MLPRegressor(**SGD | {"learning_rate_init": 0.2}, learning_rate=schedule, power_t=0.25)
    with pytest.warns(ConvergenceWarning, match="Maximum iterations"):
        model.fit(X, TARGET)
    assert go_on(model, 6) == []
    expected = 0.2 / (40 * np.arange(10) + 1.0) ** (0.25 if schedule == "invscaling" else 0)
    np.testing.assert_allclose(model.learning_rate_curve_, expected, rtol=1e-12)


@pytest.mark.parametrize("schedule", ENDS)
def test_a_warm_fit_begins_anew_what_parts_have_ended(schedule):
    """A fit with warm_start after them has the rates of a first fit, in silence; t_ and the curves go on."""
    settings, n_calls = ENDS[schedule]
    settings = SGD | settings | {"learning_rate": schedule, "max_iter": 4, "warm_start": True}
    model = MLPRegressor(**settings)
    go_on(model, n_calls)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, TARGET)
    assert [each.category for each in caught] == [ConvergenceWarning] * (schedule == "adaptive")  # of max_iter
    curve = model.learning_rate_curve_
    assert curve[n_calls:] == curve[:4]
    assert model.t_ == (n_calls + 4) * 40


def test_a_cosine_that_is_prolonged_goes_on():
    """With a larger max_iter the cosine has not ended: the next call has the rate of its place, without a warning."""
    model = MLPRegressor(**SGD, learning_rate="cosine")
    go_on(model, 4)
    assert go_on(model.set_params(max_iter=8), 1) == []
    batches = (4 + np.arange(4) / 4) / 8
    assert model.learning_rate_curve_[-1] == pytest.approx(0.05 * np.mean(0.5 * (1 + np.cos(np.pi * batches))))
