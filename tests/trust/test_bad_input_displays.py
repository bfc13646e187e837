"""Bad input of the displays: what they draw, where they draw it, and how."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import (
    LearningRateDecayDisplay,
    LossCurveDisplay,
    MLPClassifier,
    MLPRegressor,
    MLPRegressorCV,
    RegularizationPathDisplay,
    WeightDistributionDisplay,
)

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

X = np.random.default_rng(0).standard_normal((12, 3))
Y = X[:, 0]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


NOTHING = {
    "None": None,
    "str": "network",
    "number": 3,
    "list": [],
    "list of None": [None],
    "dict": {},
    "dict of None": {"a": None},
    "function": len,
    "class": MLPRegressor,
    "not fitted": MLPRegressor(),
    "search not fitted": MLPRegressorCV(),
    "pipeline not fitted": make_pipeline(StandardScaler(), MLPRegressor()),
    "empty pipeline": make_pipeline(StandardScaler()).fit(X),
    "other estimator": LinearRegression().fit(X, Y),
    "other search": GridSearchCV(LinearRegression(), {"fit_intercept": [True, False]}, cv=2).fit(X, Y),
    "array": X,
}
MAKERS = {
    "losses": LossCurveDisplay.from_estimator,
    "weights": WeightDistributionDisplay.from_estimator,
    "path of a search": RegularizationPathDisplay.from_cv,
    "path": RegularizationPathDisplay.from_path,
    "rates": LearningRateDecayDisplay.from_cv,
    "path of an estimator": lambda thing: RegularizationPathDisplay.from_estimator(thing, X, Y, alphas=2, cv=2),
}


@pytest.mark.parametrize("what", NOTHING)
@pytest.mark.parametrize("maker", MAKERS)
def test_nothing_to_draw(maker, what, attempt):
    """What is no fitted network, path or search of the right kind is refused, and no figure is left open."""
    if maker == "path of an estimator" and what == "not fitted":
        pytest.skip("what it is for")
    _, error = attempt(MAKERS[maker], NOTHING[what])
    assert error is not None
    assert plt.get_fignums() == []


SCORED_ON = {
    "X without y": (X, None),
    "y without X": (None, Y),
    "too few y": (X, Y[:5]),
    "NaN": (X * np.nan, Y),
    "NaN in y": (X, Y * np.nan),
    "a feature less": (X[:, :2], Y),
    "str": ("a", "b"),
    "no rows": (X[:0], Y[:0]),
}


@pytest.mark.parametrize("what", SCORED_ON)
def test_bad_samples_to_score_a_path_on(what, attempt, fitted):
    """from_path scores on X and y together, or says what is wrong with them."""
    path = fitted.copy("regressor path")
    _, error = attempt(lambda: RegularizationPathDisplay.from_path(path, *SCORED_ON[what]))
    assert error is not None
    assert plt.get_fignums() == []


@pytest.mark.parametrize("what", sorted(SCORED_ON.keys() - {"a feature less"}))  # the search begins anew with them
def test_bad_samples_to_search_on(what, attempt, fitted):
    """from_estimator says what the search would say."""
    model = fitted.copy("regressor")
    _, error = attempt(
        lambda: RegularizationPathDisplay.from_estimator(model, *SCORED_ON[what], alphas=2, cv=2), fitted=model
    )
    assert error is not None
    assert plt.get_fignums() == []


def test_an_estimator_of_another_kind(attempt):
    """A classifier of scikit-learn is no network."""
    for other in (LogisticRegression(), MLPClassifier, MLPRegressorCV()):
        _, error = attempt(lambda other=other: RegularizationPathDisplay.from_estimator(other, X, Y > 0))
        assert "estimator must be an MLPClassifier or MLPRegressor of skl2" in str(error)


CHOICES = ["area", "", None, 3, [], ["alpha"], {}, np.array(["alpha", "x"]), len]


@pytest.mark.parametrize("choice", CHOICES, ids=repr)
def test_bad_choices(choice, attempt, fitted):
    """A kind of picture or of axis that there is not is refused with those that there are, hashable or not."""
    searches = [fitted.copy("regressor search")]
    for call, names in (
        (
            lambda: WeightDistributionDisplay.from_estimator(fitted.copy("regressor"), kind=choice),
            "kind must be one of",
        ),
        (lambda: LearningRateDecayDisplay.from_cv(searches, x=choice), "x must be one of"),
    ):
        _, error = attempt(call)
        assert isinstance(error, ValueError)
        assert names in str(error)


AXES = ["ax", 3, {}, [], [None], len, [1, 2, 3, 4, 5, 6, 7], np.array([]), np.zeros((2, 2))]


@pytest.mark.parametrize("ax", AXES, ids=repr)
def test_bad_axes(ax, attempt, fitted):
    """What is no Axes is refused before anything is drawn."""
    for call in (
        lambda: LossCurveDisplay.from_estimator(fitted.copy("regressor"), ax=ax),
        lambda: WeightDistributionDisplay.from_estimator(fitted.copy("regressor"), ax=ax),
        lambda: RegularizationPathDisplay.from_path(fitted.copy("regressor path"), ax=ax),
        lambda: RegularizationPathDisplay.from_cv(fitted.copy("regressor search"), ax=ax),
        lambda: LearningRateDecayDisplay.from_cv([fitted.copy("regressor search")], ax=ax),
    ):
        _, error = attempt(call)
        assert isinstance(error, (ValueError, TypeError))
        assert "ax must be" in str(error)


@pytest.mark.parametrize("n_marked", ["a", None, 1.5, np.nan, [], -1, 10**30, 0, np.int8(3)], ids=repr)
def test_bad_numbers_of_marks(n_marked, attempt, fitted):
    """So many cells are marked as there are, or it is said that n_marked is no number of them."""
    search = [fitted.copy("regressor search")]
    display, error = attempt(lambda: LearningRateDecayDisplay.from_cv(search, n_marked=n_marked))
    if isinstance(n_marked, (int, np.integer)) and n_marked >= 0:
        assert len(display.marked_) == min(n_marked, 2)
    else:
        assert "n_marked must be" in str(error)
