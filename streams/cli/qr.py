"""`touchpulse qr`: a code for a store to print, which opens the survey page."""

from __future__ import annotations

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("qr")(qr)


def qr(
    touchpoint: Annotated[str, typer.Argument(help="A touchpoint with a survey in the catalogue.")],
    url: Annotated[str, typer.Option(help="Where customers reach the gateway, such as https://ask.example.org.")],
    location: Annotated[str, typer.Option(help="The store; a name of the catalogue.")] = "",
    invitation: Annotated[str, typer.Option(help="Id of one invitation: one answer. None: a poster, for all.")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="Days after which it opens nothing. None: never.")] = None,
    as_link: Annotated[bool, typer.Option("--link", help="Print the link itself instead of its code.")] = False,
) -> None:
    """Print a QR code as SVG.

    Needs TOUCHPULSE_GATEWAY_SECRET and TOUCHPULSE_CATALOGUE_PATH as the gateway has them.
    """
    import io
    import os
    import time

    import segno

    from schemas.names import KnownNames
    from schemas.reasons import FieldError
    from streams.edges.errors import SettingsError, UserError
    from streams.edges.gateway.catalogue import load_catalogue
    from streams.edges.gateway.links import Link
    from streams.edges.settings import PREFIX, Settings

    settings = Settings.from_env(os.environ)
    secret = settings.gateway_secret.get_secret_value()
    if not secret:
        raise SettingsError(f"{PREFIX}GATEWAY_SECRET is not set; it signs the links")
    catalogue = load_catalogue(settings)
    asked = {name: info.survey for name, info in (catalogue.touchpoints if catalogue else {}).items() if info.survey}
    if catalogue is None or touchpoint not in asked:
        near = KnownNames(asked).nearest(touchpoint)
        hint = f"did you mean {near!r}?" if near else "give it one under touchpoints in the catalogue"
        raise UserError(f"touchpoint {touchpoint!r} has no survey: {hint}")
    try:
        catalogue.resolve(asked[touchpoint].channel, touchpoint, location)
    except FieldError as error:
        hint = f"; did you mean {error.nearest!r}?" if error.nearest else ""
        raise UserError(f"{error.field} {error.problem}{hint}") from None
    expires_s = int(time.time()) + days * 86_400 if days else 0
    link = url.rstrip("/") + Link(touchpoint, location, invitation, expires_s).path(secret)
    if as_link:
        print(link)
        return
    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="svg", scale=8, border=4, title=link, xmldecl=False)
    print(picture.getvalue().decode())
