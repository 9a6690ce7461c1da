"""The producers' door over HTTP: events in, an exact answer for each, nothing taken that Kafka has not acknowledged.

app.py       the routes, and the order in which a request is judged; door.py: what they share
serve.py     the server around them, with TLS; guard.py: its connections and their deadlines
body.py      bytes of a body, bounded; split.py: the events in them; hooks.py: rows of webhooks
batch.py     each event judged: forced producer, clock, privacy, contract, scope
kafka.py     acknowledged by all replicas in sync, or not taken
keys.py      who may send what; keybook.py: the commands' side of it; tokens.py: short-lived keys for browsers
survey.py    a page with one question, behind a signed link (links.py)
"""
