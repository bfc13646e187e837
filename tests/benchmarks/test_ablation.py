"""The ablation: its statistics against hand computations, and its networks, where a part is undone, against others."""

import numpy as np
import pandas as pd
import pytest

from skl2 import MLPClassifierCV, TabularEncoder
from skl2._tabular.quantiles import quantiles

RANDOM = np.random.default_rng(0)


@pytest.fixture
def statistics(load):
    """Return the module of its statistics."""
    return load("_ablation_statistics")


@pytest.fixture
def models(load):
    """Return the module of its networks."""
    return load("_ablation_models")


def rows_of(losses, measure="ll"):
    """Return the rows of losses {(data, name): one for each seed}."""
    return pd.DataFrame(
        {"data": data, "seed": seed, "name": name, "ll": np.nan, "rmse": np.nan, measure: loss}
        for (data, name), of_seeds in losses.items()
        for seed, loss in enumerate(of_seeds)
    )


def test_interval_of_a_mean(statistics):
    """The bootstrap interval is the normal one where there are many values, and has no width where all agree."""
    values = RANDOM.normal(3, 2, 400)
    mean, low, high = statistics.mean_and_interval(values)
    half = 1.959964 * values.std() / 20
    assert mean == values.mean()
    np.testing.assert_allclose([low, high], [mean - half, mean + half], atol=0.05 * half)
    assert statistics.mean_and_interval([0.5, 0.5, 0.5]) == (0.5, 0.5, 0.5)


def test_ratios_are_of_means_over_seeds(statistics):
    """A table's ratio is that of means over its seeds, in logarithms and bounded; a table that lacks a seed is none."""
    rows = rows_of(
        {
            ("a", "all"): [1.0, 3.0],
            ("a", "less"): [2.0, 4.0],
            ("b", "all"): [1.0, 1.0],
            ("b", "less"): [1e9, 1.0],
            ("c", "all"): [1.0, 1.0],
            ("c", "less"): [1.0],
        }
    )
    losses = statistics.losses_of(rows, "ll")
    assert losses.index.tolist() == ["a", "b"]
    np.testing.assert_allclose(statistics.log_ratios(losses, "less", "all"), np.log([1.5, 50]))


def test_summary_counts_tables(statistics):
    """The summary has geometric means in %, over the tables of each measure and of all, and how many are worse."""
    classes = rows_of({("a", "all"): [1.0], ("a", "less"): [2.0], ("b", "all"): [4.0], ("b", "less"): [2.0]})
    values = rows_of({("c", "all"): [1.0], ("c", "less"): [8.0]}, "rmse")
    found = statistics.summary(pd.concat([classes, values]), ["less"], "all", ["ll", "rmse"])
    assert found.loc[("less", "ll"), ["mean", "above", "tables"]].tolist() == pytest.approx([0, 1, 2])
    assert found.loc[("less", "rmse"), ["mean", "low", "high"]].tolist() == pytest.approx([700, 700, 700])
    assert found.loc[("less", "all"), ["mean", "above", "tables"]].tolist() == pytest.approx([100, 2, 3])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_calibration_is_undone(models):
    """Probabilities without their temperature are those of the same networks that have not been calibrated."""
    X = RANDOM.standard_normal((90, 3))
    settings = {"cv": 3, "ensemble": True, "hidden_layer_sizes": (6,), "max_iter": 20, "batch_size": 10}
    for n_classes in (2, 3):
        y = np.argmax(X[:, :n_classes] + RANDOM.standard_normal((90, n_classes)), axis=1)
        plain, calibrated = (
            MLPClassifierCV([0.0, 0.1], calibrate=is_calibrated, random_state=0, **settings).fit(X, y)
            for is_calibrated in (False, True)
        )
        assert abs(calibrated.temperature_ - 1) > 0.01
        for network, other in zip(calibrated.estimators_, plain.estimators_, strict=True):
            undone = models.undo(network.predict_proba(X), calibrated.temperature_)
            np.testing.assert_allclose(undone, other.predict_proba(X), rtol=1e-9)


def test_the_clip_is_undone(models):
    """Numbers that are not squashed are (x - median) / IQR, new rows too; all other columns stay."""
    size = np.r_[RANDOM.normal(5, 2, 199), 60]
    frame = pd.DataFrame({"size": size, "two": np.arange(200) % 2, "job": ["cook", "nurse", None, "smith"] * 50})
    encoder = models.Unsquashed(TabularEncoder(n_bins=3))
    low, median, high = quantiles(size, [0.25, 0.5, 0.75])
    clipped = TabularEncoder(n_bins=3).fit(frame)
    for X, ours in ((frame, encoder.fit_transform(frame)), (frame[::-3], encoder.transform(frame[::-3]))):
        np.testing.assert_allclose(ours[:, 0], (X["size"] - median) / (high - low), rtol=1e-3, atol=1e-6)
        np.testing.assert_array_equal(ours[:, 1:], clipped.transform(X)[:, 1:])
    assert encoder.transform(frame).max() > 15


def test_encoders_are_ranked(models):
    """Of encoders that take part, the one with the best score of the short runs comes first."""

    class Default:
        encoders_ = [TabularEncoder(), TabularEncoder(n_bins=4)]
        cv_results_ = {
            "param_encoder": np.array(["TabularEncoder()", "TabularEncoder(n_bins=4)", "TabularEncoder()"], object),
            "mean_test_score": np.array([-0.5, -0.3, -0.4]),
        }

    assert [encoder.n_bins for encoder in models.ranked_encoders(Default)] == [4, None]


def test_a_split_in_turns(models):
    """Six networks are trained in all, in turns on two encodings; a mean of one is what the first says."""

    class Part:
        def __init__(self, *said):
            self.said = said

        def predictions(self, is_regression, is_calibrated):
            return [np.full((2, 1), float(number)) for number in self.said]

    parts = [Part(1, 3, 5), Part(2, 4, 6)]
    assert [models.predict(parts, True, n)[0, 0] for n in (1, 2, 3, 6)] == [1, 1.5, 2, 3.5]
