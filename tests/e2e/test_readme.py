"""The README's commands, word for word, on the stack of the demo: what a reader types must do what it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from streams.edges import demo
from streams.edges.processes import environment
from streams.edges.progress import Progress
from streams.edges.settings import PREFIX
from tests.kit.clickhouse import PROGRAM, ROOT

README = ROOT / "README.md"
ELSEWHERE = {
    r"\./run (demo|test|bench|chaos)\b": "has tests of its own",
    r"\./run touchpulse (worker|gateway|tail)\b": "runs until it is stopped; the stack has them",
    r"\./run touchpulse topics apply": "the stack's broker makes its topics itself",
    r"\./run touchpulse boards push": "needs a Grafana",
    r"\./run touchpulse receivers try": "needs somebody who receives",
    r"\./run touchpulse alerts (why|ack) ID": "ID is to be replaced",
    r"(curl|export|KEY=|-H|-d|pip|kill|cd) ?": "the reader's own shell",
}
ENDS = {"explain": (0, 1)}
"""Exit codes that are right; 0 where nothing is said. `explain` of a moment before the stack began has no number."""
SURVEY = """id,answered_at,channel,touchpoint,location,segment,customer,weight,csat,ces,nps,comment
1,2026-03-02T10:15:00+01:00,app,checkout,,,,,5,,,
2,2026-03-02T10:20:00+01:00,web,search,,,,,,,9,
"""
RECEIVERS = "version: 1\nreceivers: [{name: team-chat, kind: apprise, url: 'json://localhost'}]\ndefault: [team-chat]\n"


def commands() -> list[str]:
    """Every line of the README's shell blocks that starts something, without its comment."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.split("  #")[0].split(" # ")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def here() -> list[str]:
    """Those that are run here."""
    return [line for line in commands() if not any(re.match(pattern, line) for pattern in ELSEWHERE)]


def test_every_command_is_run_here_or_it_is_said_why_not() -> None:
    assert [line for line in here() if not line.startswith("./run touchpulse ")] == []
    assert [pattern for pattern in ELSEWHERE if not any(re.match(pattern, line) for line in commands())] == []


@dataclass
class Reader:
    """Somebody with a terminal, in a folder with the files the README speaks of."""

    folder: Path
    env: dict[str, str]

    def types(self, line: str) -> tuple[str, int, str]:
        """(line, exit code, all that was said)."""
        words = shlex.split(line)[2:]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words], cwd=self.folder, env=self.env, timeout=240,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return line, done.returncode, done.stdout


@pytest.fixture
async def reader(tmp_path: Path) -> Iterator[Reader]:  # type: ignore[misc]
    rules = (ROOT / "deploy" / "rules" / "channels.yaml").read_text(encoding="utf-8")
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    for name, text in {
        "new.yaml": rules, "old.yaml": rules, "receivers.yaml": RECEIVERS, "survey.csv": SURVEY,
        "my-survey.yaml": (ROOT / "deploy" / "mappings" / "generic.yaml").read_text(encoding="utf-8"),
        "catalogue.yaml": (demo.CATALOGUES / "example.yaml").read_text(encoding="utf-8"),
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
    with demo.stack(board_port=None) as running:
        demo.start_workers(running)
        async with Progress(running.settings, running.store, running.check) as progress:
            await demo.feed(running, progress, demo.history(running.company, 1, 3_000), lambda _: None)
            await progress.wait_stored(120.0, lambda _: None)
        outside = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        path = os.pathsep.join([str(ROOT), str(ROOT / "deploy" / "client")])
        yield Reader(tmp_path, {**outside, **environment(running.settings), "PYTHONPATH": path, "USER": "kim"})


@pytest.mark.deep
@pytest.mark.timeout(900)
async def test_the_commands_do_what_the_readme_says(reader: Reader) -> None:
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(reader.types, here()))
    assert len(done) >= 15
    # An hour fed in seconds may leave some totals over all channels as they were first told; anything else is an error.
    done = [(line, 0 if _only_old_totals(said) else code, said) for line, code, said in done]
    wrong = [
        f"{line}\n{code}: {said[-600:]}"
        for line, code, said in done
        if code not in ENDS.get(line.split()[2], (0,)) or "Traceback" in said
    ]
    assert wrong == [], "\n\n".join(wrong)


def _only_old_totals(said: str) -> bool:
    """Whether `rebuild` found no bar that differs, and no score but totals over all channels."""
    scores = [line for line in said.splitlines() if line.startswith("- score ")]
    return "DIFFERENT: 0 bars" in said and bool(scores) and all(" all " in line for line in scores)
