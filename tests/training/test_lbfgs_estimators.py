"""L-BFGS in the estimators: what it finds, and that it agrees with scikit-learn's solvers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from scipy.sparse import csr_array
from sklearn import neural_network
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from versions import needs_scikit_learn

from skl2 import MLPClassifier, MLPRegressor
from skl2._kernels.losses import LOSSES
from skl2._training import batches, lbfgs
from skl2._training.prediction import raw_prediction

RANDOM = np.random.default_rng(0)
N = 40
X = RANDOM.standard_normal((N, 3)) * RANDOM.integers(0, 2, (N, 3))
Y = X[:, 0] - np.sin(X[:, 1]) + 0.3 * RANDOM.standard_normal(N)
TWO = np.column_stack([Y, X[:, 2] - 2 * Y])
THREE_CLASSES = np.digitize(Y, [-0.5, 0.4])
COUNTS = RANDOM.poisson(np.exp(TWO))
LABELS = (TWO > 0.2).astype(int)
WEIGHT = RANDOM.uniform(0.5, 2, N)
LAMBDA = 0.05
SETTINGS = {"hidden_layer_sizes": (4,), "activation": "tanh", "optimizer": "lbfgs", "alpha": LAMBDA, "random_state": 0}
FEW = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")  # the iterations of the test are few


def objective_of(model, rows, loss, y, weight=None):
    """Mean loss + (λ/2)·Σ‖W‖² of a fitted estimator, in numpy."""
    raw = raw_prediction(rows, model.coefs_, model.intercepts_, model.activation)
    penalty = 0.5 * model.alpha * sum(np.sum(np.float64(coef) ** 2) for coef in model.coefs_)
    return np.average(LOSSES[loss].numpy(raw, y), weights=weight) + penalty


@FEW
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    ("name", "y", "settings"),
    [
        ("MLPRegressor", Y, {}),
        ("MLPRegressor", COUNTS, {"loss": "poisson"}),
        ("MLPClassifier", TWO[:, 0] > 0.2, {}),
        ("MLPClassifier", THREE_CLASSES, {}),
        ("MLPClassifier", LABELS, {}),
    ],
    ids=["real", "counts", "binary", "multiclass", "multilabel"],
)
def test_equals_scikit_learn_at_equal_seed(name, y, settings, weight, activation):
    """With alpha_sklearn = λ · n (λ · Σ weights) the iterations are scikit-learn's."""
    if settings:
        needs_scikit_learn("1.7", "scikit-learn's MLP has loss='poisson'")
    if weight is not None:
        needs_scikit_learn("1.7", "scikit-learn's MLP takes sample_weight")
    weights = () if weight is None else (weight,)
    settings = settings | {"hidden_layer_sizes": (4, 2), "activation": activation, "max_iter": 6, "random_state": 0}
    Estimator, Theirs = (
        {"MLPRegressor": MLPRegressor, "MLPClassifier": MLPClassifier}[name],
        getattr(neural_network, name),
    )
    ours = Estimator(**settings, optimizer="lbfgs", alpha=LAMBDA).fit(X, y, weight)
    total = N if weight is None else weight.sum()
    theirs = Theirs(**settings, solver="lbfgs", alpha=LAMBDA * total).fit(X, y, *weights)
    for a, b in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        assert_allclose(a, b, rtol=1e-6, atol=1e-8)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-9)
    assert ours.n_iter_ == theirs.n_iter_ == 6


