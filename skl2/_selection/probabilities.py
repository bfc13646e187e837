"""What a classifier that chose its λ says of samples: probabilities, and sets of classes."""

from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skl2._selection.conformal import check_coverage, check_has_scores, predict_set
from skl2._selection.ensemble import mean_of, predict_each, predict_log_proba
from skl2._selection.settings import is_ensemble


class ProbabilitiesMixin:
    """Methods of `MLPClassifierCV` that ask its members: the network trained on all samples, or those of the folds."""

    def predict_proba(self, X):
        """Predict probabilities with the network trained on all samples, or with those of the folds.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        probability : ndarray of shape (n_samples, n_classes)
            What `predict_proba` of `best_estimator_` returns, or with `ensemble=True` its mean over `estimators_`.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            If X is invalid or has another number of features.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skl2 import MLPClassifierCV
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifierCV(alphas=3, cv=3, hidden_layer_sizes=(10,), batch_size=10, learning_rate="cosine",
        ...                         learning_rate_init=0.03, max_iter=20, random_state=0)
        >>> model.fit(X, y).predict_proba(X[[0, 50]]).round(2)
        array([[1.  , 0.  , 0.  ],
               [0.  , 0.98, 0.02]])
        """
        check_is_fitted(self)
        return mean_of(self._members(), X)

    def predict_log_proba(self, X):
        """Predict logarithms of the probabilities that `predict_proba` gives, exact where those round to 0.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        log_probability : ndarray of shape (n_samples, n_classes)
            One column per class, in the order of `classes_`, or per label.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            If X is invalid or has another number of features.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skl2 import MLPClassifierCV
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifierCV(alphas=3, cv=3, hidden_layer_sizes=(10,), batch_size=10, learning_rate="cosine",
        ...                         learning_rate_init=0.03, max_iter=20, random_state=0)
        >>> model.fit(X, y).predict_log_proba(100 * X[:1]).round()  # the other probabilities round to 0
        array([[    0.,  -611., -1923.]])
        """
        check_is_fitted(self)
        return predict_log_proba(self._members(), X)

    @available_if(is_ensemble)
    def predict_set(self, X, coverage=0.9):
        """Predict sets of classes that hold the true one with a given probability (CV+).

        Class c is in the set of x if fewer than coverage · (n + 1) of the n samples that the folds held out have
        1 - p₋ₖ₍ᵢ₎(yᵢ | xᵢ) < 1 - p₋ₖ₍ᵢ₎(c | x), with the network p₋ₖ₍ᵢ₎ that has not seen sample i (Romano, Sesia and
        Candès, 2020, arXiv:2006.02544). If samples are exchangeable and alpha was not chosen with them, the true class
        is in the set with a probability of at least 2 · coverage - 1 - √(2/n); in practice with about `coverage`, or
        more. The most probable class is always in it.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        coverage : float, default=0.9
            Between 0 and 1.

        Returns
        -------
        members : ndarray of bool of shape (n_samples, n_classes)
            Which classes are in the set of each sample, in the order of `classes_`.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            If X is invalid, if coverage is not between 0 and 1, or for several labels per sample.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skl2 import MLPClassifierCV
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifierCV(alphas=3, cv=3, ensemble=True, hidden_layer_sizes=(10,), batch_size=10,
        ...                         learning_rate="cosine", learning_rate_init=0.03, max_iter=20, random_state=0)
        >>> model.fit(X, y).predict_set(X[[0, 72, 100]], coverage=0.99)
        array([[ True, False, False],
               [False,  True,  True],
               [False, False,  True]])
        """
        check_is_fitted(self, "estimators_")
        check_coverage(coverage, "predict_set")
        check_has_scores(self._fold_scores)
        return predict_set(predict_each(self.estimators_, X), self._fold_scores, coverage)
