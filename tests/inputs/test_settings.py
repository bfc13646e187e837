"""What is refused, and what is said about it, before training begins."""

import re
import warnings

import numpy as np
import pytest

from skl2 import MLPClassifier, MLPRegressor
from skl2._training.schedules import SCHEDULES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ESTIMATORS = [MLPClassifier, MLPRegressor]
X = np.random.default_rng(0).standard_normal((20, 3))
Y = np.arange(20) % 2

# (parameter, value, what the message says is allowed)
OUT_OF_RANGE = [
    *[("alpha", value, "a float in the range [0.0, inf)") for value in (-0.1, np.nan, np.inf, "strong", 10**400)],
    *[("tol", value, "a float in the range [0.0, inf)") for value in (-1e-4, np.timedelta64(3, "s"))],
    *[("batch_size", value, "a str among {'auto'} or an int in the range [1, inf)") for value in (0, 10.0, "all")],
    *[("hidden_layer_sizes", value, "an array-like or an int in the range [1, inf)") for value in (0, -3, 3.0, None)],
    ("learning_rate_init", 0, "a float in the range (0.0, inf)"),
    ("learning_rate_init", np.inf, "a float in the range (0.0, inf)"),
    ("power_t", -1, "a float in the range [0.0, inf)"),
    *[("max_iter", value, "an int in the range [1, inf)") for value in (0, np.timedelta64(3, "s"))],
    ("shuffle", "yes", "an instance of 'bool'"),
    ("random_state", "seed", "'numpy.random.mtrand.RandomState'"),
    ("momentum", 1.1, "a float in the range [0.0, 1.0]"),
    ("validation_fraction", 1.0, "a float in the range [0.0, 1.0)"),
    ("beta_1", 1.0, "a float in the range [0.0, 1.0)"),
    ("beta_2", 1.0, "a float in the range [0.0, 1.0)"),
    ("epsilon", 0.0, "a float in the range (0.0, inf)"),
    ("n_iter_no_change", 0, "an int in the range [1, inf)"),
    ("activation", "softsign", "'relu'"),
    ("optimizer", "rmsprop", "'adam'"),
    ("penalty", "l3", "'l2'"),
    ("decay", "coupled", "'decoupled'"),
    ("learning_rate", "triangular", "'cosine'"),
    ("dtype", "float16", "'float32'"),
    ("dtype", np.float16, "'float32'"),
]


def refusal(estimator, start):
    """The message, with this start, of the ValueError that fit raises before it has trained."""
    with pytest.raises(ValueError, match="^" + re.escape(start)) as error:
        estimator.fit(X, Y)
    assert not hasattr(estimator, "coefs_")
    return str(error.value)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize(("parameter", "value", "allowed"), OUT_OF_RANGE)
def test_a_parameter_out_of_range_is_refused(Estimator, parameter, value, allowed):
    """A value or name that is not allowed: the message names the parameter, what is allowed and what was given."""
    start = f"The {parameter!r} parameter of {Estimator.__name__} must be "
    message = refusal(Estimator(**{parameter: value}), start)
    assert allowed in message
    assert f" Got {value!r} instead." in message  # behind it, advice: test_words.py


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "sizes", [(0,), (4, 0), [-3], (2.0, 3), (2.5,), [[4, 4]], np.ones((2, 2), int), ["4"], [True], (4, None)], ids=repr
)
def test_hidden_layers_are_positive_integers(Estimator, sizes):
    """A layer that is not a positive integer, or layers in two dimensions: the message shows what was given."""
    message = refusal(Estimator(hidden_layer_sizes=sizes), "hidden_layer_sizes must be positive integers")
    assert message.endswith(f"one per hidden layer; got {sizes!r}.")


@pytest.mark.parametrize("sizes", [2**63 - 1, 2**100, (2**31, 2**31)])
def test_a_network_larger_than_any_memory_is_refused(sizes):
    """More weights than can be counted are an error that says so (their number overflowed)."""
    message = refusal(MLPRegressor(hidden_layer_sizes=sizes), f"hidden_layer_sizes={sizes!r} asks for ")
    assert message.endswith(" Take fewer units.")


