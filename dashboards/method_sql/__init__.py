"""The method in SQL, one module a number: the twins of streams/pure/method, for boards and reports.

Why beside the Python: a board must show the number of the time and the filters chosen, from millions of answers.
Each function gives the text of one query, written with the macros of dashboards/macros.py, so that Grafana, the
local page and a report run the same. Its rows have the columns of `row()` of the Python twin, and
`tests/property/test_method_x.py` holds the two together on the real engine.

`where` is a condition on channel, stage, touchpoint, location or segment; it must be safe SQL.
"""
