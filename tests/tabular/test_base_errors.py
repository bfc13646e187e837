"""What models of tables refuse, and what they say; they stay as they were."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from skl2 import TabularEncoder, TabularMLPClassifier, TabularMLPRegressor

N = 30
X = pd.DataFrame({"a": np.random.default_rng(0).standard_normal(N), "c": ["u", "v", "w"] * 10})
Y = (X["a"] > 0).to_numpy()
SMALL = {"hidden_layer_sizes": (8,), "max_iter": 2, "alphas": 2, "random_state": 0}
MODELS = [TabularMLPClassifier, TabularMLPRegressor]
BOTH = pytest.mark.parametrize("Model", MODELS)
LISTS = X.assign(bad=[[1]] * N)
SENTENCES = X.assign(text=[f"a long text of number {number} that says very much" for number in range(N)])


def same(before, after):
    """Whether attributes are the very objects that they were."""
    return before.keys() == after.keys() and all(before[name] is after[name] for name in before)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (LISTS, TypeError, "Column 'bad' of X holds values of type list.*drop the column"),
        (SENTENCES, ValueError, "Column 'text' of X holds sentences, such as 'a long text.*TfidfVectorizer"),
        (X.assign(a=np.inf), ValueError, "Column 'a' of X contains infinity"),
        (X[:0], ValueError, r"0 sample\(s\)|inconsistent numbers of samples"),
        (X[[]], ValueError, r"0 feature\(s\)"),
        (X["a"], ValueError, "Expected a 2-dimensional container but got"),
        (X["a"].to_numpy(), ValueError, "Expected 2D array, got 1D array instead"),
        (X["a"].tolist(), ValueError, "Expected 2D array, got 1D array instead"),
        (None, (TypeError, ValueError), "Expected 2D array, got scalar array|number of features"),
        (csr_array(np.eye(N)), TypeError, "Sparse data was passed for X, but dense data is required"),
        (X[:-1], ValueError, "inconsistent numbers of samples"),
        (pd.DataFrame(np.ones((N, 2)), columns=["a", 1]), TypeError, "Feature names are only supported if all input"),
    ],
)
@BOTH
def test_bad_tables(Model, X, error, message):
    """The message names the column; the model, fitted before or not, is what it was."""
    for model in (Model(**SMALL), fitted(Model)):
        before = dict(vars(model))
        with pytest.raises(error, match=message):
            model.fit(X, Y)
        assert same(before, vars(model))


def fitted(Model, **settings):
    """A small model."""
    return Model(**SMALL | settings).fit(X, Y)


@BOTH
def test_bad_tables_at_predict(Model):
    """At predict the message names the column too, and of no rows scikit-learn's says so."""
    model = fitted(Model)
    with pytest.raises(TypeError, match="Column 'a' of X holds values of type list"):
        model.predict(X.assign(a=[[1]] * N))
    with pytest.raises(ValueError, match="Column 'a' of X held numbers in fit, and now holds dates"):
        model.predict(X.assign(a=date(2023, 1, 5)))
    with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\)"):
        model.predict(X[:0])


@BOTH
def test_words_alone_at_predict(Model):
    """Words where there were numbers are gaps, and a warning names the column."""
    model = fitted(Model)
    with pytest.warns(UserWarning, match="Column 'a' of X held numbers in fit, and none of its texts .*such as 'much'"):
        said = model.predict(X.assign(a="much"))
    np.testing.assert_array_equal(said, model.predict(X.assign(a=None)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_layer_sizes": (8, 0)}, r"hidden_layer_sizes must be positive integers, one per .*got \(8, 0\)"),
        ({"hidden_layer_sizes": (2.5,)}, r"hidden_layer_sizes must be positive integers, one per .*got \(2.5,\)"),
        ({"hidden_layer_sizes": ((1,), (2,))}, "hidden_layer_sizes must be positive integers, one per hidden layer"),
        ({"hidden_layer_sizes": "8"}, "The 'hidden_layer_sizes' parameter of TabularMLP"),
        ({"activation": "mish"}, "The 'activation' parameter of TabularMLP"),
        ({"batch_size": "auto"}, "The 'batch_size' parameter of TabularMLP.* must be an int in the range .* or None"),
        ({"max_iter": 0}, "The 'max_iter' parameter of TabularMLP"),
        ({"dtype": "float16"}, "The 'dtype' parameter of TabularMLP"),
        ({"alphas": 0}, "The 'alphas' parameter of TabularMLP"),
        ({"alphas": [-1.0]}, "alphas must be an int .*or a one-dimensional array-like of finite numbers >= 0"),
        ({"alphas": []}, "alphas must be an int .*or a one-dimensional array-like of finite numbers >= 0"),
        ({"alphas": [1e6]}, r"Decoupled decay shrinks the weights by learning_rate_init \* alpha"),
        ({"learning_rate_init": 0}, "The 'learning_rate_init' parameter of TabularMLP"),
        ({"cv": 1}, "The 'cv' parameter of TabularMLP"),
        ({"cv": []}, "cv must give at least one fold"),
        ({"cv": [([0, 1], [99])]}, "cv must give numbers of samples, integers from 0 to 29"),
        ({"cv": 31}, "Cannot have number of splits n_splits=31 greater than the number of samples|n_splits=31"),
        ({"cv": GroupKFold(2)}, "The 'groups' parameter should not be None"),
        ({"encoder": "ordinal"}, "The 'encoder' parameter of TabularMLP"),
        ({"encoder": []}, "encoder is an empty list; write a transformer, several in a list, or None"),
        ({"encoder": (TabularEncoder(),)}, "The 'encoder' parameter of TabularMLP"),
        ({"encoder": StandardScaler()}, "could not convert string to float: 'u'"),
        ({"scoring": "best"}, "'scoring'.*must be a str among"),
        ({"scoring": ["r2", "accuracy"]}, "alpha is chosen by one metric: scoring must be the name of a scorer"),
        ({"n_jobs": 1.5}, "The 'n_jobs' parameter of TabularMLP"),
        ({"store_predictions": "yes"}, "The 'store_predictions' parameter of TabularMLP"),
    ],
)
@BOTH
def test_bad_settings(Model, settings, message):
    """Settings are checked by fit, and the message has what was given."""
    model = Model(**SMALL | settings)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y)
    assert same(before, vars(model))


