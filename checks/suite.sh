#!/usr/bin/env bash
# The suite in an environment of its own: checks/suite.sh PYTHON ENVIRONMENT GROUP [ARGUMENT OF PYTEST ...]
# It is made again when pyproject.toml has changed. Its own numba compiles, into a cache of its own: code that came with
# the installation is of the numba that built it, for all of them.
set -euo pipefail
python=$1 environment=$2 group=$3
shift 3
export SKL2_PREBUILT=0

if [[ ! $environment/installed -nt pyproject.toml ]]; then
    "$python" -m venv --clear "$environment"
    "$environment/bin/python" -m pip install --quiet --upgrade pip
    "$environment/bin/python" -m pip install --quiet --group "$group" --editable .
    touch "$environment/installed"
fi

"$environment/bin/python" --version
"$environment/bin/python" -m pip list --format=freeze | grep -E '^(numpy|scipy|numba|scikit-learn|joblib|pandas|matplotlib)=='
NUMBA_CACHE_DIR=$PWD/$environment/cache "$environment/bin/python" -m pytest -q "$@"
