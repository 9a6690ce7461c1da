"""`touchpulse forget`: a customer's wish to be forgotten, done and proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.edges.forget import Proof

# Rewriting the parts of a large table takes longer than any query may.
_PATIENCE_S = 3_600


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("forget")(forget)


def forget(
    customer: Annotated[
        str,
        typer.Argument(
            metavar="RAW-ID|PSEUDONYM|-",
            help="Who; - reads it from stdin, where neither the shell nor the process list keep it.",
        ),
    ] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Blank everyone on the list once more, as after restoring a backup.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be blanked.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the proof as one JSON object.")] = False,
) -> None:
    """Blank a customer, with comments and attributes, in every table. Scores and counts stay as they are.

    It holds: the customer's events stay blank when they are read again from Kafka, or sent again. Kafka itself
    keeps the events as they were sent for as long as the topic's retention says. Exit code 1 if the proof fails.
    """
    import json
    import os
    import sys
    import time

    from rich.console import Console

    from streams.edges.errors import UserError
    from streams.edges.forget import Forgetting, all_forgotten
    from streams.edges.forgotten import REFRESH_S
    from streams.edges.privacy import privacy_of
    from streams.edges.settings import Settings
    from streams.edges.store import Store
    from streams.pure.privacy import is_pseudonym

    if customer == "-":
        customer = sys.stdin.readline().rstrip("\r\n")
    if again == bool(customer):
        raise UserError("say who is to be forgotten, by raw id or pseudonym, or --again for everyone on the list")
    settings = Settings.from_env(os.environ)
    privacy = privacy_of(settings)
    console = Console(stderr=True)
    with Store.connect(settings, answer_timeout_s=_PATIENCE_S) as store, console.status("looking") as status:
        names = all_forgotten(store) if again else list(privacy.pseudonyms(customer))
        forgetting = Forgetting(store, names, dry_run=dry_run)
        # Keyed, a raw id is never stored: it comes again as one of its pseudonyms, and the list must not tell it.
        forgetting.begin([] if again else [n for n in names if is_pseudonym(n) or not privacy.keyed])
        if not dry_run:
            status.update("blanking")
            forgetting.blank()
            status.update("waiting until every archive has read the list")
            time.sleep(2 * REFRESH_S)
            forgetting.blank()
        proof = forgetting.proof()
    print(json.dumps(proof.as_json())) if as_json else _tell(proof)
    raise typer.Exit(0 if proof.holds else 1)


def _tell(proof: Proof) -> None:
    """The proof for people."""
    for table in proof.tables:
        blanked = "would be blanked" if proof.dry_run else f"{table.blanked:,} blanked, {table.found_after:,} left"
        typer.echo(f"{table.table}: {table.found:,} rows found, {blanked}")
    (n_before, sum_before), (n_after, sum_after) = proof.answers_before, proof.answers_after
    typer.echo(
        f"{proof.events:,} events: {n_before:,} answers before, {n_after:,} after; "
        f"sum of their bins {sum_before:,} before, {sum_after:,} after"
    )
    if not proof.dry_run:
        typer.echo("Forgotten: nothing is found, and all counts stay." if proof.holds else "NOT forgotten: see above.")