@BOTH
def test_one_row(Model):
    """Of one row there are no folds, and the message says how many rows there are."""
    with pytest.raises(ValueError, match=r"n_splits=2 greater than the number of samples: n_samples=1\."):
        Model(**SMALL).fit(X[:1], Y[:1])


@BOTH
def test_scorers_that_fail(Model, monkeypatch):
    """A scorer that fails, or says NaN, whatever the network, is an error before there is training."""
    monkeypatch.setattr("skl2._selection.search.train_alphas", None)
    model = Model(**SMALL | {"scoring": lambda network, X, y: 1 / 0})
    with pytest.raises(ValueError, match="Scoring fails in fold 1 of 6, and nothing was trained: ZeroDivisionError"):
        model.fit(X, Y)
    with pytest.raises(ValueError, match="Scoring gives no finite number in any fold, and nothing was trained"):
        model.set_params(scoring=lambda network, X, y: float("nan")).fit(X, Y)
    assert not hasattr(model, "alpha_")


@BOTH
def test_scorers_that_fail_once_there_is_training(Model):
    """Where only trained networks cannot be scored, the error carries what the scorer said."""

    def score(network, X, y):
        says = network.predict_proba(X) if Model is TabularMLPClassifier else network.predict(X)
        return 1 / int(np.all(says == says[0]))  # 0 for all but constants

    model = Model(**SMALL | {"scoring": score})
    message = "No alpha can be chosen, as none has finite scores in all folds: scoring failed: ZeroDivisionError"
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y)
    assert not hasattr(model, "alpha_")


@BOTH
def test_not_fitted(Model):
    """Before fit, every prediction is NotFittedError."""
    names = {"predict", "predict_proba", "predict_log_proba", "predict_set", "predict_interval"} & set(dir(Model))
    assert len(names) == (4 if Model is TabularMLPClassifier else 2)
    for name in names:
        with pytest.raises(NotFittedError, match=f"This {Model.__name__} instance is not fitted yet"):
            getattr(Model(), name)(X)


@BOTH
def test_what_fit_does_not_take(Model):
    """Other arguments, such as a validation set, are an error."""
    with pytest.raises(ValueError, match=f"{Model.__name__}.* only supported if enable_metadata_routing=True"):
        Model(**SMALL).fit(X, Y, weights=Y)
    with pytest.raises(ValueError, match=f"{Model.__name__} takes no validation set"):
        Model(**SMALL).fit(X, Y, X_val=X, y_val=Y)


def test_an_encoding_without_scores_leaves_the_choice_to_others():
    """Where networks on one encoding cannot be scored, those on another are kept."""

    def score(network, X, y):
        network = getattr(network, "network", network)
        return np.nan if network.n_features_in_ > 2 else -np.mean((network.predict(X) - y) ** 2)

    encoders = [PolynomialFeatures(2), StandardScaler()]
    X = np.random.default_rng(0).standard_normal((40, 2))
    model = TabularMLPRegressor(encoder=encoders, scoring=score, alphas=[0.1], cv=3, batch_size=5, random_state=0)
    assert [type(encoder) for encoder in model.fit(X, X[:, 0]).encoders_] == [StandardScaler]
