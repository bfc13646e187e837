"""What holds after any call: an estimator that can be trusted, or an error that was meant and changed nothing."""

import io
import os
import pickle
import traceback
import warnings
from contextlib import contextmanager, redirect_stdout
from itertools import pairwise
from pathlib import Path

import numpy as np
import sklearn
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, UndefinedMetricWarning

import skl2

OURS, THEIRS = Path(skl2.__file__).parent, Path(sklearn.__file__).parent
DOCUMENTED_WARNINGS = [
    ("", ConvergenceWarning),
    ("batch_size=.* is larger than", UserWarning),
    (r"\w+ decay has no effect in float32", UserWarning),
    (r"learning_rate='\w+' ended after \d+ epochs: this partial_fit", UserWarning),
    ("The validation set is not stratified", UserWarning),
    ("In the search, .* could not be scored", UserWarning),
    ("A column-vector y was passed", DataConversionWarning),
    ("The least populated class in y has only", UserWarning),  # scikit-learn's splitters
    ("The number of unique classes is greater than 50%", UserWarning),
    ("(R|D).2 score is not well-defined", UndefinedMetricWarning),
]
if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
    DOCUMENTED_WARNINGS.append(("", RuntimeWarning))  # kernels are then numpy, which speaks of overflow


class Refused:
    """What `call_or_be_refused` returns instead of a result; it is falsy."""

    def __init__(self, error):
        self.error = error

    def __bool__(self):
        return False


@contextmanager
def only_documented_warnings():
    """Any other warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for message, category in DOCUMENTED_WARNINGS:
            warnings.filterwarnings("ignore", message, category)
        yield


def call_or_be_refused(call, model):
    """Return what call() returns, or Refused: then the model is as it was. Nothing is printed unless asked for."""
    before, printed = state(model), io.StringIO()
    try:
        with only_documented_warnings(), redirect_stdout(printed):
            result = call()
    except (ValueError, TypeError, AttributeError) as error:
        assert_meant(error)
        assert state(model) == before, "a failing call changed the estimator"
        return Refused(error)
    assert model.verbose or not printed.getvalue()
    return result


def assert_meant(error):
    """The error was raised by a statement of ours or of scikit-learn's, and says something."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    is_known = any(folder in Path(last.filename).parents for folder in (OURS, THEIRS))
    assert is_known, traceback.format_exception(error)
    assert last.line.startswith("raise"), traceback.format_exception(error)
    assert len(str(error)) > 20


def state(model):
    """Return everything that an estimator knows as bytes, but for its source of randomness."""
    return pickle.dumps({name: value for name, value in vars(model).items() if name != "random_state"})


def same_bits(one, other):
    """Whether two arrays, matrices, lists or dicts of them are the same to the last bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_bits(one[name], other[name]) for name in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same_bits, one, other))
    if sparse.issparse(one):
        return same_bits(one.toarray(), other.toarray())
    one, other = np.asarray(one), np.asarray(other)
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return one.tobytes() == other.tobytes() if one.dtype != object else bool(np.all(one == other))


def answers(model, X):
    """Return all predictions of a model, or Refused."""
    methods = [name for name in ("predict", "predict_proba", "predict_log_proba") if hasattr(model, name)]
    return call_or_be_refused(lambda: {name: getattr(model, name)(X) for name in methods}, model)


def outputs(model, X, *copies):
    """Return all predictions of a model, or Refused; they are finite, and asked twice it says what all copies say."""
    said = answers(model, X)
    for other in (model, *copies):
        again = answers(other, X)
        assert bool(said) == bool(again)
        assert not said or same_bits(said, again)
    if said:
        assert_finite(model, said)
    return said


def assert_finite(model, predictions):
    """Real values are finite; probabilities are, and sum to 1; their logarithms are at most 0."""
    if "predict_proba" not in predictions:
        assert np.all(np.isfinite(predictions["predict"]))
        return
    probability, logarithm = predictions["predict_proba"], predictions["predict_log_proba"]
    assert np.all((probability >= 0) & (probability <= 1))
    assert np.all(logarithm <= 0)
    if model.out_activation_ == "softmax" or model.n_outputs_ == 1:
        np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-6)


def fitted(model):
    """Return what training has made, to be compared bit for bit; without snapshots, which a path does not take."""
    names = [name for name in vars(model) if name.endswith("_") and not name.startswith("__") and name != "snapshots_"]
    return {name: vars(model)[name] for name in names if isinstance(vars(model)[name], (list, float, int))}


def assert_consistent(model, n_features, hidden):
    """Attributes agree with each other and with the units of the hidden layers."""
    sizes = [n_features, *hidden, model.n_outputs_]
    assert [coef.shape for coef in model.coefs_] == list(pairwise(sizes))
    assert [intercept.size for intercept in model.intercepts_] == sizes[1:]
    assert model.n_layers_ == len(sizes)
    assert model.n_features_in_ == n_features
    assert all(np.all(np.isfinite(layer)) for layer in (*model.coefs_, *model.intercepts_))
    n_epochs = len(model.loss_curve_)
    assert len(model.weight_norm_curve_) == len(model.learning_rate_curve_) == n_epochs >= model.n_iter_
    for curve in (model.validation_scores_, model.validation_loss_curve_):
        assert curve is None or len(curve) == n_epochs


def assert_history(model, n_samples):
    """After one fit, curves have an entry for each epoch, of validation too."""
    assert len(model.loss_curve_) == model.n_iter_ <= model.max_iter
    if not model.relaxed:  # else of the training before, too
        assert model.t_ % max(model.n_iter_, 1) == 0
        assert model.t_ <= model.n_iter_ * n_samples
    curves = [model.validation_scores_, model.validation_loss_curve_]
    if not model.early_stopping:
        assert curves == [None, None]
        assert model.best_validation_score_ is None
        return
    assert [len(curve) for curve in curves] == [model.n_iter_] * 2
    assert np.isfinite(model.best_validation_score_)
    assert model.best_loss_ is None


def reload(model):
    """Return the model after a round trip through pickle."""
    return pickle.loads(pickle.dumps(model))
