"""Settings of models of tables: what is asked for is what is trained."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GroupKFold, KFold, RepeatedKFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skl2 import TabularEncoder, TabularMLPClassifier, TabularMLPRegressor

RANDOM = np.random.default_rng(0)
N = 60
X = pd.DataFrame({"a": RANDOM.standard_normal(N), "b": RANDOM.uniform(size=N), "c": RANDOM.choice(["u", "v", "w"], N)})
X.loc[::9, "b"] = None
Y = (2 * X["a"] + (X["c"] == "u") + 0.1 * RANDOM.standard_normal(N)).to_numpy()
GROUPS = np.arange(N) % 5
TRAINING = {"batch_size": 10, "max_iter": 4, "learning_rate_init": 0.05}
SMALL = {"hidden_layer_sizes": (8,), "alphas": 2, "random_state": 0} | TRAINING
BOTH = pytest.mark.parametrize("Model", [TabularMLPClassifier, TabularMLPRegressor])


def fitted(Model=TabularMLPRegressor, X=X, **settings):
    """A small model."""
    fit_params = {"groups": settings.pop("groups")} if "groups" in settings else {}
    return Model(**SMALL | settings).fit(X, Y if Model is TabularMLPRegressor else Y > 0, **fit_params)


@BOTH
@pytest.mark.parametrize(
    ("asked", "trained"),
    [
        ({"hidden_layer_sizes": 5}, {"hidden_layer_sizes": (5,)}),
        ({"hidden_layer_sizes": [5, 4]}, {"hidden_layer_sizes": [5, 4]}),
        ({"hidden_layer_sizes": ()}, {"hidden_layer_sizes": ()}),
        ({"hidden_layer_sizes": None}, {"hidden_layer_sizes": (96, 96)}),
        ({"activation": "tanh"}, {"activation": "tanh"}),
        ({"batch_size": 16}, {"batch_size": 16}),
        ({"batch_size": None}, {"batch_size": 100}),
        ({"learning_rate_init": 0.02}, {"learning_rate_init": 0.02}),
        ({"max_iter": 3}, {"max_iter": 3}),
        ({"dtype": "float32"}, {"dtype": "float32"}),
        ({"dtype": None}, {"dtype": "float64"}),
        ({}, {"decay": "decoupled", "learning_rate": "cosine", "optimizer": "adam", "beta_2": 0.95}),
    ],
)
def test_networks_have_what_is_asked_for(Model, asked, trained):
    """Each setting is that of all networks that are kept, None the formula's."""
    model = fitted(Model, **asked)
    for network in model.estimators_:
        assert {name: getattr(network, name) for name in trained} == trained
        assert network.alpha == model.alpha_
        assert network.n_iter_ == model.n_iter_ == asked.get("max_iter", 4)
    dtype = asked.get("dtype") or "float64"
    assert model.estimators_[0].coefs_[0].dtype == dtype


def test_own_settings_of_the_two():
    """Networks have the loss, and the weights of classes."""
    counts = TabularMLPRegressor(**SMALL, loss="poisson").fit(X, Y - Y.min())
    assert counts.estimators_[0].loss == "poisson"
    assert fitted(TabularMLPClassifier, class_weight="balanced").estimators_[0].class_weight == "balanced"


def test_networks_that_choose_are_smaller():
    """In cv_results_ are networks of a quarter of the epochs; those that are kept have all."""
    model = fitted(max_iter=8)
    np.testing.assert_array_equal(model.cv_results_["mean_n_iter"], 2)
    assert model.n_iter_ == 8


