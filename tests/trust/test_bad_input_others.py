"""Bad input of warm_up and the conversions from and to scikit-learn's MLP."""

from fractions import Fraction

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

import skl2
from skl2 import MLPClassifier, MLPRegressor

DTYPES = [
    None, 3, 3.5, True, 1j, b"float64", "float16", "double precision", "", "f4,f4", object, int, complex, np.float16,
    np.dtype("M8[s]"), len, {}.keys, [None], ["float32", None], ["float32", 3], [[]], [["float32"]], {"float16"},
    {3: 1}, np.array([3]), np.array(3), [("b", float)], [3],
]  # fmt: skip


@pytest.mark.parametrize("dtypes", DTYPES, ids=lambda dtypes: repr(dtypes)[:30])
def test_bad_dtypes_of_warm_up(dtypes, attempt):
    """What names no dtype that skl2 trains in is refused with what was given and what there is."""
    _, error = attempt(skl2.warm_up, dtypes)
    assert isinstance(error, ValueError)
    assert "skl2 trains in 'float32' and 'float64'; got dtypes=" in str(error)


@pytest.mark.parametrize(
    "dtypes", [np.float64, np.dtype("f8"), "float64", ["float64"], ("f8", float), {"f8"}, float, [], ()], ids=repr
)
def test_good_dtypes_of_warm_up(dtypes, attempt):
    """A name, a type, or any collection of them will do."""
    assert attempt(skl2.warm_up, dtypes) == (None, None)


NO_MLP = [
    None, "MLPRegressor", 3, neural_network.MLPRegressor, MLPRegressor(), MLPClassifier(), LinearRegression(),
    make_pipeline(neural_network.MLPRegressor()), neural_network.BernoulliRBM(), {}, [neural_network.MLPRegressor()],
]  # fmt: skip


@pytest.mark.parametrize("estimator", NO_MLP, ids=lambda estimator: repr(estimator)[:30])
@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_what_is_no_mlp_of_scikit_learn(Estimator, estimator, attempt):
    """from_sklearn takes nothing else, and says what it takes and what it got."""
    _, error = attempt(Estimator.from_sklearn, estimator)
    assert isinstance(error, TypeError)
    assert f"takes a sklearn.neural_network.{Estimator.__name__}; got " in str(error)


BAD_SETTINGS = [
    {"alpha": -1}, {"alpha": "x"}, {"alpha": np.nan}, {"batch_size": 0}, {"hidden_layer_sizes": "x"}, {"activation": 3},
    {"learning_rate": "step"}, {"max_iter": 0}, {"momentum": 2}, {"learning_rate_init": 0}, {"early_stopping": "x"},
]  # fmt: skip


@pytest.mark.parametrize("settings", BAD_SETTINGS, ids=str)
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_bad_settings_are_not_converted(name, settings, attempt):
    """A parameter that neither library takes is refused in both directions, by its name."""
    theirs = getattr(neural_network, name)(**settings)
    ours = getattr(skl2, name)(**settings)
    for call in (lambda: getattr(skl2, name).from_sklearn(theirs), ours.to_sklearn):
        _, error = attempt(call, fitted=ours)
        assert isinstance(error, ValueError)
        assert next(iter(settings)) in str(error)


@pytest.mark.parametrize("optimizer", [None, "rmsprop", 3, [], {}, np.array(3)], ids=repr)
def test_an_optimizer_that_is_none_is_refused(optimizer, attempt, fitted):
    """Also by hasattr and to_sklearn, and where it has no hash."""
    model = fitted.copy("regressor").set_params(optimizer=optimizer)
    assert hasattr(model, "partial_fit")
    for call in (model.to_sklearn, lambda: model.partial_fit(fitted.X, fitted.X[:, 0])):
        _, error = attempt(call, fitted=model)
        assert isinstance(error, ValueError)
        assert "optimizer" in str(error)


N_SAMPLES = [0, -1, 0.5, np.nan, np.inf, -np.inf, "12", [12], 1j, {}, len, 10**400, np.array([3, 4])]


@pytest.mark.parametrize("n_samples", N_SAMPLES, ids=lambda n_samples: repr(n_samples)[:20])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_bad_numbers_of_samples(solver, n_samples, attempt):
    """n_samples is a number of 1 or more, that a float can hold."""
    theirs = neural_network.MLPRegressor(solver=solver, alpha=0.1)
    for call in (
        lambda: MLPRegressor.from_sklearn(theirs, n_samples=n_samples),
        lambda: MLPRegressor(optimizer=solver, alpha=0.1).to_sklearn(n_samples=n_samples),
    ):
        _, error = attempt(call)
        assert isinstance(error, ValueError)
        assert "n_samples must be a number of samples, 1 or more" in str(error)


@pytest.mark.parametrize(
    "n_samples", [1, 12, 12.5, np.int8(12), np.float32(12), Fraction(25, 2), 10**18, 1e300], ids=repr
)
def test_good_numbers_of_samples(n_samples, attempt):
    """Sums of weights are numbers of samples too."""
    result, error = attempt(lambda: MLPRegressor(optimizer="lbfgs", alpha=0.1).to_sklearn(n_samples=n_samples))
    assert error is None
    assert np.isfinite(float(result.alpha))


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor", "MLPClassifierCV", "MLPRegressorCV"])
def test_what_is_not_fitted_says_so(name, attempt, fitted):
    """Every method that needs a fitted model raises NotFittedError before it looks at anything."""
    model, X = getattr(skl2, name)(), fitted.X
    methods = ["predict", "predict_proba", "predict_log_proba"] if "Classifier" in name else ["predict"]
    calls = [lambda each=each, given=given: getattr(model, each)(given) for each in methods for given in (X, None, "x")]
    for call in [*calls, lambda: model.score(X, np.zeros(12))]:
        _, error = attempt(call, fitted=model)
        assert isinstance(error, NotFittedError)
        assert name in str(error)
