"""Each cell is the mean score at its learning rate and λ."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import Normalize
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skl2 import LearningRateDecayDisplay, MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((30, 3))
Y = X[:, 0] + RANDOM.standard_normal(30)
SMALL = {"hidden_layer_sizes": (2,), "batch_size": 10, "max_iter": 3, "random_state": 0}
RATES, ALPHAS = [0.3, 0.1], [1.0, 0.0, 3.0]
SCORES = np.array([[0.1, 0.9, np.nan], [0.5, 0.4, 0.8]])


@pytest.fixture(scope="module")
def grid():
    """A search of scikit-learn over both."""
    values = {"learning_rate_init": RATES, "alpha": ALPHAS}
    return GridSearchCV(MLPRegressor(**SMALL, decay="decoupled"), values, cv=2).fit(X, Y)


@pytest.fixture(scope="module")
def searches():
    """Searches of ours over λ, one for each learning rate."""
    settings = SMALL | {"decay": "decoupled"}
    return [MLPRegressorCV(ALPHAS, learning_rate_init=rate, cv=2, **settings).fit(X, Y) for rate in RATES]


def texts(axis):
    """The texts at the ticks."""
    return [label.get_text() for label in axis.get_ticklabels()]


def marks(ax):
    """(column, row, marker) of what was marked, in order."""
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0]), line.get_marker()) for line in ax.lines]


def test_the_constructor_keeps_what_it_gets():
    """Every argument is an attribute, the same object; names have defaults."""
    arguments = {
        "learning_rates": RATES,
        "strengths": ALPHAS,
        "scores": SCORES,
        "strength_name": "a",
        "score_name": "b",
    }
    display = LearningRateDecayDisplay(**arguments)
    assert vars(display).keys() == arguments.keys()
    assert all(getattr(display, name) is value for name, value in arguments.items())
    bare = LearningRateDecayDisplay(RATES, ALPHAS, SCORES)
    assert (bare.strength_name, bare.score_name) == ("λ (alpha)", "score")


def test_cells_are_the_scores():
    """Rows are learning rates from the bottom up, columns strengths; a cell without score is empty."""
    display = LearningRateDecayDisplay([0.1, 0.2], [0, 1, 2], SCORES, strength_name="s", score_name="accuracy").plot()
    cells = display.mesh_.get_array()
    assert_array_equal(cells.filled(np.nan), SCORES)
    assert_array_equal(cells.mask, np.isnan(SCORES))
    corners = display.mesh_.get_coordinates()
    assert_array_equal(corners[0, :, 0], [0, 1, 2, 3])
    assert_array_equal(corners[:, 0, 1], [0, 1, 2])
    ax = display.ax_
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 3), (0, 2))
    assert_array_equal(ax.get_xticks(), [0.5, 1.5, 2.5])
    assert_array_equal(ax.get_yticks(), [0.5, 1.5])
    assert (texts(ax.xaxis), texts(ax.yaxis)) == (["0", "1", "2"], ["0.1", "0.2"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("s", "learning rate η₀ (learning_rate_init)")
    assert display.mesh_.colorbar.ax.get_ylabel() == "accuracy"


def test_the_best_cells_are_marked():
    """The best has a star and the next best circles, in their middle; a cell without score is never marked."""
    display = LearningRateDecayDisplay([0.1, 0.2], [0, 1, 2], SCORES).plot(n_marked=3)
    assert display.marked_ == [(0, 1), (1, 2), (1, 0)]
    assert marks(display.ax_) == [(1.5, 0.5, "*"), (2.5, 1.5, "o"), (0.5, 1.5, "o")]
    assert len(LearningRateDecayDisplay([0.1, 0.2], [0, 1, 2], SCORES).plot().marked_) == 5
    assert not LearningRateDecayDisplay([0.1, 0.2], [0, 1, 2], SCORES).plot(n_marked=0).ax_.lines
    many = LearningRateDecayDisplay(range(1, 5), range(5), np.arange(20).reshape(4, 5)).plot()
    assert many.marked_ == [np.unravel_index(cell, (4, 5)) for cell in range(19, 9, -1)]


def test_colours():
    """The quarter with the lowest scores has one colour; the user's colours, limits and norm are stronger."""
    display = LearningRateDecayDisplay([0.1, 0.2], [0, 1, 2], SCORES)
    mesh = display.plot().mesh_
    assert (mesh.norm.vmin, mesh.norm.vmax) == (pytest.approx(0.4), 0.9)
    assert mesh.get_cmap().name == "viridis"
    assert mesh.colorbar.extend == "min"
    mesh_kw = {"vmin": 0.2, "cmap": "cividis", "alpha": 0.5}
    mesh = display.plot(mesh_kw=mesh_kw).mesh_
    assert (mesh.norm.vmin, mesh.get_cmap().name, mesh.get_alpha()) == (0.2, "cividis", 0.5)
    assert mesh_kw == {"vmin": 0.2, "cmap": "cividis", "alpha": 0.5}
    norm = Normalize(0, 1)
    assert display.plot(mesh_kw={"norm": norm}).mesh_.norm is norm


