"""Alerts that on-call trusts: rules, detection, many series, the life of an alert, what a page says.

    slices, answers, marks ──▶ engine ──▶ watches ──▶ many ──▶ life ──▶ pages
                                 (per series)   (false discoveries, parents, shared causes)

Nothing here knows Kafka, ClickHouse or the clock: the same inputs in the same order give the same pages with the
same ids, which is what makes a crash harmless and a backtest honest.
"""
