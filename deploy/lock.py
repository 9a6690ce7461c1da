"""`./run lock`: renew deploy/requirements from pyproject.toml.

One resolution for everything (`dev`), for all platforms and Pythons we support; the other sets are
parts of it, so that the tests run on the very versions the workers run on. Hashes make what is
installed tomorrow what was tested today. No address is written: where packages come from is the
business of whoever installs them.

Words after the command go to the resolver: `--upgrade`, or `--upgrade-package NAME`.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"
"""The resolver: the only one that resolves for all platforms at once. Not a dependency: used here only."""
OLDEST_PYTHON = "3.11"
SETS: dict[str, Sequence[str]] = {
    "dev": ("--all-extras",),
    "demo": ("--extra", "local", "--extra", "boards", "--extra", "gateway"),
    "gateway": ("--extra", "gateway", "--extra", "traces"),
    "deliver": ("--extra", "deliver", "--extra", "traces"),
    "worker": ("--extra", "traces"),
}
"""Sets by name with their extras, the widest first: it decides the versions of the others."""


def build_requirements() -> str:
    """What builds our own package: an editable installation without network needs it there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return "\n".join([*project["build-system"]["requires"], "editables"]) + "\n"


def resolver() -> str:
    """Path of uv, in an environment of its own under .cache."""
    folder = ROOT / ".cache" / "lock"
    if not (folder / "bin" / "python").exists():
        venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", UV]
    subprocess.run(pip, check=True)
    return str(folder / "bin" / "uv")


def main(words: Sequence[str]) -> int:
    """Write the requirement files; what is locked stays unless the words say otherwise."""
    uv = resolver()
    folder = ROOT / "deploy" / "requirements"
    folder.mkdir(exist_ok=True)
    build_input = ROOT / ".cache" / "lock" / "build.in"
    build_input.write_text(build_requirements())
    widest = folder / "dev.txt"

    def compile_set(name: str, inputs: Sequence[str], more: Sequence[str]) -> None:
        print(f"resolving {name}", file=sys.stderr)
        command = [
            *(uv, "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON),
            *("--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate"),
            *("--output-file", str(folder / f"{name}.txt"), *inputs, *more),
        ]
        subprocess.run(command, check=True, cwd=ROOT)

    for name, extras in SETS.items():
        if name == "dev":
            compile_set(name, ["pyproject.toml", str(build_input)], [*extras, *words])
        else:
            # Nothing kept from before: only the widest set says what is wanted.
            (folder / f"{name}.txt").unlink(missing_ok=True)
            compile_set(name, ["pyproject.toml"], [*extras, "--constraint", str(widest)])
    (folder / "build.txt").unlink(missing_ok=True)
    compile_set("build", [str(build_input)], ["--constraint", str(widest)])
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        print(f"lock: {' '.join(map(str, error.cmd[:3]))} ended with {error.returncode}; its words stand above",
              file=sys.stderr)  # fmt: skip
        sys.exit(1)
