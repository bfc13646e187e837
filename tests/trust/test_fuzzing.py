"""Any settings on any data: predictions that are finite and can be repeated, or an error that was meant."""

import copy
from numbers import Real

import joblib
import numpy as np
import pytest
from drawn_data import cases, lay_out
from drawn_settings import CAPS, moderate_settings, numbers, settings_for
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from promises import (
    assert_consistent,
    assert_history,
    call_or_be_refused,
    fitted,
    outputs,
    reload,
    same_bits,
    state,
)
from sklearn.base import clone, is_classifier
from sklearn.utils._param_validation import Interval

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

ESTIMATORS = [MLPClassifier, MLPRegressor]
ALPHAS = st.lists(numbers(Interval(Real, 0, None, closed="left"), "alpha"), min_size=1, max_size=4)


def share(fraction):
    """Return settings for a part of the examples: of properties that take longer."""
    return settings(max_examples=max(1, int(fraction * settings().max_examples)))


def draw_problem(data, estimator, **fixed):
    """Draw (a model, a Case)."""
    case, labels = data.draw(cases(issubclass(estimator, MLPClassifier | MLPClassifierCV)))
    return estimator(**data.draw(settings_for(estimator, labels, **fixed))), case


@pytest.mark.parametrize("estimator", ESTIMATORS)
@given(data=st.data())
def test_a_fit_can_be_trusted_or_is_refused(estimator, data):
    """After fit predictions are finite, repeatable and survive pickling; input and parameters stay as they are."""
    model, case = draw_problem(data, estimator)
    again, parameters, given_bytes = clone(model), copy.deepcopy(model.get_params()), joblib.hash(case)
    is_fitted = call_or_be_refused(lambda: model.fit(*case), model)
    assert joblib.hash(case) == given_bytes
    parameters["random_state"] = model.random_state
    assert joblib.hash(model.get_params()) == joblib.hash(parameters)
    assert bool(call_or_be_refused(lambda: again.fit(*case), again)) == bool(is_fitted)
    assume(is_fitted)
    n_samples, n_features = case.X.shape
    assert_consistent(model, n_features, np.ravel(model.hidden_layer_sizes).tolist())
    assert_history(model, n_samples)
    assert same_bits(fitted(again), fitted(model))
    outputs(model, case.X, again, reload(model))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@share(0.5)
@given(data=st.data(), alphas=ALPHAS)
def test_a_row_of_a_path_is_the_fit_at_its_alpha(estimator, data, alphas):
    """Row k equals fit at alphas[k] bit for bit, whatever the other alphas and the number of threads.

    The networks are so small that BLAS uses one thread for each product.
    """
    model, case = draw_problem(data, estimator, warm_start=False)
    before = state(model)
    path = call_or_be_refused(lambda: clone(model).path(case.X, case.y, alphas, case.sample_weight), model)
    assert state(model) == before
    threads = call_or_be_refused(
        lambda: clone(model).path(case.X, case.y, alphas[::-1], case.sample_weight, n_jobs=2), model
    )
    assert bool(path) == bool(threads)
    assume(path)
    assert same_bits(path.params[path.status != "diverged"], threads.params[::-1][path.status != "diverged"])
    for row, alpha in enumerate(alphas):
        single = clone(model).set_params(alpha=alpha)
        if not call_or_be_refused(lambda: single.fit(*case), single):  # noqa: B023
            assert path.status[row] == "diverged"
            continue
        assert same_bits(fitted(path[row]), fitted(single))
        outputs(path[row], case.X, single)


@pytest.mark.parametrize("estimator", [MLPClassifierCV, MLPRegressorCV])
@share(0.4)
@given(data=st.data())
def test_a_search_can_be_trusted_or_is_refused(estimator, data):
    """A search gives scores and a network that can be repeated, whatever n_jobs, or a documented error."""
    model, case = draw_problem(data, estimator)
    again = clone(model)
    if model.n_jobs in (None, 1, 2):
        again.set_params(n_jobs=1 if model.n_jobs == 2 else 2)
    given_bytes = joblib.hash(case)
    is_fitted = call_or_be_refused(lambda: model.fit(*case), model)
    assert joblib.hash(case) == given_bytes
    assert bool(call_or_be_refused(lambda: again.fit(*case), again)) == bool(is_fitted)
    assume(is_fitted)
    assert model.alpha_ in model.alphas_
    assert np.isfinite(model.best_score_)
    n_alphas = model.alphas if isinstance(model.alphas, int) else len(model.alphas)
    assert len(model.cv_results_["mean_test_score"]) == n_alphas <= CAPS["alphas"] + 1
    for name in ("mean_test_score", "mean_n_iter", "mean_weight_norm", "rank_test_score", "stage"):
        assert same_bits(model.cv_results_[name], again.cv_results_[name])
    for network in model.estimators_ if model.ensemble else [model.best_estimator_]:
        assert_consistent(network, case.X.shape[1], np.ravel(model.hidden_layer_sizes).tolist())
    outputs(model, case.X, again)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@share(0.5)
@given(data=st.data())
def test_what_is_the_same_trains_the_same(estimator, data):
    """Layouts, weights times a power of two and the rows that weigh nothing do not change a bit; CSR, only rounding."""
    case, _ = data.draw(cases(is_classifier(estimator()), ordinary=True, smallest=4))
    model = estimator(**data.draw(moderate_settings(estimator)))

    def train(**changes):
        return call_or_be_refused(lambda: clone(model).fit(*case._replace(**changes)), model)

    expected = train()
    assume(expected)
    layout = data.draw(st.sampled_from(["C", "F", "strided", "reversed", "read-only"]))
    assert same_bits(fitted(train(X=lay_out(case.X, layout))), fitted(expected))
    if case.sample_weight is not None:
        scaled = case.sample_weight * 2.0 ** data.draw(st.integers(-300, 300))
        assert same_bits(fitted(train(sample_weight=scaled)), fitted(expected))
        X = case.X.copy()
        X[case.sample_weight == 0] = 1
        assert same_bits(fitted(train(X=X)), fitted(expected))
    X = lay_out(case.X, "csr")
    for coef, same in zip(train(X=X).coefs_, train(X=X.toarray()).coefs_, strict=True):
        tolerance = 1e-9 if coef.dtype == np.float64 else 1e-4
        np.testing.assert_allclose(coef, same, rtol=tolerance, atol=tolerance)
