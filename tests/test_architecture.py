"""The house: a folder is a floor, imports go down, and each floor uses what its docstring says."""

import ast
import graphlib
import pathlib
import re
import sys
import tomllib
from functools import cache
from importlib import import_module

import pytest

import skl2
from skl2._compilation.entry import Entry

ROOT = pathlib.Path(skl2.__file__).parent
# From the ground up; the last is the package itself, with what users import.
FLOORS = ["_compilation", "_kernels", "_training", "_inputs", "_estimators", "_selection", "_tabular", "_displays", ""]
ROOMS = [path.relative_to(ROOT).with_suffix("").parts for path in sorted(ROOT.rglob("*.py"))]
NAMES = [".".join(room) for room in ROOMS]
# Rooms of machine code, which is made and linked by these packages; the first need both whatever they do.
COMPILERS = {"numba", "llvmlite"}
SPELL_NUMBA = {("_compilation", "compiler"), ("_compilation", "instructions")}
ARITHMETIC = {"collections", "math", "numpy", "typing"}  # what kernels are
# What these need is not installed with skl2, and they are not imported with it.
NEEDS = {"onnx": {"numpy", "sklearn", "onnx", "skl2onnx"}, "skops": {"skops"}}
PUBLIC = [
    "ColumnPathDisplay",
    "LearningRateDecayDisplay",
    "LossCurveDisplay",
    "MLPClassifier",
    "MLPClassifierCV",
    "MLPRegressor",
    "MLPRegressorCV",
    "PiecewiseLinearEncoder",
    "RegularizationPath",
    "RegularizationPathDisplay",
    "TabularEncoder",
    "TabularMLPClassifier",
    "TabularMLPRegressor",
    "WeightDistributionDisplay",
    "show_versions",
    "warm_up",
]


def floor(room):
    """Return the name of the floor that a room is on."""
    return room[0] if len(room) > 1 else ""


@cache
def tree(room):
    """Return the syntax tree of a room."""
    return ast.parse(ROOT.joinpath(*room).with_suffix(".py").read_text(encoding="utf-8"))


def imports(node):
    """Yield (package, room of ours or None, name) for each import below a node."""
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            for alias in each.names:
                yield alias.name.partition(".")[0], None, alias.name
        elif isinstance(each, ast.ImportFrom):
            assert each.level == 0, "imports are absolute"
            package, *folder = each.module.split(".")
            for alias in each.names:
                room = (*folder, alias.name) if (*folder, alias.name) in ROOMS else tuple(folder)
                yield package, room if package == "skl2" else None, alias.name


def outside_functions(room):
    """Return the imports of a room that run when it is imported."""
    inside = [node for each in ast.walk(tree(room)) if isinstance(each, ast.FunctionDef) for node in ast.walk(each)]
    return {node for node in ast.walk(tree(room)) if isinstance(node, ast.Import | ast.ImportFrom)} - set(inside)


def ours(room):
    """Return the rooms that a room imports."""
    return {imported for _, imported, _ in imports(tree(room)) if imported is not None}


def promised(name):
    """Return the packages that the docstring of a floor allows."""
    return set(re.search(r"May import: (.*)\.\n", ast.get_docstring(tree((name, "__init__"))) + "\n")[1].split(", "))


def test_every_folder_is_a_floor():
    """The folders of the package are the floors named above, and none lies in another."""
    assert {floor(room) for room in ROOMS} == set(FLOORS)
    assert max(map(len, ROOMS)) == 2


@pytest.mark.parametrize("name", FLOORS[:-1])
def test_a_floor_says_what_it_is(name):
    """The __init__ of a floor is a docstring of at most three lines, the last of which says what it may import."""
    body = tree((name, "__init__")).body
    lines = [line for line in ast.get_docstring(tree((name, "__init__"))).splitlines() if line]
    assert (len(body), len(lines) <= 3, bool(promised(name))) == (1, True, True)


@pytest.mark.parametrize("room", ROOMS, ids=NAMES)
def test_imports_go_down(room):
    """A room imports rooms, not folders, of its own floor and of floors below, but the top floor is for users only."""
    for other in ours(room):
        assert other in ROOMS
        assert FLOORS.index(floor(other)) <= FLOORS.index(floor(room))
        assert floor(other) != ""


