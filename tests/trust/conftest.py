"""What the tests of trust share: how much hypothesis tries, and attempts with input that may be bad.

In CI hypothesis tries a fixed set in seconds, with SKL2_FUZZ=n as many as n random examples a property.
"""

import os
import pickle
import tempfile
import time
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, configuration, settings
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV, warm_up

# Nothing is written to the tree.
configuration.set_hypothesis_home_dir(os.path.join(tempfile.gettempdir(), f"hypothesis-{os.getpid()}"))

ALWAYS = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("ci", derandomize=True, max_examples=80, **ALWAYS)
settings.register_profile("long", max_examples=int(os.environ.get("SKL2_FUZZ", "1")), print_blob=True, **ALWAYS)
settings.load_profile("long" if "SKL2_FUZZ" in os.environ else "ci")

SECONDS = 1.0  # of this thread's own time, so that a busy machine does not matter
# Errors of our inside, and not of what was given; UnicodeError would be a ValueError.
INSIDE = (LookupError, ArithmeticError, AssertionError, NameError, RecursionError, UnicodeError, np.linalg.LinAlgError)
SETTINGS = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}


def freeze(thing):
    """Bytes that change with anything in it, or None where there are none, as of a generator."""
    if hasattr(thing, "to_numpy"):  # a frame or a series, which may cache what it was asked
        thing = thing.to_numpy(dtype=object)
    elif hasattr(thing, "get_params"):
        thing = {name: freeze(value) for name, value in vars(thing).items()}  # what is shared does not matter
    elif issparse(thing):
        thing = [part for part in vars(thing).values() if isinstance(part, np.ndarray)]
    try:
        return pickle.dumps(thing)
    except (TypeError, AttributeError, pickle.PicklingError):
        return None


@pytest.fixture
def attempt(capfd):
    """Call something, and return its (result, error), after checks of what must be true of every call.

    It takes less than a second, prints nothing, warns as we or scikit-learn do and not as numpy does, raises the right
    kind of error if any, leaves what is `given` as it is, and the fitted estimator too if it fails. What `is_ours` not
    may raise and warn as scikit-learn's metrics do.
    """

    def call(function, *given, fitted=None, is_ours=True):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            arguments, state = [freeze(each) for each in given], freeze(fitted)
            start, result, error = time.thread_time(), None, None
            try:
                result = function(*given)
            except Exception as problem:
                error = problem
            seconds = time.thread_time() - start
        assert seconds < SECONDS
        assert capfd.readouterr() == ("", "")
        assert not is_ours or [str(each.message) for each in caught if not is_expected(each)] == []
        assert [freeze(each) for each in given] == arguments
        if error is not None:
            assert not is_ours or isinstance(error, (ValueError, TypeError, MemoryError)), repr(error)
            assert not is_ours or not isinstance(error, INSIDE), repr(error)
            assert str(error)
            assert freeze(fitted) == state
        return result, error

    return call


def is_expected(warning):
    """Whether a warning is of skl2 or of scikit-learn's validation and metrics, rather than of numpy in our inside."""
    if issubclass(warning.category, RuntimeWarning):  # scikit-learn's metrics square what they are given
        return "sklearn/metrics/" in warning.filename or "sklearn/utils/multiclass" in warning.filename
    if "the matrix subclass" in str(warning.message) or "labels represented as bytes" in str(warning.message):
        return True  # numpy says so, and scikit-learn before it refuses such labels
    if "'generic' unit" in str(warning.message):
        return True  # numpy 2.5 of a timedelta that scikit-learn compares with a number, and then refuses
    return issubclass(warning.category, (UserWarning, ConvergenceWarning))


@pytest.fixture(scope="session")
def fitted():
    """Fitted networks by kind, to be copied: `samples`, `y` and a function `copy(kind)`."""
    warm_up()  # to compile takes longer than an attempt may
    samples = np.random.default_rng(0).standard_normal((12, 3))
    y = {"classifier": np.arange(12) % 3, "regressor": samples[:, 0] - samples[:, 1]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        models = {
            "classifier": MLPClassifier(**SETTINGS).fit(samples, y["classifier"]),
            "regressor": MLPRegressor(**SETTINGS).fit(samples, y["regressor"]),
            "classifier search": MLPClassifierCV(2, cv=2, **SETTINGS).fit(samples, y["classifier"]),
            "regressor search": MLPRegressorCV(2, cv=2, **SETTINGS).fit(samples, y["regressor"]),
            "classifier path": MLPClassifier(**SETTINGS).path(samples, y["classifier"], [0, 0.1]),
            "regressor path": MLPRegressor(**SETTINGS).path(samples, y["regressor"], [0, 0.1]),
        }
    pickles = {kind: pickle.dumps(model) for kind, model in models.items()}  # quicker than copy.deepcopy
    return SimpleNamespace(
        X=samples,
        y=lambda kind: y[kind.split()[0]],
        copy=lambda kind: pickle.loads(pickles[kind]),
        predictions={kind: model.predict(samples) for kind, model in models.items()},
    )
