"""Files of skops: what is in them, and what the loader refuses."""

import io
import json
import pathlib
import pickle
import sys
import zipfile

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV, TabularMLPRegressor
from skl2.skops import TRUSTED_TYPES, load

skops_io = pytest.importorskip("skops.io")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).standard_normal((30, 3))
Y = np.digitize(X[:, 0], [-0.4, 0.4])
TABLE = np.column_stack([X.astype(object), np.repeat(["a", "b", "c"], 10)])
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 2}
SEARCH = {"alphas": [0.0, 0.1], "cv": 2, "random_state": 0, **SMALL}
MODELS = {  # (what makes the model, our types in its file)
    "classifier": (lambda: MLPClassifier(**SMALL).fit(X, Y), {"_estimators.classifier.MLPClassifier"}),
    "regressor": (lambda: MLPRegressor(**SMALL).fit(X, Y), {"_estimators.regressor.MLPRegressor"}),
    "streamed": (lambda: MLPRegressor(**SMALL).partial_fit(X, Y), {"_estimators.regressor.MLPRegressor"}),
    "classifier search": (
        lambda: MLPClassifierCV(**SEARCH, scoring="neg_log_loss").fit(X, Y),
        {"_estimators.classifier.MLPClassifier", "_selection.classifier.MLPClassifierCV"},
    ),
    "regressor search": (
        lambda: MLPRegressorCV(**SEARCH, strategy="halving").fit(X, Y),
        {"_estimators.regressor.MLPRegressor", "_selection.regressor.MLPRegressorCV"},
    ),
    "path": (
        lambda: MLPClassifier(**SMALL, decay="decoupled").path(X, Y, 3),
        {"_estimators.classifier.MLPClassifier", "_estimators.regularization_path.RegularizationPath"},
    ),
    "pipeline": (
        lambda: make_pipeline(StandardScaler(), MLPClassifier(**SMALL)).fit(X, Y),
        {"_estimators.classifier.MLPClassifier"},
    ),
    "ensemble": (
        lambda: MLPClassifierCV(**SEARCH, ensemble=True, scoring="loss").fit(X, Y),
        {"_estimators.classifier.MLPClassifier", "_selection.classifier.MLPClassifierCV"},
    ),
    "table": (
        lambda: TabularMLPRegressor(cv=2, **SMALL).fit(TABLE, Y),
        {
            *("_estimators.regressor.MLPRegressor", "_tabular.regressor.TabularMLPRegressor"),
            *("_tabular.encoder.TabularEncoder", "_tabular.target.TargetScale"),
            *(f"_tabular.encodings.{name}" for name in ("Numbers", "OneHot", "Series")),
        },
    ),
    "not fitted": (lambda: MLPClassifierCV(), {"_selection.classifier.MLPClassifierCV"}),
}


@pytest.fixture(scope="module")
def file():
    """The bytes of a file with a classifier."""
    return skops_io.dumps(MLPClassifier(**SMALL, random_state=0).fit(X, Y))