@pytest.mark.parametrize("scores", [[[0.5]], [[0.5, 0.5]], [[np.nan, np.nan]], [[-np.inf, 1.0]]])
def test_pictures_of_little(scores):
    """One cell, equal scores, none at all and infinite ones are drawn without a warning."""
    display = LearningRateDecayDisplay([0.1], range(len(scores[0])), scores).plot()
    display.figure_.canvas.draw()
    assert len(display.marked_) == np.sum(np.isfinite(scores))


def test_labels_have_room():
    """Of many rows and columns every second or third is named, in its place, with digits that tell them apart."""
    display = LearningRateDecayDisplay(np.arange(1, 22), np.linspace(1, 1.04, 41), np.zeros((21, 41))).plot()
    assert_array_equal(display.ax_.get_yticks(), np.arange(0, 21, 2) + 0.5)
    assert texts(display.ax_.yaxis) == [str(value) for value in range(1, 22, 2)]
    assert_array_equal(display.ax_.get_xticks(), np.arange(0, 41, 3) + 0.5)
    assert texts(display.ax_.xaxis)[:4] == ["1", "1.003", "1.006", "1.009"]
    assert {label.get_rotation() for label in display.ax_.get_xticklabels()} == {60}
    few = LearningRateDecayDisplay(np.arange(1, 21), np.arange(6), np.zeros((20, 6))).plot()
    assert len(few.ax_.get_yticks()) == 20
    assert {label.get_rotation() for label in few.ax_.get_xticklabels()} == {0}


def test_where_to_draw():
    """Axes of the user are drawn on, with the bar of colours beside; otherwise there is one new figure."""
    figure, (left, _) = plt.subplots(1, 2)
    display = LearningRateDecayDisplay([0.1, 0.2], [0, 1, 2], SCORES).plot(left)
    assert display.ax_ is left
    assert display.figure_ is figure
    assert plt.get_fignums() == [figure.number]
    assert LearningRateDecayDisplay([0.1, 0.2], [0, 1, 2], SCORES).plot().figure_ is not figure


def mean_scores(grid):
    """The mean score at each (learning rate, λ), from low to high."""
    results = grid.cv_results_
    means = {
        (params["learning_rate_init"], params["alpha"]): mean
        for params, mean in zip(results["params"], results["mean_test_score"], strict=True)
    }
    return [[means[rate, alpha] for alpha in sorted(ALPHAS)] for rate in sorted(RATES)]


def test_a_search_over_both(grid):
    """Rates and λ are sorted, and each cell is the mean score of its candidate."""
    display = LearningRateDecayDisplay.from_cv(grid)
    assert_array_equal(display.learning_rates, [0.1, 0.3])
    assert_array_equal(display.strengths, [0, 1, 3])
    assert_allclose(display.scores, mean_scores(grid))
    assert_allclose(display.mesh_.get_array(), mean_scores(grid))
    row, column = display.marked_[0]
    best = {"learning_rate_init": display.learning_rates[row], "alpha": display.strengths[column]}
    assert best == grid.best_params_
    assert (display.strength_name, display.score_name) == ("λ (alpha)", "R², 2 folds")


def test_searches_for_each_rate(grid, searches):
    """Searches over λ, one for each rate, make the picture of the search over both; in Pipelines too."""
    expected = LearningRateDecayDisplay.from_cv(grid)
    wrapped = [make_pipeline("passthrough", each) for each in searches]
    alone = [
        GridSearchCV(
            make_pipeline(MLPRegressor(**SMALL, decay="decoupled", learning_rate_init=rate)),
            {"mlpregressor__alpha": ALPHAS},
            cv=2,
        ).fit(X, Y)
        for rate in RATES
    ]
    for each in (searches, tuple(searches[::-1]), wrapped, alone):
        display = LearningRateDecayDisplay.from_cv(each)
        assert_array_equal(display.learning_rates, expected.learning_rates)
        assert_array_equal(display.strengths, expected.strengths)
        assert_allclose(display.scores, expected.scores)
        assert display.score_name == "R², 2 folds"


def test_a_search_in_pipelines(grid):
    """A search is found inside a Pipeline, and the parameters of a Pipeline inside the search by their ends."""
    values = {"mlpregressor__learning_rate_init": RATES, "mlpregressor__alpha": ALPHAS}
    inner = make_pipeline(MLPRegressor(**SMALL, decay="decoupled"))
    display = LearningRateDecayDisplay.from_cv(
        make_pipeline("passthrough", GridSearchCV(inner, values, cv=2)).fit(X, Y)
    )
    assert_allclose(display.scores, mean_scores(grid))


def test_different_strengths_at_each_rate(searches):
    """Where a rate was not tried with a λ, the cell is empty."""
    other = MLPRegressorCV([0, 7], learning_rate_init=0.3, cv=2, **SMALL).fit(X, Y)
    display = LearningRateDecayDisplay.from_cv([searches[1], other])
    assert_array_equal(display.strengths, [0, 1, 3, 7])
    assert_array_equal(np.isnan(display.scores), [[0, 0, 0, 1], [0, 1, 1, 0]])


