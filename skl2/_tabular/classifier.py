"""The classifier that takes a table as it is."""

import numpy as np
from scipy.special import logsumexp
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import _check_y, check_is_fitted

from skl2._estimators.classifier import MLPClassifier
from skl2._inputs.targets import to_labels
from skl2._selection.conformal import check_coverage, check_has_scores, predict_set
from skl2._tabular.base import CONSTRAINTS, _TabularMLP


class TabularMLPClassifier(ClassifierMixin, _TabularMLP):
    """DOC."""

    _Estimator = MLPClassifier
    _method = "predict_proba"
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
        """
        return self._mean(X, "predict_proba")

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
        """
        blocks = [logsumexp(block, axis=0) for block in self._say(X, "predict_log_proba")]
        return np.concatenate(blocks) - np.log(len(self.estimators_)).astype(np.float32)

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
        """
        check_is_fitted(self)
        check_coverage(coverage, "predict_set")
        check_has_scores(self._fold_scores)
        blocks = self._say(X, "predict_proba")
        return np.concatenate([predict_set(block, self._fold_scores, coverage) for block in blocks])

    def _check_target(self, X, y):
        return to_labels(_check_y(y, multi_output=True, estimator=self))

    def _own_params(self):
        return {"class_weight": self.class_weight}

    def _to_networks(self, y, sample_weight):
        return y

    def _in_units(self, scorer):
        return scorer

    def _from_networks(self, probability):
        return probability

    def _summarise(self, score, error):
        return score, error

    def _decide(self, probability):
        return self.estimators_[0]._decide_by_probability(probability)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
