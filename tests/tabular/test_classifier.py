"""The classifier of tables: labels of any kind, calibrated probabilities, sets."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold

from skl2 import TabularMLPClassifier

RANDOM = np.random.default_rng(0)
N = 60
X = pd.DataFrame({"a": RANDOM.standard_normal(N), "b": RANDOM.uniform(size=N), "c": RANDOM.choice(["u", "v", "w"], N)})
NUMBERS = np.digitize(X["a"] + 0.3 * RANDOM.standard_normal(N), [-0.5, 0.5])
LABELS = np.array(["low", "mid", "top"])[NUMBERS]
TWO = NUMBERS > 1
SEVERAL = np.column_stack([X["a"] > 0, X["b"] > 0.5, X["c"] == "u"]).astype(int)
TRAINING = {"batch_size": 20, "max_iter": 8, "learning_rate_init": 0.05}
SMALL = {"hidden_layer_sizes": (8,), "alphas": 2, "random_state": 0} | TRAINING


def fitted(y=LABELS, weight=None, **settings):
    """A small model, with predictions out of fold."""
    return TabularMLPClassifier(**SMALL | {"store_predictions": True} | settings).fit(X, y, sample_weight=weight)


@pytest.mark.parametrize("y", [LABELS, NUMBERS, TWO], ids=["text", "three", "two"])
@pytest.mark.parametrize("weight", [None, np.resize([1.0, 3.0], N)])
def test_best_score_is_the_log_loss_out_of_fold(y, weight):
    """On folds of equal weight best_score_ is minus the log loss of cv_predictions_."""
    model = fitted(y, weight, cv=KFold(3))
    expected = log_loss(y, model.cv_predictions_, sample_weight=weight, labels=model.classes_)
    assert model.best_score_ == pytest.approx(-expected, abs=1e-6)


def test_best_score_of_several_labels():
    """Of several labels it is minus the sum of their log losses."""
    model = fitted(SEVERAL, cv=KFold(3))
    losses = [log_loss(SEVERAL[:, k], model.cv_predictions_[:, k], labels=[0, 1]) for k in range(3)]
    assert model.best_score_ == pytest.approx(-sum(losses), abs=1e-6)


@pytest.mark.parametrize("scoring", ["accuracy", "roc_auc", "neg_log_loss", "loss", "f1_macro"])
def test_scorers_by_name(scoring):
    """Scorers get labels of the user and networks that predict such."""
    y = np.where(TWO, "yes", "no")
    model = fitted(y, scoring=scoring, cv=StratifiedKFold(2))
    says = model.cv_predictions_
    expected = {
        "accuracy": [accuracy_score(y[test], model.classes_[says[test].argmax(axis=1)]) for _, test in splits(y)],
        "roc_auc": [roc_auc_score(y[test], says[test, 1]) for _, test in splits(y)],
        "neg_log_loss": [-log_loss(y[test], says[test]) for _, test in splits(y)],
        "loss": [-log_loss(y[test], says[test]) for _, test in splits(y)],
    }
    if scoring in expected:
        assert model.best_score_ == pytest.approx(np.mean(expected[scoring]), abs=1e-6)
    else:
        assert 0 <= model.best_score_ <= 1


def splits(y):
    """Two stratified folds."""
    return StratifiedKFold(2).split(X, y)


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (LABELS.tolist(), ["low", "mid", "top"]),
        (LABELS.astype(object), ["low", "mid", "top"]),
        (pd.Series(LABELS, dtype="category"), ["low", "mid", "top"]),
        (pd.Series(LABELS, dtype="string"), ["low", "mid", "top"]),
        (pd.Series(LABELS, index=range(N, 0, -1)), ["low", "mid", "top"]),
        (TWO, [False, True]),
        (pd.Series(TWO, dtype="boolean"), [False, True]),
        (NUMBERS * 10, [0, 10, 20]),
        (NUMBERS.astype(float), [0.0, 1.0, 2.0]),
        (pd.Series(NUMBERS, dtype="Int64"), [0, 1, 2]),
    ],
)
def test_labels_of_any_kind(y, classes):
    """Text, booleans, categories and numbers are labels, in their order, and so are predictions."""
    model = fitted(y)
    assert model.classes_.tolist() == classes
    assert set(model.predict(X)) <= set(classes)
    np.testing.assert_array_equal(model.predict(X), model.classes_[model.predict_proba(X).argmax(axis=1)])
    numbers = NUMBERS if len(classes) > 2 else TWO.astype(int)
    np.testing.assert_allclose(model.predict_proba(X), fitted(numbers).predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("y", [LABELS, TWO, SEVERAL], ids=["three", "two", "several"])
def test_probabilities(y):
    """They sum to 1, and their logarithms are exact to the precision of the networks."""
    model = fitted(y)
    probabilities = model.predict_proba(X)
    assert probabilities.shape == (N, 2 if y is TWO else 3)
    if y is not SEVERAL:
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(probabilities), rtol=1e-12)
    single = fitted(y, dtype="float32")
    assert single.predict_log_proba(X).dtype == single.predict_proba(X).dtype == np.float32


@pytest.mark.parametrize("y", [SEVERAL, SEVERAL.astype(bool), csr_array(SEVERAL), pd.DataFrame(SEVERAL)])
def test_several_labels(y):
    """An indicator matrix, dense or sparse, gives a 1 for each label more probable than not."""
    model = fitted(y)
    np.testing.assert_array_equal(model.predict(X), model.predict_proba(X) > 0.5)
    np.testing.assert_array_equal(model.classes_, [0, 1, 2])
    assert model.cv_predictions_.shape == (N, 3)
    with pytest.raises(ValueError, match="predict_set is for one label per sample; of several labels, take"):
        model.predict_set(X)


def test_a_class_of_one_row():
    """A class that most networks have not seen is known to all of them, without a warning."""
    y = np.where(np.arange(N) == 7, "rare", LABELS)
    model = fitted(y)
    assert model.classes_.tolist() == ["low", "mid", "rare", "top"]
    for network in model.estimators_:
        np.testing.assert_array_equal(network.classes_, model.classes_)
    assert np.all(model.predict_proba(X)[:, 2] > 0)
    assert model.predict_set(X, 0.999).shape == (N, 4)


def test_one_class():
    """Of one class all are, with certainty."""
    model = fitted(["yes"] * N)
    assert set(model.predict(X)) == {"yes"}
    assert model.predict_proba(X).shape[0] == N
    assert model.best_score_error_ == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("y", [["a", "b", "c", "d", "e"], ["a", "a", "a", "b", "b"], ["b", "a"]])
def test_few_rows(y):
    """Five rows and two are enough, even if no two are of one class."""
    model = TabularMLPClassifier(**SMALL).fit(X[: len(y)], y)
    assert model.classes_.tolist() == sorted(set(y))
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert np.all(model.predict_set(X))  # so few rows exclude nothing


def test_class_weights():
    """A class of more weight becomes more probable, by a dict or 'balanced'; each label may have its own."""
    noisy = np.column_stack([X["a"] - 1, X["b"] - 0.5, X["c"] == "u"]) + RANDOM.standard_normal((N, 3))
    y, several = np.where(noisy[:, 0] > 0, "many", "few"), (noisy > 0).astype(int)
    settings = {"max_iter": 20, "alphas": [0.01]}
    plain = fitted(y, **settings).predict_proba(X)[:, 1].mean()
    for class_weight in ("balanced", {"many": 20.0}):
        assert fitted(y, class_weight=class_weight, **settings).predict_proba(X)[:, 1].mean() > plain + 0.1
    per_label = fitted(several, class_weight=[{0: 1, 1: 50}, {0: 50, 1: 1}, {0: 1, 1: 1}], **settings)
    more, less, _ = (per_label.predict_proba(X) - fitted(several, **settings).predict_proba(X)).mean(axis=0)
    assert more > 0.05 > -0.05 > less


def test_sets_are_cv_plus():
    """A class is in the set unless too many samples held out are more probable, by the network of their fold."""
    coverage = 0.9
    model = fitted(cv=KFold(4))
    n_encoders = len(model.encoders_)
    networks = np.argsort([fold for k in range(n_encoders) for fold in range(k, 4, n_encoders)])
    later = X[:20]
    says = np.array(
        [
            model.estimators_[k].predict_proba(model.encoders_[model._encoder_numbers[k]].transform(later))
            for k in networks
        ]
    )[np.arange(N) // 15]
    scores = 1 - model.cv_predictions_[np.arange(N), NUMBERS]
    smaller = np.sum(scores[:, np.newaxis, np.newaxis] < 1 - says, axis=0)
    expected = (smaller < coverage * (N + 1)) | (
        np.arange(3) == model.predict_proba(later).argmax(axis=1)[:, np.newaxis]
    )
    np.testing.assert_array_equal(model.predict_set(later, coverage), expected)
    assert 1 < expected.sum(axis=1).mean() < 3


def test_coverage_of_sets():
    """On new samples the sets hold the class about as often as promised, and never are empty."""
    random = np.random.default_rng(1)
    inputs = random.standard_normal((1200, 3))
    y = np.digitize(inputs[:, 0] + random.standard_normal(1200), [-0.7, 0.7])
    model = TabularMLPClassifier(**SMALL | {"max_iter": 12}).fit(inputs[:200], y[:200])
    for coverage in (0.6, 0.9):
        members = model.predict_set(inputs[200:], coverage)
        assert members[np.arange(1000), y[200:]].mean() == pytest.approx(coverage + 0.03, abs=0.08)
        assert members.any(axis=1).all()


def test_noise_has_no_score():
    """Where there is nothing to learn, best_score_ is that of the frequencies, or a little worse."""
    random = np.random.default_rng(1)
    noise = pd.DataFrame({"a": random.standard_normal(240), "id": random.integers(0, 80, 240).astype(str)})
    y = random.random(240) < 0.5
    model = TabularMLPClassifier(**SMALL | {"alphas": 3}).fit(noise, y)
    assert -0.05 < model.best_score_ + np.log(2) < 0.01


def test_a_column_warns_as_in_scikit_learn():
    """y of shape (n, 1) is one label, with scikit-learn's warning."""
    with pytest.warns(DataConversionWarning):
        model = fitted(LABELS[:, np.newaxis])
    np.testing.assert_array_equal(model.predict(X), fitted().predict(X))


