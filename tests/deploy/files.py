"""The deployment files as tests look at them: read, their variables filled in, our own programs picked out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import typer
import yaml

from streams.cli import app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
ENV_EXAMPLE = DEPLOY / ".env.example"
KUBERNETES = DEPLOY / "kubernetes"
RULES = DEPLOY / "prometheus" / "touchpulse.rules.yaml"
ROLES = ("score", "roll", "notify", "deliver", "archive")
"""What must run; held to the program's own list by a test."""
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z0-9_]+)(?:(?P<how>:?[-?])(?P<word>[^}]*))?\}")


def loaded(text: str) -> Any:
    """One YAML document, read by the fast reader where there is one."""
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def compose() -> dict[str, Any]:
    """The compose file, its variables as they stand there."""
    read: dict[str, Any] = loaded(COMPOSE.read_text())
    return read


def variables(text: str) -> dict[str, tuple[str, str]]:
    """Variables of a compose file: what follows a name (':-' a default, ':?' a complaint, '' nothing), and the word."""
    return {found["name"]: (found["how"] or "", found["word"] or "") for found in _VARIABLE.finditer(text)}


def env_example() -> dict[str, str]:
    """The names of .env.example with the values they have there."""
    lines = [line for line in ENV_EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def filled(value: Any, given: Mapping[str, str]) -> Any:
    """A part of a compose file as compose would see it.

    Raises:
        ValueError: a variable has no value and no default; the complaint is the file's own.
    """
    if isinstance(value, dict):
        return {key: filled(each, given) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, given) for each in value]
    if not isinstance(value, str):
        return value

    def replace(found: re.Match[str]) -> str:
        has = given.get(found["name"], "")
        if has:
            return has
        if found["how"] in (":-", "-"):
            return found["word"]
        raise ValueError(found["word"] or f"{found['name']} has no value")

    return _VARIABLE.sub(replace, value)


def boards_source(environment: Mapping[str, str]) -> dict[str, Any]:
    """The data source of the boards as Grafana reads it: expanded after the file was read, so texts stay texts.

    Raises:
        KeyError: a variable that it names is not set.
    """
    path = DEPLOY / "grafana" / "provisioning" / "datasources" / "touchpulse.yaml"
    (source,) = loaded(path.read_text())["datasources"]

    def expanded(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: expanded(each) for name, each in value.items()}
        return _VARIABLE.sub(lambda found: environment[found["name"]], value) if isinstance(value, str) else value

    made: dict[str, Any] = expanded(source)
    return made


def ours(services: Mapping[str, Any]) -> dict[str, Any]:
    """The services that run our own program."""
    return {name: service for name, service in services.items() if service["image"].startswith(PROGRAM_IMAGES)}


PROGRAM_IMAGES = ("touchpulse-worker:", "touchpulse-gateway:")


def command(words: Sequence[str]) -> list[str]:
    """Walks the program's commands as the shell would, without running anything; the path that was found.

    Raises:
        LookupError: no such command.
        Exception: its options or arguments are wrong, in typer's words.
    """
    node = _program()
    rest = list(words)
    path: list[str] = []
    while commands := getattr(node, "commands", None):
        if not rest or rest[0] not in commands:
            raise LookupError(f"no such command: {' '.join([*path, *rest])}")
        node = commands[rest[0]]
        path.append(rest.pop(0))
    node.make_context(path[-1], rest)
    return path


@cache
def _program() -> Any:
    """The program's tree of commands; making it takes longer than walking it."""
    return typer.main.get_command(app)


def has_command(words: Sequence[str]) -> bool:
    """Whether the program has this command; which arguments it needs besides is another question."""
    try:
        command(words)
    except LookupError:
        return False
    except Exception:
        return True
    return True


def documents(path: Path) -> list[dict[str, Any]]:
    """The objects of one file of manifests."""
    return several(path.read_text())


def several(text: str) -> list[dict[str, Any]]:
    """The documents of a text, empty ones left out."""
    return [each for each in yaml.load_all(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if each]


@cache
def manifests() -> tuple[tuple[Path, dict[str, Any]], ...]:
    """Each Kubernetes object with its file, but what only kustomize reads. Read once: change nothing in it."""
    return tuple(
        (path, document)
        for path in sorted(KUBERNETES.rglob("*.yaml"))
        for document in documents(path)
        if document["kind"] not in ("Kustomization", "Component")
    )


def pod_templates() -> dict[str, dict[str, Any]]:
    """Each pod template by the component it is."""
    return {
        manifest["metadata"]["labels"]["app.kubernetes.io/component"]: manifest["spec"]["template"]
        for _, manifest in manifests()
        if "template" in manifest.get("spec", {})
    }


def containers() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each container with the component it belongs to, those that run first included."""
    for component, template in pod_templates().items():
        for container in (*template["spec"].get("initContainers", ()), *template["spec"]["containers"]):
            yield component, container


def alerts() -> list[dict[str, Any]]:
    """The alert rules about the monitor itself."""
    return [rule for group in loaded(RULES.read_text())["groups"] for rule in group["rules"]]
