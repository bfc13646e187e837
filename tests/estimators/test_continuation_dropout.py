"""dropout of estimators: its masks go on from epoch to epoch and call to call, and predictions have none."""

import pickle

import numpy as np
import pytest
from same_model import assert_same_model

from skl2 import MLPClassifier, MLPRegressor, MLPRegressorCV
from skl2._training.prediction import raw_prediction

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])  # three classes, also a target
SMALL = {"hidden_layer_sizes": (8, 4), "batch_size": 15, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}
DROPOUT = SMALL | {"dropout": 0.3}
PLAIN_SGD = {"optimizer": "sgd", "momentum": 0.0, "shuffle": False}


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_without_dropout_nothing_changes(Estimator):
    """Rates of 0, for one layer or all, are bit for bit what there is without them; others are not."""
    plain = Estimator(**SMALL).fit(X, Y)
    assert_same_model(Estimator(**SMALL, dropout=[0.0, 0.0]).fit(X, Y), plain)
    assert Estimator(**DROPOUT).fit(X, Y).loss_curve_ != plain.loss_curve_


@pytest.mark.parametrize("random_state", [0, "generator"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_partial_fit_is_fit_in_parts(optimizer, random_state):
    """As many calls of partial_fit as max_iter are one fit, also if the estimator is pickled in between."""
    settings = [DROPOUT | {"optimizer": optimizer, "shuffle": False} for _ in range(2)]
    if random_state == "generator":
        settings = [each | {"random_state": np.random.RandomState(1)} for each in settings]
    whole, parts = MLPRegressor(**settings[0]).fit(X, Y), MLPRegressor(**settings[1])
    for _ in range(4):
        parts = pickle.loads(pickle.dumps(parts.partial_fit(X, Y)))
    assert_same_model(whole, parts)


def test_warm_start_goes_on_where_it_ended():
    """Two warm fits without momentum and shuffling are one fit of as many epochs, through a pickle too."""
    twice = MLPRegressor(**DROPOUT | PLAIN_SGD, warm_start=True).fit(X, Y)
    twice = pickle.loads(pickle.dumps(twice)).fit(X, Y)
    assert_same_model(twice, MLPRegressor(**DROPOUT | PLAIN_SGD | {"max_iter": 8}).fit(X, Y))


def test_each_epoch_has_masks_of_its_own():
    """Where weights stand still, losses differ from epoch to epoch with dropout, and only with it."""
    still = {"learning_rate_init": 1e-300, "shuffle": False, "max_iter": 6}
    assert len(set(MLPRegressor(**SMALL | still).fit(X, Y).loss_curve_)) == 1
    model = MLPRegressor(**DROPOUT | still).fit(X, Y)
    assert len(set(model.partial_fit(X, Y).loss_curve_)) == 7


def test_epochs_that_somebody_hears_have_the_same_masks(capsys):
    """Epochs trained one by one are those trained several in one call."""
    heard, alone = MLPRegressor(**DROPOUT, verbose=True).fit(X, Y), MLPRegressor(**DROPOUT).fit(X, Y)
    assert capsys.readouterr().out
    assert_same_model(heard, alone)


def test_mini_batches_without_weight_use_up_their_masks(capsys):
    """Also where some are skipped, epochs trained one by one are those trained together."""
    weight, settings = np.ones(40), DROPOUT | {"shuffle": False}
    weight[15:30] = 0
    heard = MLPRegressor(**settings, verbose=True).fit(X, Y, weight)
    assert_same_model(heard, MLPRegressor(**settings).fit(X, Y, weight))
    capsys.readouterr()


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_each_network_of_a_path_is_the_fit_at_its_alpha(averaging):
    """All networks of a path have the same masks, in threads too, as have the networks of a search."""
    alphas, settings = [0.0, 0.1, 1.0], DROPOUT | {"weight_averaging": averaging, "early_stopping": True}
    path = MLPRegressor(**settings).path(X, Y, alphas, n_jobs=2)
    for network, alpha in zip(path, alphas, strict=True):
        assert_same_model(network, MLPRegressor(**settings, alpha=alpha).fit(X, Y))
    search = MLPRegressorCV(alphas=alphas, cv=2, **settings).fit(X, Y)
    fold = MLPRegressor(**settings, alpha=0.1).fit(X[20:], Y[20:])
    assert search.cv_results_["split0_test_score"][1] == pytest.approx(fold.score(X[:20], Y[:20]), rel=1e-12)


def test_predictions_have_no_dropout():
    """predict is the network with all units as they are, and so is validation."""
    model = MLPRegressor(**DROPOUT, early_stopping="loss").fit(X, Y, X_val=X, y_val=Y)
    raw = raw_prediction(X, model.coefs_, model.intercepts_, "relu")[:, 0]
    np.testing.assert_array_equal(model.predict(X), raw)
    assert min(model.validation_loss_curve_) == pytest.approx(0.5 * np.mean((raw - Y) ** 2))


def test_seeds_differ():
    """Another random_state has other masks: with the same weights, standing still, and order, other losses."""
    settings = DROPOUT | {"learning_rate_init": 1e-300, "shuffle": False, "max_iter": 1, "warm_start": True}
    losses = []
    for seed in (1, 2, 1):
        model = MLPRegressor(**settings | {"dropout": 0.0}).fit(X, Y)
        model.set_params(dropout=0.3, random_state=seed).fit(X, Y)
        losses.append(model.loss_curve_[-1])
    assert losses[0] == losses[2] != losses[1]


def test_a_linear_model_has_nothing_to_silence():
    """Without hidden layers one rate for all of them does nothing, and draws nothing."""
    settings = SMALL | {"hidden_layer_sizes": ()}
    assert_same_model(MLPRegressor(**settings, dropout=0.5).fit(X, Y), MLPRegressor(**settings).fit(X, Y))