@BOTH
def test_alphas(Model):
    """A list is what is tried, as given, an int so many of the default range."""
    model = fitted(Model, alphas=[3.0, 0.5, 1.0])
    np.testing.assert_array_equal(model.alphas_, [3.0, 0.5, 1.0])
    assert model.alpha_ in (3.0, 0.5, 1.0)
    assert model.grid_.startswith("alpha as given; ")
    assert "total shrinkage" in model.grid_
    one = fitted(Model, alphas=1, max_iter=80, hidden_layer_sizes=2)  # 400 steps, with η = 0.05
    assert one.alphas_ == pytest.approx([0.28 / 5 * np.sqrt(0.85 / 0.028)])
    assert one.alpha_ == one.alphas_[0]
    model = fitted(Model, alphas=3)
    few = model.alphas_
    assert len(few) == 3
    assert np.all(few[:-1] < few[1:])
    assert few.max() <= 50
    assert few[0] <= model.alpha_ <= few[-1]
    assert model.grid_.startswith(f"alpha = {few[0]:.3g} to {few[-1]:.3g}; ")


@pytest.mark.parametrize(
    ("cv", "n_splits"),
    [
        (None, 6),
        (2, 2),
        (np.int64(4), 4),
        (KFold(3), 3),
        (ShuffleSplit(1, random_state=0), 1),
        (RepeatedKFold(n_splits=2, n_repeats=2, random_state=0), 4),
        ([(range(40), range(40, 60)), (np.arange(60) > 20, np.arange(60) <= 20)], 2),
    ],
    ids=["default", "int", "numpy's int", "splitter", "one", "repeated", "list"],
)
@BOTH
def test_folds(Model, cv, n_splits):
    """There is a network for each fold of a number, a splitter or a list, also if there is one."""
    model = fitted(Model, cv=cv)
    assert model.n_splits_ == len(model.estimators_) == n_splits
    assert "split2_test_score" in model.cv_results_ or n_splits < 3
    assert "split3_test_score" not in model.cv_results_
    assert np.isnan(model.best_score_error_) == (n_splits == 1)
    assert len(model.predict(X)) == N


@BOTH
def test_groups_stay_together(Model):
    """A splitter gets the groups, and its folds are those of a list."""
    model = fitted(Model, cv=GroupKFold(5), groups=GROUPS, store_predictions=True)
    splits = list(GroupKFold(5).split(X, Y, GROUPS))
    np.testing.assert_array_equal(
        model.cv_predictions_, fitted(Model, cv=splits, store_predictions=True).cv_predictions_
    )


def test_a_generator_of_folds_is_read_once():
    """An iterator gives the folds to both trainings."""
    generator = ((train, test) for train, test in KFold(3).split(X))
    np.testing.assert_array_equal(fitted(cv=generator).predict(X), fitted(cv=KFold(3)).predict(X))


ENCODERS = [
    make_column_transformer((OneHotEncoder(), ["c"]), (make_pipeline(SimpleImputer(), StandardScaler()), ["a", "b"])),
    make_column_transformer((OneHotEncoder(), ["c"]), sparse_threshold=1.0),
    make_pipeline(TabularEncoder(), StandardScaler()).set_output(transform="pandas"),
    TabularEncoder(n_bins=3).set_output(transform="pandas"),
]


@BOTH
@pytest.mark.parametrize("encoder", ENCODERS, ids=["columns", "sparse", "pipeline", "ours"])
def test_an_encoder_of_ones_own(Model, encoder):
    """Any transformer may make the numbers, of frames and sparse matrices too; it is cloned, and the only one."""
    scoring = {"scoring": "r2"} if Model is TabularMLPRegressor else {"scoring": "accuracy"}
    model = fitted(Model, encoder=encoder, **scoring)
    assert len(model.encoders_) == 1
    assert type(model.encoders_[0]) is type(encoder)
    assert model.encoders_[0] is not encoder
    assert not hasattr(encoder, "n_features_in_")
    assert len(model.cv_results_["params"]) == len(model.alphas_)
    encoded = model.encoders_[0].transform(X)
    width = model.estimators_[0].n_features_in_
    assert encoded.shape == (N, width)
    assert len(model.predict(X)) == N


def all_equal(network, X, y):
    """A scorer for which all encodings are equally good."""
    return 1.0


