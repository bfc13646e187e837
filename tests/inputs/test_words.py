"""The words people bring: behind scikit-learn's refusal stands what to write, and it runs as it is written."""

import inspect
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.utils._param_validation import InvalidParameterError

import skl2
from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV, TabularMLPClassifier, TabularMLPRegressor
from skl2._inputs.words import NUMBERS, WORDS, find_advice

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PAGE = Path(skl2.__file__).parents[1] / "docs/user_guide/coming_from_scikit_learn.md"
X = np.random.default_rng(0).standard_normal((40, 2))
Y = np.arange(40) % 2
QUICK = {  # estimator → settings with which it trains at once
    MLPClassifier: {"hidden_layer_sizes": (2,), "max_iter": 2},
    MLPRegressor: {"hidden_layer_sizes": (2,), "max_iter": 2},
    MLPClassifierCV: {"hidden_layer_sizes": (2,), "max_iter": 2, "cv": 2, "alphas": 2},
    MLPRegressorCV: {"hidden_layer_sizes": (2,), "max_iter": 2, "cv": 2, "alphas": 2},
    TabularMLPClassifier: {"hidden_layer_sizes": (2,), "max_iter": 2, "cv": 2, "alphas": 2},
    TabularMLPRegressor: {"hidden_layer_sizes": (2,), "max_iter": 2, "cv": 2, "alphas": 2},
}
IN_CODE = {"none": None, "true": True, "false": False, "0": 0, "-1": -1}
ROWS = [(name, word) for name, words in WORDS.items() for word in words]
SPELLINGS = [
    *[("optimizer", name) for name in ("Adam", "SGD", "LBFGS", "L-BFGS")],
    *[("activation", name) for name in ("ReLU", "Tanh", " relu", "LeakyReLU", "SiLU")],
    ("penalty", "L2"),
    *[("decay", name) for name in ("Decoupled", "none")],
    *[("early_stopping", name) for name in ("Loss", "True", "false")],
    *[("dtype", name) for name in ("Float32", np.dtype(">f4"), "None")],
    *[("loss", name) for name in ("SquaredError", "squared error", "AbsoluteError", "Huber")],
    *[("rule", "one-se"), ("strategy", "Halving"), ("class_weight", "Balanced")],
    *[("max_iter", "None"), ("hidden_layer_sizes", "none")],
]
NUMBERS_GIVEN = [
    *[(name, number) for name in ("decay", "penalty") for number in (0.01, 1, np.float32(0.5))],
    *[("learning_rate", number) for number in (0.01, 1, np.float64(0.1))],
    *[("early_stopping", number) for number in (10, 1, np.int64(5))],
]
ODD = [
    [], [1], {}, {"a"}, np.array([0.1, 0.2]), np.array(0.1), np.nan, -0.5, -np.inf, 1j, b"adamw", len, object(), ...,
    10**400, -(10**400), np.timedelta64(0, "s"), np.timedelta64("NaT"), pd.NA, "", " - ", "-1", "\0", "ß", list, float,
    np.void, np.dtype([("a", "f4")]), type("No name", (), {}), pd.Series([1, 2]), np.str_("ADAMW"), np.True_,
]  # fmt: skip


def takers(name):
    """Return the estimators that have a parameter."""
    return [Estimator for Estimator in QUICK if name in Estimator().get_params()]


def refused(Estimator, name, value):
    """Return what scikit-learn says of a value, and what follows it."""
    with pytest.raises(InvalidParameterError) as error:
        Estimator(**{name: value}).fit(X, Y)
    theirs = f"The {name!r} parameter of {Estimator.__name__} must be "
    start, theirs_ends, advice = str(error.value).rpartition(f" Got {value!r} instead.")
    assert start.startswith(theirs)
    assert theirs_ends
    return advice


def remedies(advice, Estimator):
    """Return the settings that an advice has for an estimator, or several where it has alternatives."""
    ways = re.search(r"[Ww]rite (.*)", advice)[1].split(", or, ")
    if "in a search" in advice:
        ways = [way for way in ways if ("in a search" in way) == hasattr(Estimator(), "alphas")]
    settings = [re.findall(r"\b(\w+)=('\w+'|\[.*?\]|len\(X\)|[\w.]*\w)", way) for way in ways]
    assert sum(map(len, settings)) == sum(way.count("=") for way in ways)
    settings = [{name: eval(value, {"np": np, "X": X}) for name, value in way} for way in settings]
    has_all = "where the estimator has it" not in advice
    return [each for each in settings if has_all or each.keys() <= Estimator().get_params().keys()]


