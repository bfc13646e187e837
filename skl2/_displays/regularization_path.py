"""Score and size of the weights against λ."""

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support

from skl2._displays.axes import argmax, complete_strengths, make_panels, spell_out
from skl2._displays.fitted import found_by, score_path, search_of
from skl2._displays.path_panels import draw_norms, draw_scores
from skl2._selection.classifier import MLPClassifierCV
from skl2._selection.regressor import MLPRegressorCV
from skl2._selection.results import standard_error, within_one_standard_error
from skl2._selection.settings import NOT_INHERITED


class RegularizationPathDisplay:
    """Score and ‖W‖ against λ, on a logarithmic axis that also has λ = 0.

    Scores more than 15 standard errors below the best leave the picture at the bottom, so that the others can be told
    apart. Make it with `from_cv`, `from_estimator` or `from_path`. To compare paths, draw the second on the axes of the
    first: `RegularizationPathDisplay.from_cv(second, ax=first.ax_)`.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,)
        Values of λ, in any order.
    scores : array-like of shape (n_alphas,), default=None
        Score at each; None leaves its panel out.
    standard_errors : array-like of shape (n_alphas,), default=None
        Standard errors of the scores, drawn as a band.
    weight_norms : array-like of shape (n_alphas,), default=None
        ‖W‖ over the weights of all layers; None leaves its panel out.
    layer_norms : array-like of shape (n_alphas, n_layers), default=None
        ‖W‖ of each layer.
    alpha_chosen : float, default=None
        λ to mark as the one chosen.
    alpha_one_se : float, default=None
        λ to mark as the largest whose score is within one standard error of the best.
    score_name : str, default='score'
        Label of the scores.
    name : str, default=None
        Name of the path in the legend.

    Attributes
    ----------
    ax_ : ndarray of shape (n_panels,) of matplotlib Axes
        The scores, then the norms.
    figure_ : matplotlib Figure
        The figure.
    lines_ : list of matplotlib Line2D
        The curve of the scores, that of ‖W‖, then those of the layers.
    fill_between_ : matplotlib FillBetweenPolyCollection or None
        The band of standard errors.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> from skl2 import MLPRegressorCV, RegularizationPathDisplay
    >>> X, y = (scale(data) for data in load_diabetes(return_X_y=True))
    >>> settings = dict(hidden_layer_sizes=(20,), learning_rate="cosine", learning_rate_init=0.02, max_iter=50,
    ...                 random_state=0)
    >>> l2 = MLPRegressorCV(penalty="l2", **settings).fit(X, y)
    >>> decoupled = MLPRegressorCV(decay="decoupled", **settings).fit(X, y)
    >>> display = RegularizationPathDisplay.from_cv(l2, name="l2")
    >>> display = RegularizationPathDisplay.from_cv(decoupled, name="decoupled", ax=display.ax_)
    >>> plt.show()
    """

    def __init__(
        self,
        alphas,
        scores=None,
        *,
        standard_errors=None,
        weight_norms=None,
        layer_norms=None,
        alpha_chosen=None,
        alpha_one_se=None,
        score_name="score",
        name=None,
    ):
        self.alphas = alphas
        self.scores = scores
        self.standard_errors = standard_errors
        self.weight_norms = weight_norms
        self.layer_norms = layer_norms
        self.alpha_chosen = alpha_chosen
        self.alpha_one_se = alpha_one_se
        self.score_name = score_name
        self.name = name

    @classmethod
    def from_cv(cls, search, *, layers=False, name=None, ax=None, line_kw=None):
        """Draw what a search for λ found: mean scores with their standard errors over the folds, mean norms.

        Parameters
        ----------
        search : MLPClassifierCV, MLPRegressorCV or GridSearchCV over alpha
            Fitted, alone or as the last step of a Pipeline. GridSearchCV does not keep the norms. With
            `strategy='halving'`, values that were dropped have the scores and norms of when they were.
        layers : bool, default=False
            Whether to draw ‖W‖ of each layer too.
        name : str, default=None
            Name in the legend.
        ax : matplotlib Axes or array-like of Axes, default=None
            Where to draw, as for `plot`.
        line_kw : dict, default=None
            Keyword arguments for matplotlib's ``plot``.

        Returns
        -------
        display : RegularizationPathDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is no search over alpha alone.
        """
        search = search_of(search)
        found, results = found_by(search, {"alpha"}), search.cv_results_
        alphas, scores = found.values["alpha"], found.scores
        norms = [results[key] for key in results if key.startswith("mean_weight_norm_layer")]
        errors = one_se = None
        if scores.shape[1] > 1:
            with np.errstate(invalid="ignore"):  # of scores that are not finite
                errors = standard_error(scores)
                best = argmax(scores.mean(axis=1))  # which is not the one chosen by rule='one_se'
                one_se = None if found.is_halved else alphas[within_one_standard_error(alphas, scores, best)]
        display = cls(
            alphas,
            scores.mean(axis=1),
            standard_errors=errors,
            weight_norms=results.get("mean_weight_norm"),
            layer_norms=np.transpose(norms) if norms else None,
            alpha_chosen=alphas[found.best],
            alpha_one_se=one_se,
            score_name=found.score_label,
            name=name,
        )
        return display.plot(ax, layers=layers, line_kw=line_kw)

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        alphas=10,
        cv=None,
        scoring=None,
        n_jobs=None,
        layers=False,
        name=None,
        ax=None,
        line_kw=None,
    ):
        """Cross-validate an estimator at each λ, and draw what came of it.

        Parameters
        ----------
        estimator : MLPClassifier or MLPRegressor
            Its alpha does not count. It stays as it is.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their labels or values.
        alphas : int or array-like of shape (n_alphas,), default=10
            Values of λ, or the size of the default grid, as for `MLPClassifierCV`.
        cv : int, cross-validation generator or iterable, default=None
            Folds, as for `MLPClassifierCV`.
        scoring : str, callable or None, default=None
            Score; None is the accuracy or R².
        n_jobs : int, default=None
            Threads, as for `MLPClassifierCV`.
        layers, name, ax, line_kw : see `from_cv`
            How to draw it.

        Returns
        -------
        display : RegularizationPathDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the estimator is another, or if the search fails, as in `MLPClassifierCV.fit`.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")  # before the search, which may take long
        Choosers = [each for each in (MLPClassifierCV, MLPRegressorCV) if isinstance(estimator, each._Estimator)]
        if not Choosers:
            raise ValueError(
                "estimator must be an MLPClassifier or MLPRegressor of skl2; for a Pipeline, fit one that ends with "
                f"MLPClassifierCV or MLPRegressorCV, and call from_cv; got {estimator!r}."
            )
        settings = {name: value for name, value in estimator.get_params().items() if name not in NOT_INHERITED}
        search = Choosers[0](alphas, cv=cv, scoring=scoring, n_jobs=n_jobs, **settings).fit(X, y)
        return cls.from_cv(search, layers=layers, name=name, ax=ax, line_kw=line_kw)

    @classmethod
    def from_path(cls, path, X=None, y=None, *, layers=False, name=None, ax=None, line_kw=None):
        """Draw a path, with the scores of its networks on X and y; networks that diverged are left out.

        Parameters
        ----------
        path : RegularizationPath
            What `MLPClassifier.path` or `MLPRegressor.path` returned.
        X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
            Samples to score on, better not those of training; None draws the norms only.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Their labels or values.
        layers, name, ax, line_kw : see `from_cv`
            How to draw it.

        Returns
        -------
        display : RegularizationPathDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If path is something else, or has no network; if one of X and y is missing.
        """
        scores, diverged = score_path(path, X, y), path.status == "diverged"
        weight_norms = np.where(diverged, np.nan, path.weight_norms)
        layer_norms = np.where(diverged[:, np.newaxis], np.nan, path.layer_norms)
        names = {"score_name": "accuracy" if hasattr(path, "predict_proba") else "R²", "name": name}
        display = cls(path.alphas, scores, weight_norms=weight_norms, layer_norms=layer_norms, **names)
        return display.plot(ax, layers=layers, line_kw=line_kw)

    def plot(self, ax=None, *, layers=False, name=None, line_kw=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            Where to draw: two Axes for scores and norms, if there are any; one for the scores, or for norms without
            scores; None for a new figure. Axes of another path (`display.ax_`) are drawn on with the next colour.
        layers : bool, default=False
            Whether to draw ‖W‖ of each layer too.
        name : str, default=None
            Name in the legend, instead of that of the display.
        line_kw : dict, default=None
            Keyword arguments for matplotlib's ``plot``.

        Returns
        -------
        display : RegularizationPathDisplay
            Itself, with `ax_`, `figure_`, `lines_` and `fill_between_`.

        Raises
        ------
        ValueError
            If there is nothing to draw, or if `ax` is neither one Axes nor one for each panel.
        """
        if self.scores is None and self.weight_norms is None:
            raise ValueError("There is nothing to draw: scores or weight_norms must be given; both are None.")
        # Two Axes may be those of another path, which has norms.
        is_pair = self.scores is not None and (self.weight_norms is not None or np.size(ax) == 2)
        self.ax_ = make_panels(self, ax, 2 if is_pair else 1)
        self.figure_, self.lines_, self.fill_between_ = self.ax_[0].figure, [], None
        style = {"label": self.name if name is None else name} | spell_out(line_kw)
        if self.scores is not None:
            line, self.fill_between_ = draw_scores(self, self.ax_[0], style)
            self.lines_.append(line)
        if self.weight_norms is not None and (self.scores is None or len(self.ax_) == 2):
            self.lines_ += draw_norms(self, self.ax_[-1], style, layers)
        complete_strengths(self.ax_)
        return self
