"""`./run pictures`: the README's pictures, taken anew of boards on seeded data.

Made by a command so that they show what the boards are, not what they were.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import opened, seeded_board
from tests.kit.clickhouse import ServerProcess
from tests.kit.needs import chromium

FOLDER = Path(__file__).parents[2] / "deploy" / "docs" / "pictures"
WIDTH, HEIGHT = 1440, 900
SHOWN = {
    "overview": ("/", False),
    "matrix": ("/matrix", False),
    "key-experience": ("/key-experience?shown=24h", False),
    "alerts": ("/alerts", True),
}
"""Picture: (address of the board, whether it is dark)."""
DRAWN_MS = 1_500
"""Charts move into place."""


def main() -> int:
    """Takes them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder) / "store")
        try:
            with sync_playwright() as play, seeded_board(server.url) as live:
                browser = play.chromium.launch(executable_path=str(chromium()), args=["--no-sandbox"])
                for name, (address, dark) in SHOWN.items():
                    with opened(browser, live.url + address, width=WIDTH, height=HEIGHT, dark=dark) as seen:
                        seen.page.wait_for_timeout(DRAWN_MS)
                        seen.page.screenshot(path=FOLDER / f"{name}.png")
                        print(f"{name}.png", file=sys.stderr)
                browser.close()
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