@BOTH
def test_encoders_in_a_list(Model):
    """Transformers in a list compete, and those that take part take turns; a list of one is that one."""
    three = [TabularEncoder(n_bins=3), TabularEncoder(), ENCODERS[0]]
    model = fitted(Model, encoder=three, scoring=all_equal)
    assert [repr(encoder) for encoder in model.encoders_] == [repr(encoder) for encoder in three]
    assert all(ours is not theirs for ours, theirs in zip(model.encoders_, three, strict=True))
    assert model._encoder_numbers == [0, 0, 1, 1, 2, 2]
    assert len(model.cv_results_["params"]) == 3 * len(model.alphas_)
    assert clone(model).fit(X, model.predict(X)).n_splits_ == 6
    nothing = FunctionTransformer(lambda X: np.zeros((len(X), 1)))
    better = fitted(Model, encoder=[nothing, TabularEncoder()], max_iter=120, batch_size=10, alphas=[0.1])
    assert [repr(encoder) for encoder in better.encoders_] == ["TabularEncoder()"]
    one = fitted(Model, encoder=[TabularEncoder()])
    np.testing.assert_array_equal(one.predict(X), fitted(Model, encoder=TabularEncoder()).predict(X))


@BOTH
def test_the_encoders_by_default(Model):
    """None is the plain encoding and that with 16 bins."""
    own = fitted(Model, encoder=[TabularEncoder(), TabularEncoder(n_bins=16)], store_predictions=True)
    default = fitted(Model, store_predictions=True)
    np.testing.assert_array_equal(own.cv_predictions_, default.cv_predictions_)
    assert list(own.cv_results_["param_encoder"]) == list(default.cv_results_["param_encoder"])


@BOTH
def test_the_seed_decides(Model):
    """One seed gives the same model, another one another, and a RandomState stays as it is."""
    method = "predict_proba" if Model is TabularMLPClassifier else "predict"
    predictions = [getattr(fitted(Model, random_state=seed), method)(X) for seed in (0, 0, 1, None)]
    np.testing.assert_array_equal(predictions[0], predictions[1])
    assert np.all(predictions[0] != predictions[2])
    assert np.all(predictions[0] != predictions[3])
    state = np.random.RandomState(0)
    before = state.get_state()[1].copy()
    np.testing.assert_array_equal(getattr(fitted(Model, random_state=state), method)(X), predictions[0])
    np.testing.assert_array_equal(state.get_state()[1], before)


@BOTH
def test_jobs_change_nothing(Model):
    """Two threads give what one gives, to the last bit."""
    one, two = (fitted(Model, n_jobs=n_jobs) for n_jobs in (1, 2))
    assert one.best_score_ == two.best_score_
    for ours, theirs in zip(one.estimators_, two.estimators_, strict=True):
        np.testing.assert_array_equal(ours.coefs_[0], theirs.coefs_[0])


@BOTH
def test_predictions_are_kept_on_request(Model):
    """Without store_predictions there are none, with it there is one for each row, NaN where none is held out."""
    assert not hasattr(fitted(Model), "cv_predictions_")
    whole = fitted(Model, store_predictions=True).cv_predictions_
    assert whole.shape == ((N, 2) if Model is TabularMLPClassifier else (N,))
    assert np.all(np.isfinite(whole))
    part = fitted(Model, store_predictions=True, cv=[(range(40), range(40, 50))]).cv_predictions_
    np.testing.assert_array_equal(
        np.isfinite(part).reshape(N, -1).all(axis=1), (np.arange(N) >= 40) & (np.arange(N) < 50)
    )


@BOTH
def test_fitting_again_forgets(Model):
    """A second fit is that of a new model, without attributes of the first."""
    model = fitted(Model, store_predictions=True)
    model.set_params(store_predictions=False, cv=2).fit(X[["a"]], Y if Model is TabularMLPRegressor else Y > 0)
    new = fitted(Model, X[["a"]], cv=2)
    assert vars(model).keys() == vars(new).keys()
    np.testing.assert_array_equal(model.predict(X[["a"]]), new.predict(X[["a"]]))