def test_halving():
    """Where one of the searches dropped values of λ, whose scores are of shorter trainings, the label says halving."""
    settings = {"cv": 2} | SMALL
    full = MLPRegressorCV([0, 1], learning_rate_init=0.1, **settings).fit(X, Y)
    halved = MLPRegressorCV([0, 1, 3, 7], learning_rate_init=0.3, strategy="halving", **settings).fit(X, Y)
    assert len(set(halved.cv_results_["stage"])) > 1
    for searches in ([full, halved], [halved, full]):
        assert LearningRateDecayDisplay.from_cv(searches).score_name == "R², 2 folds, halving"


def test_products(grid):
    """x='product' has a column for each η₀·λ, also where products differ by rounding, and the scores stay theirs."""
    display = LearningRateDecayDisplay.from_cv(grid, x="product")
    assert 0.3 * 1.0 != 0.1 * 3.0
    assert_allclose(display.strengths, [0, 0.1, 0.3, 0.9])
    means = np.array(mean_scores(grid))
    nan = np.nan
    expected = [[means[0, 0], means[0, 1], means[0, 2], nan], [means[1, 0], nan, means[1, 1], means[1, 2]]]
    assert_allclose(display.scores, expected)
    assert display.strength_name == "η₀·λ (learning_rate_init · alpha)"


def test_products_of_logarithmic_grids():
    """η₀·λ of grids with the same ratio share columns, although no rate is a number of six digits."""
    rates, alphas = np.logspace(-3, -2, 4), np.logspace(-2, 0, 7)
    values, settings = {"learning_rate_init": rates, "alpha": alphas}, SMALL | {"hidden_layer_sizes": (), "max_iter": 1}
    search = GridSearchCV(MLPRegressor(**settings, decay="decoupled"), values, cv=2).fit(X, Y)
    display = LearningRateDecayDisplay.from_cv(search, x="product")
    assert_allclose(display.strengths, np.logspace(-5, -2, 10), rtol=1e-5)


def test_values_closer_than_six_digits():
    """Values that agree to six digits share a row or column; others do not."""
    settings = SMALL | {"hidden_layer_sizes": (), "max_iter": 1}
    values = {"learning_rate_init": [0.1, 0.1 + 1e-9, 0.1001], "alpha": [1.0, 1.00001, 1 + 1e-9]}
    search = GridSearchCV(MLPRegressor(**settings), values, cv=2).fit(X, Y)
    display = LearningRateDecayDisplay.from_cv(search)
    assert_allclose(display.learning_rates, [0.1, 0.1001])
    assert_allclose(display.strengths, [1, 1.00001])
    assert texts(display.ax_.xaxis) == ["1", "1.00001"]


def test_arguments_reach_the_picture(searches):
    """ax, n_marked and mesh_kw of from_cv are those of plot."""
    _, ax = plt.subplots()
    display = LearningRateDecayDisplay.from_cv(searches, n_marked=2, ax=ax, mesh_kw={"cmap": "magma"})
    assert display.ax_ is ax
    assert len(display.marked_) == 2
    assert display.mesh_.get_cmap().name == "magma"


def test_errors(grid, searches):
    """Errors say what was given and what is possible, and nothing is drawn."""
    with pytest.raises(ValueError, match=r"x must be one of \['alpha', 'product'\]; got 'ratio'"):
        LearningRateDecayDisplay.from_cv(grid, x="ratio")
    with pytest.raises(ValueError, match=r"over alpha and learning_rate_init alone; it is over \['alpha'\]"):
        LearningRateDecayDisplay.from_cv(searches[0])
    with pytest.raises(ValueError, match=r"over alpha alone; it is over \['alpha', 'learning_rate_init'\]"):
        LearningRateDecayDisplay.from_cv([grid])
    with pytest.raises(ValueError, match="At least one search is needed; got an empty list"):
        LearningRateDecayDisplay.from_cv([])
    with pytest.raises(ValueError, match=r"need different learning_rate_init, .*; got \[0.3, 0.3\], and \['R²'\]"):
        LearningRateDecayDisplay.from_cv([searches[0], searches[0]])
    other = MLPRegressorCV([0, 1], learning_rate_init=0.7, cv=2, scoring="neg_max_error", **SMALL).fit(X, Y)
    with pytest.raises(ValueError, match=r"and the same score; got \[0.3, 0.7\], and \['R²', 'neg max error'\]"):
        LearningRateDecayDisplay.from_cv([searches[0], other])
    with pytest.raises(NotFittedError):
        LearningRateDecayDisplay.from_cv([searches[0], MLPClassifierCV()])
    with pytest.raises(ValueError, match=r"search of scikit-learn is needed, .*; got MLPClassifier\("):
        LearningRateDecayDisplay.from_cv(MLPClassifier(**SMALL).fit(X, Y > 0))
    assert not plt.get_fignums()