def rewrite(file, change):
    """The file with its schema changed, as someone would who means harm: all checksums are right."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, json.dumps(change(json.loads(content))) if name == "schema.json" else content)
    return changed.getvalue()


@pytest.mark.parametrize("name", MODELS)
def test_files_hold_no_types_but_ours(name):
    """What skops does not trust in a file are our own classes, those that the loader trusts."""
    make, ours = MODELS[name]
    untrusted = skops_io.get_untrusted_types(data=skops_io.dumps(make()))
    assert set(untrusted) == {f"skl2.{kind}" for kind in ours}
    assert set(untrusted) <= set(TRUSTED_TYPES)


def test_the_loader_trusts_our_public_classes_and_their_parts_only():
    """TRUSTED_TYPES names the estimators, the path, the transformers, and what these hold encodings and units in."""
    assert [name.rpartition(".")[2] for name in TRUSTED_TYPES] == [
        "MLPClassifier",
        "MLPClassifierCV",
        "MLPRegressor",
        "MLPRegressorCV",
        "RegularizationPath",
        "TabularMLPClassifier",
        "TabularMLPRegressor",
        "TabularEncoder",
        "PiecewiseLinearEncoder",
        "Numbers",
        "OneHot",
        "Series",
        "LevelMeans",
        "TargetScale",
    ]


@pytest.mark.parametrize("kind", ["path", "text", "binary file"])
def test_loads_from_a_path_or_a_file(tmp_path, file, kind):
    """The loader takes what skops.io.dump takes: a path, its text, an open file."""
    path = tmp_path / "model.skops"
    path.write_bytes(file)
    model = load({"path": path, "text": str(path), "binary file": io.BytesIO(file)}[kind])
    np.testing.assert_array_equal(model.predict_proba(X), skops_io.loads(file, TRUSTED_TYPES).predict_proba(X))


def test_a_type_that_nobody_knows_is_refused_until_it_is_trusted():
    """What is neither ours nor skops's is named, and made once the user trusts it by that name."""
    model = MLPRegressorCV(**SEARCH, scoring="r2").fit(X, Y).set_params(cv=pathlib.PurePosixPath("/"))
    file = skops_io.dumps(model)
    with pytest.raises(TypeError, match=r"neither skops nor skl2 knows: pathlib.PurePosixPath\. .*trusted=\["):
        load(io.BytesIO(file))
    for trusted in (["pathlib.PurePosixPath"], "pathlib.PurePosixPath"):
        again = load(io.BytesIO(file), trusted=trusted)
        np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_nothing_is_made_of_a_file_that_would_run_code(file, tmp_path):
    """A file that asks for os.mkdir in the place of a value is refused, and nothing was called."""
    target = tmp_path / "made"

    def attack(schema):
        call = {"__class__": "mkdir", "__module__": "os", "__loader__": "FunctionNode", "__id__": 1}
        text = {
            "__class__": "str",
            "__module__": "builtins",
            "__loader__": "JsonNode",
            "content": json.dumps(str(target)),
        }
        args = {
            "__class__": "tuple",
            "__module__": "builtins",
            "__loader__": "TupleNode",
            "content": [text | {"__id__": 2}],
        }
        schema["content"]["content"]["alpha"] = {
            "__class__": "partial",
            "__module__": "functools",
            "__loader__": "PartialNode",
            "__id__": 3,
            "content": {"func": call, "args": args | {"__id__": 4}, "kwds": text, "namespace": text},
        }
        return schema

    with pytest.raises(TypeError, match=r"os\.mkdir"):
        load(io.BytesIO(rewrite(file, attack)))
    assert not target.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"no zip", pickle.dumps({"a": 1}), "half", "no schema"],
    ids=["empty", "text", "pickle", "half", "no schema"],
)
def test_what_is_no_file_of_skops(file, content):
    """Other files, and a part of one, are a ValueError."""
    if content == "half":
        content = file[: len(file) // 2]
    if content == "no schema":
        with zipfile.ZipFile(empty := io.BytesIO(), "w"):
            pass
        content = empty.getvalue()
    with pytest.raises(ValueError, match="This is not a file of skops, or it is damaged"):
        load(io.BytesIO(content))


def test_a_file_that_is_not_there(tmp_path):
    """A path that leads nowhere is the system's error."""
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.skops")


def test_a_damaged_state_is_refused_as_that_of_a_pickle(file):
    """What skops restores goes through the same check."""

    def damage(schema):
        del schema["content"]["content"]["intercepts_"]
        schema["content"]["key_types"]["content"].pop()
        return schema

    with pytest.raises(
        ValueError, match=r"^The state of this MLPClassifier is damaged: what it lacks is \['intercepts_'\]"
    ):
        load(io.BytesIO(rewrite(file, damage)))


def leaves(node, path=()):
    """Yield the path to each value of a schema."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from leaves(value, (*path, key))


def test_a_schema_that_lies_never_gives_an_estimator_that_crashes(file):
    """Of 250 files with one value of the schema replaced, each loads and predicts, or is a TypeError or ValueError."""
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        schema = json.loads(archive.read("schema.json"))
    random = np.random.default_rng(0)
    paths = list(leaves(schema))
    refused = 0
    for number in random.choice(len(paths), 250, replace=False):
        *path, last = paths[number]
        value = [None, [], {}, "", "null", "-1", 7, '"relu"'][random.integers(8)]

        def lie(schema, path=path, last=last, value=value):
            node = schema
            for key in path:
                node = node[key]
            node[last] = value
            return schema

        try:
            model = load(io.BytesIO(rewrite(file, lie)))
        except (TypeError, ValueError):
            refused += 1
        else:
            assert not hasattr(model, "coefs_") or len(model.predict(X)) == len(X)
    assert refused > 50


def test_without_skops(monkeypatch):
    """Where skops is not installed, the error says what to install."""
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(ImportError, match="pip install skops"):
        load("model.skops")
