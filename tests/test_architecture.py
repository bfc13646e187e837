"""The floors of the house: imports go down only, and each floor uses what belongs to it."""

import ast
import pathlib

import pytest

import skl2

ROOT = pathlib.Path(skl2.__file__).parent

# From the ground up. A module may import modules further up in this list, and none below itself.
FLOORS = [
    ("_kernels._instructions", {"sys", "numba"}),
    ("_kernels._cache", {"contextlib", "hashlib", "io", "numba"}),
    ("_kernels._jit", {"contextlib", "functools", "gc", "hashlib", "importlib", "os", "threading", "types", "numba"}),
    ("_kernels.atomics", {"threading", "time"}),
    ("_kernels.tickets", set()),
    ("_kernels.vectormath", set()),
    ("_kernels.activations", {"numpy"}),
    ("_kernels.losses", {"math", "numpy"}),
    ("_kernels.optimizers", {"math"}),
    ("_kernels.gemm", {"numpy"}),
    ("_kernels.inputs", {"numpy"}),
    ("_kernels.network", {"numpy"}),
    ("_kernels.training", {"math", "numpy"}),
    ("_kernels.objective", set()),
    ("_parameters", {"itertools", "math", "numpy"}),
    ("_prediction", {"numpy"}),
    ("_schedules", {"numpy"}),
    ("_batches", {"numpy", "scipy"}),
    ("_progress", {"enum", "math", "numpy"}),
    ("_monitor", {"math"}),
    ("_blas", {"contextlib", "os", "threading", "joblib", "scipy", "threadpoolctl"}),
    ("_interrupts", {"signal"}),
    ("_team", {"concurrent", "numpy", "scipy"}),
    ("_engine", {"copy", "numpy"}),
    ("_lbfgs", {"functools", "math", "numpy", "scipy"}),
    ("_memory", {"os"}),
    ("_settings", {"itertools", "math", "sys", "warnings", "numbers", "numpy", "sklearn"}),
    ("_outcome", {"copy", "warnings", "numpy", "sklearn"}),
    ("_state", {"itertools", "numbers", "reprlib", "numpy", "sklearn"}),
    ("_samples", {"copy", "functools", "math", "numbers", "warnings", "numpy", "scipy", "sklearn"}),
    ("_callbacks", {"sklearn", "rich"}),
    ("_conversion", {"copy", "inspect", "numbers", "sys", "warnings", "numpy", "scipy", "sklearn"}),
    ("_problem", {"copy", "functools", "numpy", "sklearn"}),
    ("_grid", {"itertools", "math", "numbers", "numpy"}),
    ("_parallel", {"contextlib", "numpy", "joblib", "sklearn"}),
    ("_path", {"numbers", "numpy", "scipy", "sklearn"}),
    ("_base", {"contextlib", "copy", "functools", "numpy", "sklearn"}),
    ("_class_weight", {"numpy"}),
    ("_labels", {"numpy", "scipy", "sklearn"}),
    ("_classifier", {"numpy", "scipy", "sklearn"}),
    ("_regressor", {"numpy", "scipy", "sklearn"}),
    ("_search", {"contextlib", "copy", "math", "numbers", "time", "numpy", "sklearn"}),
    ("_cv_results", {"numpy"}),
    ("_base_cv", {"inspect", "numbers", "time", "warnings", "numpy", "scipy", "sklearn"}),
    ("_classifier_cv", {"sklearn"}),
    ("_regressor_cv", {"sklearn"}),
    ("skops", {"contextlib", "io", "pathlib", "skops"}),
    ("_warm_up", {"numpy"}),
    ("_displays.axes", {"numpy", "sklearn", "matplotlib"}),
    ("_displays.fitted", {"numpy", "sklearn"}),
    ("_displays.regularization_path", {"numpy", "sklearn"}),
    ("_displays.loss_curve", {"numpy"}),
    ("_displays.weight_distribution", {"numpy"}),
    ("_displays.learning_rate_decay", {"numbers", "numpy", "sklearn", "matplotlib"}),
    ("_displays.__init__", set()),
    ("__init__", set()),
    ("_kernels.__init__", set()),
    ("onnx", {"numpy", "sklearn", "onnx", "skl2onnx"}),
]
PUBLIC = [
    "LearningRateDecayDisplay",
    "LossCurveDisplay",
    "MLPClassifier",
    "MLPClassifierCV",
    "MLPRegressor",
    "MLPRegressorCV",
    "RegularizationPath",
    "RegularizationPathDisplay",
    "WeightDistributionDisplay",
    "warm_up",
]
ORDER = [name for name, _ in FLOORS]
HARMLESS = {"collections", "typing"}


def imports(name):
    """Yield (top-level package, module of ours or None) for each import in a module of ours."""
    source = (ROOT / name.replace(".", "/")).with_suffix(".py").read_text()
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [node.module]
        for imported in names:
            package, _, rest = imported.partition(".")
            yield package, rest if package == "skl2" else None


def test_every_module_has_its_floor():
    """The list above names every module of the package."""
    found = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in ROOT.rglob("*.py")}
    assert found == set(ORDER)


@pytest.mark.parametrize(("name", "allowed"), FLOORS, ids=ORDER)
def test_imports_go_down(name, allowed):
    """A module imports only modules on lower floors and only the packages of its own floor."""
    for package, ours in imports(name):
        if package == "skl2":
            assert ORDER.index(ours) < ORDER.index(name)
        else:
            assert package in allowed | HARMLESS


def test_files_stay_small():
    """One concept a file: at most 320 lines."""
    for path in ROOT.rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 320, path.name


def test_public_names():
    """The package exports exactly what it says; modules of their own (skl2.onnx) are there once they are imported."""
    public = {name for name in vars(skl2) if not name.startswith("_")} - set(ORDER)
    assert public == set(skl2.__all__) == set(PUBLIC)
