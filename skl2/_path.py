"""The regularization path: one network for each λ, from the same start and in the same order of samples."""

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.metaestimators import available_if

from skl2._engine import join
from skl2._grid import make_grid
from skl2._monitor import Hooks
from skl2._outcome import fitted_attributes, warn_about_path, with_fitted
from skl2._parallel import group, run_parallel
from skl2._parameters import count_coefs, layer_views, norm
from skl2._problem import begin, solve
from skl2._settings import layer_sizes, warn_if_clipped, warn_if_no_effect


def _is_classifier(path):
    return hasattr(path._estimator, "predict_proba")


class RegularizationPath:
    """Networks that differ in alpha only: a sequence of fitted estimators, and what is known of all of them.

    `MLPClassifier.path` and `MLPRegressor.path` make it. All networks begin with the same weights and see the same
    mini-batches in the same order, so that what differs between them comes of alpha. `path[k]` is the estimator that
    `fit` would give with `alpha=alphas[k]`; its weights are views of row k of `params`. A slice, a mask or an array of
    numbers gives a path of those networks.

    Attributes
    ----------
    alphas : ndarray of shape (n_alphas,)
        λ of each network, in the order given.
    params : ndarray of shape (n_alphas, n_params)
        Weights of all layers, then intercepts, of each network.
    status : ndarray of str of shape (n_alphas,)
        Why training ended: 'converged', 'stopped_early', 'max_iter', 'diverged', 'restored' (diverged, and returned to
        the best epoch before), 'abnormal' (the line search of 'lbfgs' found no better point) or 'interrupted'.
    n_iter : ndarray of int of shape (n_alphas,)
        Epochs that each network was trained; with 'lbfgs' iterations.
    loss_curves : list of ndarray of shape (n_epochs,)
        `loss_curve_` of each network; they may differ in length.
    validation_scores : list of ndarray of shape (n_epochs,), or None
        `validation_scores_` of each network, with `early_stopping`.
    weight_norms : ndarray of shape (n_alphas,)
        ‖W‖ of each network, over the weights of all layers.
    total_shrinkage : ndarray of shape (n_alphas,), or None
        D = alpha · Σ_t η_t over `max_iter` epochs, with decoupled decay: a weight that the data leave alone ends at
        exp(-D) of its start.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> from skl2 import MLPRegressor
    >>> X, y = (scale(data) for data in load_diabetes(return_X_y=True))
    >>> network = MLPRegressor(hidden_layer_sizes=(20,), decay="decoupled", learning_rate="cosine",
    ...                        learning_rate_init=0.02, max_iter=50, random_state=0)
    >>> path = network.path(X[:300], y[:300], alphas=[0, 1, 10])
    >>> path
    RegularizationPath of 3 networks (MLPRegressor)
    alpha as given; D = alpha · Ση is the total shrinkage, Ση = 1.01 the sum of all learning rates
    <BLANKLINE>
         alpha         D  epochs      loss       ‖W‖  status
             0         0      50    0.2011     4.049  max_iter
             1      1.01      50    0.2177     2.196  max_iter
            10      10.1      50    0.3092    0.8777  max_iter
    >>> path.score(X[300:], y[300:]).round(2)
    array([0.48, 0.51, 0.41])
    >>> path[1].alpha
    1.0
    """

    def __init__(self, estimator, grid, params, status, networks):
        self._estimator, self._grid, self._networks = estimator, grid, networks
        self.params, self.status = params, status

    @property
    def alphas(self):
        """Return λ of each network."""
        return self._grid.alphas

    @property
    def n_iter(self):
        """Return the epochs that each network was trained."""
        return np.array([network["n_iter_"] for network in self._networks])

    @property
    def loss_curves(self):
        """Return the loss after each epoch, one array for each network."""
        return [np.array(network["loss_curve_"]) for network in self._networks]

    @property
    def validation_scores(self):
        """Return the validation score after each epoch, one array for each network; None without early stopping."""
        if not self._estimator.early_stopping:
            return None
        return [np.array(network["validation_scores_"]) for network in self._networks]

    @property
    def weight_norms(self):
        """Return ‖W‖ of each network."""
        n_coefs = count_coefs(self._sizes())
        return np.array([norm(params[:n_coefs]) for params in self.params])

    @property
    def total_shrinkage(self):
        """Return D of each network with decoupled decay, else None."""
        return None if self._grid.total_rate is None else self.alphas * self._grid.total_rate

    def __len__(self):
        return len(self._networks)

    def __getitem__(self, key):
        """Return a fitted estimator for an int, or a path for a slice, a mask or an array of numbers."""
        numbers = np.arange(len(self))[key]
        if np.ndim(numbers):
            grid = self._grid._replace(alphas=self.alphas[key])
            networks = [self._networks[number] for number in numbers]
            return RegularizationPath(self._estimator, grid, self.params[key], self.status[key], networks)
        if self.status[numbers] == "diverged":
            raise ValueError(
                f"There is no network at alpha={self.alphas[numbers]:g}: its training diverged. Leave such networks "
                "out with path[path.status != 'diverged']."
            )
        coefs, intercepts = layer_views(self.params[numbers], self._sizes())
        attributes = self._networks[numbers] | {"coefs_": coefs, "intercepts_": intercepts}
        return with_fitted(self._estimator, float(self.alphas[numbers]), attributes)

    def predict(self, X):
        """Predict with each network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_alphas, n_samples) or (n_alphas, n_samples, n_outputs)
            What `predict` of each estimator returns.

        Raises
        ------
        ValueError
            If the training of a network diverged.
        """
        predictions = [network.predict(X) for network in self]
        return np.stack([each.toarray() if issparse(each) else each for each in predictions])

    @available_if(_is_classifier)
    def predict_proba(self, X):
        """Predict probabilities with each network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        probability : ndarray of shape (n_alphas, n_samples, n_classes)
            What `predict_proba` of each classifier returns.

        Raises
        ------
        ValueError
            If the training of a network diverged.
        """
        return np.stack([network.predict_proba(X) for network in self])

    def score(self, X, y, sample_weight=None):
        """Score each network: accuracy of classifiers, R² of regressors.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their labels or values.
        sample_weight : array-like of shape (n_samples,), default=None
            Their weights.

        Returns
        -------
        scores : ndarray of shape (n_alphas,)
            What `score` of each estimator returns; NaN where training diverged.
        """
        return np.array(
            [
                np.nan if status == "diverged" else self[number].score(X, y, sample_weight)
                for number, status in enumerate(self.status)
            ]
        )

    def __repr__(self):
        lines = [
            f"RegularizationPath of {len(self)} networks ({type(self._estimator).__name__})",
            self._grid.description,
            "",
        ]
        shrinkage = self.total_shrinkage
        lines.append(f"{'alpha':>10}{'' if shrinkage is None else '         D'}  epochs      loss       ‖W‖  status")
        for number, norm_of_weights in enumerate(self.weight_norms):
            network = self._networks[number]
            total = "" if shrinkage is None else f"{shrinkage[number]:10.3g}"
            lines.append(
                f"{self.alphas[number]:10.3g}{total}{network['n_iter_']:8}{network['loss_']:10.4g}"
                f"{norm_of_weights:10.4g}  {self.status[number]}"
            )
        return "\n".join(lines)

    def _sizes(self):
        estimator = self._estimator
        return layer_sizes(estimator.hidden_layer_sizes, estimator.n_features_in_, estimator.n_outputs_)


