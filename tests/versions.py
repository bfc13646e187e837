"""What older versions of scikit-learn lack, so that there is nothing to compare with."""

import pytest
import sklearn
from packaging.version import Version


def needs_scikit_learn(version, what):
    """Skip the test that calls this where scikit-learn is older, and say what it has had only since then."""
    if Version(sklearn.__version__) < Version(version):
        pytest.skip(f"since scikit-learn {version} {what}")
