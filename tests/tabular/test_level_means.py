"""Categories of many levels as means of the target."""

import numpy as np
import pytest
from sklearn.preprocessing import TargetEncoder

from skl2._tabular.columns import Levels
from skl2._tabular.encoder import TabularEncoder
from skl2._tabular.level_means import fit_level_means, to_targets

RNG = np.random.default_rng(0)
CODES = RNG.integers(-1, 40, 400)  # -1: a gap
LEVELS = Levels([f"town {number}" for number in range(40)], CODES)
EFFECTS = RNG.standard_normal(41)
Y = EFFECTS[CODES] + 0.1 * RNG.standard_normal(400)
TEXTS = np.array([*LEVELS.texts, None], object)[CODES]
TABLE = np.column_stack([TEXTS, RNG.standard_normal(400)])


def written(encoding, levels):
    """What an encoding makes of Levels."""
    out = np.zeros((levels.codes.size, len(encoding.suffixes)), np.float32)
    encoding.write(levels, out)
    return out


def test_means_are_scikit_learns():
    """A level is the mean that TargetEncoder gives it, squashed as any number is; gaps are a level."""
    encoding, _ = fit_level_means(LEVELS, Y[:, np.newaxis])
    expected = TargetEncoder(target_type="continuous").fit(CODES[:, np.newaxis], Y).transform(CODES[:, np.newaxis])
    (_, series), out = encoding.means[0], np.empty((400, 1), np.float32)
    series.write(expected[:, 0], out)
    np.testing.assert_array_equal(written(encoding, LEVELS), out)
    assert np.corrcoef(out[:, 0], EFFECTS[CODES])[0, 1] > 0.9


def test_in_training_a_row_does_not_see_its_own_target():
    """Changing the target of one row changes the encoding of other rows of its level only."""
    changed = Y.copy()
    changed[7] += 100
    # Squashing is by quartiles of all values: means are compared before it.
    before, after = (fit_level_means(LEVELS, y[:, np.newaxis]) for y in (Y, changed))

    def means(fitted):
        encoding, in_training = fitted
        series = encoding.means[0][1]
        z = in_training[:, 0].astype(float)
        return z / np.sqrt(1 - (z / 3) ** 2) / series.factor + series.center

    difference = np.abs(means(after) - means(before))
    assert difference[7] < 1e-3
    assert difference[CODES[7] == CODES].max() > 1


def test_random_levels_say_nothing_in_training():
    """Where levels tell nothing of y, their means in training do not correlate with it, as those of all rows would."""
    codes = np.repeat(np.arange(200), 2)
    levels, y = Levels([str(number) for number in range(200)], codes), RNG.standard_normal(400)
    encoding, in_training = fit_level_means(levels, y[:, np.newaxis])
    assert np.corrcoef(in_training[:, 0], y)[0, 1] < 0.1
    assert np.corrcoef(written(encoding, levels)[:, 0], y)[0, 1] > 0.4


def test_levels_that_fit_has_not_seen_are_the_mean_of_all():
    """A new level has the mean of all rows."""
    encoding, _ = fit_level_means(LEVELS, Y[:, np.newaxis])
    new = written(encoding, Levels(["elsewhere"], np.array([0])))
    series, out = encoding.means[0][1], np.empty((1, 1), np.float32)
    series.write(np.array([Y.mean()]), out)
    np.testing.assert_allclose(new, out, rtol=1e-6)


@pytest.mark.parametrize(
    ("y", "shape"),
    [
        (None, None),
        (np.arange(4.0), (4, 1)),
        (np.arange(4.0)[:, np.newaxis], (4, 1)),
        (np.array(["a", "b", "a", "b"]), (4, 1)),
        (np.array([3, 5, 3, 4]), (4, 3)),
        (np.zeros((4, 2)), None),
        (np.arange(40), None),
    ],
    ids=["none", "values", "a column", "two classes", "three classes", "two outputs", "very many classes"],
)
def test_targets(y, shape):
    """Floats are values, all else classes, of which two need one column; several outputs and many classes have none."""
    targets = to_targets(y)
    assert (targets if targets is None else targets.shape) == shape


def test_the_encoder_takes_means_beyond_max_categories():
    """With y, a category of more levels than max_categories is its mean; without, it has columns of its levels."""
    plain, supervised = TabularEncoder().fit(TABLE), TabularEncoder().fit(TABLE, Y)
    assert supervised.get_feature_names_out().tolist() == ["x0_mean", "x1"]
    assert len(plain.get_feature_names_out()) == 31
    assert len(TabularEncoder(max_categories=50).fit(TABLE, Y).get_feature_names_out()) > 31
    classes = np.digitize(Y, [-1, 1])
    names = TabularEncoder().fit(TABLE, classes).get_feature_names_out().tolist()
    assert names == ["x0_mean0", "x0_mean1", "x0_mean2", "x1"]


@pytest.mark.parametrize(("n_levels", "names"), [(200, ["x0_mean", "x1"]), (201, ["x1"]), (400, ["x1"])])
def test_identifiers_have_no_means(n_levels, names):
    """Levels of fewer than 2 rows on average, such as names, give nothing, with y as without."""
    table = np.column_stack([[f"name {number}" for number in np.arange(400) % n_levels], TABLE[:, 1]]).astype(object)
    for y in (Y, Y > 0):
        encoder = TabularEncoder()
        in_training = encoder.fit_transform(table, y)
        assert encoder.get_feature_names_out().tolist() == names
        assert in_training.shape == encoder.transform(table).shape == (400, len(names))
    if n_levels > 200:
        assert TabularEncoder().fit(table).get_feature_names_out().tolist() == names


def test_rows_without_weight_make_no_levels_of_two():
    """Whether levels have 2 rows is asked of rows that count."""
    table = np.array([[f"name {number}"] for number in np.arange(400) % 200], object)
    weights = np.repeat([0.0, 1.0], [1, 399])
    assert TabularEncoder().fit(table, Y).get_feature_names_out().tolist() == ["x0_mean"]
    assert TabularEncoder().fit(table, Y, sample_weight=weights).get_feature_names_out().tolist() == ["constant"]


def test_fit_transform_has_means_of_other_rows():
    """fit_transform differs from fit and transform in the columns of means, and there only."""
    encoder = TabularEncoder()
    in_training, later = encoder.fit_transform(TABLE, Y), encoder.transform(TABLE)
    np.testing.assert_array_equal(in_training[:, 1], later[:, 1])
    assert np.any(in_training[:, 0] != later[:, 0])
    assert np.corrcoef(in_training[:, 0], later[:, 0])[0, 1] > 0.9


def test_rows_without_weight_do_not_count():
    """Rows of weight 0 change no mean, and have that of the others in training too."""
    weights = np.ones(400)
    weights[:50] = 0
    y = Y.copy()
    y[:50] = 1e6
    weighted = TabularEncoder()
    in_training = weighted.fit_transform(TABLE, y, sample_weight=weights)
    without = TabularEncoder()
    np.testing.assert_allclose(in_training[50:], without.fit_transform(TABLE[50:], Y[50:]), rtol=1e-5)
    np.testing.assert_allclose(in_training[:50], without.transform(TABLE[:50]), rtol=1e-5)
