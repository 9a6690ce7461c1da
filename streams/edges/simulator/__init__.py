"""A believable stream of touchpoint events, for the demo, tests and benches.

`feelings` turns a mood into answers, `journey` is one person for some minutes, `visits` the kinds of
journeys, `retailer` and `words` the declared facts of the pretended company, `faults` what producers get
wrong, and `stream` lays it all over time.
"""

from streams.edges.simulator.faults import FAULTS
from streams.edges.simulator.stream import Sent, busy, simulate, simulate_batch

__all__ = ["FAULTS", "Sent", "busy", "simulate", "simulate_batch"]