@pytest.mark.parametrize("kind", [np.array, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("case", ["ridge", "ridge of two", "binary", "multiclass", "poisson"])
def test_linear_model_is_scikit_learns(case, weight, kind):
    """Without hidden layers it ends at Ridge, LogisticRegression or PoissonRegressor with alpha converted."""
    total = N if weight is None else weight.sum()
    Estimator, model, y = {
        "ridge": (MLPRegressor, Ridge(alpha=LAMBDA * total), Y),
        "ridge of two": (MLPRegressor, Ridge(alpha=LAMBDA * total), TWO),
        "binary": (MLPClassifier, LogisticRegression(C=1 / (LAMBDA * total), tol=1e-10), Y > 0.2),
        "multiclass": (
            MLPClassifier,
            LogisticRegression(C=1 / (LAMBDA * total), tol=1e-10),
            THREE_CLASSES,
        ),
        "poisson": (MLPRegressor, PoissonRegressor(alpha=LAMBDA, solver="newton-cholesky"), COUNTS[:, 0]),
    }[case]
    settings = SETTINGS | {"hidden_layer_sizes": (), "tol": 1e-8} | ({"loss": case} if case == "poisson" else {})
    ours, theirs = Estimator(**settings).fit(kind(X), y, weight), model.fit(X, y, weight)
    assert_allclose(ours.coefs_[0], theirs.coef_.reshape(-1, 3).T, rtol=0, atol=1e-4)
    assert_allclose(np.ptp(ours.intercepts_[0] - theirs.intercept_), 0, atol=1e-4)  # softmax: up to a constant
    method = "predict" if Estimator is MLPRegressor else "predict_proba"
    assert_allclose(getattr(ours, method)(X), getattr(theirs, method)(X), rtol=0, atol=3e-4)


@FEW
@pytest.mark.parametrize("max_iter", [1, 5, 200])
def test_history_tells_the_objective(max_iter):
    """loss_ and the last ‖W‖ are those of the weights it leaves; loss_curve_ never rises and has n_iter_ losses."""
    model = MLPRegressor(**SETTINGS | {"max_iter": max_iter}).fit(X, TWO, WEIGHT)
    assert model.loss_ == pytest.approx(objective_of(model, X, "squared_error", TWO, WEIGHT), rel=1e-12)
    assert model.loss_ == model.loss_curve_[-1] == model.best_loss_
    assert len(model.loss_curve_) == len(model.weight_norm_curve_) == model.n_iter_ <= max_iter
    assert np.isnan(model.learning_rate_curve_).tolist() == [True] * model.n_iter_
    assert model.weight_norm_curve_[-1] ** 2 == pytest.approx(sum(np.sum(coef**2) for coef in model.coefs_))
    assert np.all(np.diff(model.loss_curve_) <= 0)
    assert model.t_ == model.n_iter_ * N


@FEW
@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_alpha_means_the_same_for_any_number_of_samples(Estimator):
    """Rows twice, weights times a factor, and whole weights against repeated rows: the same solution."""
    y, counts = LABELS, np.arange(N) % 3
    settings = SETTINGS | {"alpha": 0.3, "max_iter": 8}
    once, weighted = Estimator(**settings).fit(X, y), Estimator(**settings).fit(X, y, counts)
    pairs = [
        (once, Estimator(**settings).fit(np.tile(X, (2, 1)), np.tile(y, (2, 1)))),
        (once, Estimator(**settings).fit(X, y, np.full(N, 1e-5))),
        (weighted, Estimator(**settings).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts, axis=0))),
    ]
    for a, b in pairs:
        assert_allclose(a.loss_curve_, b.loss_curve_, rtol=1e-9)
        assert_allclose(a.coefs_[0], b.coefs_[0], rtol=1e-6)


@FEW
def test_no_penalty_is_alpha_zero():
    """penalty=None forgets alpha."""
    without, zero = MLPRegressor(**SETTINGS, penalty=None), MLPRegressor(**SETTINGS | {"alpha": 0})
    assert_array_equal(without.fit(X, Y).coefs_[0], zero.fit(X, Y).coefs_[0])


@FEW
@pytest.mark.parametrize("settings", [{"batch_size": 7}, {"learning_rate_init": 9.0}, {"shuffle": False}])
def test_what_is_for_stochastic_optimizers_changes_nothing(settings):
    """Mini-batches and learning rates are not its business: they change no bit, and an odd batch_size warns nobody."""
    plain, other = (MLPRegressor(**SETTINGS, max_iter=5, **more).fit(X, Y) for more in ({}, settings))
    assert_array_equal(plain.coefs_[0], other.coefs_[0])
    MLPRegressor(**SETTINGS, max_iter=5, batch_size=N + 1).fit(X, Y)