@pytest.mark.parametrize(
    ("y", "settings", "message"),
    [
        (X["a"], {}, "Unknown label type: continuous"),
        (np.where(TWO, None, "a"), {}, r"y has gaps \(NaN, None or NA\): \d+ of 60 values.*leave them out"),
        (pd.Series(LABELS, dtype="string").where(~TWO), {}, r"y has gaps \(NaN, None or NA\): \d+ of 60 values"),
        (np.column_stack([LABELS, LABELS]), {}, "y must hold one label per sample.*got multiclass-multioutput"),
        (LABELS[:-1], {}, "inconsistent numbers of samples: .60, 59."),
        (None, {}, "requires y to be passed, but the target y is None"),
        (LABELS, {"class_weight": {"none": 2}}, "class_weight has {'none'}, which are no classes"),
        (LABELS, {"class_weight": "even"}, "The 'class_weight' parameter of TabularMLPClassifier must be"),
    ],
)
def test_bad_targets(y, settings, message):
    """What is wrong with y is said, and the model stays as it was."""
    model = TabularMLPClassifier(**SMALL | settings)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert vars(model) == before


def test_class_weights_choose_too():
    """Without scoring, the loss that chooses λ and is best_score_ has the weights of training: those of classes too."""
    y = NUMBERS == 0
    model = fitted(y, class_weight={False: 1.0, True: 5.0}, cv=list(splits(y)))
    losses = -np.log(model.cv_predictions_[np.arange(N), y.astype(int)])
    expected = [np.average(losses[test], weights=1 + 4 * y[test]) for _, test in splits(y)]
    assert model.best_score_ == pytest.approx(-np.mean(expected), abs=1e-6)
