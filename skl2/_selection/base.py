"""What the classifier and the regressor that choose their own λ share: folds, search, choice, fit on all samples."""

import copy
import time
from inspect import signature

import numpy as np
from scipy.sparse import issparse
from sklearn.base import _fit_context, clone, is_classifier
from sklearn.utils import indexable
from sklearn.utils.validation import check_is_fitted

from skl2._estimators.attributes import fitted_names, forget_fitted
from skl2._estimators.bar import open_bar
from skl2._estimators.base import unchanged_on_error
from skl2._estimators.callbacks import CallbackSupportMixin, SearchTask, with_callbacks
from skl2._estimators.columns import ColumnsMixin
from skl2._estimators.endings import told, warn_about_search
from skl2._estimators.largest_alpha import largest_alpha_for
from skl2._estimators.path import fit_in_turn
from skl2._estimators.problem import encode
from skl2._inputs.grid import is_count, make_grid
from skl2._inputs.samples import Given, validate_samples
from skl2._inputs.settings import count_epochs
from skl2._inputs.strengths import warn_if_no_effect
from skl2._inputs.validation_set import count_kept
from skl2._inputs.words import AdviceMixin
from skl2._selection.ensemble import calibrate, conformity_scores, mean_held_out, predict
from skl2._selection.folds import Cut, check_rows, make_splits
from skl2._selection.preset import QuickMixin
from skl2._selection.results import choose, make_cv_results, mean_and_error, mean_over_folds, scores_of_folds
from skl2._selection.scoring import Scoring, make_router, make_scorer, route
from skl2._selection.search import Search
from skl2._selection.settings import NOT_INHERITED
from skl2._selection.state import check_search, pack_search, unpack_search
from skl2._selection.strategy import check_combinations, halving_epochs, screening_epochs, shorten
from skl2._selection.trial import check_scores, warn_if_nothing_learned

# Attributes that the networks of all folds have in common.
COMMON = ("n_features_in_", "feature_names_in_", "classes_", "n_outputs_", "out_activation_")


