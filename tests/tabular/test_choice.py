"""Which encodings take part, and at which λ."""

import numpy as np
import pandas as pd
import pytest

from skl2 import TabularMLPRegressor
from skl2._inputs.grid import Grid
from skl2._tabular.choice import choose

NAN = np.nan


def chosen(*means):
    """What is chosen for mean scores of two folds, in a row for each encoding."""
    scores = np.array(means, float)[..., np.newaxis] + [-0.001, 0.001]
    return choose(scores)


def test_the_best_mean_decides():
    """Of one encoding, λ is that of the best mean over the folds, of equals the first."""
    assert nearest([-3, -1, -2]) == ([0], 1)
    assert nearest([0.4, 0.7, 0.69]) == ([0], 1)
    assert chosen([0.7, 0.7, 0.6]) == ([0], 0)
    assert choose(np.array([[[-1.0, -9.0], [-4.0, -4.0]]])) == ([0], 1)


def nearest(*means):
    """What is chosen, if λ is to be one of those compared."""
    used, place = chosen(*means)
    return used, round(place)


@pytest.mark.parametrize("top", [0.51, 1.0, 1.3, 1.5, 2.49, 3.0, 3.42])
@pytest.mark.parametrize(("best", "bend"), [(-1.0, 0.1), (0.9, 1e-3), (-1e-6, 1e-8), (-1e9, 1e7)])
def test_the_top_of_a_parabola(top, best, bend):
    """Between three values of λ, the place is the top of the parabola through their means, in units of the grid."""
    curve = best - bend * (np.arange(5) - top) ** 2
    assert choose(curve[np.newaxis, :, np.newaxis]) == ([0], pytest.approx(top, abs=1e-5))
    alphas = np.geomspace(0.01, 3, 5)
    found = Grid(alphas, None, "").between(choose(curve[np.newaxis, :, np.newaxis])[1])
    assert found == pytest.approx(0.01 * 300 ** (top / 4), rel=1e-4)


def test_parabolas_of_several_encodings():
    """The parabola is that of the mean over the encodings that take part; others have no say."""
    places = np.arange(4)
    curves = [-1 - 0.1 * (places - top) ** 2 for top in (1.0, 1.6)]
    curves = [curve / -curve.max() for curve in curves]
    mean = np.mean(curves, axis=0)
    expected = 1 + (mean[0] - mean[2]) / (2 * (mean[0] - 2 * mean[1] + mean[2]))
    assert 1 < expected < 1.5
    assert chosen(*curves) == ([0, 1], pytest.approx(expected))
    assert chosen(curves[0], -5.0 - places) == ([0], pytest.approx(1.0))


@pytest.mark.parametrize(
    ("curve", "place"),
    [
        ([-1, -2, -5], 0),
        ([-5, -2, -1], 2),
        ([-1], 0),
        ([-2, -1], 1),
        ([-1, -1, -1, -1], 0),
        ([NAN, -1, -1.1], 1),
        ([-2, -1, NAN], 1),
        ([-2, -1, -np.inf], 1),
        ([-9, NAN, -1, NAN, -2], 2),
        ([-1e307, -1, -1e307], 1),
    ],
)
def test_places_that_are_values(curve, place):
    """At an end, beside scores that are not finite, and of equal scores, the place is that of a value."""
    assert choose(np.array(curve, float)[np.newaxis, :, np.newaxis]) == ([0], place)


def test_two_equal_neighbours_are_halved():
    """Of two equal best values the place is between them, as far as their neighbours are equal."""
    assert chosen([-2, -1, -1, -2]) == ([0], pytest.approx(1.5))
    assert chosen([-3, -1, -1, -1]) == ([0], pytest.approx(1.5))


@pytest.mark.parametrize(
    ("means", "used"),
    [
        ([[-1], [-1.14]], [0, 1]),
        ([[-1], [-1.16]], [0]),
        ([[-1.16], [-1]], [1]),
        ([[0.9], [0.78]], [0, 1]),
        ([[0.9], [0.75]], [0]),
        ([[-1e300], [-1.1e300]], [0, 1]),
        ([[-2], [-1], [-1.1]], [1, 2]),
    ],
)
def test_encodings_within_15_percent_take_part(means, used):
    """An encoding takes part if its best score is at most 15 % of the best one's worse, whatever the sign."""
    assert chosen(*means)[0] == used


def test_a_perfect_score_has_no_unit():
    """Beside a best score of 0, what is worse does not take part, and what is equal does."""
    assert choose(np.array([[[0.0, 0.0]], [[-1e-9, -1e-9]]])) == ([0], 0)
    assert choose(np.zeros((2, 3, 2))) == ([0, 1], 0)


