"""The part of a build that compiles: object code of the kernels becomes a part of the wheel, or of an editable tree.

It runs on all processors of a level, with any Python and any numba (skl2/_compilation). A machine of another kind, or
SKL2_PREBUILT=0, gives a wheel of Python alone, whose users compile at their first fit; so does a compiler that fails,
as nobody should be without skl2 for that. With SKL2_PREBUILT=1 such a failure is one of the build: for releases.
"""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

FOLDER = "skl2/_compilation/prebuilt"
COMPILER = ("llvmlite", "numba", "numpy", "scipy")  # of what skl2 depends on, what compiling needs
# Without skl2/__init__.py, which imports what a build does not need.
PREBUILD = """
import sys, types
package = types.ModuleType("skl2")
package.__path__ = ["skl2"]
sys.modules["skl2"] = package
from skl2._kernels.entries import prebuild
prebuild()
"""
# What Python's own packages support will do: the code calls exp, log, pow, memset and sched_yield, which the C library
# has always had. As it names no versions of them, it gets those of the machine where it runs, as numba's own code does.
OLDEST_LINUX = "manylinux_2_17_"


class CustomBuildHook(BuildHookInterface):
    """What hatchling calls."""

    def dependencies(self):
        """Return what compiling needs."""
        needed = self.metadata.core.dependencies if level_to_compile(self.root) else []
        return [requirement for requirement in needed if requirement.startswith(COMPILER)]

    def initialize(self, version, build_data):
        """Compile, before files are collected."""
        level = level_to_compile(self.root)
        if level and self.compile(level):
            build_data["artifacts"].append(f"{FOLDER}/*.code")
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform()}"

    def compile(self, level):
        """Fill the folder, in a process where numba compiles for a level and in one order; return whether it could."""
        shutil.rmtree(pathlib.Path(self.root, FOLDER), ignore_errors=True)
        settings = {"NUMBA_CPU_NAME": level.name, "NUMBA_CPU_FEATURES": "", "PYTHONHASHSEED": "0"}
        settings["NUMBA_DISABLE_INTEL_SVML"] = "1"  # a library that users may not have
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")} | settings
        process = subprocess.run([sys.executable, "-c", PREBUILD], cwd=self.root, env=environment)
        if process.returncode and os.environ.get("SKL2_PREBUILT") == "1":
            raise RuntimeError("The kernels could not be compiled, and SKL2_PREBUILT=1 demands it.")
        if process.returncode:
            self.app.display_warning("The kernels could not be compiled: the first fit of skl2 will compile them.")
        return not process.returncode


def level_to_compile(root):
    """Return the Level that code is wanted for, or None."""
    specification = importlib.util.spec_from_file_location("target", pathlib.Path(root, "skl2/_compilation/target.py"))
    target = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(target)
    return target.level_of_this_machine() if os.environ.get("SKL2_PREBUILT") != "0" else None


def platform():
    """Return the tag of the systems that can install the wheel."""
    tags = list(platform_tags())
    return next((tag for tag in tags if tag.startswith(OLDEST_LINUX)), tags[0])
