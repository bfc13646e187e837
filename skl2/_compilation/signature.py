"""The types of what an entry takes, said in the annotations of entries and of the structs that they are given."""

from typing import Annotated, NamedTuple

import numpy as np

NUMBER = "number"  # the floating-point type that an entry is compiled for
INTEGER = "integer"  # integers as wide


class Array(NamedTuple):
    """An array in C order that may be written."""

    ndim: int
    dtype: np.dtype


def array(ndim, dtype=NUMBER):
    """Return the annotation of an array."""
    return Annotated[np.ndarray, ndim, dtype]


def resolve(annotation, dtype):
    """Return what an annotation stands for where numbers are of this dtype: int, float, bool, a struct or an Array."""
    if not hasattr(annotation, "__metadata__"):
        return annotation
    ndim, name = annotation.__metadata__
    names = {NUMBER: dtype, INTEGER: f"int{8 * dtype.itemsize}"}
    return Array(ndim, np.dtype(names.get(name, name)))


def fields(kind):
    """Return the annotations of the fields of a struct."""
    return kind.__annotations__.values()


def leaves(annotations, dtype, prefix=""):
    """Return {name: type} of what is left of {name: annotation} when all structs are taken apart."""
    found = {}
    for name, annotation in annotations.items():
        kind = resolve(annotation, dtype)
        if isinstance(kind, type) and issubclass(kind, tuple):
            found |= leaves(kind.__annotations__, dtype, f"{prefix}{name}.")
        else:
            found[prefix + name] = kind
    return found
