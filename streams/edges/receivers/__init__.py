"""Who is told of alerts, and how: a file of receivers, and one module for each kind of them.

What decides when something is sent knows nothing of this; what is here knows nothing of Kafka. A secret stands in the
environment or in a file of its own, and never in a log, an error or a message.
"""