class ChoosesAlpha(QuickMixin, AdviceMixin, CallbackSupportMixin, ColumnsMixin):
    """A search for alpha by cross-validation; a subclass says among which estimators: `_Estimator`."""

    @_fit_context(prefer_skip_nested_validation=True)
    @with_callbacks
    def fit(self, X, y, sample_weight=None, **params):
        """Score each alpha by cross-validation, choose one, and train with it on all samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples. All folds train on rows of the same X; what a fold holds out is copied, to be scored.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, an indicator matrix of several labels, or real values.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights, for training and, where the scorer takes them, for scores.
        **params : dict
            With metadata routing, parameters for the splitter and the scorer; without, `groups` for the splitter.

        Returns
        -------
        self : object
            The estimator, fitted on all samples with the alpha chosen.

        Raises
        ------
        ValueError, TypeError, MemoryError
            If the input or a combination of parameters is invalid, if the networks are larger than the memory of this
            machine, or if no alpha has finite scores in all folds. The estimator is then as it was before the call.
        KeyboardInterrupt
            If Ctrl-C breaks the search off; in the last training it ends that one, with a warning, as in `fit` of
            `best_estimator_`.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skl2 import MLPClassifierCV
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifierCV(alphas=3, cv=3, hidden_layer_sizes=(10,), batch_size=10, learning_rate="cosine",
        ...                         learning_rate_init=0.03, max_iter=20, random_state=0)
        >>> model = model.fit(X, y)
        >>> model.alphas_, model.cv_results_["mean_test_score"].round(2)
        (array([0.e+00, 1.e-05, 1.e+00]), array([0.98, 0.98, 0.81]))
        """
        task = SearchTask(self, Given(X, y, sample_weight), n_stages=2)
        check_combinations(self)
        scorer = make_scorer(self)
        split_params, score_params = route(self, scorer, sample_weight, params)
        estimator = self._make_estimator()
        samples = self._validate(estimator, Given(X, y, sample_weight))
        largest = largest_alpha_for(estimator, samples) if is_count(self.alphas) else None

        X, y = indexable(X, y)
        check_rows(X=X, y=y)
        if issparse(y) and not is_classifier(self):
            y = y.toarray()  # metrics of regression take no other
        splits = make_splits(self, X, y, split_params)
        n_samples = count_kept(estimator, samples.indices.size)
        fewest = count_kept(estimator, min(len(train) for train, _ in splits))
        grid = make_grid(estimator, self.alphas, n_samples, largest=largest, fewest=fewest)
        warn_if_no_effect(estimator, grid.unit * grid.alphas, np.dtype(estimator.dtype or samples.X.dtype))
        if sample_weight is not None:  # one number is a weight for all
            score_params = {
                name: samples.sample_weight if value is sample_weight else value for name, value in score_params.items()
            }
        cut = Cut(samples, splits, Scoring(scorer, X, y, score_params), self.ensemble)
        with unchanged_on_error(self), open_bar(self.verbose, self._count_epochs(cut, grid.alphas.size)) as bar:
            forget_fitted(self)
            self.scorer_, self.n_splits_, self.alphas_, self.grid_ = scorer, len(splits), grid.alphas, grid.description
            with task.stage("search"):
                search, number = self._search(cut, estimator, grid, bar)
            if self.ensemble:
                with task.stage("ensemble"):
                    self._average(cut, estimator, search, number)
            else:
                with told(self.strategy != "screening"):  # else the networks compared are not the one that is kept
                    self._refit(Given(X, y, sample_weight), bar, task)
        task.end()
        return self

    def predict(self, X):
        """Predict with the network trained on all samples, or with those of the folds.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            What `predict` of `best_estimator_` returns; with `ensemble=True` the mean of the networks' values, or the
            labels with the largest mean probabilities.

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
        >>> model.fit(X, y).predict(X[[0, 50, 100]])
        array([0, 1, 2])
        """
        check_is_fitted(self)
        return predict(self._members(), X)

    def score(self, X, y, sample_weight=None):
        """Score what `predict` says, by what alpha was chosen by.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their labels or values.
        sample_weight : array-like of shape (n_samples,), default=None
            Their weights, for a scorer that takes them.

        Returns
        -------
        score : float
            What `scorer_` says.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            If X or y is invalid or has another number of features.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skl2 import MLPClassifierCV
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifierCV(alphas=3, cv=3, scoring="neg_log_loss", hidden_layer_sizes=(10,), batch_size=10,
        ...                         learning_rate="cosine", learning_rate_init=0.03, max_iter=20, random_state=0)
        >>> round(model.fit(X, y).score(X, y), 2)
        -0.09
        """
        check_is_fitted(self)
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return self.scorer_(self if self._is_ensemble() else self.best_estimator_, X, y, **weights)

    def get_metadata_routing(self):
        """Say which metadata `fit` takes, and where it goes: to itself, the splitter and the scorer.

        Returns
        -------
        routing : MetadataRouter
            As in scikit-learn's user guide.
        """
        return make_router(self, make_scorer(self))

    def __getstate__(self):
        return pack_search(super().__getstate__(), self.scoring)

    def __setstate__(self, state):
        check_search(self, state)
        super().__setstate__(unpack_search(state))

    def _validate(self, estimator, given):
        """Return Samples; what is wrong with y is said once, before the folds are cut."""
        samples = validate_samples(estimator, given, reset=True)
        encode(estimator, samples)
        is_column = samples.y.ndim == 2 and samples.y.shape[1] == 1 and not issparse(samples.y)
        return samples._replace(y=samples.y.ravel()) if is_column else samples

    def _make_estimator(self):
        names = signature(self._Estimator).parameters.keys() - NOT_INHERITED
        # A clone: a RandomState of the user stays as it is, as in GridSearchCV.
        return clone(self._Estimator(**{name: getattr(self, name) for name in names}))

    def _count_epochs(self, cut, n_alphas):
        """Return how many epochs of networks are trained at most."""
        max_iter, n_folds = count_epochs(self), len(cut.splits)
        compared = screening_epochs(self, cut.samples.indices.size) if self.strategy == "screening" else max_iter
        kept = (n_folds if self.strategy == "screening" else 0) if self.ensemble else 1
        return n_folds * n_alphas * compared + kept * max_iter

    def _search(self, cut, estimator, grid, bar):
        """Choose alpha; return the Search, and its number there."""
        max_iter = count_epochs(self)
        if self.strategy == "screening":
            max_iter = screening_epochs(estimator, cut.samples.indices.size)
            estimator = shorten(estimator, max_iter)
        alphas, numbers = grid.to_train(self.continued)
        epochs = halving_epochs(alphas.size, max_iter) if self.strategy == "halving" else [max_iter]
        search = Search(cut.folds(estimator), alphas, self.n_jobs, bar, self.continued)
        self.stages_ = search.run(epochs, print if self.verbose and not bar else None)
        check_scores(estimator, search, mean_over_folds(search.outcome.score))
        warn_about_search(estimator, alphas, search, is_end=self.strategy != "screening")
        self._choose(make_cv_results(search.outcome.take(numbers), search.n_compared[numbers], grid))
        number = int(numbers[self.best_index_])
        if self.strategy != "screening":
            self._judge(search, number)
        return search, number

    def _judge(self, search, number):
        """Tell the user if the networks at the alpha chosen have learned nothing."""
        warn_if_nothing_learned(search, number, self.alphas_, type(self).__name__)

    def _choose(self, results):
        """Set the alpha that the rule chooses."""
        self.cv_results_, self.best_index_ = results, choose(results, self.rule)
        self.alpha_ = float(self.alphas_[self.best_index_])
        self.best_params_ = {"alpha": self.alpha_}
        self._set_best_score(scores_of_folds(results)[self.best_index_])

    def _set_best_score(self, scores):
        self.best_score_, self.best_score_error_ = mean_and_error(scores)

    def _refit(self, given, bar, task):
        """Train with alpha_ on all samples, and take over what the fitted network has."""
        start = time.perf_counter()
        estimator = self._make_estimator().set_params(alpha=self.alpha_)
        estimator.verbose = self.verbose and not bar  # else it prints into the bar
        with task.stage("refit", estimator):
            if self.continued:
                fit_in_turn(estimator, given, self.alphas_[: self.best_index_ + 1])
            else:
                estimator.fit(*given)
        self.best_estimator_ = estimator.set_params(verbose=self.verbose)
        if bar:
            bar.end_stage(estimator.max_iter, None)
        self.refit_time_ = time.perf_counter() - start
        vars(self).update({name: vars(estimator)[name] for name in fitted_names(estimator) if name != "alpha_"})

    def _average(self, cut, estimator, search, number):
        """Keep the networks of alpha_, trained to their end, and what they say of samples that they have not seen."""
        start = time.perf_counter()
        if self.strategy == "screening":
            search, number = Search(cut.folds(estimator), np.array([self.alpha_]), self.n_jobs, search.bar), 0
            search.run([count_epochs(self)], report=None)
            warn_about_search(estimator, search.alphas, search)
            self._judge(search, number)
        self.estimators_ = networks = copy.deepcopy(search.networks_of(number))  # views would keep all values of alpha
        held_out = cut.predict_held_out(networks)
        if getattr(self, "calibrate", False):
            self.temperature_, held_out = calibrate(networks, held_out)
        self._set_best_score(cut.score(networks))
        self._fold_scores = conformity_scores(networks, held_out)
        if self.store_predictions:
            self.cv_predictions_ = mean_held_out(networks, held_out)
        vars(self).update({name: vars(networks[0])[name] for name in COMMON if name in vars(networks[0])})
        self.n_iter_ = max(network.n_iter_ for network in networks)
        self.refit_time_ = time.perf_counter() - start

    def _members(self):
        """Return the networks whose mean is the prediction."""
        return self.estimators_ if self._is_ensemble() else [self.best_estimator_]

    def _is_ensemble(self):
        return "estimators_" in vars(self)
