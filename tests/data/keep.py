"""Write files of fitted estimators of this version, and what they predict, for tests of all later versions.

    python tests/data/keep.py

makes the folder tests/data/<version>/. It refuses to write where there is one: files of a version that was released are
never written again, since users have them.

Run it where the oldest versions that pyproject.toml allows are installed. What they write newer ones must read; not the
other way round: numpy 1.26 cannot read a RandomState that numpy 2 pickled.
"""

import json
import pickle
import warnings
import zipfile
from pathlib import Path

import numpy as np
import sklearn
import skops.io
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skl2
from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV, TabularMLPRegressor

SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 4, "learning_rate_init": 0.05}
SEARCH = {"alphas": [0.0, 0.1], "cv": 2, "random_state": 0, **SMALL}


def make_models(X):
    """Return {name: fitted model}: each class, with what is in files in as many forms as there are."""
    number = (X[:, 0] > -0.3).astype(int) + (X[:, 0] > 0.4)
    word, labels = np.array(["a", "b", "c"])[number], np.column_stack([X[:, 0] > 0, X[:, 1] > 0]).astype(int)
    streamed = MLPRegressor(**SMALL, random_state=np.random.RandomState(0), decay="decoupled", optimizer="sgd")
    for _ in range(2):
        streamed.partial_fit(X, X[:, :2])
    weights = {"a": 1.0, "b": 2.0, "c": 1.0}
    words = MLPClassifier(**SMALL, early_stopping=True, class_weight=weights, random_state=0)
    return {
        "words in a pipeline": make_pipeline(StandardScaler(), words).fit(X, word),
        "streamed": streamed,
        "search by labels": MLPClassifierCV(**SEARCH).fit(X, labels),
        "search in float32": MLPRegressorCV(**SEARCH, dtype="float32", scoring="neg_mean_absolute_error").fit(
            X, X[:, 0]
        ),
        "ensemble": MLPClassifierCV(**SEARCH, ensemble=True, calibrate=True, scoring="loss").fit(X, word),
        "table": TabularMLPRegressor(cv=2, hidden_layer_sizes=(3,), max_iter=4, dtype="float64", random_state=0).fit(
            X, 1e6 + X
        ),
        "path": MLPClassifier(**SMALL, decay="decoupled", random_state=0).path(X, number, [0.0, 5.0]),
    }


def predict(model, X):
    """Return what a model says of X, as lists: labels, and numbers where it has them."""
    has_numbers = hasattr(model, "predict_proba")
    numbers = model.predict_proba(X) if has_numbers else model.predict(X)
    return {"predict": np.asarray(model.predict(X)).tolist(), "numbers": numbers.tolist()}


def main():
    """Write the files."""
    folder = Path(__file__).parent / skl2.__version__
    folder.mkdir()  # or raise: never write one again
    X = np.random.default_rng(0).standard_normal((40, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a few epochs do not converge
        models = make_models(X)
    (folder / "models.pickle").write_bytes(pickle.dumps(models, protocol=4))
    skops.io.dump(models, folder / "models.skops", compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    versions = {"skl2": skl2.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__}
    predictions = {name: predict(model, X[:5]) for name, model in models.items()}
    expected = {"versions": versions, "X": X[:5].tolist(), "predictions": predictions}
    (folder / "expected.json").write_text(json.dumps(expected) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
