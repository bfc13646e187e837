"""The networks of ablation.py: those of TabularMLP, rebuilt of public parts, each of which can be left out.

TabularMLP is fitted first, and asked for its settings: encoders, sizes, epochs, values of λ. The rebuilt network with
all parts differs from it in little: each encoder's networks choose their own λ, on networks of the full width and all
of their folds.
"""

from typing import NamedTuple

import numpy as np
from _tables_models import MODELS, as_float32, make_encoder
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skl2 import MLPClassifierCV, MLPRegressorCV, TabularEncoder

N_FOLDS = 6
BOUND = 3.0  # of what TabularEncoder makes of a number
MOST = BOUND * (1 - 2.0**-23)  # the next smaller float32, from which there is a way back: to 6000 quartile ranges
L2_ALPHAS = np.geomspace(1e-6, 1e-1, 6)  # λ of a penalty: as many decades as the study of the two finds chosen


class Recipe(NamedTuple):
    """What a network is made of; the defaults are all parts."""

    encoding: str = "chosen"  # a name of ENCODINGS
    learning_rate: str = "cosine"
    learning_rate_init: float = 0.01
    regularization: str = "decoupled"  # or 'l2', 'none'
    is_ensemble: bool = True  # the networks of the folds, or one of all rows

    @property
    def mean_rate(self):
        """Return the mean learning rate."""
        return self.learning_rate_init / 2 if self.learning_rate == "cosine" else self.learning_rate_init


ALL_PARTS = "all parts"
LEFT_OUT = {  # one part at a time, or another in its place
    "constant rate, 0.01": Recipe(learning_rate="constant"),
    "constant rate, 0.001": Recipe(learning_rate="constant", learning_rate_init=0.001),
    "L2 penalty": Recipe(regularization="l2"),
    "no λ": Recipe(regularization="none"),
    "one network of all rows": Recipe(is_ensemble=False),
    "no bins": Recipe("no bins"),
    "plain encoding": Recipe("plain"),
    "not squashed": Recipe("not squashed"),
}
PLAIN = Recipe("plain", "constant", 0.001, "none", is_ensemble=False)
BUILT_UP = {  # one after the other; what comes next is among those above
    "plain network": PLAIN,
    "… and cosine, from 0.01": PLAIN._replace(learning_rate="cosine", learning_rate_init=0.01),
    "… and decoupled λ": Recipe("plain", is_ensemble=False),
    "… and TabularEncoder": Recipe("no bins", is_ensemble=False),
}
RECIPES = {ALL_PARTS: Recipe(), **LEFT_OUT, **BUILT_UP}
# Of what has been trained with all parts: how many of its networks are averaged, and whether they are calibrated.
READINGS = {"three of six networks": (3, True), "one of six networks": (1, True), "not calibrated": (N_FOLDS, False)}


