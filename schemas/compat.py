"""A judge of whether a change of the contract would break a producer.

Why: producers are many and deploy on their own days. What they send today must be accepted
tomorrow. The schema producers rely on is committed as a baseline; a test compares it with the models
as they are, and fails on any change after which an event that was accepted would be refused.

The judge knows the words our models make. What it does not know it calls a break when it changed:
better one false alarm for us than one refused event for a producer. A new optional field is no break:
unknown fields were ignored, and whoever sent one under that name meant this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.json_schema import BASELINE, CURRENT, Schema, dump, schema

__all__ = ["BASELINE", "CURRENT", "breaking_changes", "dump", "schema"]

_UNIONS = ("anyOf", "oneOf")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SILENT = frozenset(("title", "description", "examples", "$defs", "$schema", "$id", "discriminator", "$comment"))
_JUDGED = frozenset((*_UNIONS, *_LOWER, *_UPPER, "type", "enum", "const", "required", "properties")).union(
    ("additionalProperties", "propertyNames", "items")
)


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What an existing producer may send under `old` that `new` refuses.

    Args:
        old, new: JSON Schemas as made by `schema()`.
    Returns:
        One sentence per break, beginning with the place; empty if every event that was accepted still is.
    """
    return list(_narrowed(old, new, "", old, new))


def _resolve(node: Any, root: Schema) -> Schema:
    """A schema with its references followed and its shared part merged in; true and false as schemas."""
    if isinstance(node, bool):
        return {} if node else {"not": {}}
    while "$ref" in node:
        target: Any = root
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = {**target, **{k: v for k, v in node.items() if k != "$ref"}}
    merged = {k: v for k, v in node.items() if k != "allOf"}
    for part in node.get("allOf", ()):
        shared = _resolve(part, root)
        merged["properties"] = {**shared.get("properties", {}), **merged.get("properties", {})}
        merged["required"] = [*shared.get("required", ()), *merged.get("required", ())]
        merged = {**shared, **merged}
    return merged


def _narrowed(old: Any, new: Any, at: str, old_root: Schema, new_root: Schema) -> Iterator[str]:
    """Breaks between two schemas, at one place."""
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    if "discriminator" in old and "discriminator" in new:
        before, after = old["discriminator"]["mapping"], new["discriminator"]["mapping"]
        for kind in before:
            if kind in after:
                refs = {"$ref": before[kind]}, {"$ref": after[kind]}
                yield from _narrowed(*refs, kind, old_root, new_root)
            else:
                yield f"{kind}: this kind is no longer known"
        return
    if "default" in old and old["default"] != new.get("default"):
        yield f"{at}: what it means to leave it out changed from {old['default']!r} to {new.get('default')!r}"
    olds, news = _alternatives(old), _alternatives(new)
    for one in olds:
        # The alternative with the fewest breaks is the one that was meant.
        yield from min(
            (
                list(_single(_resolve(one, old_root), _resolve(other, new_root), at, old_root, new_root))
                for other in news
            ),
            key=len,
        )


def _alternatives(node: Schema) -> list[Any]:
    """Members of a plain union; the schema itself if it is none."""
    for union in _UNIONS:
        if union in node and not (_JUDGED - {union}) & node.keys():
            return list(node[union])
    return [node]


def _single(old: Schema, new: Schema, at: str, old_root: Schema, new_root: Schema) -> Iterator[str]:
    """Breaks between two schemas that are no plain unions."""
    yield from _types(old, new, at)
    yield from _values(old, new, at)
    yield from _bounds(old, new, at)
    yield from _members(old, new, at, old_root, new_root)
    for word in sorted(new.keys() - _JUDGED - _SILENT - {"default"}):
        if new[word] != old.get(word):
            yield f"{at}: the rule {word!r} is new or changed"


def _types(old: Schema, new: Schema, at: str) -> Iterator[str]:
    """Types that are no longer taken."""
    if "type" not in new:
        return
    taken = {new["type"]} if isinstance(new["type"], str) else set(new["type"])
    if "number" in taken:
        taken.add("integer")
    before = old.get("type", "any type")
    for name in [before] if isinstance(before, str) else before:
        if name not in taken and not ("type" not in old and _allowed(old) is not None):
            yield f"{at}: no longer takes {name}, only {', '.join(sorted(taken))}"


def _allowed(node: Schema) -> list[Any] | None:
    """The values of an enumeration; None if it is none."""
    if "const" in node:
        return [node["const"]]
    return node.get("enum")


def _values(old: Schema, new: Schema, at: str) -> Iterator[str]:
    """Words of an enumeration that are no longer taken."""
    after, before = _allowed(new), _allowed(old)
    if after is None:
        return
    if before is None:
        yield f"{at}: now only takes {', '.join(map(repr, after))}"
        return
    for value in before:
        if value not in after:
            yield f"{at}: no longer takes {value!r}"


def _bounds(old: Schema, new: Schema, at: str) -> Iterator[str]:
    """Bounds that became tighter."""
    for word in (*_LOWER, *_UPPER):
        if word in new:
            before, after = old.get(word), new[word]
            if before is None or (after > before if word in _LOWER else after < before):
                yield f"{at}: {word} changed from {'none' if before is None else before} to {after}"


def _members(old: Schema, new: Schema, at: str, old_root: Schema, new_root: Schema) -> Iterator[str]:
    """Fields that vanished, became required, or became narrower; rules over several fields."""
    for name in new.get("required", ()):
        if name not in old.get("required", ()):
            yield f"{at}.{name}: is now required"
    after = new.get("properties", {})
    for name, field in old.get("properties", {}).items():
        if name in after:
            yield from _narrowed(field, after[name], f"{at}.{name}", old_root, new_root)
        elif "type" in old:
            yield f"{at}.{name}: is no longer read"
    for word in ("additionalProperties", "propertyNames", "items"):
        if word in new:
            yield from _narrowed(old.get(word, True), new[word], f"{at}.{word}", old_root, new_root)
    for union in _UNIONS:
        if union in new and new[union] != old.get(union):
            yield from _rule(old.get(union), new[union], f"{at} ({union})", old_root, new_root)


def _rule(old: list[Any] | None, new: list[Any], at: str, old_root: Schema, new_root: Schema) -> Iterator[str]:
    """Alternatives that an object had to meet beside its fields."""
    if old is None:
        yield f"{at}: a rule over several fields is new"
        return
    for number, one in enumerate(old, start=1):
        if all(list(_single(one, other, at, old_root, new_root)) for other in new):
            yield f"{at}: what met alternative {number} may now meet none"
