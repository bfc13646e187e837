"""The history of training is drawn as it is."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier as SklearnMLPClassifier
from sklearn.neural_network import MLPRegressor as SklearnMLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import LossCurveDisplay, MLPClassifier, MLPClassifierCV, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = (X[:, 0] + 0.3 * RANDOM.standard_normal(40) > 0).astype(int)
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 6, "random_state": 0, "learning_rate_init": 0.1}
STOPS = {"early_stopping": True, "validation_fraction": 0.25}
NUMBERS = {
    "loss_curve": [3.0, 2.0, 1.0],
    "validation_loss_curve": [3.5, 2.5, 2.6],
    "validation_scores": [0.1, 0.4, 0.3],
    "weight_norms": [4.0, 5.0, 6.0],
    "learning_rates": [0.1, 0.05, 0.01],
    "best_epoch": 2,
}


def names_in_legend(ax):
    """The texts of the legend, if there is one."""
    return ax.get_legend() and [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_constructor_keeps_what_it_gets():
    """Every argument is an attribute, the same object, and None where nothing was given."""
    arguments = NUMBERS | {"score_name": "accuracy", "name": "a"}
    display = LossCurveDisplay(**arguments)
    assert vars(display).keys() == arguments.keys()
    assert all(getattr(display, name) is value for name, value in arguments.items())
    bare = LossCurveDisplay([1.0])
    assert bare.score_name == "score"
    assert [value for name, value in vars(bare).items() if name not in ("loss_curve", "score_name")] == [None] * 6


def test_each_curve_against_the_epoch():
    """Curves stand at epochs from 1 on, in the order of the parameters, both losses in one panel."""
    display = LossCurveDisplay(**NUMBERS, score_name="R²").plot()
    curves = ["loss_curve", "validation_loss_curve", "validation_scores", "weight_norms", "learning_rates"]
    assert len(display.lines_) == 5
    for line, name in zip(display.lines_, curves, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(line.get_ydata(), NUMBERS[name])
        assert line.get_marker() == ""
    assert [list(display.ax_).index(line.axes) for line in display.lines_] == [0, 0, 1, 2, 3]
    assert [ax.get_ylabel() for ax in display.ax_] == ["loss", "validation R²", "‖W‖", "learning rate η"]
    assert [ax.get_xlabel() for ax in display.ax_] == ["", "", "", "epoch"]
    assert [line.get_linestyle() for line in display.lines_] == ["-", "--", "-", "-", "-"]
    assert len({line.get_color() for line in display.lines_}) == 1


@pytest.mark.parametrize("missing", ["validation_scores", "weight_norms", "learning_rates"])
def test_what_is_missing_has_no_panel(missing):
    """A curve that is None leaves its panel out, and the others stay."""
    display = LossCurveDisplay(**NUMBERS | {missing: None}).plot()
    full = LossCurveDisplay(**NUMBERS).plot()
    labels = [ax.get_ylabel() for ax in full.ax_]
    del labels[["validation_scores", "weight_norms", "learning_rates"].index(missing) + 1]
    assert [ax.get_ylabel() for ax in display.ax_] == labels


def test_the_best_epoch_is_marked_in_each_panel():
    """A dotted line in the colour of the curves stands at the best epoch, if there is one, and is named once."""
    display = LossCurveDisplay(**NUMBERS).plot()
    for ax in display.ax_:
        (mark,) = [line for line in ax.lines if line not in display.lines_]
        assert list(mark.get_xdata()) == [2, 2]
        assert mark.get_linestyle() == ":"
        assert mark.get_color() == display.lines_[0].get_color()
    assert names_in_legend(display.ax_[0]) == ["training", "validation", "best epoch: 2"]
    assert not any(ax.get_legend() for ax in display.ax_[1:])
    bare = LossCurveDisplay(**NUMBERS | {"best_epoch": None}).plot()
    assert [line for ax in bare.ax_ for line in ax.lines] == bare.lines_


@pytest.mark.parametrize(
    ("numbers", "name", "names"),
    [
        ({"loss_curve": [1, 2]}, None, None),
        ({"loss_curve": [1, 2]}, "a", ["a"]),
        ({"loss_curve": [1, 2], "best_epoch": 1}, None, ["best epoch: 1"]),
        ({"loss_curve": [1, 2], "validation_loss_curve": [1, 2]}, None, ["training", "validation"]),
        (NUMBERS, "a", ["a, training", "a, validation", "a, best epoch: 2"]),
    ],
)
def test_names(numbers, name, names):
    """The legend names what needs a name, each with the name of the display; plot may give another one."""
    displays = [LossCurveDisplay(**numbers, name=name).plot()]
    if name:
        displays.append(LossCurveDisplay(**numbers, name="another").plot(name=name))
    for display in displays:
        assert names_in_legend(display.ax_[0]) == names


def test_one_epoch_is_a_point():
    """A line of one epoch would not be seen."""
    display = LossCurveDisplay([1.0], weight_norms=[2.0]).plot()
    assert [line.get_marker() for line in display.lines_] == ["o", "o"]


def test_line_kw_reaches_every_curve():
    """line_kw is for all curves; the validation loss stays dashed, so that it can be told from that of training."""
    display = LossCurveDisplay(**NUMBERS).plot(line_kw={"linewidth": 4, "color": "k", "marker": "x", "linestyle": ":"})
    assert {(line.get_linewidth(), line.get_color(), line.get_marker()) for line in display.lines_} == {(4, "k", "x")}
    assert [line.get_linestyle() for line in display.lines_] == [":", "--", ":", ":", ":"]


def test_the_losses_alone():
    """On one Axes of the user the losses are drawn with their legend, and nothing else."""
    _, ax = plt.subplots()
    display = LossCurveDisplay(**NUMBERS).plot(ax)
    assert len(display.lines_) == 2
    assert ax.get_xlabel() == "epoch"
    assert len(ax.lines) == 3


@pytest.mark.parametrize("early_stopping", [True, "loss"])
@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_a_network_of_ours(Estimator, early_stopping):
    """All curves of a network are drawn, and the epoch marked is the one whose weights it has."""
    network = Estimator(**SMALL | STOPS | {"early_stopping": early_stopping, "learning_rate_init": 0.5, "max_iter": 15})
    network.fit(X, Y)
    display = LossCurveDisplay.from_estimator(network)
    names = [
        "loss_curve_",
        "validation_loss_curve_",
        "validation_scores_",
        "weight_norm_curve_",
        "learning_rate_curve_",
    ]
    for line, name in zip(display.lines_, names, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), getattr(network, name))
    norm = np.sqrt(sum(np.sum(layer**2) for layer in network.coefs_))
    epochs = np.flatnonzero(np.isclose(network.weight_norm_curve_, norm, rtol=1e-9)) + 1
    assert display.best_epoch in epochs
    assert display.ax_[1].get_ylabel() == "validation " + ("accuracy" if Estimator is MLPClassifier else "R²")


def test_a_network_without_validation():
    """Without early stopping there are losses, norms and rates, and no best epoch."""
    display = LossCurveDisplay.from_estimator(MLPRegressor(**SMALL).fit(X, Y), name="a", line_kw={"lw": 3})
    assert [ax.get_ylabel() for ax in display.ax_] == ["loss", "‖W‖", "learning rate η"]
    assert display.best_epoch is None
    assert names_in_legend(display.ax_[0]) == ["a"]
    assert display.lines_[2].get_linewidth() == 3


def test_a_network_of_lbfgs():
    """It has no learning rate, and so no panel for it."""
    display = LossCurveDisplay.from_estimator(MLPRegressor(**SMALL | {"optimizer": "lbfgs"}).fit(X, Y))
    assert [ax.get_ylabel() for ax in display.ax_] == ["loss", "‖W‖"]


def test_a_network_of_scikit_learn():
    """scikit-learn's networks show what they recorded: losses, and with early stopping scores and the best epoch."""
    settings = {"hidden_layer_sizes": (3,), "max_iter": 5, "random_state": 0}
    display = LossCurveDisplay.from_estimator(SklearnMLPClassifier(**settings).fit(X, Y))
    assert [ax.get_ylabel() for ax in display.ax_] == ["loss"]
    network = SklearnMLPRegressor(**settings, early_stopping=True).fit(X, Y)
    display = LossCurveDisplay.from_estimator(network)
    np.testing.assert_array_equal(display.lines_[0].get_ydata(), network.loss_curve_)
    np.testing.assert_array_equal(display.lines_[1].get_ydata(), network.validation_scores_)
    assert display.best_epoch == 1 + np.argmax(network.validation_scores_)


