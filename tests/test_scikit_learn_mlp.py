"""scikit-learn's own tests of its MLP, from the installed scikit-learn, run on our estimators.

Each of its functions is a property that scikit-learn's users rely on. The import is swapped and `solver` becomes
`optimizer`; nothing else changes. What cannot run here is listed with the reason and with our test of the property.
"""

import inspect
import os
import pathlib
import re

import pytest
import sklearn.neural_network

# Functions that read or set what is private to scikit-learn's class, and where we test the property.
PRIVATE = {
    "test_fit": "sets private state; kernels/test_optimizers.py works steps out",
    "test_gradient": "calls _loss_grad_lbfgs; training/test_lbfgs.py, kernels/test_network.py take differences",
    "test_learning_rate_warmstart": "reads _optimizer; mathematics/test_defects.py: schedules survive a warm start",
    "test_adaptive_learning_rate": "reads _optimizer; estimators/test_base_stopping.py: adaptive to the end",
    "test_n_iter_no_change": "reads _no_improvement_count; estimators/test_base_stopping.py counts epochs",
    "test_n_iter_no_change_inf": "reads _no_improvement_count; estimators/test_base_stopping.py: infinite patience",
}
# Functions that pin what we do otherwise.
DIFFERENT = {
    "test_early_stopping_stratified": "wants an error for a class with one member; ours: inputs/test_validation_set.py",
}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),  # scikit-learn's suite lets them pass
    pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="thousands of epochs: compiled only"),
]


def load():
    """Return the functions and data of scikit-learn's test module, on our estimators."""
    path = pathlib.Path(inspect.getfile(sklearn.neural_network)).parent / "tests" / "test_mlp.py"
    source = path.read_text().replace("from sklearn.neural_network import", "from skl2 import")
    namespace = {"__name__": __name__}
    exec(compile(re.sub(r"\bsolver(?==)", "optimizer", source), path, "exec"), namespace)
    return {name: value for name, value in namespace.items() if not name.startswith("__")}


LOADED = load()
globals().update({name: value for name, value in LOADED.items() if name not in PRIVATE | DIFFERENT})


@pytest.fixture(params=range(3))
def global_random_seed(request):
    """scikit-learn's fixture: a test holds for any seed."""
    return request.param


def test_what_is_left_out_is_there():
    """Every function that is left out exists in scikit-learn's module, so that no reason outlives its function."""
    functions = {name for name in LOADED if name.startswith("test_")}
    assert functions >= PRIVATE.keys() | DIFFERENT.keys()