@FEW
@pytest.mark.parametrize("kind", [np.array, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize(("name", "size"), [("BLOCK", 1), ("BLOCK", 7), ("CHUNK_BYTES", 1), ("CHUNK_FLOPS", 1)])
def test_blocks_are_only_memory(name, size, kind, monkeypatch):
    """Samples in blocks and chunks of any size give the same fit to rounding."""
    settings = SETTINGS | {"max_iter": 6}
    whole = MLPRegressor(**settings).fit(kind(X), TWO, WEIGHT)
    monkeypatch.setattr("skl2._training.lbfgs.BLOCK", 7)
    monkeypatch.setattr(lbfgs if name == "BLOCK" else batches, name, size)
    blocks = MLPRegressor(**settings).fit(kind(X), TWO, WEIGHT)
    assert_allclose(blocks.loss_curve_, whole.loss_curve_, rtol=1e-11)
    assert_allclose(blocks.coefs_[0], whole.coefs_[0], rtol=1e-8)


@FEW
@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize(("given", "dtype"), [(np.float32, None), (np.float64, "float32"), (np.float32, "float64")])
def test_precision(given, dtype, Estimator):
    """float32 by X or by dtype gives float32 coefs_ and, for such an X, predictions, close to those in float64."""
    y = Y if Estimator is MLPRegressor else THREE_CLASSES
    settings = SETTINGS | {"max_iter": 6}
    model, double = Estimator(**settings, dtype=dtype).fit(X.astype(given), y), Estimator(**settings).fit(X, y)
    assert {layer.dtype for layer in model.coefs_ + model.intercepts_} == {np.dtype(dtype or given)}
    method = "predict" if Estimator is MLPRegressor else "predict_proba"
    prediction = getattr(model, method)(X.astype(given))
    assert prediction.dtype == np.result_type(given, dtype or given)
    assert_allclose(prediction, getattr(double, method)(X), rtol=1e-3, atol=1e-3)
    assert type(model.loss_) is float


UNIT = (Y - Y.mean()) / Y.std()


@FEW
@pytest.mark.parametrize("exponent", [-13, 13])
@pytest.mark.parametrize("sizes", [(), (10,)])
def test_targets_of_any_scale_are_learned(sizes, exponent):
    """Small and large targets are fitted until their own unit says that it is done (R² of small ones was below 0)."""
    y = 2.0**exponent * (X @ [1.0, -0.7, 0.4] + 2)
    model = MLPRegressor(hidden_layer_sizes=sizes, optimizer="lbfgs", penalty=None, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.95
    assert model.n_iter_ > 4


@pytest.mark.parametrize("exponent", [-40, -13, -2, 2, 13, 40])
def test_tol_is_relative_to_the_scale_of_the_target(exponent):
    """Training ends, without a warning, where the gradient is at most tol in units of the target."""
    scale, settings = 2.0**exponent, SETTINGS | {"hidden_layer_sizes": (), "tol": 1e-3}
    model = MLPRegressor(**settings).fit(X, scale * UNIT)
    residual = model.predict(X) - scale * UNIT
    slopes = np.append(X.T @ residual / N + LAMBDA * model.coefs_[0].ravel(), residual.mean())
    assert np.max(np.abs(slopes)) <= 1e-3 * scale
    of_unit = MLPRegressor(**settings).fit(X, UNIT)
    assert_allclose(model.predict(X) / scale, of_unit.predict(X), atol=0.01)


@pytest.mark.parametrize(
    ("Estimator", "y"),
    [(MLPRegressor, 0.85 * UNIT), (MLPRegressor, 1.18 * UNIT + 30), (MLPClassifier, LABELS)],
    ids=["small", "large", "labels"],
)
@pytest.mark.parametrize(("tol", "end"), [(0.01, "GRADIENT"), (0.0, "REDUCTION")])
def test_scaled_targets_have_scipys_tolerances(tol, end, Estimator, y, monkeypatch):
    """Where targets have about unit variance a fit is, to the last bit, scipy's with its own ftol, and gtol=tol."""
    ends = []

    def minimize_twice(objective, start, options, callback, **how):
        limits = {"maxiter": 200, "maxfun": 15000, "gtol": tol}
        ends.append(minimize(objective, start, options=limits, **how))
        ends.append(minimize(objective, start, options=options, callback=callback, **how))
        return ends[-1]

    monkeypatch.setattr(lbfgs, "minimize", minimize_twice)
    model = Estimator(**SETTINGS | {"alpha": 0.01, "tol": tol}).fit(X, y)
    expected, found = ends
    assert end in str(expected.message)
    assert_array_equal(expected.x, found.x)
    assert model.n_iter_ == expected.nit > 4
