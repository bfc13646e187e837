#!/usr/bin/env bash
# The suite against the wheel of dist/, as a user has it: in a fresh environment, without skl2/ beside the tests, which
# come from the source distribution of dist/: checks/installed.sh [--read-only] [ARGUMENT OF PYTEST ...]
# With --read-only nothing can be written but temporary files. The first fit must find code: what its owner compiled into
# the installation before it was closed, or else what came with it. Afterwards every file must be as it was.
set -euo pipefail
read_only=; [[ ${1-} == --read-only ]] && read_only=1 && shift
root=$(mktemp -d)
trap 'chmod -R u+w "$root"; rm -rf "$root"' EXIT
mkdir "$root/home" "$root/tests" "$root/tmp"

"${PYTHON:-python3}" -m venv "$root/environment"
python=$root/environment/bin/python
"$python" -m pip install --quiet --upgrade pip
"$python" -m pip install --quiet --group test dist/*.whl
tar -xf dist/*.tar.gz -C "$root/tests" --strip-components 1
rm -r "$root/tests/skl2"

# Every file with its size and the time of its last change.
tree() { find "$root/home" "$root/environment" "$root/tests" -printf '%P %s %T@\n' | sort; }

unset NUMBA_CACHE_DIR XDG_CACHE_HOME PYTHONPATH
export HOME=$root/home TMPDIR=$root/tmp
cd "$root/tests"
"$python" -c 'import skl2; print("skl2", skl2.__version__, "of", skl2.__file__); assert "site-packages" in skl2.__file__'
if [[ ! $read_only ]]; then
    "$python" -m pytest -q "$@"
    exit
fi

as_any_user=()
if [[ $(id -u) == 0 ]]; then # permissions do not bind root, unless it gives up this one
    as_any_user=(setpriv --bounding-set=-dac_override --inh-caps=-dac_override)
fi
close() {
    chmod -R a-w "$root/home" "$root/environment" "$root/tests"
    for folder in home environment/lib tests; do
        if "${as_any_user[@]}" touch "$root/$folder/written" 2> "$root/tmp/refusal"; then
            echo "$root/$folder can be written: this check would check nothing" && exit 1
        fi
    done
}

# Fits for each dtype and L-BFGS, whose code must be "prebuilt" or "cached", as the argument says.
first_fits() {
    "${as_any_user[@]}" "$python" -W ignore - "$1" <<'END_OF_PYTHON'
import sys, time
import numpy as np
import skl2
from skl2._compilation.target import level_of_this_machine, runs
from skl2._kernels.entries import variants
X, expected = np.random.default_rng(0).standard_normal((100, 5)), sys.argv[1]
for dtype, optimizer in ("float32", "adam"), ("float64", "adam"), ("float64", "lbfgs"):
    start = time.perf_counter()
    model = skl2.MLPRegressor(optimizer=optimizer, early_stopping=True, max_iter=3)
    model.fit(X.astype(dtype), X[:, 0].astype(dtype))
    print(f"{expected} code, {dtype}, {optimizer}: first fit in {time.perf_counter() - start:.2f} s")
found = {variant.name: variant.origin for variant in variants()}
if expected == "prebuilt" and not runs(level_of_this_machine()):
    sys.exit(set(found.values()) != {"compiled"})  # as no wheel has code for this processor
if set(found.values()) != {expected} or "numba" in sys.modules:
    sys.exit(f"{found} should all be {expected}, and numba not imported")
END_OF_PYTHON
}

SKL2_PREBUILT=0 "$python" -c 'import skl2; skl2.warm_up()'
close
SKL2_PREBUILT=0 first_fits cached
code=$(dirname "$("$python" -c 'import skl2; print(skl2.__file__)')")/_compilation/__pycache__
chmod u+w "$code"
rm "$code"/*.code
close
first_fits prebuilt

tree > "$root/before"
"${as_any_user[@]}" "$python" -m pytest -q -p no:cacheprovider "$@"
tree > "$root/after"
diff "$root/before" "$root/after" && echo "No file was written or changed."
