"""What unhappy customers of the web shop write: of the last hour, about paying; of the day before, about parcels.

From a producer of its own and without counted answers, so that no number of the other boards changes.
"""

from __future__ import annotations

from typing import Any

from streams.edges.store import Store
from tests.kit.seed import HOUR, MINUTE

NOW = (
    "Payment failed, basket empty",
    "the payment failed",
    "Payment failed!",
    "付款失败了",
    "付款失败",
    "payment failed",
)
BEFORE = ("Parcel came late", "parcel late and torn", "Nobody answers", "快递很慢", "parcel late")


def lay_voices(store: Store, now_ms: int) -> None:
    """Six customers now and five before, each ten times over; and four who name a place, which is too few to show."""
    said = [(now_ms - (5 + n % 40) * MINUTE, text, "checkout", "") for n, text in enumerate(NOW * 10)]
    said += [(now_ms - (2 + n % 20) * HOUR, text, "tracking", "") for n, text in enumerate(BEFORE * 10)]
    said += [(now_ms - 3 * MINUTE, "the clerk at desk seven", "advice", "Nook") for _ in range(4)]
    rows: list[dict[str, Any]] = [
        {
            "class": "accepted", "rank": 1, "log_id": "voices", "topic": "touchpoints", "partition": 0,
            "offset": number, "appended_at": at_ms, "stored_at": at_ms, "producer": "voices",
            "event_id": f"v-{number:03}", "kind": "csat", "occurred_at": at_ms, "sent_at": None, "channel": "web",
            "touchpoint": touchpoint, "stage": "", "location": location, "segment": "",
            "customer": f"voice-{number}", "respondent": "customer", "weight_micro": 1_000_000, "question_id": "",
            "question_version": "", "element": "", "comment": text, "attributes": {}, "metrics": ["csat"],
            "scales": ["csat-1-5"], "bins": [1], "boxes": [-1], "detail": "{}",
        }
        for number, (at_ms, text, touchpoint, location) in enumerate(said)
    ]  # fmt: skip
    store.insert_columns("touchpoints", {name: [row[name] for row in rows] for name in rows[0]})
