"""`./run supply`: what the product is made of, under which licences, how alive that is, and what holes are known.

  sbom [SET]     a CycloneDX bill of materials of a set of deploy/requirements, on stdout; worker if none is named
  dependencies   deploy/docs/dependencies.md: each package we chose, why, its licence, its newest release and when
  audit [SET]    known holes in a set; exit code 1 if there are any, 3 where no list of holes can be reached

Each tool is the one its field uses, in an environment of its own under .cache: what looks at the product is no part of
it. Where packages come from is the business of whoever installs them, so no address stands here either.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "deploy" / "requirements"
TOOLS = ("cyclonedx-bom==7.5.0", "pip-audit==2.10.1", "pip-licenses==5.5.5")
SHIPPED = ("worker", "deliver", "gateway", "demo")
"""Sets that reach users; `dev` tests them."""
UNREACHABLE = 3
PATIENCE_S = 15
STRONG = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
"""Licences that would bind whoever ships the product."""


def tool(name: str) -> str:
    """Path of one of the tools."""
    folder = ROOT / ".cache" / "supply"
    stamp = folder / "tools"
    if not stamp.exists() or stamp.read_text() != " ".join(TOOLS):
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, *TOOLS], check=True)
        stamp.write_text(" ".join(TOOLS))
    return str(folder / "bin" / name)


def sbom(name: str) -> int:
    """Writes the bill of materials of a set."""
    command = [tool("cyclonedx-py"), "requirements", "--pyproject", str(ROOT / "pyproject.toml")]
    return subprocess.run([*command, "--output-reproducible", str(_set(name))], check=False).returncode


def audit(name: str) -> int:
    """Asks for known holes; says so where nobody can be asked."""
    if not _tells_of_holes(name):
        print("audit: no list of known holes can be reached from here; nothing was checked", file=sys.stderr)
        return UNREACHABLE
    command = [tool("pip-audit"), "--requirement", str(_set(name)), "--require-hashes", "--disable-pip"]
    # A package nobody knows of must not pass for one without holes.
    command.append("--strict")
    return subprocess.run([*command, "--timeout", str(PATIENCE_S), "--progress-spinner", "off"], check=False).returncode


def _tells_of_holes(name: str) -> bool:
    """Whether the index also tells of holes in single releases: a mirror mostly does not."""
    package, version = next(iter(_pinned(name).items()))
    address = _index().removesuffix("/").removesuffix("/simple") + f"/pypi/{package}/{version}/json"
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
            return "vulnerabilities" in json.load(answer)
    except (OSError, ValueError):
        return False


def dependencies() -> int:
    """Writes the page; what cannot be asked for is an error, so that no page is half true."""
    licences = {_plain(one["Name"]): one["License"] for one in _licences()}
    lines = [
        "# What Touchpulse is made of",
        "",
        "Packages we chose ourselves, and why; written by `./run supply dependencies`. What these need in turn is",
        "pinned with hashes in deploy/requirements; `./run supply sbom` lists all of it, `./run supply audit` asks for",
        "known holes.",
        "",
        "| package | for | why | licence | pinned | newest | of |",
        "|---|---|---|---|---|---|---|",
    ]
    pinned = _pinned("dev")
    for name, extra, reason in chosen((ROOT / "pyproject.toml").read_text(encoding="utf-8")):
        newest, day = _newest(name)
        licence = licences.get(_plain(name), "?")
        lines.append(f"| {name} | {extra} | {reason} | {licence} | {pinned[_plain(name)]} | {newest} | {day} |")
    others = sorted({name for one in SHIPPED for name in _pinned(one)} & licences.keys())
    strong = [f"{name} ({licences[name]})" for name in others if STRONG.search(licences[name])]
    lines += ["", f"Licences of all {len(others)} packages that reach users, with how many are under each:", ""]
    counts: dict[str, int] = {}
    for name in others:
        counts[licences[name]] = counts.get(licences[name], 0) + 1
    lines += [f"- {licence}: {n}" for licence, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    lines += ["", f"Under a licence that binds whoever ships it: {', '.join(strong) or 'none'}."]
    (ROOT / "deploy" / "docs" / "dependencies.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def chosen(pyproject: str) -> Iterator[tuple[str, str, str]]:
    """(package, extra or '', reason) of each dependency of a pyproject; the reason is the comment beside it."""
    extra, listed = "", False
    for line in pyproject.splitlines():
        if found := re.match(r"(\w[\w-]*) = \[", line):
            listed, extra = True, "" if found[1] == "dependencies" else found[1]
        elif line.startswith("["):
            listed = line == "[project.optional-dependencies]"
            if not listed and line != "[project]" and extra:
                return
        elif listed and (found := re.match(r' +"([\w.-]+)[^"]*",?(?: +# (.+))?', line)):
            yield found[1], extra, found[2] or ""


def _pinned(name: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==(\S+)", _set(name).read_text(), re.MULTILINE)
    return {_plain(package): version for package, version in found}


def _plain(package: str) -> str:
    """A name as the index spells it."""
    return re.sub(r"[-_.]+", "-", package).lower()


def _licences() -> list[dict[str, str]]:
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists():
        raise SystemExit("supply: the packages are not installed: run `./run test --collect-only` once")
    command = [tool("pip-licenses"), "--python", str(python), "--format", "json", "--from", "mixed"]
    found: list[dict[str, str]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def _newest(package: str) -> tuple[str, str]:
    """(version, day) of the newest release that is no preview, as the index tells."""
    request = urllib.request.Request(
        f"{_index().removesuffix('/')}/{_plain(package)}/",
        headers={"Accept": "application/vnd.pypi.simple.v1+json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            files = json.load(answer)["files"]
    except (OSError, ValueError, urllib.error.HTTPError) as error:
        raise SystemExit(f"supply: the package index does not tell of {package}: {error}") from None
    days: dict[str, str] = {}
    for file in files:
        if not file.get("yanked") and (
            found := re.match(r"(?i)[a-z0-9._]+?-(\d[\w.!]*?)(-|\.tar|\.zip)", file["filename"])
        ):
            version = found[1]
            if not re.search(r"\d(a|b|rc|\.dev)\d", version):
                days[version] = max(days.get(version, ""), file.get("upload-time", "")[:10])
    return max(days.items(), key=lambda item: item[1])


def _index() -> str:
    """The index that pip uses here."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, check=False
    )
    if asked.returncode == 0:
        return asked.stdout.decode().strip()
    code = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def _set(name: str) -> Path:
    path = REQUIREMENTS / f"{name}.txt"
    if not path.exists():
        names = ", ".join(sorted(one.stem for one in REQUIREMENTS.glob("*.txt")))
        raise SystemExit(f"supply: there is no set {name!r}; there are {names}")
    return path


def main(words: Sequence[str]) -> int:
    """One of the three."""
    what, name = (*words, "worker")[:2] if words else ("", "")
    if what == "sbom":
        return sbom(name)
    if what == "audit":
        return audit(name if len(words) > 1 else "demo")
    if what == "dependencies":
        return dependencies()
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
