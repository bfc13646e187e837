"""The classifier that takes a table as it is."""

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from skl2._estimators.classifier import MLPClassifier
from skl2._inputs.targets import to_labels
from skl2._selection.conformal import check_coverage, check_has_scores, predict_set
from skl2._selection.ensemble import log_of_mean
from skl2._tabular.base import CONSTRAINTS, _TabularMLP


class TabularMLPClassifier(ClassifierMixin, _TabularMLP):
    """A multilayer perceptron classifier for tables as they are, with text, dates and gaps.

    `fit` encodes the columns (`TabularEncoder`), chooses λ by short trainings on folds, and keeps a network of each
    fold at the λ chosen, calibrated on what the fold holds out. Predictions are their mean: `MLPClassifierCV` with
    `ensemble=True` and `calibrate=True`, on several encodings.

    The networks have decoupled decay under a cosine, in float32, by formulas of the number of rows n::

        mini-batch      32 rows; with n > 20,000 twice as many for each doubling, at most 256
        epochs          40 · √(5000/n), between 5 and 40; 400 steps at least
        units           (96, 96); from 50,000 rows on (128, 128)
        folds           6, of which 3 choose λ; from 50,000 rows on 4, of which 1 does
        bins            16 of each number, from 50,000 rows on 8; with many columns 640 / columns, at least 4
        λ               D / Σ_t η_t, with a total shrinkage D from 0.028 to 0.85 times √steps

    To choose, networks of two thirds of the units train for a quarter of the epochs, at each λ on two encodings: with
    the piecewise-linear bins of numbers, and without. An encoding whose score is within 15 % of the better one's takes
    part: encodings take turns from fold to fold. Up to 100 rows, all rows are one mini-batch, in float64.

    Parameters
    ----------
    encoder : transformer, list of transformers or None, default=None
        What makes numbers of X; of a list, those that take part take turns as above. None: `TabularEncoder`, with
        bins and without.
    hidden_layer_sizes : int, array-like of int or None, default=None
        Units of each hidden layer; None: see above.
    activation : str, default='relu'
        Activation of the hidden layers: see `MLPClassifier`.
    alphas : int or array-like of shape (n_alphas,), default=4
        Values of λ to choose from; an int asks for so many in the range above.
    batch_size : int or None, default=None
        Samples per mini-batch; None: see above.
    learning_rate_init : float, default=0.01
        Learning rate of Adam at the start of the cosine.
    max_iter : int or None, default=None
        Epochs of the networks that are kept; None: see above.
    dtype : {'float32', 'float64', None}, default=None
        Arithmetic of training; None: see above.
    class_weight : dict, list of dicts, 'balanced' or None, default=None
        Weights of the classes, as in `MLPClassifier`: for training, the temperature and, if `scoring` is None, scores.
    cv : int, cross-validation generator, iterable or None, default=None
        Folds, each with a network; None: as above, shuffled and
        stratified by class. A splitter such as `RepeatedKFold` gives more
        networks, one such as `GroupKFold` or `TimeSeriesSplit` keeps apart what belongs together.
    scoring : str, callable or None, default=None
        What λ and the encoding are chosen by, as in `GridSearchCV`; None is the negative log loss.
    store_predictions : bool, default=False
        Whether to keep, for each sample, what the networks that have not seen it say of it: `cv_predictions_`.
    n_jobs : int, default=None
        How many threads, or workers of the backend that `joblib.parallel_config` chose, share the folds and values of
        λ; None is 1 outside such a context, -1 all processors. The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Folds, initial weights and the order of samples.
    verbose : int, default=0
        1 shows a progress bar, with the best score so far.

    Attributes
    ----------
    best_score_ : float
        Mean score of the networks on the samples that they have not seen: the negative
        log loss, if `scoring` is None.
    best_score_error_ : float
        Its standard error, over the folds.
    alpha_ : float
        λ chosen: where a parabola through the best of `alphas_` and its neighbours, in log λ, has its top; of `alphas`
        that you give, one of them. `grid_` says what they mean.
    cv_results_ : dict of ndarray
        What the short trainings scored, under the keys of `GridSearchCV`, with a row for each encoder and λ.
    encoders_ : list of transformers
        The encoders that take part, fitted.
    estimators_ : list of MLPClassifier
        The networks that are averaged, one for each fold: first those on the first encoder's output.
    cv_predictions_ : ndarray of shape (n_samples, n_classes)
        With `store_predictions=True`.
    classes_ : ndarray of shape (n_classes,)
        Class labels; for multilabel targets the numbers of the columns.
    n_features_in_, n_outputs_, n_splits_, n_iter_ : int
        Columns of X, outputs, folds, and epochs of the networks that are kept. `feature_names_in_` has the names of the
        columns, if all of them are str.

    References
    ----------
    Holzmüller, Grinsztajn & Steinwart, "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data",
    NeurIPS 2024, arXiv:2407.04491. Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019,
    arXiv:1711.05101.

    Examples
    --------
    >>> import pandas as pd
    >>> from skl2 import TabularMLPClassifier
    >>> table = pd.DataFrame({"km": [3.0, 9.0, None, 2.0, 8.0, 7.0] * 20, "town": ["Bern", "Basel", "Bern"] * 40})
    >>> late = (table["km"].fillna(0) > 5).map({True: "late", False: "early"})
    >>> model = TabularMLPClassifier(random_state=0).fit(table, late)
    >>> model.predict(table[:3])
    array(['early', 'late', 'early'], dtype=object)
    """

    _Estimator = MLPClassifier
    _parameter_constraints: dict = {
        **CONSTRAINTS,
        "class_weight": MLPClassifier._parameter_constraints["class_weight"],
    }

    def __init__(
        self,
        *,
        encoder=None,
        hidden_layer_sizes=None,
        activation="relu",
        alphas=4,
        batch_size=None,
        learning_rate_init=0.01,
        max_iter=None,
        dtype=None,
        class_weight=None,
        cv=None,
        scoring=None,
        store_predictions=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.encoder = encoder
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.alphas = alphas
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.dtype = dtype
        self.class_weight = class_weight
        self.cv = cv
        self.scoring = scoring
        self.store_predictions = store_predictions
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def predict_proba(self, X):
        """Predict probabilities, the mean of those of the networks.

        Parameters
        ----------
        X : {array-like, frame} of shape (n_samples, n_features)
            The columns of `fit`, in their order.

        Returns
        -------
        probability : ndarray of shape (n_samples, n_classes)
            One column per class, in the order of `classes_`, or per label.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError, TypeError
            If there are other columns than in `fit`, or a column makes no sense; it is named.

        Examples
        --------
        >>> import pandas as pd
        >>> from skl2 import TabularMLPClassifier
        >>> table = pd.DataFrame({"km": [3.0, 9.0, None, 2.0, 8.0, 7.0] * 20, "town": ["Bern", "Basel", "Bern"] * 40})
        >>> late = (table["km"].fillna(0) > 5).map({True: "late", False: "early"})
        >>> model = TabularMLPClassifier(random_state=0).fit(table, late)
        >>> model.classes_
        array(['early', 'late'], dtype=object)
        >>> model.predict_proba(table[:2]).round(2)
        array([[1., 0.],
               [0., 1.]], dtype=float32)
        """
        return self._mean(X)

    def predict_log_proba(self, X):
        """Predict logarithms of the probabilities that `predict_proba` gives, exact where those round to 0.

        Parameters
        ----------
        X : {array-like, frame} of shape (n_samples, n_features)
            The columns of `fit`, in their order.

        Returns
        -------
        log_probability : ndarray of shape (n_samples, n_classes)
            One column per class, in the order of `classes_`, or per label.

        Examples
        --------
        >>> import pandas as pd
        >>> from skl2 import TabularMLPClassifier
        >>> table = pd.DataFrame({"km": [3.0, 9.0, None, 2.0, 8.0, 7.0] * 20, "town": ["Bern", "Basel", "Bern"] * 40})
        >>> late = (table["km"].fillna(0) > 5).map({True: "late", False: "early"})
        >>> model = TabularMLPClassifier(random_state=0).fit(table, late)
        >>> bool((model.predict_log_proba(table).max(axis=1) > -0.1).all())
        True
        """
        return np.concatenate([log_of_mean(block) for block in self._say(X, "_log_probability")])

    def predict_set(self, X, coverage=0.9):
        """Predict sets of classes that hold the true one with a given probability (CV+).

        As `MLPClassifierCV.predict_set`, which has the equation and the guarantee.

        Parameters
        ----------
        X : {array-like, frame} of shape (n_samples, n_features)
            The columns of `fit`, in their order.
        coverage : float, default=0.9
            Between 0 and 1.

        Returns
        -------
        members : ndarray of bool of shape (n_samples, n_classes)
            Which classes are in the set of each sample, in the order of `classes_`; the most probable always is.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError, TypeError
            As for `predict`; if coverage is not between 0 and 1; for several labels per sample.

        Examples
        --------
        >>> import pandas as pd
        >>> from skl2 import TabularMLPClassifier
        >>> table = pd.DataFrame({"km": [3.0, 9.0, None, 2.0, 8.0, 7.0] * 20, "town": ["Bern", "Basel", "Bern"] * 40})
        >>> late = (table["km"].fillna(0) > 5).map({True: "late", False: "early"})
        >>> model = TabularMLPClassifier(random_state=0).fit(table, late)
        >>> model.predict_set(table[:2], coverage=0.9)
        array([[ True, False],
               [False,  True]])
        """
        check_is_fitted(self)
        check_coverage(coverage, "predict_set")
        check_has_scores(self._fold_scores)
        blocks = self._say(X)
        return np.concatenate([predict_set(block, self._fold_scores, coverage) for block in blocks])

    def _read_target(self, y):
        return to_labels(y)

    def _own_params(self):
        return {"class_weight": self.class_weight}

    def _to_networks(self, y, sample_weight):
        return y

    def _in_units(self, scorer):
        return scorer

    def _from_networks(self, probability):
        return probability

    def _unit_of_score(self):
        return 0.0, 1.0

    def _decide(self, probability):
        return self.estimators_[0]._decide_by_probability(probability)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
