"""What the classifier and the regressor of tables share: encodings, short runs that choose, networks that are kept.

The search of the CV estimators runs twice. First small networks train for a quarter of the epochs, at each λ on each
encoding of some folds; then those of all folds at the λ chosen, on the encodings chosen.
"""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, _fit_context, clone, is_classifier
from sklearn.utils import _safe_indexing, gen_batches
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import _num_samples, check_is_fitted

from skl2._estimators.attributes import forget_fitted
from skl2._estimators.bar import open_bar
from skl2._estimators.base import unchanged_on_error
from skl2._estimators.callbacks import CallbackSupportMixin, SearchTask, with_callbacks
from skl2._estimators.endings import warn_about_search
from skl2._inputs.grid import make_grid
from skl2._inputs.samples import Given, validate_target
from skl2._inputs.settings import PARAMETER_CONSTRAINTS, Interval, layer_sizes
from skl2._inputs.strengths import warn_if_no_effect
from skl2._inputs.weights import check_weights, scale_weights, validate_weights
from skl2._inputs.words import AdviceMixin
from skl2._selection.ensemble import conformity_scores, mean_held_out, predict_each
from skl2._selection.folds import draw_seeds
from skl2._selection.results import mean_and_error
from skl2._selection.scoring import Scoring, make_router, make_scorer, route
from skl2._selection.search import Search
from skl2._selection.trial import check_scores, warn_if_nothing_learned
from skl2._tabular.choice import choose, combine_results, in_units
from skl2._tabular.defaults import make_plan, spread_alphas
from skl2._tabular.encoder import TabularEncoder
from skl2._tabular.encoding import encode_table, without_names
from skl2._tabular.folds import make_splits
from skl2._tabular.frames import as_table, check_columns
from skl2._tabular.state import check_model
from skl2._tabular.target import check_no_gaps

BLOCK_ROWS = 2**14  # rows predicted at once: an encoding may be ten times as wide as the table
# With a rate of 0.01, Adam must forget old gradients soon (Holzmüller et al. 2024, table B.1).
TRAINING = {
    "decay": "decoupled",
    "learning_rate": "cosine",
    "beta_2": 0.95,
    "tol": 0.0,
    "n_iter_no_change": np.inf,
}
CONSTRAINTS = {
    "encoder": [HasMethods(["fit_transform", "transform"]), list, None],
    **{name: PARAMETER_CONSTRAINTS[name] for name in ("activation", "learning_rate_init", "dtype")},
    **{name: PARAMETER_CONSTRAINTS[name] for name in ("random_state", "verbose")},
    **{name: [*PARAMETER_CONSTRAINTS[name], None] for name in ("hidden_layer_sizes", "max_iter")},
    "batch_size": [Interval(Integral, 1, None, closed="left"), None],
    "alphas": [Interval(Integral, 1, None, closed="left"), "array-like"],
    "cv": ["cv_object"],
    "scoring": "no_validation",
    "store_predictions": ["boolean"],
    "n_jobs": [Integral, None],
}


