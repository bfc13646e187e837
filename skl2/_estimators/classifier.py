"""The classifier: labels to numbers of classes, raw predictions to probabilities."""

from numbers import Real

from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if

from skl2._estimators.base import _BaseMLP, can_go_on
from skl2._estimators.labels import LabelsMixin
from skl2._inputs.samples import Given
from skl2._inputs.settings import Interval


class MLPClassifier(ClassifierMixin, LabelsMixin, _BaseMLP):
    """Multilayer perceptron classifier with an L2 penalty or decoupled weight decay, trained in compiled code.

    It minimises the mean log loss, for multilabel targets summed over labels. λ = `alpha` enters at one of two places
    of an update with learning rate η::

        g ← g + λW                          penalty='l2': the optimizer sees λ
        W ← W - η·(direction(g) + λW)       decay='decoupled': it does not

    For plain SGD both are the same algorithm; with momentum or Adam they are not.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Units of each hidden layer; `()` is a linear model.
    activation : str, default='relu'
        Activation of the hidden layers: 'identity', 'logistic', 'tanh', 'relu', as in scikit-learn, or 'leaky_relu',
        'elu', 'selu', 'softplus', 'silu', 'gelu'. How far initial weights spread follows from it.
    optimizer : {'adam', 'sgd', 'lbfgs'}, default='adam'
        Adam (Kingma & Ba, 2015), stochastic gradient descent with momentum, or scipy's L-BFGS on all samples at once,
        which has no mini-batches, learning rate, decoupled decay or partial_fit, and computes in double precision
        whatever the `dtype` of the result. For small data it is often the fastest.
    penalty : {'auto', 'l2', 'l1', 'group_l1', None}, default='auto'
        'l2' adds (alpha/2)·Σ‖W‖² to the loss, so that the optimizer sees alpha·W in the gradient. 'l1' adds alpha·Σ|W|,
        and 'group_l1' alpha·Σ_j ‖W₁[j]‖ over the columns j of X, with the squares of 'l2' for the layers above: single
        weights, or all of a column, become exactly zero, by a proximal step after that of 'adam' or 'sgd'. 'auto' is
        'l2' unless `decay` is set. None: no penalty.
    decay : {'decoupled', 'independent', 'cautious', None}, default=None
        What shrinks the weights in each step, outside the gradient. 'decoupled': by learning rate · alpha; with Adam
        this is AdamW. 'independent': by learning rate / learning_rate_init · alpha, as Loshchilov & Hutter (2019) have
        it. 'cautious': as 'decoupled', but not what the step drives away from 0 (arXiv:2510.12402). Without a penalty.
    alpha : float, 'auto' or array-like of shape (n_layers - 1,), default=1e-4
        Strength λ of the mechanism chosen, at least 0; a sequence has one for the weights of each layer. It is divided
        by nothing; scikit-learn's `alpha` is `alpha * batch_size`, for 'lbfgs' `alpha * n_samples`. Intercepts are
        never regularized. 'auto', with `decay`: 3 / Σ_t η_t over the learning rates of all steps of `max_iter` epochs,
        so that a weight that the data leave alone ends at exp(-3) = 5 % of its start.
    normalized_alpha : bool, default=False
        Whether λ is alpha · √(batch_size / (n_samples · max_iter)) (Loshchilov & Hutter, 2019, appendix B.1). In
        partial_fit n_samples is that of the part, and λ changes with its size.
    batch_size : int or 'auto', default='auto'
        Samples per mini-batch; 'auto' is min(200, n_samples).
    learning_rate : {'constant', 'invscaling', 'adaptive', 'cosine', 'cosine_restarts', 'linear', 'one_cycle'}, \
            default='constant'
        Schedule of 'adam' and 'sgd'. 'invscaling': learning_rate_init / (samples seen + 1)**power_t, changed after
        each epoch. 'adaptive': divided by 5 whenever training stalls, until 1e-6. 'cosine': from
        learning_rate_init to 0 over `max_iter` epochs, mini-batch by mini-batch (SGDR, arXiv:1608.03983); goes well
        with decay. 'cosine_restarts': in cycles of `T_0`, `T_0 * T_mult` … epochs. 'linear': in a line. 'one_cycle':
        from 1/25 of learning_rate_init up to it in 30 % of the steps, and down to nothing. Training is complete at
        `max_iter`, for partial_fit after as many calls; with restarts where a cycle ends. What goes on from a schedule
        that has ended begins it anew.
    learning_rate_init : float, default=1e-3
        Learning rate at the start, or the highest.
    power_t : float, default=0.5
        Exponent of 'invscaling'.
    T_0, T_mult : int, default=10, 2
        Epochs of the first cycle of 'cosine_restarts', and by what factor cycles grow.
    warmup_epochs : float, default=0
        Epochs in which the learning rate first rises from 0 in a line; the schedule has those that are left.
    max_iter : int, default=200
        Epochs at most, or iterations of 'lbfgs'.
    shuffle : bool, default=True
        Whether to shuffle the samples in each epoch.
    random_state : int, RandomState instance or None, default=None
        Initial weights, shuffling and validation split: the stream of scikit-learn's MLP at the same seed.
    tol : float, default=1e-4
        An epoch that does not improve the training loss (with `early_stopping` the validation score or loss) by `tol`
        counts as stalled; of a score not while the validation loss falls by it, above half that of the best constant
        prediction. 'lbfgs' ends when no element of the gradient is larger, or the loss falls by less than 2e-9.
    verbose : bool or int, default=False
        True: print the loss of each epoch. 2: show scikit-learn's progress bar where the terminal can (it needs
        scikit-learn 1.9 and rich), else print.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last fit, with a new optimizer. 'invscaling' and 'adaptive' go on
        from the learning rate they had reached, 'adaptive' unless it had ended or `learning_rate_init` is another;
        the others start again. With `early_stopping` the weights so far are a candidate for the best ones.
    momentum : float, default=0.9
        Momentum of 'sgd', in [0, 1].
    nesterovs_momentum : bool, default=True
        Nesterov's momentum instead of the heavy ball, for 'sgd'.
    early_stopping : bool or 'loss', default=False
        Whether to hold out `validation_fraction` of the data, or take X_val and y_val of `fit`, stop when their score
        stalls ('loss': their loss without penalty), and return to the best epoch. The split is stratified by class.
    validation_fraction : float, default=0.1
        Share of the data held out by `early_stopping`.
    beta_1, beta_2 : float, default=0.9, 0.999
        Decay rates of Adam's two moments, in [0, 1).
    epsilon : float, default=1e-8
        Adam divides by √v̂ + epsilon.
    n_iter_no_change : int or np.inf, default=10
        Training stops after more than this many stalled epochs in a row; 'lbfgs' only with `early_stopping`.
    dropout : float or array-like of float, default=0.0
        Probability p in [0, 1), or one for each hidden layer, with which a unit is silent for a sample in training,
        where the others count 1/(1 - p) (Srivastava et al., 2014); predictions and validation take all units as they
        are. Masks follow from `random_state`, in a path they are the same for all networks. Not for 'lbfgs'.
    weight_averaging : float, default=0.0
        Decay rate β in [0, 1) of an exponential moving average of weights and intercepts over the steps of 'adam' and
        'sgd'; 0: none. Training goes on with the weights of the steps, and `loss_curve_` is of these; predictions,
        validation, `coefs_` and `weight_norm_curve_` are of the average, which after step t is::

            average ← average + (1 - β) / (1 - βᵗ) · (weights - average)

    max_fun : int, default=15000
        Evaluations of the objective at most, for 'lbfgs'.
    class_weight : dict, 'balanced', list of dict or None, default=None
        Weights of the classes, {label: weight}, which multiply `sample_weight`, also of the validation set; labels
        left out weigh 1. 'balanced': all classes weigh the same in sum. Multilabel: a list of {0: weight, 1: weight},
        one for each label, whose product counts.
    column_groups : array-like of shape (n_features,), default=None
        Labels; columns with equal ones are one group for 'group_l1', which is penalised by alpha·√(its columns)·‖its
        weights‖. `TabularEncoder.column_groups_` has them for the columns that encode one feature. None: each its own.
    relaxed : bool, default=False
        Whether `fit` then trains a network without a penalty, on the columns alone that the penalty has left (relaxed
        lasso: Meinshausen, 2007). So alpha says which columns, and does not shrink what they are worth. `n_iter_`,
        `loss_` and all curves are of that training, `snapshots_` of the first. A copy of those columns is made.
    label_smoothing : float, default=0.0
        ε in [0, 1): in the training loss the true one of K classes has the target 1 - ε + ε/K, the others ε/K; of two
        classes, and of each label of several, 1 - ε/2 and ε/2 (Szegedy et al., 2016, arXiv:1512.00567). So
        probabilities are less sure of themselves. Losses of validation, and scores, are without.
    dtype : {'float32', 'float64', None}, default=None
        Arithmetic of training, also as a numpy dtype; None follows X. Samples are cast mini-batch by mini-batch, never
        copied whole.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels; for multilabel targets the numbers of the columns.
    coefs_ : list of ndarray of shape (fan_in, fan_out)
        Weights of each layer; training leaves them as views of one flat vector.
    intercepts_ : list of ndarray of shape (fan_out,)
        Intercepts of each layer, views of the same vector.
    snapshots_ : list
        After `fit` with 'cosine_restarts': copies of this estimator as it was at the end of each cycle, whose
        predictions can be averaged.
    coef_support_ : ndarray of bool of shape (n_features,)
        Which columns of X have weights that are not all zero, and `selected_features_`, an ndarray of their names, or
        of their numbers where X had no names. With `penalty='l1'` and 'group_l1' also `feature_importances_`, the norm
        of the weights of each column.
    alpha_ : float or ndarray of shape (n_layers - 1,)
        λ that acted: `alpha`, or what 'auto' or `normalized_alpha` came to; 0 without penalty and decay.
    loss_curve_ : list of float
        Mean loss over the mini-batches of each epoch, while the weights change. It includes the `penalty` and nothing
        of alpha with decoupled decay; with `dropout` it is that of the units that are not silent. `loss_` is the last,
        `best_loss_` the smallest of the last fit (None with `early_stopping`). With 'lbfgs' it is the loss after each
        iteration.
    weight_norm_curve_ : list of float
        ‖W‖ after each epoch, over the weights of all layers.
    learning_rate_curve_ : list of float
        Learning rate η of each epoch, the mean over its mini-batches; NaN with 'lbfgs', which has none.
    validation_scores_, validation_loss_curve_ : list of float or None
        Accuracy (multilabel: of all labels of a sample together) and mean loss, without penalty, of the validation
        set after each epoch, with `early_stopping`; NaN for epochs without, None if all are. `best_validation_score_`
        is the score of the weights kept, None if the last call had no validation.
    n_iter_, t_ : int
        Epochs of the last call, and samples seen in training.
    n_layers_, n_outputs_ : int
        Layers including input and output, and units of the last one.
    out_activation_ : str
        Activation of the output layer: 'logistic' for two classes and for multilabel targets, else 'softmax'.
    n_features_in_ : int
        Number of features. Their names are in `feature_names_in_`, an ndarray of as many str, if X had any.

    References
    ----------
    Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, arXiv:1711.05101.

    Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, arXiv:1412.6980.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skl2 import MLPClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> network = MLPClassifier((10,), decay="decoupled", alpha=1.0, learning_rate="cosine",
    ...                         learning_rate_init=0.01, max_iter=30, random_state=0)
    >>> model = make_pipeline(StandardScaler(), network).fit(X[:400], y[:400])
    >>> round(model.score(X[400:], y[400:]), 2)
    0.98
    """

    _parameter_constraints: dict = {
        **_BaseMLP._parameter_constraints,
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        optimizer="adam",
        penalty="auto",
        decay=None,
        alpha=1e-4,
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
        warm_start=False,
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
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.penalty = penalty
        self.decay = decay
        self.alpha = alpha
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
        self.warm_start = warm_start
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

    @available_if(can_go_on)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """Train for one epoch on a part of the data, going on from the last call; after `fit` with a new optimizer.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples of this part.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Their labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever occur, for multilabel targets `range(n_labels)`; required in the first call.

        Returns
        -------
        self : object
            The estimator, trained by one epoch.

        Raises
        ------
        ValueError, TypeError, MemoryError
            As for `fit`, and with `early_stopping=True`. The estimator is then as it was before the call.

        Examples
        --------
        >>> from skl2 import MLPClassifier
        >>> MLPClassifier().partial_fit([[0.0]], [0], classes=[0, 1]).partial_fit([[1.0]], [1]).t_
        2
        """
        return self._partial_fit(Given(X, y, sample_weight), classes)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
