"""`touchpulse keys`: who may send to the gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

keys = typer.Typer(no_args_is_help=True, help="Keys of the gateway: make, list, rotate, revoke.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(keys, name="keys")


File = Annotated[Path | None, typer.Option("--file", help="The keys file. Default: TOUCHPULSE_KEYS_PATH.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Names = Annotated[list[str] | None, typer.Option(help="May be given several times. None: all.")]
Days = Annotated[int | None, typer.Option(min=1, help="Days after which it opens nothing. None: never.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the key: the part after tpk_.")]


@keys.command()
def make(
    producer: Annotated[str, typer.Argument(help="Name its events will carry.")],
    channel: Names = None,
    location: Names = None,
    kind: Names = None,
    rate: Annotated[float, typer.Option(min=0.001, help="Events a second, in the long run.")] = 1_000.0,
    burst: Annotated[int, typer.Option(min=1, help="Events at once, after a pause.")] = 5_000,
    days: Days = None,
    file: File = None,
    as_json: Json = False,
) -> None:
    """Make a key and print it once: only its hash is kept."""
    from datetime import timedelta

    from streams.edges.gateway import keybook

    now = _now()
    key, text = keybook.make(
        _path(file),
        now,
        producer=producer,
        channels=tuple(channel or ()),
        locations=tuple(location or ()),
        kinds=tuple(kind or ()),
        rate=rate,
        burst=burst,
        expires=now.replace(microsecond=0) + timedelta(days=days) if days else None,
    )
    _show(key, text, as_json=as_json)


@keys.command("list")
def list_(file: File = None, as_json: Json = False) -> None:
    """Show all keys, without their secrets."""
    import orjson
    from rich.console import Console
    from rich.table import Table

    from streams.edges.gateway.keys import KeyFile

    now = _now()
    rows = [
        {**key.model_dump(mode="json", exclude={"hash"}), "state": key.state(now)}
        for key in KeyFile.load(_path(file)).keys
    ]
    if as_json:
        print(orjson.dumps({"keys": rows}).decode())
        return
    table = Table("id", "producer", "state", "made", "expires", "may send", "events/s")
    for row in rows:
        only = [f"{field}: {', '.join(row[field])}" for field in ("channels", "locations", "kinds") if row[field]]
        table.add_row(
            row["id"], row["producer"], row["state"], row["made"][:10], (row["expires"] or "never")[:16],
            "; ".join(only) or "all", f"{row['rate']:,.10g}",
        )  # fmt: skip
    Console(highlight=False).print(table)


@keys.command()
def rotate(
    id_: Id,
    grace_hours: Annotated[float, typer.Option(min=0, help="How long the old key still opens.")] = 24.0,
    file: File = None,
    as_json: Json = False,
) -> None:
    """Make a new key with the rights of an old one, which stays valid for a while."""
    from datetime import timedelta

    from streams.edges.gateway import keybook

    key, text = keybook.rotate(_path(file), id_, _now(), timedelta(hours=grace_hours))
    _show(key, text, as_json=as_json)


@keys.command()
def revoke(id_: Id, file: File = None) -> None:
    """Close a key at once; a running gateway hears of it within a second."""
    from streams.edges.gateway import keybook

    keybook.revoke(_path(file), id_, _now())
    typer.echo(f"key {id_} is revoked.", err=True)


def _show(key: Any, text: str, *, as_json: bool) -> None:
    import orjson

    if as_json:
        print(orjson.dumps({"id": key.id, "producer": key.producer, "key": text}).decode())
        return
    print(text)
    typer.echo(f"This is the key of {key.producer} (id {key.id}). It is shown this once.", err=True)


def _path(file: Path | None) -> Path:
    import os

    from streams.edges.errors import SettingsError
    from streams.edges.settings import PREFIX, Settings

    found = file or Settings.from_env(os.environ).keys_path
    if found is None:
        raise SettingsError(f"{PREFIX}KEYS_PATH is not set; it names the keys file, and so does --file")
    return found


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)
