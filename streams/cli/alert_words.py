"""Alerts in words on the command line: one line of a list, and a whole story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from streams.cli.moments import clock

if TYPE_CHECKING:
    from streams.edges.alert_records import Episode, Sending, Step, Story
    from streams.edges.alert_recount import Nearby, Recount

SAID = {"useful": "called useful", "useless": "called useless"}


def number(value: float | None, unit: str) -> str:
    """A number with its unit; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.1f} %" if unit == "%" else f"{f'{value:,.1f}'.removesuffix('.0')} {unit}".strip()


def numbers(of: Episode | Step) -> str:
    """What it rests on: `41.0 % (31.9 to 50.8) of 100, usual 10.0 %`; '' where it rests on no numbers."""
    if of.value is None and of.baseline is None:
        return ""
    text = number(of.value, of.unit)
    if of.lower is not None and of.upper is not None:
        text += f" ({of.lower:.1f} to {of.upper:.1f})"
    if of.n:
        text += f" of {of.n:,}"
    return text + (f", against {number(of.baseline, of.unit)}" if of.baseline is not None else "")


def state(one: Episode) -> str:
    """Its state, who has it, and what holds it."""
    text = one.state if one.stands or one.state == "resolved" else "told"
    if one.who and one.stands:
        text += f" ({one.who} has it)"
    if one.held and one.stands:
        text += f"; {one.held}: {one.held_why}"
    if one.flaps:
        text += f"; came back {one.flaps} times"
    return text + (f"; {SAID[one.word]}" if one.word in SAID else "")


def entry(one: Episode, now_ms: int) -> list[str]:
    """An alert in a list: three lines, so that no id is cut off on a narrow screen."""
    since_ms = one.since_ms or one.fired_ms
    lines = [
        f"{(one.severity or 'record').upper():<8} {one.place}: {one.rule}, {one.alert_id}",
        f"{'':<8} since {clock(since_ms)} UTC ({lasting(now_ms - since_ms)})",
        f"{'':<8} {state(one)}",
    ]
    if told := "; ".join(part for part in (numbers(one), harm(one)) if part):
        lines[1] += f": {told}"
    return lines


def harm(of: Episode | Step) -> str:
    """Harm so far and ahead, in bad experiences; '' without any."""
    if of.harm + of.harm_ahead < 0.5:
        return ""
    return f"harm {of.harm:.0f}" + (f", {of.harm_ahead:.0f} more ahead" if of.harm_ahead >= 0.5 else "")


def lasting(span_ms: int) -> str:
    """A length of time: 40 min, 5 h, 3 days; moments ago are 0 min."""
    minutes = max(0, span_ms) // 60_000
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def as_json(story: Story, now: Recount | None, near: Sequence[Nearby]) -> dict[str, Any]:
    """For machines: everything a person is shown, and more."""
    return {
        **asdict(story),
        "now": None if now is None else asdict(now),
        "near": [asdict(one) for one in near],
        "board": board(story),
    }


def board(story: Story) -> str:
    """Address in Grafana of what it is about, with time and channel set."""
    one = story.episode
    from_ms, to_ms = (one.since_ms or one.fired_ms) - 3_600_000, max(one.at_ms, one.until_ms) + 3_600_000
    channel = one.scope.get("channel", "")
    if not channel or ", " in channel:
        return f"/d/touchpulse-alerts?from={from_ms}&to={to_ms}"
    return f"/d/touchpulse-channel?from={from_ms}&to={to_ms}&var-channel={quote(channel)}"