def train_path(estimator, problem, alphas, n_jobs):
    """Return the RegularizationPath of an estimator that is not the user's own."""
    n_samples = problem.task.samples.indices.size
    grid = make_grid(estimator, alphas, n_samples)
    warn_if_no_effect(estimator, grid.alphas, problem.params.dtype)
    warn_if_clipped(estimator, n_samples)
    training = begin(estimator, problem, grid.alphas)
    for alpha, progress in zip(grid.alphas, training.progress, strict=True):
        progress.label = f"alpha={alpha:g}: "
    groups = group(len(grid.alphas), 1, n_jobs)
    calls = [(estimator, problem, training.take(numbers)) for numbers in groups]
    training = join(run_parallel(_solve_group, calls, n_jobs), groups)
    warn_about_path(estimator, grid.alphas, training.progress)
    return _make_path(estimator, grid, problem, training)


def _solve_group(estimator, problem, training, stop):
    report = print if estimator.verbose else None
    solve(estimator, problem, training, Hooks(report=report, begin=stop.check))
    return training


def _make_path(estimator, grid, problem, training):
    """Return the RegularizationPath of networks that have been trained."""
    status = np.array([progress.status.name.lower() for progress in training.progress])
    networks = [fitted_attributes(estimator, problem.task, training, row) for row in range(len(grid.alphas))]
    for network in networks:
        del network["coefs_"], network["intercepts_"]  # they are views of params
    return RegularizationPath(estimator, grid, training.rows.params, status, networks)
