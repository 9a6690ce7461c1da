"""Keys and tokens: who may send, for how long, and what a wrong file or a wrong key does."""

from __future__ import annotations

import json
import stat
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.edges.errors import FileError, UserError
from streams.edges.gateway import keybook
from streams.edges.gateway.answers import Refused
from streams.edges.gateway.grants import Bucket
from streams.edges.gateway.keys import KeyFile, Keyring
from streams.edges.gateway.tokens import Tokens, sign
from tests.kit.gateway import SECRET

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
HOUR_MS = 3_600_000


def refused(keyring: Keyring, text: str, now_ms: int = NOW_MS) -> int:
    """The status a key is refused with."""
    with pytest.raises(Refused) as caught:
        keyring.open(text, now_ms)
    return caught.value.problem.status


def test_a_key_opens_what_it_was_made_for(keys_path: Path) -> None:
    _, text = keybook.make(keys_path, NOW, producer="till", channels=("store",))
    grant = Keyring(keys_path).open(text, NOW_MS)
    assert (grant.producer, grant.scopes[0].channels) == ("till", {"store"})


def test_the_file_holds_no_secret_and_is_its_owners_alone(keys_path: Path) -> None:
    """Who reads a backup of the file can send nothing."""
    _, text = keybook.make(keys_path, NOW, producer="till")
    assert text.rpartition("_")[2] not in keys_path.read_text()
    assert stat.S_IMODE(keys_path.stat().st_mode) == 0o600


def test_wrong_unknown_and_missing_keys_are_refused_alike(keys_path: Path) -> None:
    """An answer that differs would tell a stranger which ids exist."""
    key, text = keybook.make(keys_path, NOW, producer="till")
    keyring = Keyring(keys_path)
    wrong = f"tpk_{key.id}_{'0' * 48}"
    problems = []
    for presented in (wrong, f"tpk_nobody_{'0' * 48}", "", "x" * 10_000, text[:-1], text + "0", "tpk_é_0"):
        with pytest.raises(Refused) as caught:
            keyring.open(presented, NOW_MS)
        problems.append(caught.value.problem)
    assert {problem.status for problem in problems} == {401}
    assert len({problem.detail for problem in problems}) == 1


def test_revoked_and_expired_keys_are_closed_to_their_holder_and_unknown_to_others(keys_path: Path) -> None:
    """The reason is told to who holds the secret, so that he can ask for a new one."""
    old, text = keybook.make(keys_path, NOW, producer="till", expires=NOW + timedelta(hours=1))
    keyring = Keyring(keys_path)
    assert keyring.open(text, NOW_MS).producer == "till"
    assert refused(keyring, text, NOW_MS + HOUR_MS) == 403
    keybook.revoke(keys_path, old.id, NOW)
    keyring.refresh()
    assert refused(keyring, text) == 403
    assert refused(keyring, f"tpk_{old.id}_{'0' * 48}") == 401


