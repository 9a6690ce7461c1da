"""A believable stream of touchpoint events, for the demo, tests and benches.

`company` says what a pretended company is; `retailer` and `bank` are two, each with its journeys (`*_visits`) and what
customers write (`*_words`). `feelings` turns a mood into answers, `journey` is one person for some minutes, `faults`
what producers get wrong, `stream` lays it all over time, and `past` is what was before.
"""

from streams.edges.simulator.bank import BANK
from streams.edges.simulator.company import Company
from streams.edges.simulator.faults import FAULTS
from streams.edges.simulator.past import past
from streams.edges.simulator.retailer import RETAILER
from streams.edges.simulator.stream import Sent, busy, simulate, simulate_batch

COMPANIES = {"retailer": RETAILER, "bank": BANK}
"""By the name of its scenario."""

__all__ = ["BANK", "COMPANIES", "FAULTS", "RETAILER", "Company", "Sent", "busy", "past", "simulate", "simulate_batch"]
