"""What numba is told, by variables of the environment, a file or a program; known without numba where it is nothing."""

import os
import sys

# What code depends on, with what numba, or its variable NUMBA_…, has for it as usual, as text.
SETTINGS = {
    "CPU_NAME": ["None"],
    "CPU_FEATURES": ["None"],
    "ENABLE_AVX": ["True", "1"],
    "BOUNDSCHECK": ["None", "0"],
    "OPT": ["_OptLevel(3)", "3"],
    "LOOP_VECTORIZE": ["1"],
    "SLP_VECTORIZE": ["0"],
    "DEBUGINFO_DEFAULT": ["0"],
    "ENABLE_PROFILING": ["0"],
    "DISABLE_JIT": ["0"],
}
FILE = ".numba_config.yaml"


def changed_settings():
    """Return those on which compiled code depends and that are not as usual, as text: "BOUNDSCHECK=1"."""
    config = _numba_config()
    values = {name: str(getattr(config, name, usual[0])) for name, usual in SETTINGS.items()}
    return " ".join(f"{name}={value}" for name, value in values.items() if value not in SETTINGS[name])


def is_compiling():
    """Return whether kernels are compiled at all."""
    return not getattr(_numba_config(), "DISABLE_JIT", 0)


def cache_folder():
    """Return NUMBA_CACHE_DIR, or ""."""
    config = sys.modules.get("numba.core.config")
    return config.CACHE_DIR if config else os.environ.get("NUMBA_CACHE_DIR", "")


def _numba_config():
    """Return numba's own reading of what it is told, or None where it is told nothing and not imported."""
    if "numba.core.config" not in sys.modules and (_is_told() or os.path.exists(FILE)):
        import numba.core.config  # noqa: F401
    return sys.modules.get("numba.core.config")


def _is_told():
    variables = {f"NUMBA_{name.removesuffix('_DEFAULT')}": usual for name, usual in SETTINGS.items()}
    return any(os.environ.get(name, usual[0]) not in usual for name, usual in variables.items())