def test_a_rotated_key_opens_until_its_grace_is_over(keys_path: Path) -> None:
    """Producers deploy on their own days; both keys are one producer."""
    old, before = keybook.make(keys_path, NOW, producer="till", locations=("store-1",), rate=7.0)
    _, after = keybook.rotate(keys_path, old.id, NOW, timedelta(hours=2))
    keyring = Keyring(keys_path)
    assert keyring.open(before, NOW_MS + HOUR_MS).producer == keyring.open(after, NOW_MS).producer == "till"
    assert keyring.open(after, NOW_MS).scopes[0].locations == {"store-1"}
    assert refused(keyring, before, NOW_MS + 2 * HOUR_MS) == 403
    keybook.revoke(keys_path, old.id, NOW)
    with pytest.raises(UserError, match="revoked"):
        keybook.rotate(keys_path, old.id, NOW, timedelta(hours=2))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("keys: [", id="no-yaml"),
        pytest.param("", id="empty"),
        pytest.param("keys:\n- id: abcdef\n  producer: x\n", id="half-written"),
        pytest.param("kees: []\n", id="misspelt"),
        pytest.param(None, id="gone"),
    ],
)
def test_a_bad_file_leaves_the_old_keys_in_force(
    keys_path: Path, text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """A slip of an editor must not shut every producer out; it is said once, and mending it is enough."""
    _, key = keybook.make(keys_path, NOW, producer="till")
    good = keys_path.read_text()
    keyring = Keyring(keys_path)
    if text is None:
        keys_path.unlink()
    else:
        keys_path.write_text(text)
    keyring.refresh()
    keyring.refresh()
    assert keyring.open(key, NOW_MS).producer == "till"
    assert keyring.failures == 1
    assert str(keys_path) in caplog.text
    keys_path.write_text(good.replace("till", "kiosk"))
    keyring.refresh()
    assert keyring.open(key, NOW_MS).producer == "kiosk"


def test_a_bad_file_at_the_start_names_line_and_field(keys_path: Path) -> None:
    keys_path.write_text("keys:\n- id: abcdef\n  producer: a:b\n  hash: xyz\n  made: 2026-11-22T12:00:00Z\n")
    with pytest.raises(FileError, match=r"line 3: keys\[0\].producer: must not contain ':'.*1 more"):
        Keyring(keys_path)


def test_a_key_taken_over_again_keeps_what_it_has_used_up(keys_path: Path) -> None:
    """Else each change of the file would fill every bucket."""
    _, text = keybook.make(keys_path, NOW, producer="till", rate=1.0, burst=5)
    keyring = Keyring(keys_path)
    keyring.open(text, NOW_MS).charge(50)
    keybook.make(keys_path, NOW, producer="other")
    keyring.refresh()
    with pytest.raises(Refused) as caught:
        keyring.open(text, NOW_MS).check_rate(0.0)
    assert caught.value.problem.status == 429


@pytest.mark.parametrize(
    ("events", "after_s", "wait_s"),
    [
        pytest.param(3, 0, 0, id="some-left"),
        pytest.param(10, 0, 1, id="all-used"),
        pytest.param(10, 1, 0, id="one-came-back"),
        pytest.param(30, 0, 11, id="more-than-a-burst-is-taken-on-credit"),
        pytest.param(30, 10, 1, id="and-paid-back"),
        pytest.param(30, 11, 0, id="in-full"),
    ],
)
def test_a_bucket_fills_with_its_rate(events: int, after_s: int, wait_s: int) -> None:
    """Rate 2 a second, burst 10; who owes waits."""
    bucket = Bucket(2.0, 10)
    assert bucket.wait_s(100.0) == 0
    bucket.charge(events)
    assert bucket.wait_s(100.0 + after_s) == wait_s


def tokens_of(keys_path: Path, **fields: object) -> tuple[Tokens, Keyring, str, str]:
    """Tokens with one key; its id and text."""
    key, text = keybook.make(keys_path, NOW, producer="web", **fields)
    keyring = Keyring(keys_path)
    return Tokens(SECRET, keyring), keyring, key.id, text


def test_a_token_allows_what_both_it_and_its_key_allow(keys_path: Path) -> None:
    tokens, keyring, _, text = tokens_of(keys_path, channels=("web", "app"))
    made = tokens.make(b'{"channels": ["web"], "minutes": 2}', keyring.open(text, NOW_MS), NOW_MS)
    grant = tokens.open(made.token, NOW_MS)
    assert grant.producer == "web"
    assert [scope.channels for scope in grant.scopes] == [{"web", "app"}, {"web"}]
    assert made.expires_at == "2026-11-22T12:02:00Z"
    with pytest.raises(Refused) as caught:
        tokens.make(b'{"channels": ["store"]}', keyring.open(text, NOW_MS), NOW_MS)
    assert caught.value.problem.status == 403


def test_a_token_ends_with_its_time_and_with_its_key(keys_path: Path) -> None:
    tokens, keyring, id_, text = tokens_of(keys_path)
    made = tokens.make(b'{"minutes": 1}', keyring.open(text, NOW_MS), NOW_MS)
    assert tokens.open(made.token, NOW_MS + 59_999).producer == "web"
    with pytest.raises(Refused, match="over"):
        tokens.open(made.token, NOW_MS + 60_000)
    keybook.revoke(keys_path, id_, NOW)
    keyring.refresh()
    with pytest.raises(Refused, match="revoked"):
        tokens.open(made.token, NOW_MS)


def test_a_token_cannot_be_changed_or_made_without_the_secret(keys_path: Path) -> None:
    tokens, keyring, _, text = tokens_of(keys_path)
    made = tokens.make(b"{}", keyring.open(text, NOW_MS), NOW_MS).token
    head, _, signature = made.partition(".")
    for forged in (head, f"{head}.", f"{head[:-2]}AA.{signature}", f"{made}x", "tpt_.", "tpt_é.é", made[4:] * 100):
        with pytest.raises(Refused) as caught:
            tokens.open(forged, NOW_MS)
        assert caught.value.problem.status == 401
    with pytest.raises(Refused):
        Tokens("f" * 32, keyring).open(made, NOW_MS)
    without = Tokens("", keyring)  # no secret is set: an empty one would be known to all
    forged = f"{head}.{sign('', 'token v1', urlsafe_b64decode(head.removeprefix('tpt_') + '=='))}"
    with pytest.raises(Refused):
        without.open(forged, NOW_MS)
    with pytest.raises(Refused) as caught:
        without.make(b"{}", keyring.open(text, NOW_MS), NOW_MS)
    assert caught.value.problem.title == "no_tokens"


def test_a_token_has_a_rate_of_its_own(keys_path: Path) -> None:
    """One page gone wild must not use up what its producer may send."""
    tokens, keyring, _, text = tokens_of(keys_path, rate=1e6, burst=1_000_000)
    made = tokens.make(b'{"rate": 1, "burst": 2}', keyring.open(text, NOW_MS), NOW_MS).token
    tokens.open(made, NOW_MS).charge(2)
    with pytest.raises(Refused) as caught:
        tokens.open(made, NOW_MS).check_rate(0.0)
    assert caught.value.problem.status == 429
    keyring.open(text, NOW_MS).check_rate(0.0)


def test_the_commands_make_list_rotate_and_revoke(keys_path: Path) -> None:
    """As an operator uses them; the secret is printed alone, so that it can be piped into a vault."""
    run = CliRunner()

    def keys(*arguments: str) -> str:
        done = run.invoke(app, ["keys", *arguments, "--file", str(keys_path)])
        assert done.exit_code == 0, done.output
        return done.stdout

    text = keys("make", "till", "--location", "store-1", "--kind", "csat", "--days", "30").strip()
    id_ = text.split("_")[1]
    made = json.loads(keys("rotate", id_, "--grace-hours", "1", "--json"))
    keys("revoke", id_)
    rows = {row["id"]: row for row in json.loads(keys("list", "--json"))["keys"]}
    assert [rows[id_]["state"], rows[made["id"]]["state"]] == ["revoked", "valid"]
    assert rows[made["id"]]["locations"] == ["store-1"]
    assert "hash" not in rows[id_]
    assert Keyring(keys_path).open(made["key"], int(datetime.now(UTC).timestamp() * 1000)).producer == "till"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["make", "a:b"], "producer must not contain ':'", id="producer"),
        pytest.param(["make", "till", "--kind", "cast"], "is no kind of event; did you mean 'csat'", id="kind"),
        pytest.param(["revoke", "abcdef"], "there is no key 'abcdef'", id="unknown"),
    ],
)
def test_a_mistake_is_one_sentence(keys_path: Path, arguments: list[str], says: str) -> None:
    keybook.make(keys_path, NOW, producer="till")
    before = KeyFile.load(keys_path)
    done = CliRunner().invoke(app, ["keys", *arguments, "--file", str(keys_path)])
    assert says in str(done.exception)
    assert KeyFile.load(keys_path) == before
