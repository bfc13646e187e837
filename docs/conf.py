"""Sphinx builds the pages with this: `make docs`, or `make docs-quick` without running the gallery."""

import inspect

from sphinx_gallery.sorting import ExplicitOrder

import skl2


def is_from_skl2(method):
    """Whether a method is defined in skl2, and not for scikit-learn's protocol only."""
    method = inspect.unwrap(method)
    return method.__module__.startswith("skl2") and method.__name__ != "get_metadata_routing"


def inherited_methods(thing):
    """Return the names of the public methods that a class inherits from scikit-learn."""
    members = inspect.getmembers(thing, inspect.isroutine) if inspect.isclass(thing) else []
    return [name for name, member in members if name[0] != "_" and not is_from_skl2(member)]


project = "skl2"
copyright = "the skl2 developers"
version = release = skl2.__version__

extensions = [
    "myst_parser",  # pages are Markdown, so that they read well on a Git host too
    "numpydoc",  # the sections of docstrings, and their validation
    "matplotlib.sphinxext.plot_directive",  # draws what the example of a display draws
    "sphinx.ext.autosummary",  # one page for each public class and function
    "sphinx_copybutton",  # copies code without prompts and output
    "sphinx_design",  # the cards of the first page
    "sphinx_gallery.gen_gallery",
    "sphinx-mathjax-offline",  # brings MathJax: pages need no network
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
smartquotes = False  # 'auto' is a value to type

# Markdown.
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3  # links to sections, by the anchors that Git hosts give them

# References. A word in single backticks becomes a link where it names something public, and is code otherwise; so only
# what asks for a link by an explicit role can be missing.
default_role = "py:obj"
nitpicky = True
nitpick_ignore_regex = [("py:obj", ".*")]

# Docstrings: every check of numpydoc but these.
numpydoc_show_class_members = False  # the template of a class lists its methods
numpydoc_use_plots = True  # examples that import matplotlib are run, and shown with their pictures
plot_include_source = True
plot_html_show_source_link = plot_html_show_formats = False
plot_formats = [("png", 100)]
numpydoc_validation_checks = {
    "all",
    "GL01",  # the summary stands on the line of the quotes
    "PR08",  # the description of a parameter may begin with a symbol: λ
    "ES01",  # many a summary says it all
    "RT02",  # what is returned has a name, as in scikit-learn
    "EX01",  # tests/test_documentation.py asks for examples; the methods of a display share that of their class
    "SA01",  # pages link to each other, docstrings need not
}

# The API. What estimators inherit from scikit-learn is named and not repeated.
autosummary_generate = True
toc_object_entries_show_parents = "hide"  # fit() rather than MLPClassifier.fit() beside the page
autodoc_default_options = {"member-order": "bysource"}
autosummary_context = {"inherited": {name: inherited_methods(getattr(skl2, name)) for name in skl2.__all__}}

# The gallery, from what everybody needs to what few do.
EXAMPLES = [
    "tables.py",
    "intervals.py",
    "quantiles.py",
    "l2_or_decoupled.py",
    "choosing_lambda.py",
    "wiggly_curve.py",
    "regularization_path.py",
    "columns.py",
    "plain_sgd.py",
    "l2_and_decoupled_under_adam.py",
    "learning_rate_and_decay.py",
    "warm_restarts.py",
    "*",
    "from_scikit_learn.py",
    "out_of_core.py",
    "larger_than_memory.py",
    "dask_cluster.py",
]
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"\.py$",  # every example runs
    "within_subsection_order": ExplicitOrder(EXAMPLES),
    "abort_on_example_error": True,
    "doc_module": ("skl2",),
    "backreferences_dir": "generated/backreferences",  # an API page shows the examples that use it
    "min_reported_time": 1,
    "write_computation_times": False,  # that page loads scripts from elsewhere
    "show_signature": False,
    "download_all_examples": False,
}

# HTML. Nothing is loaded from elsewhere: no fonts, no scripts.
html_theme = "pydata_sphinx_theme"
html_title = "skl2"
html_static_path = ["_static"]
html_css_files = ["skl2.css"]
# Pages that are no section have nothing to list beside them.
ALONE = [
    "getting_started",
    "conventions",
    "study/index",
    "study/ablation",
    "extending",
    "benchmarks",
    "security",
    "glossary",
    "changelog",
]
html_sidebars = {page: [] for page in ALONE}
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "skl2"},
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 5,
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
    "navigation_with_keys": False,
}
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True


def skip_member(app, what, name, member, skip, options):
    """Leave out what comes from scikit-learn; attributes are described in the docstring of the class."""
    return skip or name[0] == "_" or not inspect.isroutine(member) or not is_from_skl2(member)


def without_last_blank_line(app, docname, source):
    """Doctest wants a blank line before the end of a block of Markdown, readers do not."""
    source[0] = source[0].replace("\n\n```\n", "\n```\n")


def setup(app):
    """Connect what is above."""
    app.connect("autodoc-skip-member", skip_member)
    app.connect("source-read", without_last_blank_line)
