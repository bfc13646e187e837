#!/usr/bin/env bash
# pip-audit of what skl2 needs to run: the newest versions, and the oldest that pyproject.toml allows. It needs a
# network; --strict fails where a package could not be looked up, rather than to say that nothing is known of it.
set -euo pipefail
python=.venvs/release/bin/python
requirements=$(mktemp -d)
trap 'rm -rf "$requirements"' EXIT

"$python" - "$requirements" <<'END'
import pathlib, sys, tomllib
project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())
folder = pathlib.Path(sys.argv[1])
needed = project["project"]["dependencies"]
names = [requirement.partition(">")[0] for requirement in needed]
oldest = [pin for pin in project["dependency-groups"]["oldest"] if str(pin).partition("==")[0] in names]
(folder / "newest.txt").write_text("\n".join(needed))
(folder / "oldest.txt").write_text("\n".join(oldest))
END
"$python" -m pip_audit --strict --requirement "$requirements/newest.txt"
"$python" -m pip_audit --strict --requirement "$requirements/oldest.txt" --no-deps --disable-pip