class _TabularMLP(AdviceMixin, CallbackSupportMixin, BaseEstimator):
    """Networks of the folds on encodings of a table; a subclass says what y is to them."""

    @_fit_context(prefer_skip_nested_validation=False)
    @with_callbacks
    def fit(self, X, y, sample_weight=None, **params):
        """Encode the table, choose λ and the encoding by short runs, and train the networks of all folds.

        Parameters
        ----------
        X : {array-like, frame} of shape (n_samples, n_features)
            Numbers, text, categories, dates and times, with gaps: a frame of pandas or polars, an array or a list.
            `TabularEncoder` says what becomes of each column.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, an indicator matrix of several labels, or values of any unit.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights, for training and, where the scorer takes them, for scores.
        **params : dict
            With metadata routing, parameters for the splitter and the scorer; without, `groups` for the splitter.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError, MemoryError
            If a column makes no sense (it is named), or y, or a combination of parameters. The estimator is then as it
            was before the call.
        KeyboardInterrupt
            If Ctrl-C breaks it off.

        Examples
        --------
        >>> import pandas as pd
        >>> from skl2 import TabularMLPRegressor
        >>> table = pd.DataFrame({"km": [3.0, 9.0, None, 2.0, 8.0, 7.0] * 20, "town": ["Bern", "Basel", "Bern"] * 40})
        >>> price = 1000 * table["km"].fillna(5) + 2000 * (table["town"] == "Bern")
        >>> model = TabularMLPRegressor(random_state=0).fit(table, price)
        >>> round(model.best_score_, 2)
        1.0
        """
        task = SearchTask(self, Given(X, y, sample_weight), n_stages=2)
        scorer = make_scorer(self, "loss")
        split_params, score_params = route(self, scorer, sample_weight, params)
        with unchanged_on_error(self):
            forget_fitted(self)
            X = as_table(X)
            check_columns(self, X, reset=True)
            y = self._check_target(y)
            if sample_weight is not None:
                weights = scale_weights(validate_weights(sample_weight, y.reshape(len(y), -1)))
                check_weights(weights, "to train on")
                score_params = {k: weights if value is sample_weight else value for k, value in score_params.items()}
                sample_weight = weights
            plan = self._plan(len(y))
            encoders = self._encoders(plan)
            seeds = draw_seeds(self.random_state, 2 + len(encoders))
            splits = make_splits(self, plan.n_folds, y, seeds[0], split_params)
            given = Given(X, self._to_networks(y, sample_weight), sample_weight)
            scoring = Scoring(self._in_units(scorer), None, given.y, score_params)
            estimator = self._make_estimator(plan)
            encodings = [encode_table(encoder, estimator, given, scoring) for encoder in encoders]
            self.n_splits_ = len(splits)
            with open_bar(self.verbose, self._count_epochs(plan, len(encodings), len(splits))) as bar:
                with task.stage("choice"):
                    encodings = self._screen(encodings, splits[: plan.n_screening_folds], plan, seeds, bar)
                with task.stage("training"):
                    self._train(encodings, splits, seeds[-1], bar)
        task.end()
        return self

    def _check_target(self, y):
        """Return y (n_samples,) or (n_samples, n_outputs), checked as far as it can be without X."""
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        try:
            return self._read_target(validate_target(self, y))
        except (TypeError, ValueError) as error:
            check_no_gaps(y, error)
            raise

    def _count_epochs(self, plan, n_encodings, n_folds):
        """Return how many epochs of networks are trained."""
        n_alphas = self.alphas if isinstance(self.alphas, Integral) else np.size(self.alphas)
        n_compared = n_encodings * min(n_folds, plan.n_screening_folds) * n_alphas
        return n_compared * plan.screening["max_iter"] + n_folds * plan.max_iter

    def _plan(self, n_samples):
        """Return the Plan with what the user asks for."""
        plan = make_plan(n_samples, getattr(self, "n_features_in_", 0) or 1)  # of no columns the encoder says so
        names = ("hidden_layer_sizes", "batch_size", "max_iter", "dtype")
        asked = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if isinstance(asked.get("hidden_layer_sizes"), Integral):
            asked["hidden_layer_sizes"] = (asked["hidden_layer_sizes"],)
        plan = plan._replace(**asked)
        layer_sizes(plan.hidden_layer_sizes, 1, 1)  # says what is wrong with them
        return plan

    def _make_estimator(self, plan=None):
        """Return the estimator that trains, without a λ."""
        params = {"activation": self.activation, "learning_rate_init": self.learning_rate_init, **self._own_params()}
        if plan:
            names = ("hidden_layer_sizes", "batch_size", "max_iter", "dtype")
            params |= {name: getattr(plan, name) for name in names}
        return self._Estimator(**TRAINING, **params)

    def _encoders(self, plan):
        """Return the encoders to choose from: the plain encoding, and one with bins beside each number."""
        if self.encoder is None:
            return [TabularEncoder(), TabularEncoder(n_bins=plan.n_bins)]
        encoders = self.encoder if isinstance(self.encoder, list) else [self.encoder]
        if not encoders:
            raise ValueError("encoder is an empty list; write a transformer, several in a list, or None.")
        return [clone(encoder) for encoder in encoders]

    def _screen(self, encodings, splits, plan, seeds, bar):
        """Set alpha_ and what led to it; return the encodings that take part."""
        estimator = encodings[0].estimator
        n_train = max(len(train) for train, _ in splits)
        alphas, kind = self.alphas, "alpha as given"
        if isinstance(alphas, Integral):
            n_steps = estimator.max_iter * -(-n_train // min(n_train, estimator.batch_size))
            alphas = spread_alphas(alphas, n_steps, self.learning_rate_init)
            kind = f"alpha = {alphas[0]:.3g} to {alphas[-1]:.3g}"
        grid = make_grid(estimator, alphas, n_train, kind)
        warn_if_no_effect(estimator, grid.unit * grid.alphas, np.dtype(estimator.dtype))
        folds = [
            fold
            for encoding, seed in zip(encodings, seeds[1:-1], strict=True)
            for fold in encoding.folds(splits, seed, **plan.screening)
        ]
        values, numbers = grid.to_train()
        search = Search(folds, values, self.n_jobs, bar)
        search.run([plan.screening["max_iter"]], print if self.verbose and not bar else None)
        all_outcomes = search.outcome.take(numbers)
        by_encoding = all_outcomes.score.T.reshape(len(encodings), len(splits), -1).transpose(0, 2, 1)
        check_scores(estimator, search, by_encoding.mean(axis=2))  # one encoding may have none
        warn_about_search(estimator, values, search)
        used, place = choose(by_encoding, interpolates=isinstance(self.alphas, Integral))  # values of the user stay
        self.alphas_, self.grid_, self.alpha_ = grid.alphas, grid.description, grid.between(place)
        outcome = in_units(all_outcomes, *self._unit_of_score())
        self.cv_results_ = combine_results(outcome, search.n_compared[numbers], grid, [e.encoder for e in encodings])
        return [encodings[k] for k in used]

    def _train(self, encodings, splits, seed, bar):
        """Train the networks of all folds, the encodings taking turns, and keep what they say of what they held out."""
        turns = [splits[first :: len(encodings)] for first in range(len(encodings))]
        parts = [(encoding, part) for encoding, part in zip(encodings, turns, strict=True) if part]
        seeds = draw_seeds(seed, len(parts))
        folds = [
            fold for (encoding, part), seed in zip(parts, seeds, strict=True) for fold in encoding.folds(part, seed)
        ]
        search = Search(folds, np.array([self.alpha_]), self.n_jobs, bar)
        search.run([folds[0].estimator.max_iter], print if self.verbose and not bar else None)
        warn_about_search(folds[0].estimator, search.alphas, search)
        warn_if_nothing_learned(search, 0, self.alphas_, type(self).__name__)
        self.estimators_, held_out, scores = search.networks_of(0), [], []
        self.encoders_, self._encoder_numbers = [encoding.encoder for encoding, _ in parts], []
        for number, (encoding, part) in enumerate(parts):
            start = len(self._encoder_numbers)
            members = self.estimators_[start : start + len(part)]
            part_held_out, part_scores = encoding.assess(members, part, is_classifier(self))
            self._encoder_numbers += [number] * len(part)
            held_out += part_held_out
            scores += part_scores.tolist()
        self._keep(held_out, np.array(scores))

    def _keep(self, held_out, scores):
        (mean, error), (offset, factor) = mean_and_error(scores), self._unit_of_score()
        self.best_score_, self.best_score_error_ = offset + factor * mean, factor * error
        self._fold_scores = conformity_scores(self.estimators_, held_out)
        if self.store_predictions:
            self.cv_predictions_ = self._from_networks(mean_held_out(self.estimators_, held_out))
        self.n_iter_ = max(network.n_iter_ for network in self.estimators_)
        for name in ("classes_", "n_outputs_", "out_activation_"):
            if hasattr(self.estimators_[0], name):
                setattr(self, name, getattr(self.estimators_[0], name))

    def predict(self, X):
        """Predict labels or values.

        Parameters
        ----------
        X : {array-like, frame} of shape (n_samples, n_features)
            The columns of `fit`, in their order. Levels that `fit` has not seen, and gaps, are no problem.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The label with the largest mean probability over the networks, a 1 for each label more probable than not,
            or the mean of their values.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError, TypeError
            If there are other columns than in `fit`, or a column makes no sense; it is named.

        Examples
        --------
        >>> import pandas as pd
        >>> from skl2 import TabularMLPRegressor
        >>> table = pd.DataFrame({"km": [3.0, 9.0, None, 2.0, 8.0, 7.0] * 20, "town": ["Bern", "Basel", "Bern"] * 40})
        >>> price = 1000 * table["km"].fillna(5) + 2000 * (table["town"] == "Bern")
        >>> model = TabularMLPRegressor(random_state=0).fit(table, price)
        >>> model.predict(pd.DataFrame({"km": [9.0, None], "town": ["Basel", "Bern"]})).round(-2)
        array([9000., 7000.])
        """
        return self._decide(self._mean(X))

    def _mean(self, X):
        """Return the mean over the networks of their probabilities or values."""
        return np.concatenate([np.mean(block, axis=0) for block in self._say(X)])

    def _say(self, X, method="_prediction"):
        """Yield blocks of rows, each a list of what a method of the networks makes of its raw predictions."""
        check_is_fitted(self)
        X = as_table(X)
        check_columns(self, X, reset=False)
        n_samples = _num_samples(X)
        for rows in gen_batches(max(n_samples, 1), BLOCK_ROWS):  # of no rows the encoder says so
            block = X if n_samples <= BLOCK_ROWS else _safe_indexing(X, rows)
            yield [
                said
                for number, encoder in enumerate(self.encoders_)
                for said in predict_each(self._networks_on(number), without_names(encoder.transform(block)), method)
            ]

    def _networks_on(self, number):
        """Return the networks on an encoding; in estimators_ those on the first come first, and so on."""
        return [self.estimators_[k] for k, of_network in enumerate(self._encoder_numbers) if of_network == number]

    def __setstate__(self, state):
        check_model(self, state)
        super().__setstate__(state)

    def get_metadata_routing(self):
        """Say which metadata `fit` takes, and where it goes: to itself, the splitter and the scorer.

        Returns
        -------
        routing : MetadataRouter
            As in scikit-learn's user guide.
        """
        return make_router(self, make_scorer(self, "loss"))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags
