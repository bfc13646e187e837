"""What a bug report should say of the machine: scikit-learn's show_versions, and where machine code is from."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from joblib import cpu_count
from threadpoolctl import threadpool_info

from skl2._compilation import storage
from skl2._compilation.configuration import changed_settings, is_compiling
from skl2._compilation.target import level_of_this_machine, processor, runs
from skl2._kernels.entries import variants

PACKAGES = ["skl2", "scikit-learn", "numpy", "scipy", "numba", "llvmlite", "joblib", "threadpoolctl"]
OPTIONAL_PACKAGES = ["pandas", "matplotlib", "skops", "skl2onnx", "rich"]


def show_versions():
    """Print versions, threads, libraries of BLAS, and where machine code is from: for bug reports.

    Nothing is compiled. For each kernel it says "prebuilt" (came with the package), "cached" (compiled for this
    processor before), "compiled" (in this process), or that its first call has yet to compile.

    See Also
    --------
    warm_up : Find or compile all machine code.

    Examples
    --------
    >>> import skl2
    >>> skl2.show_versions()  # doctest: +ELLIPSIS
    <BLANKLINE>
    System:
    ...
    """
    sections = {
        "System": {
            "python": sys.version.replace("\n", " "),
            "executable": sys.executable,
            "machine": platform.platform(),
        },
        "Python dependencies": {name: _version(name) for name in PACKAGES + OPTIONAL_PACKAGES},
        "Compiled code": _compiled_code(),
    }
    lines = []
    for title, items in sections.items():
        lines += ["", f"{title}:", *_align(items)]
    lines += ["", "threadpoolctl info:"]
    for library in threadpool_info():
        lines += [*_align(library), ""]
    sys.stdout.write("\n".join(lines) + "\n")


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _compiled_code():
    return {
        "processor": processor(),
        "prebuilt for": _level(),
        "settings": changed_settings() or "as usual",
        "cores": cpu_count(),
        "cache": " or ".join(map(str, storage.folders())) if storage.is_caching() else None,
    } | {variant.name: _origin(variant) for variant in variants()}


def _level():
    if not storage.has_prebuilt():
        return "nothing, with SKL2_PREBUILT=0"
    level = level_of_this_machine()
    return level and f"{level.name}, which this processor {'runs' if runs(level) else 'does not run'}"


def _origin(variant):
    if variant.origin:
        return variant.origin
    return variant.look()[1] or "to be compiled" if is_compiling() else "plain Python"


def _align(items):
    width = max(map(len, items))
    return [f"{name:>{width}}: {value}" for name, value in items.items()]
