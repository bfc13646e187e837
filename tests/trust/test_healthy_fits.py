"""Fits that learn something, if little, are not told that they have learned nothing."""

import runpy
import warnings
from pathlib import Path

import pytest
from healthy_fits import CLASSES, FITS, PAIRS, TARGETS

from skl2 import MLPClassifier, MLPRegressor

EXAMPLES = Path(__file__).parents[2] / "examples"
QUICK = ["from_scikit_learn", "l2_and_decoupled_under_adam", "plain_sgd", "regularization_path", "wiggly_curve"]


def alarms(call, *arguments, **options):
    """Call something and return the texts that say that nothing was learned."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(*arguments, **options)
    return [str(each.message) for each in caught if "has learned nothing" in str(each.message)]


@pytest.mark.parametrize("name", [*CLASSES, *TARGETS])
def test_settings(name):
    """Optimizers, schedules and rules to stop by learn scikit-learn's data, noisy or not, without an alarm."""
    Estimator, data = (MLPClassifier, CLASSES[name]) if name in CLASSES else (MLPRegressor, TARGETS[name])
    for settings in (settings for paired, settings in PAIRS if paired == name):
        assert alarms(Estimator(random_state=0, **settings).fit, *data) == []


@pytest.mark.parametrize("name", FITS)
def test_calls(name):
    """Short training, weak signals, rare classes, weights, paths, searches and tables raise no alarm."""
    assert alarms(FITS[name]) == []


@pytest.mark.parametrize("name", QUICK)
def test_examples(name, tmp_path, monkeypatch):
    """The examples raise no alarm; those that take longer are tried where the gallery is built."""
    monkeypatch.chdir(tmp_path)
    assert alarms(runpy.run_path, str(EXAMPLES / f"{name}.py"), run_name="__main__") == []