def test_searches_and_pipelines():
    """The network of a search or Pipeline is found; the name and the axes of the user reach the picture."""
    search = MLPClassifierCV([0, 1], cv=2, **SMALL).fit(X, Y)
    grid = GridSearchCV(make_pipeline(StandardScaler(), MLPClassifier(**SMALL)), {"mlpclassifier__alpha": [1]}, cv=2)
    display = LossCurveDisplay.from_estimator(search)
    np.testing.assert_array_equal(display.lines_[0].get_ydata(), search.best_estimator_.loss_curve_)
    second = LossCurveDisplay.from_estimator(grid.fit(X, Y), ax=display.ax_, name="grid")
    np.testing.assert_array_equal(second.lines_[0].get_ydata(), grid.best_estimator_[-1].loss_curve_)
    assert list(second.ax_) == list(display.ax_)
    assert names_in_legend(display.ax_[0]) == ["grid"]


def test_nan_is_not_the_best():
    """Scores that are NaN are gaps; the best epoch is among the others; a curve of nothing but NaN is left out."""
    settings = {"hidden_layer_sizes": (3,), "max_iter": 6, "random_state": 0}
    theirs = SklearnMLPClassifier(**settings, early_stopping=True).fit(X, Y)
    theirs.validation_scores_ = [np.nan, 0.2, 0.9, 0.9, np.nan, 0.1]
    for network in (theirs, MLPClassifier.from_sklearn(theirs)):
        display = LossCurveDisplay.from_estimator(network)
        assert display.best_epoch == 3
        assert display.validation_loss_curve is None


