"""A till that is killed outright while offline: every event whose `send` returned is delivered by the next one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from touchpulse_client import Client

from tests.client.gateway import Gateway

CLIENT = Path(__file__).parents[2] / "deploy" / "client"
PROGRAM = """
import sys
from touchpulse_client import Client
client = Client("http://127.0.0.1:9", "key", spool=sys.argv[1])
for number in range(10**9):
    client.send({"kind": "nps", "score": 9, "channel": "store", "event_id": f"e{number}"})
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 57, 400])
def test_no_event_is_lost_by_kill_9(tmp_path: Path, after: int) -> None:
    """Also the spool must open again, however it was left, and give its events in order."""
    spool = tmp_path / "spool"
    till = subprocess.Popen([sys.executable, "-c", PROGRAM, str(spool)], cwd=CLIENT, stdout=subprocess.PIPE, text=True)
    assert till.stdout is not None
    last = -1
    while last < after:
        last = int(till.stdout.readline())
    till.kill()
    told = [int(line) for line in till.communicate()[0].splitlines() if line]
    last = max([last, *told])
    gateway = Gateway()
    with Client("https://g.example.org", "key", spool=spool, transport=gateway.transport) as client:
        assert client.flush(10) == 0
    assert gateway.taken[: last + 1] == [f"e{number}" for number in range(last + 1)]
    assert len(gateway.taken) <= last + 2, "at most the one that was being written"
