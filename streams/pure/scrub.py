"""Taking e-mail addresses, phone, card and national id numbers out of free text.

Why a module of its own: what counts as such a number is other people's knowledge, kept up to date in
libraries (phone plans by `phonenumbers`, checksums by `python-stdnum`). Only e-mail addresses and the shapes
of cards are told by own patterns. Names and postal addresses are not found: that takes a language model of
hundreds of megabytes, which is wrong often enough to be no promise.

Each finding is replaced by a mark that is no longer than the shortest such finding, so a text never grows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cache
from importlib import import_module

from phonenumbers import SUPPORTED_REGIONS, Leniency, PhoneNumberMatcher, PhoneNumberType, number_type
from stdnum import iban, luhn

REGIONS = ("CN", "DE", "FR", "GB", "US")
"""Countries whose national phone and id numbers are looked for where nothing else is set."""

MAIL, CARD, IBAN, ID, PHONE = "[mail]", "[card]", "[iban]", "[id]", "[phone]"

Span = tuple[int, int, str]
"""Start, end, mark."""

# Nothing with fewer than six digits, or without @, is looked for: most comments end here.
_SUSPECT = re.compile(r"@|\d(?:\D{0,3}\d){5}", re.ASCII)
_LETTER = "A-Za-z0-9À-ɏͰ-ӿ"  # Chinese has no blanks: its signs beside an address are not part of it
_MAIL = re.compile(rf"(?<![{_LETTER}._%+-])[{_LETTER}._%+-]++@(?:[{_LETTER}-]+\.)+[{_LETTER}]{{2,}}")
# As cards are printed or typed: in one piece, 4-4-4-4(-3), or 4-6-5. A row of single scores is none.
_CARD = re.compile(
    r"(?<!\d)(?:\d{14,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})(?!\d)", re.ASCII
)
# Issuers in use, by first digits and length: what merely passes the checksum (one number in ten) is no card.
_ISSUER = re.compile(
    r"4(?:\d{15}|\d{18})|(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)\d+(?<=\d{16})(?<!\d{17})|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|(?:6011|65|64[4-9]|62|35)\d+(?<=\d{16})",
    re.ASCII,
)
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Z0-9])", re.ASCII)
# A date and the hour after it pass for a phone number in more than one country.
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d([./-])\d{1,2}\1\d{1,2})(?!\d)", re.ASCII
)

IDS: dict[str, tuple[tuple[str, str], ...]] = {
    "AT": ((r"\d{4} ?\d{6}", "at.vnr"),),
    "BE": ((r"\d{2}\.?\d{2}\.?\d{2}-?\d{3}[.-]?\d{2}", "be.nn"),),
    "BR": ((r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}", "br.cpf"),),
    "CH": ((r"756\.?\d{4}\.?\d{4}\.?\d{2}", "ch.ssn"),),
    "CN": ((r"\d{17}[\dXx]", "cn.ric"),),
    "DE": ((r"\d{2} ?\d{3} ?\d{3} ?\d{3}", "de.idnr"),),
    "ES": ((r"\d{8}-?[A-Za-z]", "es.dni"), (r"[XYZxyz]-?\d{7}-?[A-Za-z]", "es.nie")),
    "FR": ((r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}", "fr.nir"),),
    "GB": ((r"(?![DFIQUV])[A-Z](?![DFIOQUV])[A-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", ""),),  # no checksum
    "IN": ((r"\d{4} ?\d{4} ?\d{4}", "in_.aadhaar"),),
    "IT": ((r"[A-Za-z]{6}\d{2}[A-Za-z]\d{2}[A-Za-z]\d{3}[A-Za-z]", "it.codicefiscale"),),
    "KR": ((r"\d{6}-\d{7}", "kr.rrn"),),
    "NL": ((r"\d{4}\.?\d{2}\.?\d{3}", "nl.bsn"),),
    "PL": ((r"\d{11}", "pl.pesel"),),
    "SE": ((r"(?:\d{2})?\d{6}[-+]\d{4}", "se.personnummer"),),
    # Nine bare digits are any order number: only the written form is known for sure.
    "US": ((r"\d{3}-\d{2}-\d{4}", "us.ssn"),),
}
"""Region to (shape, module of `stdnum` that checks it)."""

_PHONE_TRIES = 200
"""Candidates a text may hold: bounds the time a hostile one takes."""

# Digits of all scripts, and the wide signs of Chinese keyboards, as ASCII: one for one, so that places stay.
_FOLD = {point: ord(str(int(chr(point)))) for point in range(0x660, 0x10000) if chr(point).isdecimal()}
_FOLD |= {point: point - 0xFEE0 for point in range(0xFF01, 0xFF5F)}
_FOLD |= dict.fromkeys(map(ord, "\u00a0\u2009\u200b\u2060\u3000"), ord(" "))
_FOLD |= dict.fromkeys(range(0x2010, 0x2016), ord("-"))


def scrub(text: str, regions: Collection[str] = REGIONS) -> str:
    """A text without the numbers and addresses by which a person can be found.

    Args:
        text: any text; it is returned as it is where nothing was found.
        regions: ISO codes of the countries whose national phone numbers (with their area codes, without +) and
            id numbers are looked for. International phone numbers, e-mail addresses, cards and IBANs always are.
    Returns:
        The text with marks, never longer. Scrubbing it again changes nothing.
    """
    while True:
        folded = text if text.isascii() else text.translate(_FOLD)
        if _SUSPECT.search(folded) is None:
            return text
        spans = _find(folded, tuple(regions))
        if not spans:
            return text
        # Again: what stood beside a finding may only now be seen as one. Each round takes digits or an @ away.
        for start, end, mark in sorted(spans, reverse=True):
            text = text[:start] + mark + text[end:]


def known_regions() -> frozenset[str]:
    """ISO codes of all countries whose phone numbers are known."""
    return frozenset(SUPPORTED_REGIONS)


def _find(text: str, regions: tuple[str, ...]) -> list[Span]:
    """What is to be replaced, without overlaps: the surest kinds first."""
    found: list[Span] = []
    for finder in (_mails, _ibans, _cards, lambda text: _ids(text, regions), lambda text: _phones(text, regions)):
        spans = list(finder(text))
        for start, end, _ in spans:
            text = text[:start] + "\0" * (end - start) + text[end:]
        found += spans
    return found


def _mails(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from ((*match.span(), MAIL) for match in _MAIL.finditer(text))


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        if iban.is_valid(match[0]):
            yield *match.span(), IBAN


def _cards(text: str) -> Iterator[Span]:
    for match in _CARD.finditer(text):
        digits = match[0].replace(" ", "").replace("-", "")
        if _ISSUER.fullmatch(digits) and luhn.is_valid(digits):
            yield *match.span(), CARD


def _ids(text: str, regions: tuple[str, ...]) -> Iterator[Span]:
    end = 0
    for shape, valid in _id_checks(regions):
        for match in shape.finditer(text):
            if match.start() >= end and valid(match[0]):
                end = match.end()
                yield match.start(), end, ID


@cache
def _id_checks(regions: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...]:
    checks = []
    for region in regions:
        for shape, module in IDS.get(region, ()):
            pattern = re.compile(rf"(?<![0-9A-Za-z]){shape}(?![0-9A-Za-z])", re.ASCII)
            checks.append((pattern, _check(module)))
    return tuple(checks)


def _check(module: str) -> Callable[[str], bool]:
    if not module:
        return lambda number: True
    is_valid = import_module(f"stdnum.{module}").is_valid

    def check(number: str) -> bool:
        try:
            return bool(is_valid(number))
        except LookupError:  # cn.ric stumbles over districts its table lacks; its checksum and date were right by then
            return True

    return check


def _phones(text: str, regions: tuple[str, ...]) -> Iterator[Span]:
    """Numbers that exist by a country's plan. Overlapping ones of several countries become one."""
    text = _DATE.sub(lambda date: "\0" * len(date[0]), text)
    spans: list[tuple[int, int]] = []
    for region in regions or ("ZZ",):  # ZZ: no country, so only international numbers
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.STRICT_GROUPING, max_tries=_PHONE_TRIES):
            # A bare run of digits may be any order number; mobile numbers are told by their first digits.
            bare = match.raw_string.isdigit() and not match.raw_string.startswith("0")
            known = not bare or number_type(match.number) == PhoneNumberType.MOBILE
            if known and match.end - match.start >= len(PHONE):
                spans.append((match.start, match.end))
    last = 0
    for start, end in sorted(spans):
        if start >= last:
            last = end
            yield start, end, PHONE
