"""The regularization path: one network for each λ, from the same start and in the same order of samples."""

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.metaestimators import available_if

from skl2._estimators.attributes import with_fitted
from skl2._estimators.columns import column_norms, uses_columns
from skl2._estimators.endings import name_alphas
from skl2._estimators.state import check_path
from skl2._inputs.grid import Grid
from skl2._inputs.settings import layer_sizes
from skl2._training.parameters import count_coefs, layer_norms, layer_views, norm


def _is_classifier(path):
    return hasattr(path._estimator, "predict_proba")


class RegularizationPath:  # made by `path`, not by users: numpydoc ignore=PR01
    """Networks that differ in alpha only: a sequence of fitted estimators, and what is known of all of them.

    `MLPClassifier.path` and `MLPRegressor.path` make it. All networks begin with the same weights and see the same
    mini-batches in the same order, so that what differs between them comes from alpha. `path[k]` is the estimator that
    `fit` would give with `alpha=alphas[k]`; its weights are views of row k of `params`. A slice, a mask or an array of
    numbers gives a path of those networks. Where training diverged there is no network: asking for it is an error, also
    in a loop over the path; scores and predictions of real values are NaN.

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
    validation_scores, validation_loss_curves : list of ndarray of shape (n_epochs,), or None
        `validation_scores_` and `validation_loss_curve_` of each network, with `early_stopping`.
    weight_norms : ndarray of shape (n_alphas,)
        ‖W‖ of each network, over the weights of all layers.
    layer_norms : ndarray of shape (n_alphas, n_layers)
        ‖W‖ of each layer of each network.
    column_norms : ndarray of shape (n_alphas, n_features)
        The norm of the weights that leave each column of X; 0 where a penalty has made them all zero.
    coef_supports : ndarray of bool of shape (n_alphas, n_features)
        `coef_support_` of each network: which columns it uses.
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
         alpha          D  epochs       loss        ‖W‖  status
             0          0      50     0.2011      4.049  max_iter
             1       1.01      50     0.2177      2.196  max_iter
            10       10.1      50     0.3092     0.8777  max_iter
    >>> path.score(X[300:], y[300:]).round(2)
    array([0.48, 0.51, 0.41])
    >>> path[1].alpha
    1.0
    """

    def __init__(self, estimator, grid, params, status, networks):
        self._estimator, self._networks = estimator, networks
        # Not the Grid: files hold arrays and plain values only.
        self._total_rate, self._description = grid.total_rate, grid.description
        self.alphas, self.params, self.status = grid.alphas, params, status
        self.total_shrinkage = None if grid.total_rate is None else grid.alphas * grid.total_rate
        self.n_iter = np.array([network["n_iter_"] for network in networks], int)
        self.loss_curves = [np.array(network["loss_curve_"]) for network in networks]
        self.validation_scores = self.validation_loss_curves = None
        if estimator.early_stopping:
            self.validation_scores = [np.array(network["validation_scores_"]) for network in networks]
            self.validation_loss_curves = [np.array(network["validation_loss_curve_"]) for network in networks]

    @property
    def weight_norms(self):
        """Return ‖W‖ of each network."""
        n_coefs = count_coefs(self._sizes())
        return np.array([norm(params[:n_coefs]) for params in self.params])

    @property
    def layer_norms(self):
        """Return ‖W‖ of each layer of each network."""
        return np.array([layer_norms(coefs) for coefs, _ in self._layers()])

    @property
    def column_norms(self):
        """Return the norm of the weights of each column of X in each network, (n_alphas, n_features)."""
        return np.array([column_norms(coefs[0]) for coefs, _ in self._layers()])

    @property
    def coef_supports(self):
        """Return which columns have weights that are not all zero in each network, (n_alphas, n_features) bool."""
        return np.array([uses_columns(coefs[0]) for coefs, _ in self._layers()])

    @property
    def feature_names_in_(self):
        """Return the names of the columns, where X had any."""
        return self._estimator.feature_names_in_

    def _layers(self):
        sizes = self._sizes()
        return [layer_views(params, sizes) for params in self.params]

    def __len__(self):
        return len(self._networks)

    def __getitem__(self, key):
        """Return a fitted estimator for an int, or a path for a slice, a mask or an array of numbers."""
        numbers = np.arange(len(self))[key]
        if np.ndim(numbers) > 1:
            raise IndexError(f"A path takes an int, a slice, or a one-dimensional mask or array of ints; got {key!r}.")
        if np.ndim(numbers):
            networks = [self._networks[number] for number in numbers]
            grid = Grid(self.alphas, self._total_rate, self._description).take(key)
            return RegularizationPath(self._estimator, grid, self.params[key], self.status[key], networks)
        self._check_none_diverged([numbers])
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
            What `predict` of each estimator returns; real values are NaN where training diverged.

        Raises
        ------
        ValueError
            If the training of all networks diverged, or of one that would predict labels.

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from sklearn.preprocessing import scale
        >>> from skl2 import MLPRegressor
        >>> X, y = (scale(data) for data in load_diabetes(return_X_y=True))
        >>> network = MLPRegressor(hidden_layer_sizes=(10,), batch_size=50, learning_rate="cosine",
        ...                        learning_rate_init=0.02, max_iter=20, random_state=0)
        >>> path = network.path(X, y, alphas=[0, 0.1])
        >>> path.predict(X[:3]).round(2)
        array([[ 0.88, -1.03,  0.52],
               [ 0.62, -0.83,  0.26]])
        """
        if _is_classifier(self):
            self._check_none_diverged(range(len(self)))
        return self._predict("predict", X)

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
            What `predict_proba` of each classifier returns; NaN where training diverged.

        Raises
        ------
        ValueError
            If the training of all networks diverged.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skl2 import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> network = MLPClassifier((10,), batch_size=10, learning_rate="cosine", learning_rate_init=0.03,
        ...                         max_iter=20, random_state=0)
        >>> network.path(X, y, alphas=[0, 0.1]).predict_proba(X).shape
        (2, 150, 3)
        """
        return self._predict("predict_proba", X)

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

        Raises
        ------
        ValueError
            If X or y is invalid, or X has another number of features.

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from sklearn.preprocessing import scale
        >>> from skl2 import MLPRegressor
        >>> X, y = (scale(data) for data in load_diabetes(return_X_y=True))
        >>> network = MLPRegressor(hidden_layer_sizes=(10,), batch_size=50, learning_rate="cosine",
        ...                        learning_rate_init=0.02, max_iter=20, random_state=0)
        >>> path = network.path(X, y, alphas=[0, 0.1])
        >>> path.score(X, y).round(2)
        array([0.56, 0.52])
        """
        scores = np.full(len(self), np.nan)
        for number in self._usable():
            scores[number] = self[number].score(X, y, sample_weight)
        return scores

    def __repr__(self):
        columns = [("alpha", "{:10.3g}", self.alphas)]
        if self.total_shrinkage is not None:
            columns.append(("D", "{:10.3g}", self.total_shrinkage))
        columns += [
            ("epochs", "{:7}", self.n_iter),
            ("loss", "{:10.4g}", [network["loss_"] for network in self._networks]),
            ("‖W‖", "{:10.4g}", self.weight_norms),
            ("status", " {}", self.status),
        ]
        texts = [[pattern.format(value) for value in values] for _, pattern, values in columns]
        heads = [f"{name:>{len(pattern.format(0))}}" for name, pattern, _ in columns[:-1]] + [" status"]
        title = f"RegularizationPath of {len(self)} networks ({type(self._estimator).__name__})"
        return "\n".join([title, self._description, "", *map(" ".join, [heads, *zip(*texts, strict=True)])])

    def __setstate__(self, state):
        check_path(self, state)
        vars(self).update(state)

    def _predict(self, method, X):
        """Return what a method of each network returns, NaN where there is no network."""
        usable = self._usable()
        if not len(usable):
            self._check_none_diverged(range(len(self)))
            raise ValueError("The path is empty: it has no network to predict with.")
        predictions = [getattr(self[number], method)(X) for number in usable]
        predictions = np.stack([each.toarray() if issparse(each) else each for each in predictions])
        if len(usable) == len(self):
            return predictions
        result = np.full((len(self), *predictions.shape[1:]), np.nan)
        result[usable] = predictions
        return result

    def _usable(self):
        return np.flatnonzero(self.status != "diverged")

    def _check_none_diverged(self, numbers):
        diverged = [number for number in numbers if self.status[number] == "diverged"]
        if diverged:
            raise ValueError(
                f"There is no network at alpha={name_alphas(self.alphas[diverged])}: training diverged. Leave such "
                "networks out with path[path.status != 'diverged']."
            )

    def _sizes(self):
        estimator = self._estimator
        return layer_sizes(estimator.hidden_layer_sizes, estimator.n_features_in_, estimator.n_outputs_)
