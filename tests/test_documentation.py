"""The documentation is complete: docstrings, pages and links. Sphinx is not needed; it checks the rest (make docs)."""

import inspect
import re
import textwrap
from pathlib import Path

import pytest

import skl2
from skl2._kernels import optimizers
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.initial_weights import glorot, glorot_logistic, he, lecun
from skl2._kernels.losses import LOSSES
from skl2._kernels.optimizers import OPTIMIZERS
from skl2._training.schedules import SCHEDULES

ROOT = Path(__file__).parents[1]
DOCS = [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/user_guide/*.md"), *ROOT.glob("docs/study/*.md")]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "benchmarks/README.md", *DOCS]
THINGS = [getattr(skl2, name) for name in skl2.__all__]
PROTOCOL = ["get_metadata_routing"]
ROWS = [*ACTIVATIONS, *LOSSES, *OPTIMIZERS, *SCHEDULES]


def public_methods():
    """Return the public methods of what is public, each under its name, but for those of scikit-learn's protocol."""
    methods = {}
    for thing in filter(inspect.isclass, THINGS):
        for name, method in inspect.getmembers(thing, inspect.isroutine):
            if name[0] != "_" and name not in PROTOCOL and inspect.unwrap(method).__module__.startswith("skl2"):
                methods[f"{thing.__name__}.{name}"] = method
    return methods


def section(docstring, title):
    """Return the text of a section of a docstring, or None."""
    match = re.search(rf"^{title}\n-+\n(.*?)(?=^\S[^\n]*\n-{{3}}|\Z)", docstring, re.MULTILINE | re.DOTALL)
    return match and match[1]


def documented(docstring):
    """Return the names of the parameters that a docstring describes."""
    heads = re.findall(r"^([\w*]+(?:, [\w*]+)*) :", section(docstring, "Parameters") or "", re.MULTILINE)
    return [name.lstrip("*") for head in heads for name in head.split(", ")]


def arguments(function):
    """Return the names of the arguments of a function but self."""
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]


@pytest.mark.parametrize("thing", THINGS, ids=skl2.__all__)
def test_what_is_public_has_an_example_that_runs(thing):
    """Every public class and function has an Examples section with a prompt, which doctest runs."""
    assert ">>> " in section(inspect.getdoc(thing), "Examples")


@pytest.mark.parametrize("name", [name for name in public_methods() if "Display." not in name])
def test_methods_have_an_example_that_runs(name):
    """So has every public method, but for those of displays, which share the example of their class."""
    assert ">>> " in section(inspect.getdoc(public_methods()[name]), "Examples")


@pytest.mark.parametrize("thing", [thing for thing in THINGS if thing is not skl2.RegularizationPath])
def test_what_is_public_describes_its_arguments(thing):
    """Every public class and function describes its arguments, in their order; users do not construct a path."""
    assert documented(inspect.getdoc(thing)) == arguments(thing)


@pytest.mark.parametrize("name", public_methods())
def test_methods_describe_what_they_take_and_return(name):
    """Every public method describes its arguments, in their order, and what it returns."""
    method = public_methods()[name]
    docstring = inspect.getdoc(method)
    assert documented(docstring) == arguments(method)
    assert section(docstring, "Returns")


@pytest.mark.parametrize("name", skl2.__all__)
def test_reference_lists_what_is_public(name):
    """docs/api.md names every public class and function, on a line of its own."""
    assert re.search(rf"^ +{name}$", (ROOT / "docs/api.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("row", ROWS)
def test_pages_name_every_row_of_the_tables(row):
    """Every activation, loss, optimizer and schedule is named on some page."""
    assert any(f"'{row}'" in page.read_text(encoding="utf-8") for page in DOCS)


def test_conventions_say_how_initial_weights_spread():
    """The last column of the table of activations is what their rows say."""
    page = (ROOT / "docs/conventions.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `'(\w+)'` \| .* \| ([\w ]+) \|$", page, re.MULTILINE))
    words = {"Glorot": glorot, "a third of it": glorot_logistic, "He": he, "LeCun": lecun}
    assert {name: words[rows[name]] for name in ACTIVATIONS} == {name: row.initial for name, row in ACTIVATIONS.items()}


def test_readme_shows_the_loop_that_runs():
    """The update in README.md is the loop of the kernel, line by line, but for casts and for caution."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    loop = re.search(r"```python\n(for i in range\(params\.size\):\n.*?)```", readme, re.DOTALL)[1]
    source = inspect.getsource(optimizers.adam.function).replace("number(math.sqrt(v[i] * c2))", "sqrt(v[i] * c2)")
    cautious = "        decay = number(0) if cautious and direction * params[i] < 0 else strength\n"
    assert source.count(cautious) == 1
    assert textwrap.indent(loop, "    ") in source.replace(cautious, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    """Every relative link and picture of a page is a file, and every link to a section has its heading."""
    for target, _, anchor in re.findall(r"\]\(([^)\s#]*)(#([^)\s]+))?\)", page.read_text(encoding="utf-8")):
        if target.startswith(("http:", "https:")):
            continue
        file = page.parent / target if target else page
        assert file.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors(file), f"{target} has no section #{anchor}"


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_at_the_foot_of_a_page_exist(page):
    """Every example that a page shows is a file: sphinx-gallery says nothing of those that are not."""
    for example in re.findall(r"^   \.\./(examples/\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        assert (ROOT / example).exists(), example


def anchors(page):
    """Return the anchors that Git hosts give the headings of a page, and of the page that it includes."""
    text = page.read_text(encoding="utf-8")
    included = re.search(r"^```\{include\} (\S+)", text, re.MULTILINE)
    text = (page.parent / included[1]).read_text(encoding="utf-8") if included else text
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
