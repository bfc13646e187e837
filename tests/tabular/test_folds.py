"""The folds of a table."""

import warnings

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

from skl2 import TabularMLPClassifier, TabularMLPRegressor
from skl2._tabular.folds import make_splits, merge_rare

N = 60
LABELS = np.array(["a", "b", "c"])[np.arange(N) % 3]
RARE = np.where(np.arange(N) < 2, "rare", LABELS)


def splits_of(model, y, n_folds=6, **params):
    """The folds of a model, which are a partition of the rows, as arrays of those held out."""
    splits = make_splits(model, n_folds, y, 7, params)
    for train, test in splits:
        np.testing.assert_array_equal(np.sort(np.r_[train, test]), np.arange(len(y)))
    held_out = [test for _, test in splits]
    np.testing.assert_array_equal(np.sort(np.concatenate(held_out)), np.arange(len(y)))
    return held_out


@pytest.mark.parametrize("cv", [None, 4])
def test_they_are_shuffled(cv):
    """By default, and for a number, folds are shuffled and of equal size, those of classes stratified."""
    n_folds = cv or 6
    for model, y in [(TabularMLPRegressor(cv=cv), np.arange(60.0)), (TabularMLPClassifier(cv=cv), LABELS)]:
        held_out = splits_of(model, y)
        assert [len(test) for test in held_out] == [N // n_folds] * n_folds
        assert any(np.ptp(test) > N // n_folds for test in held_out)
    for test in held_out:
        assert np.ptp(np.unique(LABELS[test], return_counts=True)[1]) <= 1


def test_the_seed_decides():
    """One seed gives the same folds, another others; a splitter has its own."""
    model = TabularMLPClassifier()
    first, again, other = (make_splits(model, 3, LABELS, seed, {})[0][1] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)
    own = make_splits(TabularMLPClassifier(cv=KFold(3)), 6, LABELS, 0, {})
    np.testing.assert_array_equal([test for _, test in own], np.split(np.arange(N), 3))


def test_several_labels_are_not_stratified():
    """An indicator of several labels is cut like values."""
    y = np.eye(3, dtype=int)[np.arange(N) % 3]
    assert [len(test) for test in splits_of(TabularMLPClassifier(), y)] == [10] * 6


@pytest.mark.parametrize(
    "y",
    [RARE, np.arange(12), np.array([0, 0, 0, 0, 0, 0, 0, 1]), np.array(["a", "b"]), np.zeros(9, int)],
    ids=["two of one class", "all rare", "one of a class", "two rows", "one class"],
)
def test_rare_classes_do_not_warn(y):
    """Classes of fewer samples than folds are spread, and scikit-learn, which warns of them, sees none."""
    n_folds = min(6, len(y))
    assert len(splits_of(TabularMLPClassifier(), y, n_folds)) == n_folds
    merged = merge_rare(y, n_folds)
    assert np.unique(merged, return_counts=True)[1].min() >= n_folds


def test_frequent_classes_stay_apart():
    """Only rare classes are merged: with each other, or if they are too few with the most frequent one."""
    y = np.repeat(["a", "b", "c", "d"], [9, 3, 7, 2])
    np.testing.assert_array_equal(merge_rare(y, 4), np.repeat([0, 4, 2, 4], [9, 3, 7, 2]))
    np.testing.assert_array_equal(merge_rare(y[:-1], 3), np.repeat([0, 1, 2, 0], [9, 3, 7, 1]))
    np.testing.assert_array_equal(merge_rare(y, 1), np.repeat([0, 1, 2, 3], [9, 3, 7, 2]))


def test_splitters_of_scikit_learn():
    """A splitter gets y and groups, an iterable may hold masks, and their warnings are theirs."""
    groups = np.arange(N) % 4
    held_out = splits_of(TabularMLPClassifier(cv=GroupKFold(4)), LABELS, groups=groups)
    assert [len(set(groups[test])) for test in held_out] == [1] * 4
    masks = [(groups > 0, groups == 0)]
    np.testing.assert_array_equal(
        make_splits(TabularMLPRegressor(cv=iter(masks)), 6, np.arange(60.0), 0, {})[0][1], np.flatnonzero(groups == 0)
    )
    with pytest.warns(UserWarning, match="The least populated class in y has only 2 members"):
        splits_of(TabularMLPClassifier(cv=StratifiedKFold(3)), RARE)


def test_too_few_rows():
    """More folds than rows are scikit-learn's error, for classes too; nothing warns before."""
    with warnings.catch_warnings(record=True) as seen:
        for model, y in [(TabularMLPRegressor(), np.zeros(1)), (TabularMLPClassifier(), LABELS[:1])]:
            with pytest.raises(ValueError, match=r"Cannot have number of splits n_splits=2 greater than .*n_samples=1"):
                make_splits(model, 2, y, 0, {})
    assert seen == []


@pytest.mark.parametrize("cv", ["", b""])
def test_text_is_no_splitter(cv):
    """Text has a method `split`, and is refused by a message of ours all the same, or by scikit-learn's."""
    with pytest.raises(ValueError, match="cv"):
        TabularMLPClassifier(cv=cv).fit(np.arange(8.0)[:, np.newaxis], [0, 1] * 4)