def test_scores_are_compared_in_units_of_their_encoding():
    """λ is the best for the encodings that take part, each measured by its own best score."""
    assert chosen([-1, -1.1], [-1.205, -1.1]) == ([0, 1], 0)  # the mean of scores as they are says the other one
    assert chosen([-1, -1.2, -1.05], [-1.2, -1.0, -1.05]) == ([0, 1], 2)
    assert nearest([-1, -1.2, -1.05, -1.1], [-1.2, -1.0, -1.05, -1.1]) == ([0, 1], 2)


def test_a_worse_encoding_has_no_say():
    """What does not take part does not choose λ."""
    assert chosen([-1, -1.01], [-9, -2]) == ([0], 0)


def test_scores_that_are_not_finite():
    """A λ with NaN or infinity in any fold is not chosen, nor is an encoding of these alone; if all are, it says so."""
    assert choose(np.array([[[-1.0, NAN], [-5.0, -5.0]]])) == ([0], 1)
    assert choose(np.array([[[NAN], [NAN]], [[-2.0], [-3.0]]])) == ([1], 0)
    assert choose(np.array([[[-1.0], [-1.1]], [[NAN], [-1.0]]])) == ([0, 1], 1)
    assert choose(np.array([[[-np.inf], [-1.0], [np.inf]]])) == ([0], 1)
    with pytest.raises(
        ValueError, match=r"No alpha can be chosen: none has finite .*mean scores: \[\[nan\]\n \[nan\]\]"
    ):
        choose(np.full((2, 1, 3), NAN))


def test_results_have_a_row_for_each_encoder_and_alpha():
    """cv_results_ has the keys of GridSearchCV and one rank over all rows, whose scores have led to what was chosen."""
    X = np.random.default_rng(0).standard_normal((40, 2))
    settings = {"hidden_layer_sizes": (4,), "max_iter": 4, "random_state": 0}
    model = TabularMLPRegressor(alphas=[0.1, 9.0, 3.0], cv=4, **settings).fit(X, X[:, 0])
    frame = pd.DataFrame(model.cv_results_)
    assert list(frame["param_encoder"]) == ["TabularEncoder()"] * 3 + ["TabularEncoder(n_bins=16)"] * 3
    assert list(frame["param_alpha"]) == [0.1, 9.0, 3.0] * 2
    assert frame["params"][4] == {"encoder": "TabularEncoder(n_bins=16)", "alpha": 9.0}
    folds = frame[[f"split{number}_test_score" for number in range(3)]]
    assert "split3_test_score" not in frame
    np.testing.assert_allclose(frame["mean_test_score"], folds.mean(axis=1))
    np.testing.assert_allclose(frame["std_test_score"], folds.std(axis=1, ddof=0))
    assert list(frame["rank_test_score"]) == list(frame["mean_test_score"].rank(ascending=False).astype(int))
    losses = folds.to_numpy().reshape(2, 3, 3) - 1  # up to a factor, which changes nothing
    used, place = choose(losses)
    assert model.alpha_ == model.alphas_[round(place)]
    assert [repr(encoder) for encoder in model.encoders_] == [list(frame["param_encoder"])[3 * k] for k in used]
    assert {"mean_fit_time", "std_fit_time", "mean_score_time", "mean_n_iter", "stage"} <= set(frame)


def test_a_default_grid_is_refined():
    """On a grid of our own alpha_ is at the place chosen, in equal ratios; of a list it is the nearest value."""
    random = np.random.default_rng(0)
    X = random.standard_normal((80, 2))
    y = X[:, 0] + 0.3 * random.standard_normal(80)
    settings = {"hidden_layer_sizes": (4,), "max_iter": 60, "random_state": 0, "scoring": "neg_mean_absolute_error"}
    model = TabularMLPRegressor(alphas=5, **settings).fit(X, y)

    def place_in(model):
        folds = [model.cv_results_[f"split{number}_test_score"] for number in range(3)]
        return choose(np.stack(folds, axis=-1).reshape(2, 5, 3))[1]

    place = place_in(model)
    assert place % 1  # the test would say nothing of an end
    logs = np.interp(place, np.arange(5), np.log(model.alphas_))
    assert model.alpha_ == pytest.approx(np.exp(logs))
    given = TabularMLPRegressor(alphas=model.alphas_, **settings).fit(X, y)
    assert place_in(given) == place
    assert given.alpha_ == model.alphas_[round(place)]
    assert all(network.alpha == model.alpha_ for network in model.estimators_)


def test_encodings_that_agree_on_no_value_do_not_mix():
    """Where each encoding has scores at other values of λ only, the better one takes part alone."""
    scores = np.array([[[-0.5], [np.nan]], [[np.nan], [-0.49]]])
    assert choose(scores) == ([1], 1)
