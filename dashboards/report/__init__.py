"""The report of a period: what the seven steps say, as a page to hand around.

`read` asks the store, `story` puts it into words, `pictures` draws, `write` makes the files. Numbers come from
streams/pure/method and nowhere else.
"""
