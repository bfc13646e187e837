"""Why a network has learned nothing: the first cause named is the right one, and what it advises helps."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPRegressor
from skl2._estimators.causes import CAUSES

RANDOM = np.random.default_rng(0)
N = 200
X = RANDOM.standard_normal((N, 4))
SPARSE = csr_array(X * (np.abs(X) > 0.5))
Y = X @ [1.0, -0.7, 0.4, 0.0]
Y = (Y - Y.mean()) / Y.std()
LABELS = np.digitize(Y, [-0.5, 0.5])
COUNTS = RANDOM.poisson(np.exp(Y)).astype(float)
GOOD = {"hidden_layer_sizes": (8,), "batch_size": 20, "max_iter": 60, "random_state": 0, "learning_rate_init": 0.01}
GOOD |= {"learning_rate": "cosine", "n_iter_no_change": np.inf}


def network(Estimator=MLPRegressor, **changes):
    """An estimator that learns, or would without the changes."""
    return Estimator(**GOOD | changes)


def changed(**changes):
    """A remedy that sets parameters."""
    return lambda model, *data: (clone(model).set_params(**changes), *data)


def scaled(model, rows, y):
    """A remedy: StandardScaler before the network."""
    return make_pipeline(StandardScaler(with_mean=not isinstance(rows, csr_array)), model), rows, y


def transformed(model, rows, y):
    """A remedy: the target in units of its standard deviation."""
    return TransformedTargetRegressor(model, transformer=StandardScaler()), rows, y


def in_units_of_the_mean(model, rows, y):
    """A remedy for counts and rates."""
    return model, rows, y / y.mean()


def unchanged(model, *data):
    """A remedy for data: what is given is what was meant."""
    return model, X, Y


SCALER, TARGET = r"make_pipeline\(StandardScaler\(\)", r"TransformedTargetRegressor.*StandardScaler"
FRAME = pd.DataFrame(X, columns=["a", "b", "c", "d"]).assign(c=lambda frame: 1e5 * frame["c"])
STEP = {"optimizer": "sgd", "momentum": 0.0, "batch_size": 200, "tol": 1e-3}  # one an epoch, which moves little
EARLY = STEP | {"early_stopping": True, "learning_rate_init": 0.001, "batch_size": 180}
NOISY = {"hidden_layer_sizes": (50,), "early_stopping": "loss", "validation_fraction": 0.5, "learning_rate_init": 0.05}
SPENT = STEP | {"learning_rate": "adaptive", "learning_rate_init": 0.003}
LBFGS = {"optimizer": "lbfgs", "alpha": 0.001, "max_iter": 900}

# The cause, what its text has, an estimator and its data, and the remedy.
CASES = {
    "constant X": ("constant_columns", "no column of X varies", network(), (np.ones((N, 4)), Y), unchanged),
    "l2": ("shrunk_weights", "alpha=30 .*lower alpha", network(alpha=30.0), (X, Y), changed(alpha=0.001)),
    "lbfgs": ("shrunk_weights", "alpha=30 .*lower alpha", network(**LBFGS | {"alpha": 30.0}), (X, Y), changed(**LBFGS)),
    "decay": (
        "shrunk_weights",
        "alpha=50 .*lower alpha",
        network(MLPClassifier, alpha=50.0, decay="decoupled", hidden_layer_sizes=(8, 8)),
        (X, LABELS),
        changed(alpha=0.1),
    ),
    "large target": ("far_target", TARGET, network(), (X, 3e5 + 1e5 * Y), transformed),
    "target far from 0": ("far_target", TARGET, network(), (X, 1e3 + Y), transformed),
    "small target": ("far_target", TARGET, network(), (X, 1e-5 * Y), transformed),
    "several targets": ("far_target", TARGET, network(), (X, np.column_stack([Y, 1e4 * (3 + Y)])), transformed),
    "small counts": ("far_target", "fit y / ", network(loss="poisson"), (X, 1e-4 * COUNTS), in_units_of_the_mean),
    "large X": ("far_columns", SCALER, network(), (1e5 * X, Y), scaled),
    "large column": ("far_columns", f"column c .*{SCALER}", network(), (FRAME, Y), scaled),
    "large sparse X": ("far_columns", "with_mean=False", network(), (1e5 * SPARSE, Y), scaled),
    "small X": ("far_columns", SCALER, network(MLPClassifier), (1e-5 * X, LABELS), scaled),
    "small rate": (
        "small_rate",
        "raise learning_rate_init",
        network(learning_rate_init=1e-7),
        (X, Y),
        changed(learning_rate_init=0.01),
    ),
    "large power_t": (
        "small_rate",
        "lower power_t",
        network(optimizer="sgd", learning_rate="invscaling", power_t=2.0, max_iter=40),
        (X, Y),
        changed(power_t=0.1, n_iter_no_change=10, max_iter=900),
    ),
    "a rate that has ended": (
        "small_rate",
        "adaptive.*n_iter_no_change.*tol",
        network(MLPClassifier, **SPENT, n_iter_no_change=10, max_iter=5000),
        (X, LABELS),
        changed(tol=2.5e-4),
    ),
    "large rate": (
        "large_rate",
        "learning_rate_init=30 .*lower it",
        network(learning_rate_init=30.0, hidden_layer_sizes=(8, 8)),
        (X, Y),
        changed(learning_rate_init=0.01),
    ),
    "stopped early": (
        "stopped_at_the_start",
        "early_stopping='loss'.*n_iter_no_change",
        network(MLPClassifier, **EARLY, n_iter_no_change=1),
        (X, LABELS),
        changed(n_iter_no_change=10, early_stopping="loss", batch_size=2, max_iter=200),
    ),
    "noise": (
        "overfitted",
        "fits the training samples .* more samples",
        network(MLPClassifier, **NOISY),
        (X, np.random.default_rng(1).permutation(LABELS)),
        lambda model, *data: (model, X, LABELS),
    ),
    "large tol": (
        "stopped_at_the_start",
        "tol",
        network(tol=10.0, n_iter_no_change=1, max_iter=600, learning_rate_init=0.001),
        (X, Y),
        changed(tol=1e-4),
    ),
    "large tol of lbfgs": ("stopped_at_the_start", "tol", network(**LBFGS, tol=99.0), (X, Y), changed(tol=1e-4)),
    "few epochs": ("few_steps", "max_iter", network(max_iter=1), (X, Y), changed(max_iter=60)),
    "few iterations": ("few_steps", "max_iter", network(**LBFGS | {"max_iter": 1}), (X, 5 + Y), changed(max_iter=900)),
    "few evaluations": ("few_steps", "max_fun", network(**LBFGS, max_fun=1), (X, 5 + Y), changed(max_fun=9999)),
    "much dropout": (
        "large_dropout",
        "dropout=0.98 silences 0.98.*lower it",
        network(dropout=0.98),
        (X, Y),
        changed(dropout=0.1),
    ),
    "wide average": (
        "wide_average",
        "weight_averaging=0.9999 takes in all 310 steps.* lower it to 0.968",
        network(weight_averaging=0.9999, learning_rate_init=0.025, max_iter=31),
        (X, 7 + Y),
        changed(weight_averaging=0.968),
    ),
    "deep": ("narrow_network", "hidden layers", network(hidden_layer_sizes=(8,) * 18), (X, Y), changed(**GOOD)),
    "narrow": ("narrow_network", "hidden layers", network(hidden_layer_sizes=(1, 1)), (X, Y), changed(**GOOD)),
}


def warned(model, rows, y):
    """Fit, and return the texts of the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(rows, y)
    return [str(each.message) for each in caught]


