"""`touchpulse gateway`: the door for producers over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("gateway")(gateway)


def gateway(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on. 0: any free one.")] = 8090,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is all.")] = "127.0.0.1",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens, not only what is wrong.")] = False,
) -> None:
    """Take events over HTTP, answer each, and put them into Kafka.

    Needs TOUCHPULSE_KAFKA_BROKERS and TOUCHPULSE_KEYS_PATH; make a key with `touchpulse keys make`. What can be
    sent stands in /openapi.json. Several gateways may run side by side: they share nothing but the keys file.
    """
    import logging
    import os
    import signal

    from streams.apps.run import set_up_logs
    from streams.edges.gateway.serve import prepare
    from streams.edges.settings import Settings

    settings = Settings.from_env(os.environ)
    set_up_logs("gateway", verbose=verbose)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that Kafka is away is said once, by us
    # The server stops in order at SIGTERM, and then gives the signal on: by then the work is done.
    signal.signal(signal.SIGTERM, lambda *_: None)
    door = prepare(
        settings, host=host, port=port, ready=lambda url: typer.echo(f"gateway listening on {url}", err=True)
    )
    door.run()
