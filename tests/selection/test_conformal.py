"""Intervals and sets of CV+: what bisection finds is the definition, written down by brute force."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skl2._selection.conformal import predict_interval, predict_set, scores_of_classes, scores_of_values

COVERAGES = [0.05, 0.29, 0.5, 0.55, 0.57, 0.9, 0.95, 0.999]
EXACT = {coverage: Fraction(str(coverage)) for coverage in COVERAGES}  # 0.9 means 9/10


def interval_by_force(predictions, scores, coverage):
    """All sums of a prediction and a score of its fold, sorted, and the two of them that the definition names."""
    n = sum(map(len, scores))
    upper, lower = math.ceil(EXACT[coverage] * (n + 1)), math.floor((1 - EXACT[coverage]) * (n + 1))
    bounds = np.empty((*predictions[0].shape, 2))
    for j, output in np.ndindex(predictions[0].shape):
        centers = [float(prediction[j, output]) for prediction in predictions]
        residuals = [of_fold[:, output].astype(float) for of_fold in scores]
        above = np.sort(np.concatenate([c + r for c, r in zip(centers, residuals, strict=True)]))
        below = np.sort(np.concatenate([c - r for c, r in zip(centers, residuals, strict=True)]))
        bounds[j, output] = below[lower - 1] if lower else -np.inf, above[upper - 1] if upper <= n else np.inf
    return bounds


def set_by_force(probabilities, scores, coverage):
    """For each class, how many scores of samples held out are below its own, counted one by one."""
    n = sum(map(len, scores))
    members = np.zeros(probabilities[0].shape, bool)
    for j, label in np.ndindex(members.shape):
        pairs = zip(scores, probabilities, strict=True)
        # Of an array, not a number: numpy 1 would subtract a float32 from 1 in float64.
        n_below = sum(int(score < (1 - p)[j, label]) for of_fold, p in pairs for score in of_fold[:, 0])
        members[j, label] = n_below < EXACT[coverage] * (n + 1)
    for j, probability in enumerate(np.mean(probabilities, axis=0)):
        members[j, probability.argmax()] = True
    return members


def draw(seed, sizes, n_outputs=1, scale=1.0, dtype=np.float64, whole=False):
    """Random predictions (3, n_outputs) of networks, and scores of as many folds; whole numbers have many ties."""
    random = np.random.default_rng(seed)
    cast = (lambda values: np.round(2 * values).astype(dtype)) if whole else (lambda values: values.astype(dtype))
    predictions = [cast(scale * random.standard_normal((3, n_outputs))) for _ in sizes]
    targets = [cast(scale * random.standard_normal((size, n_outputs))) for size in sizes]
    return predictions, [scores_of_values(y, np.zeros_like(y)) for y in targets]


def tolerance(predictions, bounds):
    """Rounding of a sum may differ from that of a difference by a unit in the last place of what is subtracted."""
    return 2 * np.finfo(float).eps * (np.max(np.abs(predictions)) + np.abs(bounds))


@pytest.mark.parametrize("coverage", COVERAGES)
@pytest.mark.parametrize("sizes", [(1,), (2, 2), (9, 10, 11), (40, 1, 58)], ids=str)
@pytest.mark.parametrize("whole", [False, True], ids=["", "ties"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bounds_are_those_of_all_sums(coverage, sizes, whole, dtype):
    """The bounds are the ranked sums over all samples held out; of whole numbers to the last bit."""
    predictions, scores = draw(len(sizes), sizes, n_outputs=2, dtype=dtype, whole=whole)
    bounds, expected = (find(predictions, scores, coverage) for find in (predict_interval, interval_by_force))
    np.testing.assert_array_equal(np.isinf(bounds), np.isinf(expected))
    is_finite = np.isfinite(expected)
    error = np.abs(bounds[is_finite] - expected[is_finite])
    assert np.all(error <= (0 if whole else tolerance(predictions, expected[is_finite])))


FLOATS = st.one_of(st.floats(-1e3, 1e3), st.sampled_from([0.0, 1e-300, -1e-8, 1e15, -1e30]))
SIZES = st.one_of(st.floats(0, 1e3), st.sampled_from([0.0, 5e-324, 1e-300, 1e-8, 1e30, 1e300]))
FOLD = st.tuples(st.lists(FLOATS, min_size=2, max_size=2), st.lists(SIZES, min_size=1, max_size=6))


@settings(max_examples=100, deadline=None)
@given(folds=st.lists(FOLD, min_size=1, max_size=4), coverage=st.sampled_from(COVERAGES))
def test_bounds_of_any_numbers(folds, coverage):
    """Of equal, tiny and huge numbers together the bounds are those of brute force, up to rounding of one sum."""
    predictions = [np.array(centers)[:, np.newaxis] for centers, _ in folds]
    scores = [np.sort(np.array(of_fold))[:, np.newaxis] for _, of_fold in folds]
    bounds, expected = (find(predictions, scores, coverage) for find in (predict_interval, interval_by_force))
    np.testing.assert_array_equal(np.isinf(bounds), np.isinf(expected))
    is_finite = np.isfinite(expected)
    bound = tolerance(predictions, expected[is_finite])
    assert np.all(np.abs(bounds[is_finite] - expected[is_finite]) <= bound)


def test_one_huge_residual_spoils_no_bound():
    """A residual of 1e300 leaves the other bounds exact (an interval halved 100 times ended at 1e270)."""
    residuals = np.append(np.arange(1.0, 20.0) / 64, 1e300)[:, np.newaxis]
    assert predict_interval([np.array([[0.25]])], [residuals], 0.5).tolist() == [[[0.25 - 11 / 64, 0.25 + 11 / 64]]]
    largest = np.array([[1e308], [-1e308]])
    np.testing.assert_array_equal(predict_interval([largest], [np.zeros((9, 1))], 0.5)[:, 0], largest.repeat(2, axis=1))


@pytest.mark.parametrize(
    ("n", "coverage", "is_infinite"),
    [(8, 0.9, True), (9, 0.9, False), (19, 0.95, False), (18, 0.95, True), (998, 0.999, True), (999, 0.999, False)],
)
def test_few_samples_cannot_tell(n, coverage, is_infinite):
    """Bounds are infinite if, and only if, coverage is above n / (n + 1)."""
    bounds = predict_interval(*draw(0, (n,)), coverage)
    assert np.all(np.isinf(bounds)) == np.any(np.isinf(bounds)) == is_infinite
    assert np.all(bounds[..., 0] < bounds[..., 1])
    assert np.all(predict_set([np.full((1, 4), 0.25)], [np.zeros((n, 1))], coverage)) == is_infinite


def test_a_value_equal_to_a_bound_is_inside():
    """Bounds are the sums themselves, not what is a unit in the last place nearer (-1 + 1 was -5.6e-17)."""
    residuals = np.arange(5.0)[:, np.newaxis]
    bounds = predict_interval([np.array([[-1.0], [1.0], [0.3]])], [residuals], 0.29)
    np.testing.assert_array_equal(bounds[:, 0], [[-2, 0], [0, 2], [0.3 - 1, 1 + 0.3]])


def test_intervals_are_symmetric():
    """With the signs of all values turned, lower and upper bounds change places."""
    predictions, scores = draw(3, (9, 10, 11), n_outputs=2)
    bounds = predict_interval(predictions, scores, 0.9)
    turned = predict_interval([-prediction for prediction in predictions], scores, 0.9)
    np.testing.assert_array_equal(turned, -bounds[..., ::-1])


def test_one_network_has_the_interval_of_split_conformal():
    """Of one fold it is the prediction ± the ⌈c (n + 1)⌉-th smallest residual."""
    (prediction,), (residuals,) = draw(4, (30,))
    radius = residuals[math.ceil(0.8 * 31) - 1]
    expected = np.stack([prediction - radius, prediction + radius], axis=-1)
    np.testing.assert_allclose(predict_interval([prediction], [residuals], 0.8), expected, rtol=1e-15)


def test_intervals_grow_with_coverage():
    """Each interval lies in those of larger coverage."""
    predictions, scores = draw(5, (20, 21))
    bounds = np.array([predict_interval(predictions, scores, coverage) for coverage in np.linspace(0.01, 0.99, 50)])
    assert np.all(np.diff(bounds[..., 0], axis=0) <= 0)
    assert np.all(np.diff(bounds[..., 1], axis=0) >= 0)


def test_each_output_by_itself():
    """Bounds of an output do not depend on the others."""
    predictions, scores = draw(6, (9, 12), n_outputs=3)
    together = predict_interval(predictions, scores, 0.7)
    for output in range(3):
        one = slice(output, output + 1)
        alone = predict_interval([prediction[:, one] for prediction in predictions], [s[:, one] for s in scores], 0.7)
        np.testing.assert_array_equal(together[:, one], alone)


def test_scores_are_residuals_and_missing_probability():
    """Rᵢ = |yᵢ - μ(xᵢ)| for values and 1 - p(yᵢ | xᵢ) for classes, sorted."""
    y, prediction = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[4.0, 2.5], [3.5, 4.0]])
    assert scores_of_values(y, prediction).tolist() == [[0.5, 0.5], [3.0, 1.0]]
    assert scores_of_values(y[:, 0], prediction[:, 0]).tolist() == [[0.5], [3.0]]
    probability = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]])
    assert scores_of_classes(np.array([[2], [1]]), probability).tolist() == [[0.25], [0.75]]


@pytest.mark.parametrize("coverage", COVERAGES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("sizes", "digits"), [((1,), 9), ((9, 10, 10), 9), ((50, 49), 1)], ids=str)
def test_sets_are_those_of_the_definition(coverage, dtype, sizes, digits):
    """A class is in the set if fewer than c (n + 1) scores are smaller than its own, also where many are equal."""
    random = np.random.default_rng(len(sizes))
    round_off = lambda p: np.round(p, digits).astype(dtype)  # noqa: E731
    probabilities = [round_off(random.dirichlet([0.5, 0.5, 0.5], 8)) for _ in sizes]
    held_out = [round_off(random.dirichlet([0.7, 0.5, 0.5], size)) for size in sizes]
    scores = [scores_of_classes(random.integers(0, 3, (len(p), 1)), p) for p in held_out]
    members = predict_set(probabilities, scores, coverage)
    np.testing.assert_array_equal(members, set_by_force(probabilities, scores, coverage))


def test_sets_grow_with_coverage_and_hold_the_most_probable_class():
    """Each set lies in those of larger coverage, the smallest is the class that predict says."""
    random = np.random.default_rng(0)
    probabilities = [random.dirichlet([1, 1, 1], 20) for _ in range(3)]
    scores = [scores_of_classes(np.zeros((15, 1), int), random.dirichlet([3, 1, 1], 15)) for _ in range(3)]
    members = np.array([predict_set(probabilities, scores, coverage) for coverage in np.linspace(0.01, 0.99, 50)])
    assert np.all(np.diff(members.astype(int), axis=0) >= 0)
    best = np.mean(probabilities, axis=0).argmax(axis=1)
    np.testing.assert_array_equal(members[0].argmax(axis=1), best)
    assert set(members.sum(axis=2).ravel()) == {1, 2, 3}