@cache
def follow(Estimator, advice):
    """Fit with what an advice says, warnings being errors; what it does not say has its default."""
    named = [eval(call, vars(skl2)) for call in re.findall(r"\w*MLP\w+\(.*?\)", advice)]
    models = named or [Estimator(**settings) for settings in remedies(advice, Estimator)]
    assert models
    for model in models:
        quick = {name: value for name, value in QUICK[type(model)].items() if f"{name}=" not in advice}
        assert model.set_params(**quick).fit(X, Y).predict(X).shape == Y.shape


@pytest.mark.parametrize(("name", "word"), ROWS)
def test_advice_runs_as_it_is_written(name, word):
    """Each row of the table, in each estimator with the parameter: scikit-learn's words, then settings that fit."""
    value = IN_CODE.get(word, word)
    for Estimator in takers(name):
        if (value is None or word == "none") and None in Estimator._parameter_constraints[name]:
            continue  # a table's own default
        advice = refused(Estimator, name, value)
        assert advice == " " + WORDS[name][word]
        follow(Estimator, advice)


@pytest.mark.parametrize(("name", "value"), SPELLINGS)
def test_other_spellings_of_what_is_allowed(name, value):
    """Capitals, hyphens and spaces: the advice is the name that is allowed, without a row of the table."""
    n_refused = 0
    for Estimator in takers(name):
        if value in ("None", "none") and None not in Estimator._parameter_constraints[name]:
            continue
        advice = refused(Estimator, name, value)
        assert re.fullmatch(rf" Write {name}=('\w+'|None|True|False)\.", advice)
        follow(Estimator, advice)
        n_refused += 1
    assert n_refused


@pytest.mark.parametrize(("name", "number"), NUMBERS_GIVEN)
def test_a_number_is_for_another_parameter(name, number):
    """A number where a name or a switch belongs: the advice has the same number, where it acts."""
    for Estimator in takers(name):
        advice = refused(Estimator, name, number)
        target = NUMBERS[name][0]
        (settings,) = remedies(advice, Estimator)
        assert settings.get(target, settings.get(f"{target}s")) in (number, [number])
        follow(Estimator, advice)


@pytest.mark.parametrize(("name", "number"), [("decay", -0.1), ("learning_rate", np.nan), ("early_stopping", np.inf)])
def test_a_number_that_no_parameter_takes_gets_no_advice(name, number):
    """A number out of range for the parameter that it would belong to: scikit-learn's words stand alone."""
    assert refused(MLPClassifier, name, number) == ""


def test_all_ways_to_train_give_it():
    """path and partial_fit, of a fitted estimator too, refuse with the same words as fit."""
    model = MLPClassifier(**QUICK[MLPClassifier]).fit(X, Y).set_params(optimizer="adamw")
    for train in (model.fit, model.path, model.partial_fit):
        with pytest.raises(InvalidParameterError, match=r"instead\. AdamW is Adam with .* decay='decoupled'\.$"):
            train(X, Y)


@pytest.mark.parametrize("Estimator", QUICK)
def test_advice_never_raises(Estimator):
    """Whatever a parameter is, the advice is a sentence or nothing, and never an error of its own."""
    for name, constraints in Estimator._parameter_constraints.items():
        for value in [] if constraints == "no_validation" else ODD:
            advice = find_advice(name, value, Estimator._parameter_constraints)
            assert advice == "" or advice.endswith(".")


def rows(title):
    """Return the cells of a table of the page that begins with a title."""
    table = PAGE.read_text(encoding="utf-8").partition(f"| {title} |")[2].partition("\n\n")[0]
    return [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]


@pytest.mark.parametrize(("elsewhere", "here"), rows("elsewhere | here"))
def test_names_of_other_libraries(elsewhere, here):
    """What the page calls another library's name is Python's TypeError, and what it calls ours is accepted."""
    for name in re.findall(r"`(\w+)`", elsewhere):
        for call in (MLPClassifier, MLPClassifier().fit):
            with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
                call(**{name: 1})
    ours = {*MLPClassifier().get_params(), *inspect.signature(MLPClassifier.fit).parameters}
    named = re.findall(r"(?<![=\w])(\w+)(?=[=`])", here)
    assert named
    assert {*named} <= ours


@pytest.mark.parametrize(("written", "added"), rows("written | the error adds"))
def test_the_page_quotes_the_errors(written, added):
    """Where the page shows what an error adds, it does."""
    name, value = re.fullmatch(r"`(\w+)=(.+)`", written).groups()
    assert refused(takers(name)[0], name, eval(value)) == f" {added}"