@pytest.mark.parametrize("name", FLOORS)
def test_no_circles(name):
    """Inside a floor the imports form no circle."""
    rooms = {room: {other for other in ours(room) if floor(other) == name} for room in ROOMS if floor(room) == name}
    assert set(graphlib.TopologicalSorter(rooms).static_order()) == set(rooms)  # of a circle, graphlib's CycleError


@pytest.mark.parametrize("room", ROOMS, ids=NAMES)
def test_packages_of_a_floor(room):
    """Beside Python's own, a room imports only the packages that its floor allows."""
    packages = {package for package, *_ in imports(tree(room))} - sys.stdlib_module_names - {"skl2"}
    assert packages <= (promised(floor(room)) if floor(room) else NEEDS.get(room[0], set()))


@pytest.mark.parametrize("name", FLOORS[:-1])
def test_a_floor_promises_what_it_uses(name):
    """No docstring allows a package that nobody on the floor imports."""
    used = {package for room in ROOMS if floor(room) == name for package, *_ in imports(tree(room))}
    assert promised(name) <= used


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("_kernels.")])
def test_kernels_are_arithmetic(name):
    """Kernels import numpy and mathematics, and those that wait threads and time."""
    packages = {package for package, *_ in imports(tree(tuple(name.split("."))))} - {"skl2"}
    assert packages <= ARITHMETIC | ({"threading", "time"} if name == "_kernels.atomics" else set())


@pytest.mark.parametrize("room", ROOMS, ids=NAMES)
def test_compilers_are_imported_inside_functions(room):
    """So neither `import skl2` nor training needs numba; two rooms are about it, and are imported so themselves."""
    outside = {(package, other) for node in outside_functions(room) for package, other, _ in imports(node)}
    if room not in SPELL_NUMBA:
        assert COMPILERS.isdisjoint(package for package, _ in outside)
        assert SPELL_NUMBA.isdisjoint(other for _, other in outside)


def test_only_training_crosses_the_border():
    """The kernels that Python calls are imported by the floor above and nobody else; others read tables and codes."""
    for room in ROOMS:
        for package, other, name in imports(tree(room)):
            if package == "skl2" and floor(other) == "_kernels" and floor(room) not in ("_kernels", "_training"):
                assert not isinstance(getattr(import_module(".".join(["skl2", *other])), name), Entry)


def test_matplotlib_is_imported_inside_functions():
    """So `import skl2` does not need it."""
    for room in ROOMS:
        assert "matplotlib" not in {package for node in outside_functions(room) for package, *_ in imports(node)}


def test_what_needs_more_is_an_extra():
    """A public room that needs packages of its own bears the name of the extra that installs them."""
    project = tomllib.loads((pathlib.Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    for name, needs in NEEDS.items():
        assert set(project["optional-dependencies"][name]) <= needs


@pytest.mark.parametrize("room", ROOMS, ids=NAMES)
def test_files_stay_small(room):
    """One concept a file: at most 320 lines; inside a private folder no name bears an underscore."""
    assert len(ROOT.joinpath(*room).with_suffix(".py").read_text(encoding="utf-8").splitlines()) <= 320
    assert len(room) == 1 or room[-1] == "__init__" or room[-1][0] != "_"


@pytest.mark.parametrize("name", FLOORS[:-1])
def test_tests_mirror_the_floors(name):
    """The folder of tests for a floor has the name of the floor, and each of its files begins with that of a room."""
    rooms = "|".join(room[-1] for room in ROOMS if floor(room) == name)
    files = [path.stem for path in (pathlib.Path(__file__).parent / name[1:]).glob("test_*.py")]
    assert files
    assert [file for file in files if not re.fullmatch(rf"test_({rooms})(_\w+)?", file)] == []


def test_public_names():
    """The package exports exactly what it says; modules of their own (skl2.onnx) are there once they are imported."""
    public = {name for name in vars(skl2) if not name.startswith("_")} - {room[0] for room in ROOMS if len(room) == 1}
    assert public == set(skl2.__all__) == set(PUBLIC)
