"""The chaos bench: the product on a real broker, struck while it works, held against one plain loop over the log.

plan: what happens, a pure function of a seed · events, feed: the stream · zygote, hooks, crew: workers that can be
killed, frozen and broken at a chosen point · faults, store_faults: what strikes · oracle, truth: what the numbers must
be · compare: what they are · run: one run · bench: many · sabotage, prove: the bench itself can fail.
"""
