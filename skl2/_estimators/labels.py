"""How class labels meet the network: as targets, and as what raw predictions mean, which is what users ask for."""

import numpy as np
from scipy.sparse import csr_matrix, issparse
from scipy.special import expit, log_expit
from sklearn.metrics import accuracy_score

from skl2._inputs.targets import find_classes, to_labels, to_targets
from skl2._inputs.weights import weigh_classes
from skl2._kernels.links import LINKS


class LabelsMixin:
    """The part of a classifier that knows binary, multiclass and multilabel targets apart."""

    def predict(self, X):
        """Predict labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            The label with the largest probability, or 1 for each label more probable than not; a sparse matrix if y
            was sparse.

        Raises
        ------
        sklearn.exceptions.NotFittedError, ValueError
            Before `fit`; if X is invalid, has another number of features, or makes predictions overflow.

        Examples
        --------
        >>> from skl2 import MLPClassifier
        >>> MLPClassifier((), optimizer="lbfgs").fit([[0.0], [1.0]], [2, 3]).predict([[0.1], [0.9]])
        array([2, 3])
        """
        prediction = self._decide(self._raw_prediction(X), self.classes_)
        return self._as_given(prediction) if self._is_multilabel() else prediction

    def predict_proba(self, X):
        """Predict probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        probability : ndarray of shape (n_samples, n_classes)
            One column per class, in the order of `classes_`, or per label.

        Examples
        --------
        >>> from skl2 import MLPClassifier
        >>> MLPClassifier((), optimizer="lbfgs", alpha=0.1).fit([[0.0], [1.0]], [2, 3]).predict_proba([[0.9]]).round(2)
        array([[0.35, 0.65]])
        """
        return self._prediction(self._raw_prediction(X))

    def predict_log_proba(self, X):
        """Predict logarithms of probabilities, exact where the probability itself rounds to 0.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        log_probability : ndarray of shape (n_samples, n_classes)
            One column per class, in the order of `classes_`, or per label.

        Examples
        --------
        >>> from skl2 import MLPClassifier
        >>> MLPClassifier((), optimizer="lbfgs", alpha=0.1).fit([[0], [1]], [2, 3]).predict_log_proba([[1e4]]).round(-2)
        array([[-15700.,      0.]])
        """
        return self._log_probability(self._raw_prediction(X))

    def _prediction(self, raw):
        """Return probabilities (n_samples, n_classes or n_labels) for raw predictions (n_samples, n_outputs)."""
        if self._is_binary():
            raw = np.hstack([-raw, raw])  # not 1 - p: a small probability keeps its digits
        return LINKS[self.out_activation_](raw)

    def _log_probability(self, raw):
        """Return logarithms of what `_prediction` returns."""
        if self._is_multilabel():  # above 0 what the logarithm of a rounded probability is, as in scikit-learn
            return np.where(raw < 0, log_expit(raw), np.log(expit(np.maximum(raw, 0))))
        if self._is_binary():
            z = np.hstack([-raw, raw])
            return np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))
        with np.errstate(over="ignore"):  # a logarithm that the type cannot say is -∞
            z = raw - raw.max(axis=1, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=1, keepdims=True))  # scipy's log_softmax, without its overhead

    def _decide(self, raw, classes):
        """Return the most probable of classes (n_classes,), or an indicator of all labels more probable than not."""
        if self._is_multilabel():
            return (raw > 0).astype(int)
        return classes[(raw[:, 0] > 0).astype(int) if self._is_binary() else raw.argmax(axis=1)]

    def _decide_by_probability(self, probability):
        """Return what `predict` returns, of probabilities that no single network gives."""
        if self._is_multilabel():
            return self._as_given((probability > 0.5).astype(int))
        return self.classes_[probability.argmax(axis=1)]

    def _as_given(self, indicator):
        """Return an indicator of labels sparse, if y was."""
        return csr_matrix(indicator) if self._predicts_sparse else indicator

    def _is_multilabel(self):
        return self.out_activation_ == "logistic" and self.n_outputs_ > 1

    def _is_binary(self):
        return self.out_activation_ == "logistic" and self.n_outputs_ == 1

    def _loss(self):
        return "log_loss" if self.out_activation_ == "softmax" else "binary_log_loss"

    def _output_layer(self, targets):
        """Return (n_outputs, activation of the outputs)."""
        if targets.shape[1] > 1:
            return targets.shape[1], "logistic"
        n_classes = len(self.classes_)
        return (1, "logistic") if n_classes == 2 else (n_classes, "softmax")

    def _targets(self, y, continues, incremental):
        """Return the numbers of the classes, (n_samples, 1), or an indicator of labels, (n_samples, n_labels)."""
        labels = to_labels(y)
        if not continues:
            self._predicts_sparse = issparse(y)
        elif (labels.ndim == 2) != self._is_multilabel():
            numbers = ["one label", "several labels"]
            raise ValueError(
                f"y has {numbers[labels.ndim == 2]} per sample, and the model has {numbers[self._is_multilabel()]}."
            )
        if continues or incremental:
            self._check_classes(labels, all_of_them=not incremental)
        else:
            self.classes_ = find_classes(labels)
        return to_targets(labels, self.classes_)

    def _has_all_classes(self, targets):
        """Whether all classes are among targets; the labels of several are columns, which are always there."""
        return self._is_multilabel() or np.unique(targets).size == len(self.classes_)

    def _check_classes(self, labels, all_of_them):
        classes = find_classes(labels)
        if all_of_them and set(classes) != set(self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {self.classes_}, `y` has {classes}"
            )
        if labels.ndim == 2 and len(classes) != len(self.classes_):
            raise ValueError(
                f"y has {len(classes)} labels per sample, and the classes are {self.classes_}. The classes of a "
                f"multilabel y are the numbers of its columns: {classes}."
            )
        if len(np.setdiff1d(classes, self.classes_)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {classes}."
            )

    def _strata(self, targets):
        return None if self._is_multilabel() else self.classes_[targets[:, 0]]

    def _weights_of_classes(self, samples):
        """Return what `weigh_classes` returns for the samples to train on, or None."""
        if self.class_weight is None:
            return None
        return weigh_classes(self.class_weight, self.classes_, samples.y, samples.sample_weight)

    def _validation_score(self, targets, raw, sample_weight):
        numbers = targets if self._is_multilabel() else targets[:, 0]
        return accuracy_score(numbers, self._decide(raw, np.arange(len(self.classes_))), sample_weight=sample_weight)