@pytest.mark.parametrize("early_stopping", [True, "loss"])
def test_the_best_epoch_of_warm_fits(early_stopping):
    """The epoch marked is the one whose weights are kept, though an epoch of an earlier fit has a better score."""
    settings = SMALL | {"early_stopping": early_stopping, "warm_start": True, "learning_rate_init": 0.01}
    network = MLPRegressor(**settings).fit(X, Y, X_val=X, y_val=Y)
    network.fit(X, Y, X_val=X, y_val=1.5 * Y + 1)
    better = network.validation_scores_ if early_stopping is True else -np.array(network.validation_loss_curve_)
    assert np.argmax(better) < 6
    epoch = LossCurveDisplay.from_estimator(network).best_epoch
    assert epoch == 7 + np.argmax(better[6:])
    assert network.weight_norm_curve_[epoch - 1] == pytest.approx(
        np.linalg.norm(np.concatenate([coef.ravel() for coef in network.coefs_]))
    )
    network.fit(X, Y, X_val=X, y_val=network.predict(X))  # no epoch is better than the start
    assert LossCurveDisplay.from_estimator(network).best_epoch == epoch


def test_epochs_without_validation_are_gaps():
    """Scores stand at their epochs, those without neighbours as points; the best epoch is one of the last call."""
    network = MLPRegressor(**SMALL | STOPS | {"max_iter": 1, "warm_start": True, "n_iter_no_change": np.inf})
    for early_stopping in (False, True, False, "loss", "loss"):
        network.set_params(early_stopping=early_stopping).fit(X, Y)
        display = LossCurveDisplay.from_estimator(network)
        norms = np.abs(network.weight_norm_curve_ - np.linalg.norm(np.concatenate(network.coefs_, axis=None)))
        assert display.best_epoch == (1 + np.argmin(norms) if early_stopping else None)
    losses, validation_losses, scores, *_ = display.lines_
    assert [line.get_marker() for line in (losses, validation_losses, scores)] == ["", "o", "o"]
    for line, curve in ((validation_losses, network.validation_loss_curve_), (scores, network.validation_scores_)):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4, 5])
        np.testing.assert_array_equal(line.get_ydata(), curve)
        assert line.get_markevery().tolist() == [False, True, False, False, False]
        assert np.isfinite(curve).tolist() == [False, True, False, True, True]
    assert LossCurveDisplay.from_estimator(network, line_kw={"marker": "x"}).lines_[2].get_markevery() is None
    network.set_params(early_stopping=False).partial_fit(X, Y)
    display = LossCurveDisplay.from_estimator(network)
    assert display.best_epoch is None
    assert len(display.lines_[2].get_ydata()) == 6


def test_no_epoch_has_the_weights():
    """Weights that went on, or were there before all epochs, have no best epoch."""
    network = MLPClassifier(**SMALL | STOPS).fit(X, Y)
    network.coefs_[0][:] *= 2
    assert LossCurveDisplay.from_estimator(network).best_epoch is None


def test_errors():
    """What is not fitted, has no network, or whose network has no history, is an error that says so."""
    with pytest.raises(NotFittedError):
        LossCurveDisplay.from_estimator(MLPClassifier())
    with pytest.raises(ValueError, match=r"A fitted multilayer perceptron is needed.*got StandardScaler\(\)"):
        LossCurveDisplay.from_estimator(StandardScaler().fit(X))
    network = SklearnMLPClassifier(solver="lbfgs", max_iter=3).fit(X, Y)
    with pytest.raises(ValueError, match=r"MLPClassifier\(.*has no history: its optimizer recorded no loss curve"):
        LossCurveDisplay.from_estimator(network)