class Unsquashed(TransformerMixin, BaseEstimator):
    """A TabularEncoder whose numbers are what they were before the clip: (x - median) / IQR."""

    def __init__(self, encoder):
        self.encoder = encoder

    def fit(self, X, y=None):
        """Fit the encoder, and find its columns of numbers: those of two values are no such."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X, y=None):
        """Fit the encoder, and undo the clip of the same rows."""
        self.encoder_ = clone(self.encoder)
        encoded = self.encoder_.fit_transform(X, y)
        names = self.encoder_.get_feature_names_out()
        numbers = np.flatnonzero(np.isin(names, self.encoder_.feature_names_in_[self._are_numbers()]))
        self.columns_ = [column for column in numbers if not np.isin(encoded[:, column], (-1, 0, 1)).all()]
        return self._undo(encoded)

    def transform(self, X):
        """Encode, and undo the clip."""
        return self._undo(self.encoder_.transform(X))

    def _are_numbers(self):
        return np.array(self.encoder_.kinds_) == "number"

    def _undo(self, encoded):
        clipped = np.clip(encoded[:, self.columns_].astype(np.float64), -MOST, MOST)
        encoded[:, self.columns_] = clipped / np.sqrt(1 - (clipped / BOUND) ** 2)
        return encoded


def ranked_encoders(default):
    """Return the encoders of a fitted TabularMLP that take part, the best one first."""
    scores = dict.fromkeys(map(repr, default.encoders_), -np.inf)
    results = default.cv_results_
    for name, score in zip(map(str, results["param_encoder"]), results["mean_test_score"], strict=True):
        if name in scores:
            scores[name] = max(scores[name], score)
    return [clone(encoder) for encoder in sorted(default.encoders_, key=lambda encoder: -scores[repr(encoder)])]


ENCODINGS = {
    "chosen": lambda default, X: ranked_encoders(default),
    "not squashed": lambda default, X: [Unsquashed(encoder) for encoder in ranked_encoders(default)],
    "no bins": lambda default, X: [TabularEncoder()],
    "plain": lambda default, X: [make_pipeline(make_encoder(X), FunctionTransformer(as_float32))],
}


def make_search(recipe, default, is_regression, seed):
    """Return the search of a recipe, with the settings of a fitted TabularMLP for all that the recipe does not say."""
    kind = MLPRegressorCV if is_regression else MLPClassifierCV
    settings = default.estimators_[0].get_params()
    search = kind(scoring="loss", strategy="screening", ensemble=recipe.is_ensemble)
    search.set_params(**{name: value for name, value in settings.items() if name in search.get_params()})
    shrinkage = default.alphas_ * Recipe().mean_rate  # of a step; its total is what λ of a decay is compared by
    alphas = {"decoupled": shrinkage / recipe.mean_rate, "l2": L2_ALPHAS, "none": [0.0]}
    search.set_params(
        alphas=alphas[recipe.regularization],
        decay=None if recipe.regularization == "l2" else "decoupled",
        learning_rate=recipe.learning_rate,
        learning_rate_init=recipe.learning_rate_init,
        random_state=seed,
    )
    return search.set_params(calibrate=True) if recipe.is_ensemble and not is_regression else search


class Part(NamedTuple):
    """A fitted search, and the encoding of the test rows that it predicts from."""

    search: object
    X_test: np.ndarray

    def predictions(self, is_regression, is_calibrated=True):
        """Return what each network says of the test rows: probabilities, or values."""
        networks = getattr(self.search, "estimators_", None) or [self.search]
        said = [network.predict(self.X_test) if is_regression else network.predict_proba(self.X_test)
                for network in networks]  # fmt: skip
        return said if is_calibrated or is_regression else [undo(each, self.search.temperature_) for each in said]


def undo(probability, temperature):
    """Return probabilities as they were before their logarithms were divided by √T."""
    logarithm = np.sqrt(temperature) * np.log(np.maximum(probability.astype(np.float64), np.finfo(np.float64).tiny))
    raised = np.exp(logarithm - logarithm.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def train(recipe, default, split, is_regression, seed):
    """Return the Parts of a recipe: the encoders that take part take turns from fold to fold, as in TabularMLP."""
    folds = (KFold if is_regression else StratifiedKFold)(N_FOLDS, shuffle=True, random_state=seed)
    splits = list(folds.split(split.X_train, split.y_train))
    encoders = ENCODINGS[recipe.encoding](default, split.X_train)
    encoders = encoders if recipe.is_ensemble else encoders[:1]
    parts = []
    for turn, encoder in enumerate(encoders):
        search = make_search(recipe, default, is_regression, seed + turn)
        X = np.asarray(encoder.fit_transform(split.X_train, split.y_train))
        search.set_params(cv=splits[turn :: len(encoders)]).fit(X, split.y_train)
        parts.append(Part(search, np.asarray(encoder.transform(split.X_test))))
    return parts


def predict(parts, is_regression, n_networks=N_FOLDS, is_calibrated=True):
    """Return the mean of what so many networks say, those of the encoders in turns."""
    said = [part.predictions(is_regression, is_calibrated) for part in parts]
    in_turns = [each[number] for number in range(len(said[0])) for each in said if number < len(each)]
    return np.mean(in_turns[:n_networks], axis=0)


def standardised(split):
    """Return a Split whose target has mean 0 and variance 1 in training, and what makes values of predictions."""
    mean, deviation = split.y_train.mean(), split.y_train.std()
    return split._replace(y_train=(split.y_train - mean) / deviation), lambda z: z * deviation + mean


def predictions_of_all(split, is_regression, seed):
    """Yield (name, predictions of the test rows) of scikit-learn's network, TabularMLP, all recipes and readings."""
    method = "predict" if is_regression else "predict_proba"
    anchors = {key: MODELS[key].make(split.X_train, is_regression, seed) for key in ("sklearn", "tabular")}
    for key, model in anchors.items():
        yield MODELS[key].label, getattr(model.fit(split.X_train, split.y_train), method)(split.X_test)
    default, scaled, to_values = anchors["tabular"], split, lambda probability: probability
    if is_regression:
        scaled, to_values = standardised(split)
    for name, recipe in RECIPES.items():
        parts = train(recipe, default, scaled, is_regression, seed)
        yield name, to_values(predict(parts, is_regression))
        if name == "all parts":
            for reading, how in READINGS.items():
                yield reading, to_values(predict(parts, is_regression, *how))
