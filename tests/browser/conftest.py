"""A board in a browser: the store, the page's own process, and an installed Chromium."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from streams.edges.settings import PREFIX, Settings
from streams.edges.store import Store
from tests.kit.clickhouse import PROGRAM, ROOT, fresh_database, migrated
from tests.kit.needs import chromium
from tests.kit.scenery import believable_world
from tests.kit.seed import SECOND, World, fill
from tests.kit.seed_alerts import lay_alerts
from tests.kit.seed_annotations import lay_annotations
from tests.kit.seed_method import lay_method
from tests.kit.seed_voices import lay_voices

START_S = 40
"""Far more than a page server needs, also on a busy machine."""


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def board_process(settings: Settings, *more: str) -> Iterator[str]:
    """`touchpulse board` as users start it; its address. It must print nothing and stop when asked."""
    port = free_port()
    # NiceGUI behaves otherwise where it sees pytest's own variables.
    outside = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "PYTEST"))}
    env = {
        f"{PREFIX}CLICKHOUSE_URL": settings.clickhouse_url,
        f"{PREFIX}CLICKHOUSE_DATABASE": settings.clickhouse_database,
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "board", "--port", str(port), *more],
        cwd=ROOT,
        env={**outside, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        said = process.communicate(timeout=20)
    assert said == ("", ""), said


def _wait_for(url: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(url, timeout=START_S):
                return
        except URLError:
            time.sleep(0.1)
    raise RuntimeError(f"the board did not start: {process.communicate(timeout=5)}")


@dataclass(frozen=True)
class Live:
    """A board that runs on a store we can write to."""

    url: str
    store: Store
    world: World

    def answer(self, channel: str, scale: str, points: list[int]) -> None:
        """New answers of this moment, counted into the newest window as `roll` would."""
        now_ms = time.time_ns() // 1_000_000
        self.world.now_ms = now_ms
        self.world.add(now_ms, channel, scale, points)
        rows = [row for row in self.world.scores([self.world.window_end_ms()]) if row["scale"] == scale]
        self.store.insert_columns("scores", {name: [row[name] for row in rows] for name in rows[0]})


@contextmanager
def seeded_board(clickhouse_url: str) -> Iterator[Live]:
    """The believable world, on a page of its own process."""
    world = believable_world(time.time_ns() // 1_000_000)
    world.add(world.now_ms - 90 * 60 * SECOND, "<i>kiosk</i>", "csat-1-5", [4])
    settings = Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())
    with migrated(settings) as store:
        fill(store.insert_columns, world, [world.window_end_ms() - number * 10 * SECOND for number in range(120)])
        lay_alerts(store.insert_columns, world.now_ms)
        lay_method(store, world.now_ms)
        lay_annotations(store, world.now_ms)
        lay_voices(store, world.now_ms)
        with board_process(settings) as url:
            yield Live(url, store, world)


@pytest.fixture(scope="session")
def live(clickhouse_url: str) -> Iterator[Live]:
    """The seeded board, one for all tests."""
    with seeded_board(clickhouse_url) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine."""
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=str(chromium()), args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Watched:
    """A page, and everything that went wrong on it."""

    page: Page
    trouble: list[str] = field(default_factory=list)


@contextmanager
def opened(
    browser: Browser, url: str, *, width: int = 1440, height: int = 900, dark: bool = False
) -> Iterator[Watched]:
    """Opens an address; fails if the page complained, or asked any other site for anything."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    watched = Watched(page)
    home = "/".join(url.split("/")[:3])
    page.on("console", lambda m: watched.trouble.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: watched.trouble.append(str(error)))
    page.on("response", lambda r: watched.trouble.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("request", lambda r: watched.trouble.append(r.url) if not r.url.startswith((home, "data:")) else None)
    page.on(
        "websocket",
        lambda w: watched.trouble.append(w.url) if not w.url.startswith(home.replace("http", "ws")) else None,
    )
    try:
        page.goto(url)
        page.wait_for_selector("main.board")
        yield watched
        assert watched.trouble == []
    finally:
        page.close()
