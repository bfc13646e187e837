"""Score and ‖W‖ against λ are drawn as they were found."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import sem
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV, RegularizationPathDisplay
from skl2._displays import axes

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = X[:, 0] + RANDOM.standard_normal(40)
LABELS = (Y > 0).astype(int)
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.1}
ALPHAS = [1.0, 0.01, 3.0, 0.0, 0.1]  # not sorted
ORDER = np.argsort(ALPHAS)
NUMBERS = {
    "alphas": [1.0, 0.0, 0.1],
    "scores": [0.5, 0.7, 0.8],
    "standard_errors": [0.1, 0.2, 0.3],
    "weight_norms": [1.0, 3.0, 2.0],
    "layer_norms": [[0.8, 0.6], [2.4, 1.8], [1.6, 1.2]],
    "alpha_chosen": 0.1,
    "alpha_one_se": 1.0,
}


@pytest.fixture(scope="module")
def search():
    """A fitted search over λ, four folds."""
    return MLPRegressorCV(ALPHAS, cv=KFold(4), **SMALL).fit(X, Y)


def fold_scores(search):
    """Scores (n_alphas, n_folds)."""
    return np.transpose([search.cv_results_[f"split{split}_test_score"] for split in range(search.n_splits_)])


def points(line):
    """x and y of a line, as an array (2, n)."""
    return np.array([line.get_xdata(), line.get_ydata()], float)


def names_in_legend(ax):
    """The texts of the legend, if there is one."""
    return ax.get_legend() and [text.get_text() for text in ax.get_legend().get_texts()]


def mark(ax, shape, number=0):
    """The star or the circle on the scores, as [x, y]; none where there is none."""
    lines = [line for line in ax.lines if line.get_linestyle() == "None" and line.get_marker() == shape]
    return [*lines[number].get_xdata(), *lines[number].get_ydata()] if lines else []


def band_edges(band):
    """(x, lower edge, upper edge) of a band, sorted by x."""
    corners = np.unique(band.get_paths()[0].vertices, axis=0)
    x = np.unique(corners[:, 0])
    return x, *([edge(corners[corners[:, 0] == each, 1]) for each in x] for edge in (np.min, np.max))


def test_the_constructor_keeps_what_it_gets():
    """Every argument is an attribute, the same object, and None where nothing was given."""
    arguments = NUMBERS | {"score_name": "accuracy", "name": "a"}
    display = RegularizationPathDisplay(**arguments)
    assert vars(display).keys() == arguments.keys()
    assert all(getattr(display, name) is value for name, value in arguments.items())
    bare = RegularizationPathDisplay([1.0])
    assert bare.score_name == "score"
    assert {value for name, value in vars(bare).items() if name not in ("alphas", "score_name")} == {None}


def test_curves_are_sorted_by_strength():
    """Scores, band and norms stand at their λ, from the smallest on, whatever the order of the arguments."""
    display = RegularizationPathDisplay(**NUMBERS).plot(layers=True)
    scores, norms, *layers = display.lines_
    assert_array_equal(points(scores), [[0, 0.1, 1], [0.7, 0.8, 0.5]])
    assert_array_equal(points(norms), [[0, 0.1, 1], [3, 2, 1]])
    assert_array_equal([points(layer)[1] for layer in layers], [[2.4, 1.6, 0.8], [1.8, 1.2, 0.6]])
    x, low, high = band_edges(display.fill_between_)
    assert_allclose([x, low, high], [[0, 0.1, 1], [0.5, 0.5, 0.4], [0.9, 1.1, 0.6]])
    assert NUMBERS["alphas"] == [1.0, 0.0, 0.1]
    assert [list(display.ax_).index(line.axes) for line in display.lines_] == [0, 1, 1, 1]
    assert [ax.get_ylabel() for ax in display.ax_] == ["score\n± 1 standard error", "‖W‖"]
    assert [ax.get_xlabel() for ax in display.ax_] == ["", "λ (alpha)"]


def test_marks():
    """A star stands on the score of the λ chosen, a circle on that of the largest within one standard error."""
    display = RegularizationPathDisplay(**NUMBERS).plot()
    assert mark(display.ax_[0], "*") == [0.1, 0.8]
    assert mark(display.ax_[0], "o") == [1.0, 0.5]
    assert names_in_legend(display.ax_[0]) == ["chosen: λ = 0.1", "one standard error: λ = 1"]
    assert {line.get_color() for line in display.ax_[0].lines} == {display.lines_[0].get_color()}
    none = RegularizationPathDisplay(**NUMBERS | {"alpha_chosen": None, "alpha_one_se": None}).plot()
    assert none.ax_[0].lines[:] == none.lines_[:1]
    assert names_in_legend(none.ax_[0]) is None


def test_zero_can_be_chosen():
    """λ = 0 is marked like any other."""
    display = RegularizationPathDisplay(**NUMBERS | {"alpha_chosen": 0.0, "alpha_one_se": 0.0}).plot()
    assert mark(display.ax_[0], "*") == mark(display.ax_[0], "o") == [0, 0.7]
    assert names_in_legend(display.ax_[0])[0] == "chosen: λ = 0"


def test_one_colour_and_marker_in_both_panels():
    """Scores and norms of a path look alike; curves of layers have its colour, no marker and each its own style."""
    display = RegularizationPathDisplay(**NUMBERS | {"layer_norms": np.ones((3, 7))}).plot(layers=True)
    assert len({line.get_color() for line in display.lines_}) == 1
    assert [line.get_marker() for line in display.lines_] == ["o", "o", *[""] * 7]
    assert names_in_legend(display.ax_[1]) == ["all layers", *(f"layer {number}" for number in range(1, 8))]
    assert [line.is_dashed() for line in display.lines_] == [False, False, *[True] * 7]
    assert [line.get_linestyle() for line in display.lines_[2:5]] == ["--", ":", "-."]
    assert len(set(map(str, axes.LAYER_STYLES))) == 7


@pytest.mark.parametrize(
    ("missing", "labels"),
    [
        ({"scores": None}, ["‖W‖"]),
        ({"weight_norms": None}, ["score\n± 1 standard error"]),
        ({"standard_errors": None}, ["score", "‖W‖"]),
        ({"layer_norms": None}, ["score\n± 1 standard error", "‖W‖"]),
    ],
)
def test_what_is_missing_is_left_out(missing, labels):
    """What is None has no panel, no band and no curve, also with layers=True."""
    display = RegularizationPathDisplay(**NUMBERS | missing).plot(layers=True)
    assert [ax.get_ylabel() for ax in display.ax_] == labels
    assert (display.fill_between_ is None) == (not labels[0].startswith("score\n"))
    n_layers = 0 if missing.keys() & {"layer_norms", "weight_norms"} else 2
    assert len(display.lines_) == len(labels) + n_layers


def test_nothing_to_draw():
    """Without scores and norms the error says what must be given."""
    with pytest.raises(ValueError, match="scores or weight_norms must be given; both are None"):
        RegularizationPathDisplay([1.0]).plot()
    assert not plt.get_fignums()


def test_names():
    """The name is in the legend of the scores, or of the norms where those are alone; plot may give another one."""
    bare = NUMBERS | {"alpha_chosen": None, "alpha_one_se": None}
    display = RegularizationPathDisplay(**bare, name="a").plot()
    assert [names_in_legend(ax) for ax in display.ax_] == [["a"], None]
    assert names_in_legend(display.plot(name="b").ax_[0]) == ["b"]
    assert names_in_legend(display.plot(line_kw={"label": "c"}).ax_[0]) == ["c"]
    alone = RegularizationPathDisplay(**bare | {"scores": None}, name="a").plot()
    assert names_in_legend(alone.ax_[0]) == ["a"]
    assert names_in_legend(alone.plot(layers=True).ax_[0]) == ["a, all layers", "a, layer 1", "a, layer 2"]
    assert names_in_legend(display.plot(layers=True, name="b").ax_[1])[0] == "b, all layers"


def test_line_kw_reaches_every_curve():
    """line_kw is for scores, norms and layers; marks and band have its colour."""
    display = RegularizationPathDisplay(**NUMBERS).plot(
        layers=True, line_kw={"c": "red", "lw": 4, "marker": "x", "ls": ":"}
    )
    assert {line.get_linewidth() for line in display.lines_} == {4}
    assert {line.get_color() for line in [*display.lines_, *display.ax_[0].lines]} == {"red"}
    assert [line.get_marker() for line in display.lines_] == ["x", "x", "", ""]
    assert [line.get_linestyle() for line in display.lines_[:2]] == [":", ":"]
    assert_allclose(display.fill_between_.get_facecolor(), [[1, 0, 0, 0.2]])


def test_markers_of_paths():
    """Seven paths have seven markers, with two marks each or with none."""
    for marks in ({}, {"alpha_chosen": None}, {"alpha_chosen": None, "alpha_one_se": None}):
        display, markers = RegularizationPathDisplay(**NUMBERS | marks), []
        for _ in range(7):
            display.plot(display.ax_ if markers else None)
            markers.append(display.lines_[0].get_marker())
        assert sorted(markers) == sorted(axes.MARKERS)


def test_a_second_path_on_the_same_axes():
    """It has another colour and marker, and everything of both is in sight."""
    first = RegularizationPathDisplay(**NUMBERS).plot()
    others = {"alphas": [10.0, 2.0], "scores": [0.6, 0.65], "weight_norms": [9.0, 8.0], "alpha_chosen": 10.0}
    second = RegularizationPathDisplay(**others).plot(first.ax_)
    for ours, theirs in zip(first.lines_, second.lines_, strict=True):
        assert ours.get_color() != theirs.get_color()
        assert ours.get_marker() != theirs.get_marker()
        assert ours.axes is theirs.axes
    assert second.lines_[0].get_color() == second.lines_[1].get_color()
    assert mark(second.ax_[0], "*", 1) == [10, 0.6]
    for ax, low, high in zip(first.ax_, (0.4, 1), (1.1, 9), strict=True):
        bottom, top = ax.get_ylim()
        assert bottom < low < high < top
        left, right = ax.get_xlim()
        assert left < 0 < 10 < right
        assert_allclose(ax.get_xticks(), [0, 0.1, 1, 10])


def test_a_path_without_norms_on_the_axes_of_both():
    """Its scores are drawn on the first of two Axes, so that a search of scikit-learn can be beside one of ours."""
    first = RegularizationPathDisplay(**NUMBERS).plot()
    second = RegularizationPathDisplay(**NUMBERS | {"weight_norms": None}).plot(first.ax_)
    assert [line.axes for line in second.lines_] == [first.ax_[0]]
    assert second.lines_[0].get_color() != first.lines_[0].get_color()
    assert list(second.ax_) == list(first.ax_)
    _, grid = plt.subplots(2)
    RegularizationPathDisplay(**NUMBERS | {"weight_norms": None}).plot(grid)
    assert [bool(ax.lines) for ax in grid] == [True, False]
    with pytest.raises(ValueError, match=r"draws 1 panel\(s\) here"):
        RegularizationPathDisplay(**NUMBERS | {"scores": None}).plot(grid)


def test_axes_of_the_user():
    """On plain Axes too, each λ has a marker, of its own kind for each path, unless line_kw takes it away."""
    _, ax = plt.subplots()
    lines = [RegularizationPathDisplay(**NUMBERS).plot(ax).lines_[0] for _ in range(2)]
    assert lines[0].get_marker() == axes.MARKERS[0]
    assert lines[1].get_marker() in axes.MARKERS[1:]
    assert lines[0].get_color() != lines[1].get_color()
    assert RegularizationPathDisplay(**NUMBERS).plot(ax, line_kw={"marker": ""}).lines_[0].get_marker() == ""
    assert ax.get_xlabel() == "λ (alpha)"
    assert len(lines[0].axes.figure.axes) == 1


def test_low_scores_leave_the_picture():
    """What is more than 15 standard errors below the best is not in sight, and the rest is with its band."""
    numbers = {"alphas": [1, 2, 3, 4], "scores": [0.9, 0.8, -50, np.nan], "standard_errors": [0.01, 0.01, 9, np.nan]}
    display = RegularizationPathDisplay(**numbers).plot()
    low, high = display.ax_[0].get_ylim()
    margin = 0.05 * (0.91 - 0.75)
    assert_allclose([low, high], [0.75 - margin, 0.91 + margin])
    del numbers["standard_errors"]
    assert RegularizationPathDisplay(**numbers).plot().ax_[0].get_ylim()[0] < -50


@pytest.mark.parametrize("scores", [[np.nan, 0.5, np.nan], [-np.inf, 0.5, 0.4], [np.nan] * 3])
def test_scores_that_are_not_finite(scores):
    """They are gaps, and everything else is drawn without a warning."""
    errors = np.where(np.isfinite(scores), 0.1, np.nan)
    display = RegularizationPathDisplay(**NUMBERS | {"scores": scores, "standard_errors": errors}).plot()
    display.figure_.canvas.draw()
    assert_array_equal(points(display.lines_[0])[1], np.array(scores)[[1, 2, 0]])
    assert np.all(np.isfinite(display.ax_[0].get_ylim()))


def test_one_strength():
    """A path of one λ, also of λ = 0 alone, is a point in the middle of each panel."""
    for alpha in (0.0, 0.3):
        display = RegularizationPathDisplay([alpha], [0.5], weight_norms=[2.0], alpha_chosen=alpha).plot()
        display.figure_.canvas.draw()
        for ax, value in zip(display.ax_, (0.5, 2.0), strict=True):
            place = ax.transAxes.inverted().transform(ax.transData.transform((alpha, value)))
            assert_allclose(place, [0.5, 0.5])


def test_what_a_search_found(search):
    """Scores are means over folds, the band is the mean ± its standard error, norms are means; λ chosen is marked."""
    display = RegularizationPathDisplay.from_cv(search, layers=True)
    scores, errors, results = fold_scores(search), sem(fold_scores(search), axis=1), search.cv_results_
    means = scores.mean(axis=1)
    lines = [points(line) for line in display.lines_]
    assert_array_equal([line[0] for line in lines], [np.sort(ALPHAS)] * 4)
    assert_allclose(lines[0][1], means[ORDER])
    norms = ["mean_weight_norm", "mean_weight_norm_layer1", "mean_weight_norm_layer2"]
    assert_array_equal([line[1] for line in lines[1:]], [results[key][ORDER] for key in norms])
    assert_allclose(band_edges(display.fill_between_)[1:], [(means - errors)[ORDER], (means + errors)[ORDER]])
    assert_allclose(mark(display.ax_[0], "*"), [search.alpha_, means.max()])
    assert display.score_name == "R², 4 folds"


@pytest.mark.parametrize("rule", ["best", "one_se"])
@pytest.mark.parametrize("seed", range(4))
def test_the_mark_of_one_standard_error(search, rule, seed):
    """It is the largest λ whose mean is within one standard error of the best, whichever λ the rule chose."""
    fitted = clone(search).set_params(rule=rule, random_state=seed).fit(X, Y)
    scores = fold_scores(fitted)
    means = scores.mean(axis=1)
    bound = means.max() - sem(scores[np.argmax(means)])
    expected = max(alpha for alpha, mean in zip(ALPHAS, means, strict=True) if mean >= bound)
    display = RegularizationPathDisplay.from_cv(fitted)
    assert display.alpha_one_se == expected
    assert display.alpha_chosen == fitted.alpha_
    assert (fitted.alpha_ == expected) or rule == "best"


def test_one_standard_error_is_taken_once():
    """With rule='one_se' the mark is not one standard error below the λ that is within one standard error already."""
    search = MLPRegressorCV([1.0, 2.0, 3.0], cv=3, rule="one_se", **SMALL).fit(X, Y)
    for split, scores in enumerate([[0.5, 0.4, 0.35], [0.6, 0.5, 0.45], [0.7, 0.75, 0.55]]):
        search.cv_results_[f"split{split}_test_score"] = np.array(scores)
    search.best_index_ = 1
    display = RegularizationPathDisplay.from_cv(search)
    means = fold_scores(search).mean(axis=1)
    assert means[2] > means[1] - sem(fold_scores(search)[1])
    assert means[2] < means[0] - sem(fold_scores(search)[0])
    assert display.alpha_one_se == display.alpha_chosen == 2


def test_halving():
    """Where λ were dropped, none is marked as within one standard error, and the label says halving."""
    search = MLPRegressorCV(ALPHAS, strategy="halving", cv=2, **SMALL).fit(X, Y)
    display = RegularizationPathDisplay.from_cv(search)
    assert len(set(search.cv_results_["stage"])) > 1
    assert display.alpha_one_se is None
    assert display.alpha_chosen == search.alpha_
    assert display.ax_[0].get_ylabel() == "R², 2 folds, halving\n± 1 standard error"
    full = RegularizationPathDisplay.from_cv(MLPRegressorCV([0, 1], strategy="halving", cv=2, **SMALL).fit(X, Y))
    assert full.alpha_one_se is not None
    assert full.ax_[0].get_ylabel() == "R², 2 folds\n± 1 standard error"


def test_one_fold():
    """One fold has no standard error: no band, and no mark but that of the λ chosen."""
    search = MLPClassifierCV(ALPHAS, cv=[(np.arange(30), np.arange(30, 40))], **SMALL).fit(X, LABELS)
    display = RegularizationPathDisplay.from_cv(search)
    assert display.standard_errors is display.fill_between_ is display.alpha_one_se is None
    assert display.ax_[0].get_ylabel() == "accuracy, 1 fold"
    assert mark(display.ax_[0], "*")[0] == search.alpha_


@pytest.mark.parametrize("alphas", [[0.0], [0.3], [0.3, 0.3]])
def test_one_strength_is_seen(alphas):
    """One λ makes no line and no band: its layers are points, each of another shape, and the band is a bar."""
    search = MLPRegressorCV(alphas, cv=3, rule="one_se", **SMALL).fit(X, Y)
    display = RegularizationPathDisplay.from_cv(search, layers=True)
    assert len({line.get_marker() for line in display.lines_[1:]} - {""}) == 3
    assert display.fill_between_.get_linewidth() > 0
    assert (mark(display.ax_[0], "*")[0], mark(display.ax_[0], "o")[0]) == (alphas[0], alphas[0])
    two = RegularizationPathDisplay.from_cv(MLPRegressorCV([0, 1], cv=3, **SMALL).fit(X, Y), layers=True)
    assert [line.get_marker() for line in two.lines_[2:]] == ["", ""]
    assert two.fill_between_.get_linewidth() == 0


@pytest.mark.filterwarnings("ignore:.*diverged", "ignore:.*finite:UserWarning")
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
@pytest.mark.parametrize("from_", ["cv", "path"])
def test_networks_that_diverged(from_):
    """Where training diverged there is neither score nor norm, and the limits are those of the others."""
    settings = SMALL | {"optimizer": "sgd", "max_iter": 30}
    alphas = [0.0, 1e9, 0.5, 0.1]
    if from_ == "cv":
        display = RegularizationPathDisplay.from_cv(MLPRegressorCV(alphas, cv=2, **settings).fit(X, Y), layers=True)
    else:
        display = RegularizationPathDisplay.from_path(MLPRegressor(**settings).path(X, Y, alphas), X, Y, layers=True)
    for line in display.lines_:
        assert_array_equal(np.isfinite(points(line)[1]), [1, 1, 1, 0])
    for ax in display.ax_:
        assert np.max(np.abs(ax.get_ylim())) < 100
    assert not display.alpha_one_se or display.alpha_one_se < 1


def test_norms_of_networks_that_diverged():
    """What is left of the weights of a network that diverged, however large, is not drawn."""
    path = MLPRegressor(**SMALL).path(X, Y, [0.0, 1.0, 0.1])
    path.status = np.array(["max_iter", "diverged", "max_iter"])
    for display in (RegularizationPathDisplay.from_path(path, *data, layers=True) for data in ((), (X, Y))):
        for line in display.lines_:
            assert_array_equal(np.isnan(points(line)[1]), [0, 0, 1])


def test_infinite_scores():
    """A scorer that returns -inf for some folds is drawn without a warning."""

    def score(network, X, y):
        return -np.inf if network.alpha == 1 and len(y) == 13 else -network.alpha

    search = MLPRegressorCV([0, 1, 2], cv=3, scoring=score, **SMALL)
    with np.errstate(all="ignore"):
        search.fit(X, Y)
    display = RegularizationPathDisplay.from_cv(search)
    assert_array_equal(points(display.lines_[0])[1], [0, -np.inf, -2])
    assert display.ax_[0].get_ylim()[1] < 1


@pytest.mark.parametrize("prefix", ["", "mlpregressor__", "regressor__"])
def test_a_search_of_scikit_learn(search, prefix):
    """GridSearchCV, also over a Pipeline or a transformed target, gives the scores of our search, and no norms."""
    network = MLPRegressor(**SMALL)
    estimator = {
        "": network,
        "mlpregressor__": make_pipeline(network),
        "regressor__": TransformedTargetRegressor(network),
    }[prefix]
    grid = GridSearchCV(estimator, {f"{prefix}alpha": ALPHAS}, cv=KFold(4)).fit(X, Y)
    display, expected = RegularizationPathDisplay.from_cv(grid, layers=True), RegularizationPathDisplay.from_cv(search)
    assert len(display.ax_) == len(display.lines_) == 1
    assert_allclose(points(display.lines_[0]), points(expected.lines_[0]), rtol=1e-6)
    for name in ("score_name", "alpha_chosen", "alpha_one_se"):
        assert getattr(display, name) == getattr(expected, name)
    assert display.weight_norms is display.layer_norms is None


def test_a_list_of_grids_and_several_metrics():
    """Candidates of several grids are one path, and the metric drawn is that which chose."""
    scoring = {"absolute": "neg_mean_absolute_error", "squares": "neg_mean_squared_error"}
    grids = [{"alpha": [3.0, 0.1]}, {"alpha": [0.0, 1.0]}]
    grid = GridSearchCV(MLPRegressor(**SMALL), grids, scoring=scoring, refit="squares", cv=3).fit(X, Y)
    display = RegularizationPathDisplay.from_cv(grid)
    expected = grid.cv_results_["mean_test_squares"][[2, 1, 3, 0]]
    assert_allclose(points(display.lines_[0]), [[0, 0.1, 1, 3], expected])
    assert display.score_name == "squares, 3 folds"


def test_a_search_inside(search):
    """A search as the last step of a Pipeline, or in a transformed target, is drawn like one alone."""
    pipeline = make_pipeline("passthrough", TransformedTargetRegressor(clone(search))).fit(X, Y)
    display, expected = (RegularizationPathDisplay.from_cv(each) for each in (pipeline, search))
    assert_array_equal(points(display.lines_[1]), points(expected.lines_[1]))


def test_cross_validation_of_an_estimator(search):
    """from_estimator draws what from_cv of the search draws, at any alpha of the estimator, which it leaves alone."""
    network = MLPRegressor(**SMALL, alpha=7, warm_start=True)
    before = dict(vars(network))
    _, grid = plt.subplots(2)
    options = {"layers": True, "name": "a", "ax": grid, "line_kw": {"lw": 3}}
    display = RegularizationPathDisplay.from_estimator(network, X, Y, alphas=ALPHAS, cv=KFold(4), n_jobs=2, **options)
    expected = RegularizationPathDisplay.from_cv(search, layers=True, name="a")
    assert vars(network) == before
    assert list(display.ax_) == list(grid)
    for ours, theirs in zip(display.lines_, expected.lines_, strict=True):
        assert_array_equal(points(ours), points(theirs))
        assert ours.get_linewidth() == 3
        assert ours.get_label() == theirs.get_label() or "_child" in ours.get_label()
    for name in ("name", "score_name", "alpha_chosen", "alpha_one_se"):
        assert getattr(display, name) == getattr(expected, name)


def test_cross_validation_of_a_classifier():
    """The number of λ, the folds and the score of from_estimator are those of the search."""
    network = MLPClassifier(**SMALL, decay="decoupled")
    display = RegularizationPathDisplay.from_estimator(network, X, LABELS, alphas=3, cv=2, scoring="neg_log_loss")
    search = MLPClassifierCV(3, cv=2, scoring="neg_log_loss", **SMALL, decay="decoupled").fit(X, LABELS)
    assert_array_equal(display.alphas, search.alphas_)
    assert_array_equal(display.scores, search.cv_results_["mean_test_score"])
    assert display.score_name == "neg log loss, 2 folds"
    assert len(RegularizationPathDisplay.from_estimator(network, X, LABELS).alphas) == 10


@pytest.mark.parametrize("name", ["alphas", "cv", "n_jobs"])
def test_arguments_of_the_search(name):
    """Wrong values reach the search, which says so in its words."""
    with pytest.raises(ValueError, match=f"The '{name}' parameter of MLPRegressorCV must be"):
        RegularizationPathDisplay.from_estimator(MLPRegressor(**SMALL), X, Y, **{name: 0.5})


@pytest.mark.parametrize("estimator", [make_pipeline(MLPRegressor()), MLPRegressorCV(), Ridge()])
def test_an_estimator_of_another_kind(estimator):
    """from_estimator takes networks of skl2 only, and says what to do with a Pipeline."""
    message = rf"must be an MLPClassifier or MLPRegressor of skl2; for a Pipeline, .*call from_cv; got {estimator!r}"[
        :90
    ]
    with pytest.raises(ValueError, match=message):
        RegularizationPathDisplay.from_estimator(estimator, X, Y)


@pytest.mark.parametrize(("Estimator", "y", "name"), [(MLPClassifier, LABELS, "accuracy"), (MLPRegressor, Y, "R²")])
def test_a_path(Estimator, y, name):
    """Scores are those on X and y, norms those of the weights; nothing is chosen, and there is no band."""
    path = Estimator(**SMALL).path(X[:30], y[:30], ALPHAS)
    display = RegularizationPathDisplay.from_path(path, X[30:], y[30:], layers=True, name="a", line_kw={"lw": 3})
    networks = sorted(path, key=lambda network: network.alpha)
    norms = np.array([[np.linalg.norm(coef) for coef in network.coefs_] for network in networks])
    expected = [[network.score(X[30:], y[30:]) for network in networks], np.linalg.norm(norms, axis=1), *norms.T]
    for line, values in zip(display.lines_, expected, strict=True):
        assert_allclose(points(line), [np.sort(ALPHAS), values])
        assert line.get_linewidth() == 3
    assert display.fill_between_ is display.alpha_chosen is display.alpha_one_se is None
    assert display.ax_[0].get_ylabel() == name
    assert names_in_legend(display.ax_[0]) == ["a"]


def test_a_path_without_samples():
    """It has norms only, on Axes of the user too."""
    path = MLPRegressor(**SMALL).path(X, Y, ALPHAS)
    _, ax = plt.subplots()
    display = RegularizationPathDisplay.from_path(path, ax=ax)
    assert list(display.ax_) == [ax]
    assert_allclose(points(display.lines_[0])[1], path.weight_norms[ORDER])
    assert ax.get_ylabel() == "‖W‖"


def test_errors():
    """What is not fitted, is no search, or is over something else, is an error before anything is drawn."""
    with pytest.raises(NotFittedError):
        RegularizationPathDisplay.from_cv(MLPRegressorCV())
    with pytest.raises(ValueError, match=r"search of scikit-learn is needed, .*; got MLPRegressor\("):
        RegularizationPathDisplay.from_cv(MLPRegressor(**SMALL).fit(X, Y))
    grid = GridSearchCV(MLPRegressor(**SMALL), {"learning_rate_init": [0.1]}, cv=2).fit(X, Y)
    with pytest.raises(ValueError, match=r"must be over alpha alone; it is over \['learning_rate_init'\]"):
        RegularizationPathDisplay.from_cv(grid)
    path = MLPRegressor(**SMALL).path(X, Y, [0.1])
    with pytest.raises(ValueError, match="There is no network to draw: the path is empty"):
        RegularizationPathDisplay.from_path(path[:0], X, Y)
    path.status = np.array(["diverged"])
    with pytest.raises(ValueError, match="There is no network to draw: training diverged at every alpha"):
        RegularizationPathDisplay.from_path(path)
    assert not plt.get_fignums()
