"""The regressor that chooses its own λ."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skl2._estimators.regressor import MLPRegressor
from skl2._selection.base import ChoosesAlpha
from skl2._selection.conformal import check_coverage, predict_interval
from skl2._selection.ensemble import predict_each
from skl2._selection.settings import is_ensemble, search_constraints


class MLPRegressorCV(ChoosesAlpha, RegressorMixin, BaseEstimator):
    """Multilayer perceptron regressor that chooses λ by cross-validation.

    Each fold trains the regularization path, one network for each alpha with the same start and the same mini-batches,
    and scores the networks on the samples that it holds out. A network with the alpha chosen is then trained on all
    samples. The result is that of `GridSearchCV` over `MLPRegressor` with the same folds, in a fraction of its time.

    The default grid speaks the language of the mechanism::

        penalty='l2'        alpha from 1e-5 to 1
        decay='decoupled'   alpha = D / Σ_t η_t, with D from 0.03 to 30
        decay='cautious'    the same
        decay='independent' the same, with η_t in units of learning_rate_init
        penalty='l1', 'group_l1'   alpha from 0.01·λ_max to λ_max, at which no column has weights

    D is the total shrinkage: a weight that the data leave alone ends at exp(-D) of its start, after the steps t of
    `max_iter` epochs on all samples with learning rates η_t (in each of 5 folds D is a fifth smaller). So that grid
    follows the learning rate, the batch size and the number of samples; η·alpha stays between 3e-8, below which it does
    nothing in float32, and 0.5. `grid_` says what it came to.

    Parameters
    ----------
    alphas : int or array-like of shape (n_alphas,), default=10
        Values of λ to try, in any order. An int asks for the default grid with so many values, 0 among them.
    cv : int, cross-validation generator or iterable, default=None
        Folds, as in `GridSearchCV`; None: 5.
    scoring : str, callable or None, default=None
        One metric, the larger the better, as in `GridSearchCV`, or 'loss', the negative mean loss that training
        minimises, without a penalty; None is R², of `loss='quantile'` 'd2_pinball', the share of the pinball loss of
        constant quantiles that predictions avoid.
    rule : {'best', 'one_se'}, default='best'
        'best' takes the alpha with the best mean score, 'one_se' the largest whose mean score is within one standard
        error (over the folds, of the best) of it: the simplest network that is not clearly worse (`lambda.1se` of
        glmnet).
    strategy : {'full', 'halving', 'screening'}, default='full'
        'full' trains every network to its end. 'halving' compares after a tenth of `max_iter` epochs and drops the
        worse half (of equals the smaller alpha), trains the others on and drops again, until at half of `max_iter` two
        are left, which it trains to their end: about a third of the work for 10 values, and now and then a choice that
        is a little worse, because what λ is good for shows late. It needs 3 values or more, and is not for
        `rule='one_se'` or 'lbfgs'. 'screening' compares networks of a quarter of `max_iter` epochs, or of 150 steps if
        those are more, each with a schedule of its own, and trains with `max_iter` epochs only at the alpha chosen.
    continued : bool, default=False
        Whether the networks of a fold are trained in the order of `alphas`, each from the weights of the one before, as
        in `path`; with `strategy='full'`. For a penalty that makes weights zero it finds better columns.
    ensemble : bool, default=False
        False trains a network on all samples with the alpha chosen. True keeps the networks of the folds at that alpha,
        `estimators_`, and averages their values, as `CalibratedClassifierCV` does: nothing is trained
        in addition (but with 'screening'), each begins with weights of its own, and what a fold holds out is predicted
        by a network that has not seen it, which `predict_interval` builds on. A splitter such as `RepeatedKFold` gives
        more networks.
    store_predictions : bool, default=False
        Whether to keep those predictions in `cv_predictions_`.
    n_jobs : int, default=None
        How many threads, or workers of the backend that `joblib.parallel_config` chose, share the folds and values of
        alpha; None is 1 outside such a context, -1 all processors. The result does not depend on it. Each uses one
        core.
    loss, quantile, huber_delta, hidden_layer_sizes, activation : see `MLPRegressor`
        The network and what it predicts.
    optimizer, penalty, decay : see `MLPRegressor`
        The optimizer and the mechanism.
    normalized_alpha, batch_size : see `MLPRegressor`
        `alphas`, `alphas_` and `alpha_` are in the unit given; λ follows from the samples of each fold.
    learning_rate, learning_rate_init, power_t, T_0, T_mult, warmup_epochs : see `MLPRegressor`
        Short runs of 'screening' have shorter cycles, and a shorter warm-up.
    max_iter, shuffle, random_state : see `MLPRegressor`
        An int `random_state` gives the networks that `GridSearchCV` trains; with None one seed is drawn for all folds.
    tol, verbose, momentum, nesterovs_momentum, early_stopping, validation_fraction : see `MLPRegressor`
        `verbose` prints each comparison, and the epochs of the last training. There is no `warm_start`.
    beta_1, beta_2, epsilon, n_iter_no_change, dropout, weight_averaging : see `MLPRegressor`
        How it is trained.
    max_fun, column_groups, relaxed, dtype : see `MLPRegressor`
        The rest.

    Attributes
    ----------
    alpha_ : float
        λ chosen.
    alphas_ : ndarray of shape (n_alphas,)
        Values tried, and `grid_`, a str that says what they mean.
    best_score_ : float
        Mean score over the folds at `alpha_`; `best_index_` is its number in `alphas_`, `best_params_` a dict of it.
        With `ensemble=True` of the networks kept, else of those compared.
    best_score_error_ : float
        Its standard error, over the folds.
    cv_results_ : dict of ndarray
        Scores, ranks and times under the keys of `GridSearchCV`, ready for `pandas.DataFrame`. Added: 'mean_n_iter',
        epochs trained; 'mean_weight_norm', ‖W‖ over all layers, and 'mean_weight_norm_layer1', … of each; 'stage', the
        number of comparisons that an alpha took part in ('halving': a later stage ranks before a better score);
        'total_shrinkage', D, with decoupled decay. Networks that train together share their fit time in equal parts. A
        network that diverged or could not be scored has the score NaN, and a warning says so.
    stages_ : list of dict
        Comparisons: 'n_epochs', the 'alphas' compared, their 'mean_scores', and those 'dropped'.
    best_estimator_ : MLPRegressor
        The network trained on all samples, with its methods (`path`, `to_sklearn`, …). Its fitted attributes
        (`coefs_`, `loss_curve_`, …) are attributes here too. `coef_support_` and `selected_features_`, the columns
        used, are there with `ensemble=True` too: those of any network. `feature_importances_` is then the mean.
    estimators_ : list of MLPRegressor
        With `ensemble=True`, the networks of the folds. There is no `best_estimator_` then, nor what it has,
        except `n_iter_`, the largest of theirs.
    cv_predictions_ : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        With `store_predictions=True`, the prediction of each sample by the networks that have not seen it; NaN where
        all have.
    scorer_, n_splits_, refit_time_
        The scorer, the number of folds, and the seconds of the last training.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> from skl2 import MLPRegressorCV
    >>> X, y = (scale(data) for data in load_diabetes(return_X_y=True))
    >>> model = MLPRegressorCV(hidden_layer_sizes=(20,), decay="decoupled", learning_rate="cosine",
    ...                        learning_rate_init=0.02, max_iter=50, random_state=0).fit(X[:300], y[:300])
    >>> print(model.grid_)
    alpha = 0, and 0.0297 to 25; D = alpha · Ση is the total shrinkage, Ση = 1.01 the sum of all learning rates
    >>> round(model.alpha_, 1), round(model.score(X[300:], y[300:]), 2)
    (2.0, 0.51)
    """

    _Estimator = MLPRegressor
    _parameter_constraints: dict = search_constraints(MLPRegressor._parameter_constraints)

    def __init__(
        self,
        alphas=10,
        *,
        cv=None,
        scoring=None,
        rule="best",
        strategy="full",
        continued=False,
        ensemble=False,
        store_predictions=False,
        n_jobs=None,
        loss="squared_error",
        quantile=0.5,
        huber_delta=1.35,
        hidden_layer_sizes=(100,),
        activation="relu",
        optimizer="adam",
        penalty="auto",
        decay=None,
        normalized_alpha=False,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=1e-3,
        power_t=0.5,
        T_0=10,
        T_mult=2,
        warmup_epochs=0,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        dropout=0.0,
        weight_averaging=0.0,
        max_fun=15000,
        column_groups=None,
        relaxed=False,
        dtype=None,
    ):
        self.alphas = alphas
        self.cv = cv
        self.scoring = scoring
        self.rule = rule
        self.strategy = strategy
        self.continued = continued
        self.ensemble = ensemble
        self.store_predictions = store_predictions
        self.n_jobs = n_jobs
        self.loss = loss
        self.quantile = quantile
        self.huber_delta = huber_delta
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.penalty = penalty
        self.decay = decay
        self.normalized_alpha = normalized_alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.T_0 = T_0
        self.T_mult = T_mult
        self.warmup_epochs = warmup_epochs
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.dropout = dropout
        self.weight_averaging = weight_averaging
        self.max_fun = max_fun
        self.column_groups = column_groups
        self.relaxed = relaxed
        self.dtype = dtype

    @available_if(is_ensemble)
    def predict_interval(self, X, coverage=0.9):
        """Predict intervals that hold the true value with a given probability (CV+).

        With the residuals ``Rᵢ = |yᵢ - μ₋ₖ₍ᵢ₎(xᵢ)|`` of the n samples that the folds held out, by the networks μ₋ₖ₍ᵢ₎
        that have not seen them, the interval of x goes from the ⌊(1 - coverage)(n + 1)⌋-th smallest μ₋ₖ₍ᵢ₎(x) - Rᵢ to
        the ⌈coverage (n + 1)⌉-th smallest μ₋ₖ₍ᵢ₎(x) + Rᵢ (Barber, Candès, Ramdas and Tibshirani, 2021,
        arXiv:1905.02928). Of several quantiles, from ℓ to h, ``Rᵢ = max(ℓ₋ₖ₍ᵢ₎(xᵢ) - yᵢ, yᵢ - h₋ₖ₍ᵢ₎(xᵢ))``, and
        the interval is that of ℓ₋ₖ₍ᵢ₎(x) - Rᵢ and h₋ₖ₍ᵢ₎(x) + Rᵢ: as wide as the quantiles say, and calibrated
        (Romano, Patterson and Candès, 2019, arXiv:1905.03222). Take quantiles that are `coverage` apart.
        If samples are exchangeable and alpha was not chosen with them, the true value is in it with a probability of at
        least 2 · coverage - 1 - √(2/n); in practice with about `coverage`, or more.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        coverage : float, default=0.9
            Between 0 and 1.

        Returns
        -------
        interval : ndarray of shape (n_samples, 2) or (n_samples, n_outputs, 2)
            Lower and upper bound, for several outputs of each by itself; infinite where so few samples cannot tell
            (coverage above n / (n + 1)), and with 'poisson' and 'gamma' not below 0.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            If X is invalid, or coverage is not between 0 and 1.

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from sklearn.preprocessing import scale
        >>> from skl2 import MLPRegressorCV
        >>> X, y = (scale(data) for data in load_diabetes(return_X_y=True))
        >>> model = MLPRegressorCV(hidden_layer_sizes=(20,), decay="decoupled", learning_rate="cosine", ensemble=True,
        ...                        learning_rate_init=0.02, max_iter=50, random_state=0).fit(X[:300], y[:300])
        >>> low, high = model.predict_interval(X[300:]).T
        >>> round(float(((low <= y[300:]) & (y[300:] <= high)).mean()), 2)
        0.89
        """
        check_is_fitted(self, "estimators_")
        check_coverage(coverage, "predict_interval")
        predictions = [values.reshape(-1, self.n_outputs_) for values in predict_each(self.estimators_, X)]
        interval = predict_interval(predictions, self._fold_scores, coverage)
        if self.out_activation_ == "exp":
            interval = np.maximum(interval, 0)
        return interval[:, 0] if interval.shape[1] == 1 else interval

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags
