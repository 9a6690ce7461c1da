"""How many touchpoints a second one process can lay down in the store: decoded events to stored rows.

The server with ClickHouse's engine is a process of its own and shares the machine's cores.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from typing import Any

import orjson

from schemas.decode import Decoder, Rejection
from streams.apps.touchpoint_rows import TouchpointRows
from streams.edges.migrate import migrate
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.bench.log import body

BATCH = 50_000


def measure(*, rows: int = 300_000) -> dict[str, Any]:
    """rows_per_s: decode, judge, make columns, insert over HTTP, one after the other in one thread."""
    rnd, now_ms = random.Random(2), time.time_ns() // 1_000_000
    raws = [orjson.dumps(body(rnd, now_ms)) for _ in range(BATCH)]
    decode = Decoder().decode
    with tempfile.TemporaryDirectory(prefix="bench-archive-") as folder:
        server = subprocess.Popen(
            [sys.executable, "-c", "from streams.cli import main; main()", "embedded", "--path", folder, "--port", "0"],
            stdout=subprocess.PIPE,
        )
        try:
            assert server.stdout
            url = next(word for word in server.stdout.readline().decode().split() if word.startswith("http"))
            with Store.connect(Settings(clickhouse_url=url.rstrip("/."))) as store:
                migrate(store)
                began_s, cpu_s = time.monotonic(), time.process_time()
                for first in range(0, rows, BATCH):
                    gathered = TouchpointRows()
                    gathered.origin("log", "touchpoints", 0)
                    for offset, raw in enumerate(raws, first):
                        event = decode(raw)
                        assert not isinstance(event, Rejection)
                        event.event_id = f"{event.event_id}{first:x}"
                        gathered.add(event, "accepted", offset, now_ms)
                    store.insert_columns("touchpoints", gathered.columns())
                took_s, used_s = time.monotonic() - began_s, time.process_time() - cpu_s
                stored = store.rows("SELECT count() FROM touchpoints")[0][0]
        finally:
            server.terminate()
            server.wait(10)
    return {
        "rows": int(stored),
        "rows_per_s": round(rows / took_s),
        "rows_per_cpu_s": round(rows / used_s),
    }
