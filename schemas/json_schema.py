"""The contract as JSON Schema, for producers in any language.

Why generated and committed: producers take the file from here, so it must be complete, and a change
of a model must show in review as a change of the file. A test holds the two together.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from schemas.common import VERSION, Common
from schemas.events import TOUCHPOINT

FOLDER = Path(__file__).parent / "jsonschema"
CURRENT = FOLDER / f"touchpoint.v{VERSION}.json"
"""Generated from the models by `touchpulse schema --write`."""
BASELINE = FOLDER / f"touchpoint.v{VERSION}.baseline.json"
"""What producers rely on. Changed only by hand, when a break has been agreed with every one of them."""

Schema = dict[str, Any]


def schema() -> Schema:
    """JSON Schema (2020-12) of an event, made from the pydantic models."""
    made = _without_titles(TOUCHPOINT.json_schema())
    common = _without_titles(Common.model_json_schema())
    definitions = {**made.pop("$defs"), "Common": common}
    common.pop("$defs")
    for name in made["discriminator"]["mapping"].values():
        _share(definitions[name.rpartition("/")[2]], common)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Touchpoint, version {VERSION}",
        "description": (
            "One customer-experience event. A validator cannot see all that is refused: whole numbers must be "
            "written without a decimal point, keys may not be repeated, dates must exist, and names must be in the "
            "catalogue where there is one. `touchpulse conform` checks everything."
        ),
        **made,
        "$defs": dict(sorted(definitions.items())),
    }


def dump(document: Schema) -> str:
    """A schema as the text that is committed."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _share(kind: Schema, common: Schema) -> None:
    """Let a kind refer to the common fields instead of repeating them."""
    kind["properties"] = {
        name: field for name, field in kind["properties"].items() if common["properties"].get(name) != field
    }
    kind["required"] = [name for name in kind["required"] if name not in common["required"]]
    kind["allOf"] = [{"$ref": "#/$defs/Common"}]


def _without_titles(node: Any) -> Any:
    """The same schema without pydantic's titles, which only repeat the names."""
    if isinstance(node, dict):
        return {k: _without_titles(v) for k, v in node.items() if not (k == "title" and isinstance(v, str))}
    return [_without_titles(item) for item in node] if isinstance(node, list) else node
