"""The method behind the boards, one module a number: delta, trust, cost, journey and the rest.

Why a package of plain functions: each number must be computable by hand from what was counted, whoever reads it.
Nothing here knows Kafka, ClickHouse or the clock. For each module `x.py` there is the same number in SQL in
`dashboards/method_sql/x.py`, and `tests/property/test_method_x.py` holds the two together; the worked examples
are in `tests/unit/method/test_x.py`. To add a number, add these four files.

Conventions: shares are 0..1, net experience is in points (-100..100), ratings are 1..10, amounts in the currency
they were given in. What nobody said is None, never 0, and has its reason beside it.
"""
