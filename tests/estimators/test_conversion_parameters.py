"""What becomes of parameters on the way to scikit-learn's MLP and back: alpha above all."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.base import is_classifier
from versions import needs_scikit_learn

from skl2 import MLPClassifier, MLPRegressor
from skl2._kernels.activations import ACTIVATIONS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
NUMBERS = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])  # three classes, or counts
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 3, "random_state": 0, "learning_rate_init": 0.05}
PAIRS = [(MLPClassifier, neural_network.MLPClassifier), (MLPRegressor, neural_network.MLPRegressor)]
BATCHES = [("auto", None, 200), ("auto", 40, 40), ("auto", 500, 200), (10, None, 10), (10, 40, 10), (64, 40, 40)]


def make(library, kind, optimizer="adam", **changes):
    """An estimator of one library."""
    if "loss" in changes:
        needs_scikit_learn("1.7", "scikit-learn's MLP has loss='poisson'")
    if library == "ours":
        return {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[kind](
            **SMALL | {"optimizer": optimizer} | changes
        )
    return getattr(neural_network, kind)(**SMALL | {"solver": optimizer} | changes)


def convert(model):
    """The same model in the other library."""
    if hasattr(model, "to_sklearn"):
        return model.to_sklearn()
    return (MLPClassifier if is_classifier(model) else MLPRegressor).from_sklearn(model)


@pytest.mark.parametrize("library", ["ours", "theirs"])
@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize(("kind", "loss"), [("MLPClassifier", {}), ("MLPRegressor", {"loss": "poisson"})])
def test_parameters_come_back(kind, loss, fitted, library):
    """There and back every parameter is the same, defaults and others; without fit there is nothing fitted."""
    changes = {"alpha": 0.25, "power_t": 0.25, "shuffle": False, "tol": 0.5, "momentum": 0.5, "epsilon": 1e-7}
    changes |= {"nesterovs_momentum": False, "beta_1": 0.5, "beta_2": 0.75, "n_iter_no_change": 3, "max_fun": 7}
    changes |= {"early_stopping": True, "validation_fraction": 0.25, "warm_start": True, "activation": "tanh"}
    changes |= {"learning_rate": "adaptive", "batch_size": 8}
    model = make(library, kind, "sgd", **changes | loss)
    if fitted:
        model.fit(X, NUMBERS)
    moved = convert(model)
    assert convert(moved).get_params() == model.get_params()
    ours, theirs = (model, moved) if library == "ours" else (moved, model)
    assert theirs.alpha == 8 * ours.alpha
    assert theirs.solver == ours.optimizer == "sgd"
    shared = ours.get_params().keys() & theirs.get_params().keys() - {"alpha"}
    assert len(shared) >= 21
    assert {name: getattr(ours, name) for name in shared} == {name: getattr(theirs, name) for name in shared}
    assert hasattr(moved, "coefs_") == fitted
    assert fitted or not any(name.endswith("_") for name in vars(moved))


@pytest.mark.parametrize(("Ours", "Theirs"), PAIRS)
def test_defaults_are_defaults(Ours, Theirs):
    """An untouched estimator becomes one whose only difference is the scale of alpha."""
    assert Ours().to_sklearn().get_params() == Theirs(alpha=1e-4 * 200).get_params()
    assert Ours.from_sklearn(Theirs(alpha=1e-4 * 200)).get_params() == Ours().get_params()


@pytest.mark.parametrize(("Ours", "Theirs"), PAIRS)
@pytest.mark.parametrize(("batch_size", "n_samples", "factor"), BATCHES)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_alpha_of_mini_batches(optimizer, batch_size, n_samples, factor, Ours, Theirs):
    """scikit-learn's alpha is ours times the samples of a mini-batch, 200 for 'auto', or all where they are fewer."""
    ours = Ours(optimizer=optimizer, alpha=0.5, batch_size=batch_size)
    theirs = Theirs(solver=optimizer, alpha=0.5, batch_size=batch_size)
    assert ours.to_sklearn(n_samples=n_samples).alpha == 0.5 * factor
    assert Ours.from_sklearn(theirs, n_samples=n_samples).alpha == 0.5 / factor