@pytest.mark.parametrize(
    ("sizes", "widths"),
    [((), []), (4, [4]), (np.int64(4), [4]), ([4, 2], [4, 2]), (np.array([4, 2], np.uint8), [4, 2])],
)
def test_hidden_layers_in_every_spelling(sizes, widths):
    """An integer, a sequence, an array or nothing: coefs_ have these widths."""
    model = MLPRegressor(hidden_layer_sizes=sizes, max_iter=1).fit(X, Y)
    assert [coef.shape for coef in model.coefs_] == list(zip([3, *widths], [*widths, 1], strict=True))


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_alpha_never_acts_twice(Estimator):
    """penalty='l2' with decay='decoupled' is refused, and the message says what to write instead."""
    start = "penalty='l2' together with decay='decoupled' would apply alpha twice."
    message = refusal(Estimator(penalty="l2", decay="decoupled", alpha=0.03), start)
    assert "Write decay='decoupled' without penalty" in message
    assert "or penalty='l2' without decay" in message


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(("alpha", "rate"), [(4.0, 0.25), (2000.0, 1e-3), (1.0, 3.0)])
def test_decay_may_not_reverse_a_weight(alpha, rate, schedule, optimizer):
    """Decoupled decay with learning_rate_init * alpha >= 1 is refused; the message names both and the largest alpha."""
    settings = {"alpha": alpha, "learning_rate_init": rate, "learning_rate": schedule, "optimizer": optimizer}
    message = refusal(MLPRegressor(decay="decoupled", **settings), "Decoupled decay shrinks the weights")
    assert f"learning_rate_init * alpha in each step, which must be below 1; got {rate} * {alpha} = " in message
    assert f"Lower alpha below {1 / rate:g}, or lower learning_rate_init." in message


def test_decay_beyond_any_bound_is_refused_in_the_same_words():
    """A step η·λ that overflows is refused like any other, by path too (numpy warned of the overflow)."""
    model = MLPRegressor(decay="decoupled", learning_rate_init=3.0)
    with pytest.raises(ValueError, match=r"Decoupled decay shrinks the weights .* = inf"):
        model.path(X, Y, [0, 1e308])


def test_decay_just_below_the_bound_trains():
    """learning_rate_init * alpha may come arbitrarily near to 1, and the l2 penalty knows no such bound."""
    for settings in ({"decay": "decoupled", "alpha": np.nextafter(4, 0)}, {"penalty": "l2", "alpha": 4.0}):
        model = MLPRegressor(hidden_layer_sizes=(2,), max_iter=1, learning_rate_init=0.25, **settings)
        assert np.isfinite(model.fit(X, Y).loss_)


@pytest.mark.parametrize("dtype", ["float32", np.float32])
def test_decay_without_effect_in_float32_is_announced(dtype):
    """float32 with 0 < learning_rate_init * alpha < 3e-8 warns, with the product and three ways out."""
    model = MLPRegressor(hidden_layer_sizes=(2,), max_iter=1, decay="decoupled", alpha=2e-5, dtype=dtype)
    with pytest.warns(
        UserWarning, match=r"no effect in float32 .* got 2e-08\. Raise alpha, .*dtype='float64'.*alpha=0"
    ):
        model.fit(X, Y)
    with pytest.warns(UserWarning, match="no effect in float32"):
        model.set_params(dtype=None).fit(X.astype(np.float32), Y)


@pytest.mark.parametrize(
    "settings",
    [
        {"decay": "decoupled", "alpha": 2e-5, "dtype": "float64"},
        {"decay": "decoupled", "alpha": 2e-5},
        {"decay": "decoupled", "alpha": 4e-5, "dtype": "float32"},
        {"decay": "decoupled", "alpha": 0, "dtype": "float32"},
        {"penalty": "l2", "alpha": 2e-5, "dtype": "float32"},
        {"penalty": None, "alpha": 2e-5, "dtype": "float32"},
    ],
    ids=str,
)
def test_decay_with_an_effect_is_not_announced(settings):
    """float64, enough decay, no decay and the l2 penalty pass without a warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        MLPRegressor(hidden_layer_sizes=(2,), max_iter=1, learning_rate="cosine", **settings).fit(X, 0 * Y)
    assert caught == []


@pytest.mark.parametrize(("early_stopping", "n_train"), [(False, 20), (True, 15)])
def test_a_batch_larger_than_the_data_is_clipped(early_stopping, n_train):
    """batch_size beyond the samples to train on warns with both numbers, and trains as with all of them."""
    settings = {"hidden_layer_sizes": (2,), "max_iter": 2, "random_state": 0, "validation_fraction": 0.25}
    model = MLPRegressor(batch_size=21, early_stopping=early_stopping, **settings)
    with pytest.warns(UserWarning, match=rf"batch_size=21 is larger than .* it is clipped to {n_train}"):
        model.fit(X, Y)
    exact = MLPRegressor(batch_size=n_train, early_stopping=early_stopping, **settings).fit(X, Y)
    np.testing.assert_array_equal(model.coefs_[0], exact.coefs_[0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_epsilon_below_the_dtype_divides_nothing_by_zero(dtype):
    """A weight without a gradient stays where it is, however small Adam's epsilon."""
    settings = {"hidden_layer_sizes": (2,), "max_iter": 1, "alpha": 0, "epsilon": 1e-320, "random_state": 0}
    dead = np.c_[X, np.zeros(20)]
    model = MLPRegressor(**settings, dtype=dtype).fit(dead, Y)
    still = MLPRegressor(**settings, dtype=dtype, learning_rate_init=1e-300).fit(dead, Y)
    np.testing.assert_array_equal(model.coefs_[0][3], still.coefs_[0][3])
