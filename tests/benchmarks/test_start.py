"""The benchmark of the start: what its processes are told, and what is made of what they report."""

import pytest

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PREPARE = "from skl2._kernels.training import train_chunk; import numpy; train_chunk[numpy.dtype('f4')].prepare()"


@pytest.fixture
def start(load):
    """Return the module."""
    return load("start")


def test_processes_are_told_nothing_but_where_their_home_is(start, monkeypatch, tmp_path):
    """What this process is told about code, caches and .pyc files is kept from those that are measured."""
    for name in ("PYTHONDONTWRITEBYTECODE", "NUMBA_OPT", "NUMBA_CACHE_DIR", "SKL2_PREBUILT", "SKL2_NUMBA_CACHE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("ANYTHING_ELSE", "stays")
    environment = start.make_environment(tmp_path)
    assert environment["HOME"] == str(tmp_path)
    assert environment["ANYTHING_ELSE"] == "stays"
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    ours = {name: value for name, value in environment.items() if name.startswith(("NUMBA_", "SKL2_"))}
    assert ours == {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}


def test_a_process_reports_its_times(start, tmp_path):
    """Seconds of imports and of work are counted apart, and without skl2 there is no machine code."""
    pause = "import time; time.sleep({})"
    report = start.run(start.Case(pause.format(0.2), pause.format(0.4), tmp_path))
    assert 0.2 <= report.imports < 0.4 <= report.work < 5
    assert report.total == report.imports + report.work
    assert (report.has_numba, report.origin) == (False, None)


def test_a_process_reports_numba_and_machine_code(start, tmp_path):
    """Whether numba was imported, and where the code that trains is from, in a process with settings of its own."""
    report = start.run(start.Case("import numba", PREPARE, tmp_path, {"NUMBA_DISABLE_JIT": "1"}))
    assert (report.has_numba, report.origin) == (True, "plain Python")


def test_the_middle_of_reports(start):
    """Of five reports it is that with the median of the totals, as it is."""
    reports = [start.Report(imports, work, False) for imports, work in ((1, 9), (4, 1), (2, 2), (3, 3), (1, 1))]
    assert start.middle(reports) is reports[1]


def test_only_one_process_has_what_another_has_compiled(start, tmp_path):
    """Of each repeat all folders are new; the one process that follows another has its folder."""
    first, second = (start.make_cases(tmp_path, "float32", number) for number in range(2))
    assert first[start.COMPILES] == first[start.SECOND]
    assert first[start.FIRST].settings == {} != first[start.COMPILES].settings
    homes = [case.home for cases in (first, second) for case in cases.values()]
    assert len(set(homes)) == 4
    assert [list(home.iterdir()) for home in homes] == [[]] * 12
    assert first[start.FIRST].home not in (first[start.COMPILES].home, second[start.COMPILES].home)


@pytest.mark.parametrize("origin", ["prebuilt", "compiled"])
def test_the_table(origin, start, monkeypatch, tmp_path, capsys):
    """Of all cases there is a row, beside scikit-learn's; missing prebuilt code is said, and the time to compile."""
    reports = {
        start.THEIR_FIT: start.Report(1.0, 0.125, False),
        start.FIRST: start.Report(1.0, 0.25, False, origin),
        start.COMPILES: start.Report(1.0, 8.5, True, "compiled"),
        start.SECOND: start.Report(1.0, 0.5, False, "cached"),
        start.THEY_PREDICT: start.Report(1.0, 0.0625, False),
        start.PREDICTS: start.Report(1.0, 0.125, False),
    }
    monkeypatch.setattr(start, "make_cases", lambda *arguments: {what: what for what in reports})
    monkeypatch.setattr(start, "run", reports.get)
    start.compare(tmp_path, "float32", 2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:8] == [
        "| fit in scikit-learn | 1.00 | 0.125 | 1.12 | – | no | – |",
        f"| first fit ever | 1.00 | 0.250 | 1.25 | 0.125 | no | {origin} |",
        "| first fit ever, compiles | 1.00 | 8.50 | 9.50 | 8.38 | yes | compiled |",
        "| fit in the next process | 1.00 | 0.500 | 1.50 | 0.375 | no | cached |",
        "| predict in scikit-learn | 1.00 | 0.0625 | 1.06 | – | no | – |",
        "| predict | 1.00 | 0.125 | 1.12 | 0.0625 | no | – |",
    ]
    assert "To compile for float32 takes 8.0 s, with the import of numba." in lines
    assert any("NO PREBUILT CODE" in line for line in lines) == (origin == "compiled")


def test_predictions_of_files(start, tmp_path):
    """Another process predicts with the saved model, without importing numba or looking for machine code."""
    start.save_models(tmp_path, "float32")
    report = start.run(start.make_cases(tmp_path, "float32", 0)[start.PREDICTS])
    assert (report.has_numba, report.origin) == (False, None)