@pytest.mark.filterwarnings("ignore:batch_size=64", "ignore:Got `batch_size`")
@pytest.mark.parametrize("library", ["ours", "theirs"])
@pytest.mark.parametrize(("batch_size", "factor"), [("auto", 40), (10, 10), (64, 40)])
def test_alpha_of_a_fitted_estimator(batch_size, factor, library):
    """The samples follow from the history of the fit, without those held out, unless n_samples says otherwise."""
    model = make(library, "MLPRegressor", alpha=0.5, batch_size=batch_size).fit(X, NUMBERS)
    power = 1 if library == "ours" else -1
    for _ in range(2):
        assert convert(model).alpha == 0.5 * float(factor) ** power
        model.set_params(warm_start=True).fit(X, NUMBERS)  # a history of two fits
    stopping = make(
        library, "MLPRegressor", alpha=0.5, batch_size=batch_size, early_stopping=True, validation_fraction=0.25
    )
    moved = convert(stopping.fit(X, NUMBERS))
    assert moved.alpha == pytest.approx(0.5 * float(min(factor, 30)) ** power)
    if library == "ours":
        assert model.to_sklearn(n_samples=5).alpha == 2.5


@pytest.mark.parametrize(("Ours", "Theirs"), PAIRS)
def test_alpha_of_lbfgs(Ours, Theirs):
    """scikit-learn's alpha is ours times n_samples; where they are unknown it stays, with a warning that says so."""
    ours, theirs = Ours(optimizer="lbfgs", alpha=0.5), Theirs(solver="lbfgs", alpha=0.5)
    assert ours.to_sklearn(n_samples=500).alpha == 250
    assert Ours.from_sklearn(theirs, n_samples=500).alpha == 0.001
    with pytest.warns(UserWarning, match=r"alpha is moved as it is. Pass n_samples=len\(X\)"):
        assert ours.to_sklearn().alpha == 0.5
    with pytest.warns(UserWarning, match="alpha is moved as it is"):
        assert Ours.from_sklearn(theirs).alpha == 0.5
    assert ours.fit(X, NUMBERS).to_sklearn().alpha == 20
    with pytest.warns(UserWarning, match="alpha is moved as it is"):  # theirs does not count its samples
        assert Ours.from_sklearn(theirs.fit(X, NUMBERS)).alpha == 0.5
    assert ours.set_params(alpha=0).to_sklearn().alpha == 0


def test_alpha_0_needs_no_n_samples():
    """Nothing is penalised on either side, and nothing is to be warned of."""
    assert MLPRegressor(optimizer="lbfgs", alpha=0.0).to_sklearn().alpha == 0
    assert MLPRegressor.from_sklearn(neural_network.MLPRegressor(solver="lbfgs", alpha=0.0)).alpha == 0