def show(story: Story, now: Recount | None, near: Sequence[Nearby]) -> None:
    """Prints one story, from its beginning to now."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, soft_wrap=True)
    one = story.episode
    console.print(f"{one.place}: {one.rule} ({one.kind}), alert {one.alert_id}")
    console.print(f"state     {one.severity or 'record'}, {state(one)}")
    before = ""
    for step in story.steps:
        console.print(f"{clock(step.at_ms)}  {_step(step, before)}")
        before = numbers(step) or before
    for sending in story.sendings:
        console.print()
        for line in _sending(sending, own=sending.alert_id == one.alert_id):
            console.print(line)
    if not story.sendings:
        console.print("\nnothing was sent")
    if story.with_it:
        console.print("with it   " + "; ".join(f"{other.place} ({other.alert_id})" for other in story.with_it))
    for silence in story.silences:
        ended = f", ended {clock(silence.ended_ms)}: {silence.ended_why}" if silence.ended_ms else ""
        console.print(
            f"silence   {silence.id} by {silence.owner}, {clock(silence.from_ms)} to {clock(silence.to_ms)}"
            f"{ended}: {silence.reason}"
        )
    for line in _now(story, now):
        console.print(line)
    for action in near:
        of = " / ".join(part for part in (action.channel, action.touchpoint) if part) or "everywhere"
        console.print(f"near      {clock(action.at_ms)}, {of}: {action.what}")
    console.print(f"board     {board(story)}\n")


def _step(step: Step, before: str) -> str:
    """A step in words; numbers that are still those of the step before are not said again."""
    if step.said:
        return f"{SAID.get(step.said, step.said)} by {step.who}"
    if step.send:
        text = f"sent as {step.send}, {step.page_id}"
    elif step.held and step.state == step.before:
        text = f"held: {step.held}"
    elif step.state == step.before:
        text = "not held any more"
    else:
        text = f"{step.before} to {step.state}"
    told = "; ".join(part for part in (numbers(step), harm(step)) if part) if numbers(step) != before else ""
    parts = [text, told, step.why]
    return " · ".join(part for part in parts if part)


def _sending(sending: Sending, *, own: bool) -> list[str]:
    whose = "" if own else ", with the alert it was grouped with"
    shadow = ", in shadow: nobody was told" if sending.shadow else ""
    lines = [
        f"{sending.send:<9} {clock(sending.at_ms)} {sending.page_id}{whose}{shadow}",
        f"          {sending.headline}",
    ]
    lines += [f"          {sending.body}"] if sending.body else []
    for one in sending.deliveries:
        tries = f" after {one.tries} tries" if one.tries > 1 else ""
        error = f": {one.error}" if one.error else ""
        lines.append(f"          {one.receiver}: {one.state} {clock(one.at_ms)}{tries}{error}")
    if not sending.deliveries and not sending.shadow:
        lines.append("          no receiver reported yet")
    return lines


def _now(story: Story, now: Recount | None) -> list[str]:
    from streams.edges.alert_recount import told_step

    then = told_step(story)
    if now is None or then is None:
        return []
    span = f"{clock(now.from_ms)} to {clock(now.to_ms)} UTC"
    if story.episode.kind == "silent":
        late = f", {now.late:,} of them late" if now.late else ""
        return [f"then      nothing was heard from {span}", f"now       {now.n:,} events of that time are stored{late}"]
    late = f", {now.late:,} of them late or imported" if now.late else ""
    share = (
        "no answers"
        if now.share_pct is None
        else f"{now.bad:,} bad of {now.n:,} = {now.share_pct:.1f} % ({now.lower_pct:.1f} to {now.upper_pct:.1f}){late}"
    )
    lines = [
        f"then      {then.bad:,} bad of {then.n:,}: {numbers(then)}, as heard by {clock(then.until_ms)} UTC",
        f"now       {share}; by when it happened, {span}, from table {now.table}",
    ]
    if now.value is not None and story.episode.kind == "level":
        lines.append(f"          score {now.value:.1f}")
    if now.revised:
        answers = sum(one.n - one.n_before for one in now.revised)
        bad = sum(one.bad - one.bad_before for one in now.revised)
        lines.append(f"revised   {len(now.revised):,} times since it was told: {answers:+,} answers, {bad:+,} bad ones")
    return lines
