"""Pipelines of imbalanced-learn, which resample the training samples of each fold."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPClassifierCV

imblearn = pytest.importorskip("imblearn")
ensemble = pytest.importorskip("imblearn.ensemble")
over_sampling = pytest.importorskip("imblearn.over_sampling")
pipeline = pytest.importorskip("imblearn.pipeline")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((90, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(90), [0.2, 0.9])
SMALL = {"hidden_layer_sizes": (5,), "batch_size": 10, "max_iter": 5, "learning_rate_init": 0.05, "random_state": 0}
SAMPLERS = pytest.mark.parametrize("Sampler", [over_sampling.RandomOverSampler, over_sampling.SMOTE])
MODELS = pytest.mark.parametrize(
    "model", [MLPClassifier(**SMALL), MLPClassifierCV([0, 0.1], cv=2, **SMALL)], ids=["MLP", "CV"]
)


@SAMPLERS
@MODELS
def test_samples_are_drawn_before_training(model, Sampler):
    """A pipeline trains on the samples that the sampler drew, and predicts without it."""
    steps = pipeline.make_pipeline(StandardScaler(), Sampler(random_state=0), model).fit(X, Y)
    scaled = StandardScaler().fit_transform(X)
    more, labels = Sampler(random_state=0).fit_resample(scaled, Y)
    assert len(more) > len(X)
    np.testing.assert_array_equal(steps.predict_proba(X), clone(model).fit(more, labels).predict_proba(scaled))


def test_search_over_a_pipeline():
    """GridSearchCV resamples the training samples of each fold, and scores on what is left as it is."""
    folds, sampler = StratifiedKFold(3), over_sampling.RandomOverSampler(random_state=0)
    steps = pipeline.make_pipeline(sampler, MLPClassifier(**SMALL))
    search = GridSearchCV(steps, {"mlpclassifier__alpha": [0, 1]}, cv=folds, error_score="raise").fit(X, Y)
    for k, (train, test) in enumerate(folds.split(X, Y)):
        more, labels = clone(sampler).fit_resample(X[train], Y[train])
        for row, alpha in enumerate((0, 1)):
            score = MLPClassifier(alpha=alpha, **SMALL).fit(more, labels).score(X[test], Y[test])
            assert search.cv_results_[f"split{k}_test_score"][row] == score


@MODELS
def test_balanced_bagging(model):
    """BalancedBaggingClassifier is the mean of pipelines, each of which balances the samples drawn for it."""
    bag = ensemble.BalancedBaggingClassifier(model, 3, random_state=0).fit(X, Y)
    probability = []
    for member, samples in zip(bag.estimators_, bag.estimators_samples_, strict=True):
        labels = Y[samples][member[0].sample_indices_]
        assert len(set(np.bincount(labels))) == 1
        alone = clone(member[-1]).fit(X[samples][member[0].sample_indices_], labels)
        probability.append(alone.predict_proba(X))
    np.testing.assert_allclose(bag.predict_proba(X), np.mean(probability, axis=0), rtol=1e-12)
