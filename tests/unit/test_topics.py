"""What is said about a live topic, without a broker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streams.edges.settings import Settings
from streams.edges.topics import (
    DAY_MS,
    HOUR_MS,
    Live,
    Problem,
    Topic,
    Traffic,
    declared,
    outliving_blocks,
    problems,
)

TOPICS = {topic.name: topic for topic in declared(Settings())}
EVENTS = TOPICS["touchpoints"]
BLOCK = 1_000


def as_declared(topic: Topic, *, brokers: int = 3, **changed: str) -> Live:
    """A live topic as the table wants it, but for some settings."""
    configs = topic.configs(brokers) | {name.replace("_", "."): value for name, value in changed.items()}
    return Live(topic.partitions, min(3, brokers), configs)


def judged(topic: Topic, live: Live | None, *, brokers: int = 3) -> list[Problem]:
    return problems(topic, live, brokers=brokers, bootstrap="kafka:9092")


@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)
@pytest.mark.parametrize("brokers", [1, 2, 3, 7])
def test_what_we_make_we_accept(topic: Topic, brokers: int) -> None:
    """A topic just made by us is never complained about, whatever the size of the cluster."""
    assert judged(topic, as_declared(topic, brokers=brokers), brokers=brokers) == []


def test_a_missing_topic_is_told_with_the_command_that_makes_it() -> None:
    """A newcomer's first check says what to do."""
    (problem,) = judged(EVENTS, None)
    assert problem == Problem("touchpoints does not exist.", "touchpulse topics apply")


@pytest.mark.parametrize(
    ("topic", "setting", "value"),
    [
        ("touchpoints", "message.timestamp.type", "CreateTime"),
        ("touchpoints.import", "message.timestamp.type", "CreateTime"),
        ("touchpoints", "cleanup.policy", "compact"),
        ("touchpoints", "cleanup.policy", "compact,delete"),
        ("panes", "cleanup.policy", "delete"),
        ("panes.coarse", "cleanup.policy", "compact"),
        ("ledger", "cleanup.policy", "delete"),
        ("touchpoints", "retention.ms", str(DAY_MS)),
        ("panes.coarse", "retention.ms", str(24 * HOUR_MS)),
        ("touchpoints", "retention.bytes", "1000000"),
        ("touchpoints", "min.insync.replicas", "1"),
        ("panes", "unclean.leader.election.enable", "true"),
    ],
)
def test_a_setting_that_breaks_counting_is_named_with_its_cure(topic: str, setting: str, value: str) -> None:
    """One sentence with setting and value, and the command that sets it right."""
    declared_topic = TOPICS[topic]
    live = as_declared(declared_topic)
    (problem,) = judged(declared_topic, replace(live, configs=live.configs | {setting: value}))
    assert f"{topic} has {setting}={value}" in problem.sentence
    cure = live.configs[setting].replace("compact,delete", "[compact,delete]")
    assert problem.command.endswith(f"--alter --topic {topic} --add-config {setting}={cure}")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("retention.ms", "-1"), ("retention.ms", str(365 * DAY_MS)), ("max.message.bytes", "4000000")],
)
def test_a_setting_that_harms_nothing_is_the_operators_business(setting: str, value: str) -> None:
    """A check that complains of everything is switched off."""
    live = as_declared(EVENTS)
    assert judged(EVENTS, replace(live, configs=live.configs | {setting: value})) == []


def test_the_order_and_spacing_of_policies_does_not_matter() -> None:
    """Brokers tell a list as it was set."""
    panes = TOPICS["panes"]
    live = as_declared(panes)
    assert judged(panes, replace(live, configs=live.configs | {"cleanup.policy": "delete, compact"})) == []


def test_too_few_copies_are_told() -> None:
    """Three brokers and one copy: a disk that dies takes acknowledged events along."""
    live = as_declared(EVENTS, brokers=1)
    (problem,) = judged(EVENTS, live, brokers=3)
    assert "kept 1 times, not 3, on 3 brokers" in problem.sentence


def test_more_copies_demanded_than_there_are_is_told() -> None:
    """With two copies demanded of one, every write would be refused."""
    live = as_declared(EVENTS, brokers=1, min_insync_replicas="2")
    (problem,) = judged(EVENTS, live, brokers=1)
    assert "nothing can be written" in problem.sentence
    assert problem.command.endswith("min.insync.replicas=1")


def test_retention_follows_the_longest_window_and_the_greatest_age() -> None:
    """Longer windows and ages by setting raise what the topics must keep, and what new ones do keep."""
    longer = Settings(windows_s=(300, 864_000), max_age_ms=20 * DAY_MS)
    topics = {topic.name: topic for topic in declared(longer)}
    assert int(topics["panes"].configs(1)["retention.ms"]) > 10 * DAY_MS
    assert int(topics["touchpoints"].configs(1)["retention.ms"]) > 20 * DAY_MS
    assert judged(topics["panes"], as_declared(TOPICS["panes"]))
    assert judged(topics["touchpoints"], as_declared(EVENTS))


def test_a_prefix_stands_before_every_topic() -> None:
    """Two installations can share a cluster."""
    assert {topic.name for topic in declared(Settings(topic_prefix="eu."))} == {f"eu.{name}" for name in TOPICS}


def test_only_shared_topics_take_the_wanted_partitions() -> None:
    """What one worker does in one order stays in one partition."""
    found = {topic.name: topic.partitions for topic in declared(Settings(), partitions=48)}
    assert (found["touchpoints"], found["panes"], found["signals"]) == (48, 48, 1)


@pytest.mark.parametrize(
    "traffic",
    [
        pytest.param(Traffic(0, 0, 0, 0), id="empty"),
        pytest.param(Traffic(0, 0, 10, 0), id="few-but-young-or-kept-for-ever"),
        pytest.param(Traffic(0, 500, 9_000, 5_000), id="busy"),
        pytest.param(Traffic(0, 8_000, 9_000, 8_000), id="first-record-of-the-open-block-is-there"),
    ],
)
def test_a_block_within_the_log_is_fine(traffic: Traffic) -> None:
    """The open block's first record is there and will be until the block is full."""
    assert outliving_blocks(EVENTS, traffic, block_size=BLOCK) is None


@pytest.mark.parametrize(
    ("traffic", "words"),
    [
        pytest.param(Traffic(3, 8_001, 8_500, 8_400), "cannot count the block", id="its-start-is-gone"),
        pytest.param(Traffic(3, 0, 1_500, 501), "only 999 records came", id="it-fills-too-slowly"),
        pytest.param(Traffic(3, 0, 10, 10), "only 0 records came", id="nothing-came-for-long"),
    ],
)
def test_a_block_that_outlives_its_records_is_told(traffic: Traffic, words: str) -> None:
    """Counted again after a crash, such a block would come out too small."""
    problem = outliving_blocks(EVENTS, traffic, block_size=BLOCK)
    assert problem is not None
    assert words in problem.sentence
    assert "partition 3" in problem.sentence
    assert "TOUCHPULSE_BLOCK_SIZE" in problem.sentence