def test_each_row_has_a_case():
    """A new cause comes with a case that shows it, and its remedy."""
    assert {name for name, *_ in CASES.values()} == {find.__name__ for find in CAUSES}


@pytest.mark.parametrize("case", CASES)
def test_the_first_cause_is_the_right_one(case):
    """A fit that fails for one reason alone is told this reason first, with words that say what to write."""
    _, words, model, data, _ = CASES[case]
    *_, text = warned(model, *data)
    first = re.search(r"The network has learned nothing.*\(1\) (.*?)(?: \(2\)| Or X tells)", text).group(1)
    assert re.search(words, first)


@pytest.mark.parametrize("case", CASES)
def test_what_is_advised_helps(case):
    """After doing what the first cause says the fit is good, without a warning."""
    *_, model, data, remedy = CASES[case]
    model, rows, y = remedy(model, *data)
    assert warned(model, rows, y) == []
    assert model.score(rows, y) > (0.7 if case == "small counts" else 0.8)


@pytest.mark.parametrize(
    ("factor_of_X", "factor_of_y", "order"),
    [(1e2, 1e5, ["y is far", "X is far"]), (1e5, 1e2, ["X is far", "y is far"])],
)
def test_causes_are_named_in_the_order_of_their_size(factor_of_X, factor_of_y, order):
    """What is further from what trains is named first, and all that holds is named."""
    model = network(max_iter=2, learning_rate_init=30.0)
    *_, text = warned(model, factor_of_X * X, factor_of_y * (3 + Y))
    listed = re.split(r" ?\(\d\) ", text.partition("likeliest first:")[2])[1:]
    assert [cause[:8] for cause in listed if " is far " in cause] == order
    assert sorted(cause[:8] for cause in listed) == sorted([*order, "learning", "there we"])


def test_where_there_is_no_cause_the_data_remain():
    """Noise is not blamed on the settings: it says that X tells nothing of y, which it adds to any cause."""
    noise = np.random.default_rng(1)
    rows, y = noise.standard_normal((2, 300, 2)), noise.standard_normal((2, 300))
    model = network(early_stopping=True)
    with pytest.warns(ConvergenceWarning, match="No cause is found .* X tells nothing of y"):
        model.fit(rows[0], y[0], X_val=rows[1], y_val=y[1])
    with pytest.warns(ConvergenceWarning, match=r"\(1\) .* Or X tells nothing of y"):
        model.set_params(max_iter=2).fit(rows[0], y[0], X_val=rows[1], y_val=y[1])


def test_a_column_is_named_as_the_user_named_it():
    """The farthest column is named by its name, or by its number."""
    with pytest.warns(ConvergenceWarning, match="column c has root mean square .* the median column 1"):
        network().fit(FRAME, Y)
    with pytest.warns(ConvergenceWarning, match="column 2 has root mean square"):
        network().fit(FRAME.to_numpy(), Y)
