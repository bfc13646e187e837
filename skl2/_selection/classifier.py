"""The classifier that chooses its own λ."""

from sklearn.base import BaseEstimator, ClassifierMixin

from skl2._estimators.classifier import MLPClassifier
from skl2._selection.base import ChoosesAlpha
from skl2._selection.probabilities import ProbabilitiesMixin
from skl2._selection.settings import search_constraints


class MLPClassifierCV(ChoosesAlpha, ProbabilitiesMixin, ClassifierMixin, BaseEstimator):
    """Multilayer perceptron classifier that chooses λ by cross-validation.

    Each fold trains the regularization path, one network for each alpha with the same start and the same mini-batches,
    and scores the networks on the samples that it holds out. A network with the alpha chosen is then trained on all
    samples. The result is that of `GridSearchCV` over `MLPClassifier` with the same folds, in a fraction of its time.

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
        Folds, as in `GridSearchCV`; None: 5, stratified by class.
    scoring : str, callable or None, default=None
        One metric, the larger the better, as in `GridSearchCV`, or 'loss', the negative mean loss that training
        minimises, without a penalty; None is the accuracy.
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
        `estimators_`, and averages their probabilities, as `CalibratedClassifierCV` does: nothing is trained
        in addition (but with 'screening'), each begins with weights of its own, and what a fold holds out is predicted
        by a network that has not seen it, which `predict_set` builds on. A splitter such as `RepeatedKFold` gives
        more networks.
    calibrate : bool, default=False
        With `ensemble=True`, divide what each network predicts, before the softmax or logistic function, by √T, where T
        is the temperature that minimises the log loss of what the folds hold out (`temperature_`; Guo et al. 2017,
        arXiv:1706.04599). The whole of T would fit single networks; the mean of several is less confident.
    store_predictions : bool, default=False
        Whether to keep those predictions in `cv_predictions_`.
    n_jobs : int, default=None
        How many threads, or workers of the backend that `joblib.parallel_config` chose, share the folds and values of
        alpha; None is 1 outside such a context, -1 all processors. The result does not depend on it. Each uses one
        core.
    hidden_layer_sizes, activation, optimizer, penalty, decay : see `MLPClassifier`
        The network, its optimizer and the mechanism.
    normalized_alpha, batch_size : see `MLPClassifier`
        `alphas`, `alphas_` and `alpha_` are in the unit given; λ follows from the samples of each fold.
    learning_rate, learning_rate_init, power_t, T_0, T_mult, warmup_epochs : see `MLPClassifier`
        Short runs of 'screening' have shorter cycles, and a shorter warm-up.
    max_iter, shuffle, random_state : see `MLPClassifier`
        An int `random_state` gives the networks that `GridSearchCV` trains; with None one seed is drawn for all folds.
    tol, verbose, momentum, nesterovs_momentum, early_stopping, validation_fraction : see `MLPClassifier`
        `verbose` prints each comparison, and the epochs of the last training. There is no `warm_start`.
    beta_1, beta_2, epsilon, n_iter_no_change, dropout, weight_averaging : see `MLPClassifier`
        How it is trained.
    max_fun, class_weight, column_groups, relaxed, label_smoothing, dtype : see `MLPClassifier`
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
    best_estimator_ : MLPClassifier
        The network trained on all samples, with its methods (`path`, `to_sklearn`, …). Its fitted attributes
        (`coefs_`, `loss_curve_`, `classes_`, …) are attributes here too. `coef_support_` and `selected_features_`, the
        columns used, are there with `ensemble=True` too: those of any network. `feature_importances_` is then the mean.
    estimators_ : list of MLPClassifier
        With `ensemble=True`, the networks of the folds. There is no `best_estimator_` then, nor what it has,
        except `n_iter_`, the largest of theirs.
    cv_predictions_ : ndarray of shape (n_samples, n_classes)
        With `store_predictions=True`, the probabilities of each sample by the networks that have not seen it; NaN where
        all have.
    scorer_, n_splits_, refit_time_
        The scorer, the number of folds, and the seconds of the last training.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skl2 import MLPClassifierCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> network = MLPClassifierCV(rule="one_se", hidden_layer_sizes=(10,), decay="decoupled", learning_rate="cosine",
    ...                           learning_rate_init=0.01, max_iter=30, random_state=0)
    >>> model = make_pipeline(StandardScaler(), network).fit(X[:400], y[:400])
    >>> round(network.alpha_, 1), round(model.score(X[400:], y[400:]), 2)
    (2.2, 0.97)
    """

    _Estimator = MLPClassifier
    _parameter_constraints: dict = {
        **search_constraints(MLPClassifier._parameter_constraints),
        "calibrate": ["boolean"],
    }

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
        calibrate=False,
        store_predictions=False,
        n_jobs=None,
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
        class_weight=None,
        column_groups=None,
        relaxed=False,
        label_smoothing=0.0,
        dtype=None,
    ):
        self.alphas = alphas
        self.cv = cv
        self.scoring = scoring
        self.rule = rule
        self.strategy = strategy
        self.continued = continued
        self.ensemble = ensemble
        self.calibrate = calibrate
        self.store_predictions = store_predictions
        self.n_jobs = n_jobs
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
        self.class_weight = class_weight
        self.column_groups = column_groups
        self.relaxed = relaxed
        self.label_smoothing = label_smoothing
        self.dtype = dtype

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags
