"""A test page for one receiver: what an alert looks like there, without one."""

from __future__ import annotations

import asyncio

import msgspec

from streams.edges.receivers.make import Receiver
from streams.edges.receivers.note import Links, Notes
from streams.edges.receivers.outcome import NotTaken, Refused
from streams.edges.receivers.spec import LANGUAGES, ReceiverFile
from streams.pure.alerting.messages import PageMessage
from streams.pure.alerting.page import Contributor, Page

__all__ = ["LANGUAGES", "trial"]
WHY = {
    "en": "This is a test: nothing happened. It was sent by `touchpulse receivers try`.",
    "zh": "这是测试:没有发生任何事情。由 `touchpulse receivers try` 发送。",
}


def example(now_ms: int, language: str = "en") -> Page:
    """A page as it could be, marked as a test."""
    return Page(
        id=f"test-{now_ms}-1", alert_id=f"test-{now_ms}", rule="receivers-try", kind="worsening", send="page",
        at_ms=now_ms, scope={"channel": "test"}, metric="csat", scale="csat-1-5", unit="%", value=20.0, baseline=10.0,
        lower=15.0, upper=26.0, n=200, bad=40, since_ms=now_ms - 3_600_000, until_ms=now_ms, harm=20.0, harm_ahead=80.0,
        contributors=[Contributor("checkout", 120, 30, 18.0)], verdict="rate", why=WHY[language],
    )  # fmt: skip


async def trial(receiver: Receiver, file: ReceiverFile, language: str, now_ms: int) -> list[tuple[str, bool, str]]:
    """Hands a test page over, and its end, so that nothing stays open there.

    Returns:
        (what, whether it was taken, what was said) of each; the end is not tried where the page was not taken.
    """
    notes = Notes(file, Links(), None, 0)
    page = example(now_ms, language)
    end = msgspec.structs.replace(page, id=f"{page.alert_id}-2", send="resolve")
    outcomes = []
    try:
        for what, one in (("page", page), ("its end", end)):
            note = notes.note(PageMessage(one, [], language), -1, now_ms)
            try:
                async with asyncio.timeout(receiver.timeout_s + 1):
                    outcomes.append((what, True, await receiver.hand_over(note)))
            except TimeoutError:
                outcomes.append((what, False, f"did not answer within {receiver.timeout_s:g} s"))
            except (NotTaken, Refused) as error:
                outcomes.append((what, False, str(error)))
            if not outcomes[-1][1]:
                break
    finally:
        await receiver.close()
    return outcomes