@pytest.mark.parametrize(
    ("settings", "theirs", "said"),
    [
        ({"decay": "decoupled", "alpha": 0.5}, {"alpha": 0}, "decay='decoupled'"),
        ({"dtype": "float32"}, {}, "dtype='float32'"),
        ({"class_weight": "balanced"}, {}, "class_weight='balanced'"),
        ({"class_weight": {0: 2.0}}, {}, "class_weight={0: 2.0}"),
        ({"learning_rate": "invscaling"}, {"learning_rate": "constant"}, "learning_rate='invscaling'"),
        ({"optimizer": "sgd", "learning_rate": "cosine"}, {"learning_rate": "constant"}, "learning_rate='cosine'"),
        ({"early_stopping": "loss"}, {"early_stopping": True}, "early_stopping='loss'"),
        ({"dropout": [0.5]}, {}, "dropout=[0.5]"),
        ({"weight_averaging": 0.5}, {}, "weight_averaging=0.5"),
        (
            {"decay": "decoupled", "dtype": np.float64, "learning_rate": "cosine"},
            {"alpha": 0, "learning_rate": "constant"},
            "decay='decoupled', dtype=<class 'numpy.float64'>, learning_rate='cosine'",
        ),
    ],
    ids=str,
)
def test_what_scikit_learn_lacks_is_left_out(settings, theirs, said):
    """It is named in a warning while there is training to come; a fitted model is moved without a word."""
    model = MLPClassifier(**SMALL | settings)
    message = f"scikit-learn's MLP cannot train with {said}: the result trains without."
    with pytest.warns(UserWarning, match=f"^{re.escape(message)}$"):
        moved = model.to_sklearn()
    assert moved.get_params().items() >= theirs.items()
    moved.fit(X, NUMBERS)  # scikit-learn accepts every parameter
    moved = model.fit(X, NUMBERS).to_sklearn()
    assert moved.get_params().items() >= theirs.items()
    np.testing.assert_allclose(moved.predict_proba(X), model.predict_proba(X), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("penalty", [None, "auto", "l2"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_only_a_penalty_has_an_alpha_there(optimizer, penalty):
    """Without penalty scikit-learn's alpha is 0, and nothing is lost."""
    moved = MLPRegressor(**SMALL, optimizer=optimizer, penalty=penalty, alpha=0.5).to_sklearn()
    assert moved.alpha == (0 if penalty is None else 5)


def test_adam_of_scikit_learn_has_no_schedule():
    """Its learning_rate, which it ignores, does not become one that ours would follow; that of SGD does."""
    for solver, expected in {"adam": "constant", "sgd": "adaptive"}.items():
        theirs = neural_network.MLPRegressor(solver=solver, learning_rate="adaptive")
        assert MLPRegressor.from_sklearn(theirs).learning_rate == expected


def test_a_generator_is_not_shared():
    """A RandomState is copied as clone copies it: draws of the one do not take numbers from the other."""
    for library in ("ours", "theirs"):
        model = make(library, "MLPRegressor", random_state=np.random.RandomState(0))
        convert(model).random_state.uniform()
        assert model.random_state.uniform() == np.random.RandomState(0).uniform()


def test_an_old_scikit_learn_has_no_poisson(monkeypatch):
    """Where scikit-learn's MLPRegressor has no loss, only squared errors can be moved there."""

    class Old(neural_network.MLPRegressor):
        def __init__(
            self, solver="adam", alpha=1e-4, batch_size="auto", learning_rate="constant", early_stopping=False
        ):
            self.solver, self.alpha, self.batch_size = solver, alpha, batch_size
            self.learning_rate, self.early_stopping = learning_rate, early_stopping

    monkeypatch.setattr("skl2._estimators.conversion.neural_network", SimpleNamespace(MLPRegressor=Old))
    assert MLPRegressor(batch_size=7).to_sklearn().batch_size == 7
    assert MLPRegressor.from_sklearn(Old()).loss == "squared_error"
    with pytest.raises(ValueError, match=r"has no loss='poisson'; that of 1\.7 has"):
        MLPRegressor(loss="poisson").to_sklearn()


@pytest.mark.parametrize(
    ("settings", "loss"),
    [
        ({"loss": "absolute_error"}, "squared_error"),
        ({"loss": "huber"}, "squared_error"),
        ({"loss": "quantile", "quantile": 0.9}, "squared_error"),
        ({"loss": "gamma"}, "poisson"),
    ],
    ids=str,
)
def test_losses_that_are_not_there(settings, loss):
    """A fitted network predicts the same there, by the loss with its link; unfitted a warning says what is lost."""
    needs_scikit_learn("1.7", "scikit-learn's MLP has loss='poisson'")
    X = np.random.default_rng(0).standard_normal((30, 2))
    ours = MLPRegressor(**settings, hidden_layer_sizes=(3,), max_iter=3, learning_rate="cosine", random_state=0)
    theirs = ours.fit(X, np.exp(X[:, 0])).to_sklearn()
    assert theirs.loss == loss
    np.testing.assert_allclose(theirs.predict(X), ours.predict(X))
    with pytest.warns(UserWarning, match=f"cannot train with loss='{settings['loss']}'"):
        MLPRegressor(**settings).to_sklearn()


def test_several_quantiles_and_smoothing_are_not_there():
    """Several quantiles, which predict sorts, are refused; label smoothing is left out, as decay is."""
    with pytest.raises(ValueError, match=r"several quantiles of one y; got quantile=\[0\.1, 0\.9\]"):
        MLPRegressor("quantile", quantile=[0.1, 0.9]).to_sklearn()
    with pytest.warns(UserWarning, match=r"cannot train with label_smoothing=0\.1"):
        MLPClassifier(label_smoothing=0.1).to_sklearn()


@pytest.mark.parametrize("n_samples", [0, -5, "all"])
def test_n_samples_is_a_number_of_samples(n_samples):
    """What is no number of samples is refused both ways."""
    theirs = neural_network.MLPRegressor(solver="lbfgs")
    message = f"n_samples must be a number of samples, 1 or more; got {n_samples!r}"
    with pytest.raises(ValueError, match=message):
        MLPRegressor.from_sklearn(theirs, n_samples=n_samples)
    with pytest.raises(ValueError, match=message):
        MLPRegressor(alpha=0.1).to_sklearn(n_samples=n_samples)


def test_invalid_parameters_are_scikit_learns_to_refuse():
    """An estimator of scikit-learn with a solver that does not exist is refused in its own words."""
    with pytest.raises(ValueError, match="The 'solver' parameter of MLPRegressor must be"):
        MLPRegressor.from_sklearn(neural_network.MLPRegressor(solver="newton"))


@pytest.mark.parametrize("optimizer", ["sgd", "lbfgs"])
def test_alpha_counts_the_samples_of_the_last_fit(optimizer):
    """After a fit on 20 samples and a warm fit on 40, alpha is that of 40, there and back."""
    settings = SMALL | {"batch_size": "auto", "optimizer": optimizer, "warm_start": True}
    model = MLPRegressor(**settings, alpha=0.01).fit(X[:20], NUMBERS[:20])
    assert model.to_sklearn().alpha == 0.01 * 20
    moved = model.fit(X, NUMBERS).to_sklearn()
    assert moved.alpha == 0.01 * 40
    returned = MLPRegressor.from_sklearn(moved)
    assert (returned.alpha, returned.to_sklearn().alpha) == (0.01, 0.4)


def test_alpha_counts_the_largest_part():
    """A short last part of the data does not change what alpha means."""
    model = MLPRegressor(**SMALL | {"batch_size": "auto"}, alpha=0.01).partial_fit(X[:30], NUMBERS[:30])
    assert model.partial_fit(X[30:37], NUMBERS[30:37]).to_sklearn().alpha == 0.01 * 30


def test_alpha_of_a_fit_without_an_iteration():
    """L-BFGS that was at its end already has seen all samples."""
    model = MLPRegressor(**SMALL, optimizer="lbfgs", tol=1e9, alpha=0.01).fit(X, NUMBERS)
    assert model.n_iter_ == 0
    assert model.to_sklearn().alpha == 0.01 * 40


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS.keys() - {"identity", "logistic", "tanh", "relu"}))
@pytest.mark.parametrize("fitted", [False, True])
def test_activations_that_scikit_learn_lacks_are_refused(fitted, activation):
    """No model of scikit-learn's predicts the same: to_sklearn says so, and what to do."""
    model = MLPRegressor(**SMALL, activation=activation)
    if fitted:
        model.fit(X, NUMBERS)
    with pytest.raises(ValueError, match=rf"has no activation='{activation}'.* skl2\.onnx"):
        model.to_sklearn()
