"""A wrong mapping file is refused before anything is sent, with the line to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.catalogue import Catalogue
from schemas.decode import Decoder
from streams.edges.errors import FileError
from streams.edges.importer.check import check
from streams.edges.importer.mapping import ImportMapping
from streams.edges.importer.rows import CsvFile

MAPPINGS = Path(__file__).parents[2] / "deploy" / "mappings"
GOOD = """\
producer: panel
event_id: "{ID}-{column}"
occurred_at:
  text: "{DAY}"
  zone: Europe/Berlin
channel:
  column: HOW
  map: {1: face_to_face, no: web}
stage: use
blank: [0, 06]
answers:
  - kind: csat
    scale: 1-5
    columns: [FOOD, SHOP]
  - kind: ces
    scale: 1-5
    direction: ease
    columns: [WAY]
  - kind: nps
    blank: [11]
    columns: [NET]
"""
HEADER = "ID,DAY,HOW,FOOD,SHOP,WAY,NET\n"


def checked(tmp_path: Path, text: str, header: str = HEADER, decoder: Decoder | None = None) -> ImportMapping:
    """The mapping, held against the contract and against a file with this header."""
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "f.csv").write_text(header, encoding="utf-8")
    mapping = ImportMapping.read(tmp_path / "m.yaml")
    check(mapping, decoder or Decoder())
    CsvFile.look_through(tmp_path / "f.csv", mapping.file).check_columns(mapping)
    return mapping


def test_a_good_mapping_is_taken(tmp_path: Path) -> None:
    """The mapping that the other tests spoil is itself right."""
    assert checked(tmp_path, GOOD).producer == "panel"


def test_codes_stay_what_was_written(tmp_path: Path) -> None:
    """YAML would read `no` as False and 06 as 6; in a survey file both are codes."""
    mapping = checked(tmp_path, GOOD)
    assert mapping.blank == ("0", "06")
    assert mapping.channel is not None
    assert mapping.channel.map == {"1": "face_to_face", "no": "web"}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("producer:", "producr:", 1, ["producr", "did you mean 'producer'?"]),
        ("producer: panel\n", "", 1, ["producer", "missing"]),
        ("producer: panel", "producer: pa:nel", 1, ["producer", "':'"]),
        ("    columns: [WAY]", "    colums: [WAY]", 18, ["answers[1].colums", "'columns'"]),
        ("scale: 1-5", "scale: 1-6", 13, ["answers[0].scale", "'1-6'", "1-5"]),
        ("direction: ease", "direction: eese", 17, ["answers[1].direction", "did you mean 'ease'?"]),
        ("    direction: ease\n", "", 15, ["answers[1].direction", "missing", "effort"]),
        ("kind: csat", "kind: cast", 12, ["answers[0].kind", "did you mean 'csat'?"]),
        ("  - kind: nps", "  - kind: nps\n    scale: 1-5", 20, ["answers[2].scale", "nps has no scale"]),
        ("no: web", "no: wep", 8, ["channel", "'web'"]),
        ("stage: use", "stage: usage", 9, ["stage", "did you mean 'use'?"]),
        ("zone: Europe/Berlin", "zone: Europe/Berln", 5, ["occurred_at.zone", "did you mean 'Europe/Berlin'?"]),
        ("{DAY}", "{DAY", 4, ["occurred_at.text", "brace"]),
        ("{DAY}", "{DATE}", 4, ["occurred_at.text", "no column 'DATE'"]),
        ("  zone:", "  formats: ['%d.%m. %H:%M']\n  zone:", 5, ["occurred_at.formats", "no year"]),
        ("  zone:", "  formats: ['%Y-%m-%d %Q']\n  zone:", 5, ["occurred_at.formats", "%Q"]),
        ("{ID}-{column}", "{ID}", 2, ["event_id", "{column}"]),
        ("{ID}-{column}", "x-{column}", 2, ["event_id", "tells rows apart"]),
        ("{ID}-{column}", "{ID-{column}", 2, ["event_id", "brace"]),
        ("{ID}-{column}", "{IDD}-{column}", 2, ["event_id", "no column 'IDD'", "did you mean 'ID'?"]),
        ("column: HOW", "column: HOWE", 7, ["channel.column", "f.csv", "'HOW'"]),
        ("[FOOD, SHOP]", "[FOOD, SHIP]", 14, ["answers[0].columns[1]", "'SHOP'"]),
        ("columns: [WAY]", "pattern: 'WAY[0-9]'", 18, ["answers[1].pattern", "fits no column"]),
        ("columns: [WAY]", "pattern: 'WAY['", 18, ["answers[1].pattern"]),
        ("columns: [WAY]", "columns: [WAY]\n    pattern: W", 15, ["answers[1]", "either"]),
        ("columns: [WAY]", "columns: [SHOP]", 15, ["answers[1]", "'SHOP'"]),
        ("    blank: [11]\n", "", 19, ["answers[2]", "'0'", "blank"]),
        ("blank: [11]", "blank: [10]", 20, ["answers[2].blank", "'10'"]),
        ("columns: [NET]", "columns: [NET]\n    map: {Top: 11}", 22, ["answers[2].map.Top", "'11'", "0 to 10"]),
        ("columns: [NET]", "columns: [NET]\n    field: skore", 22, ["answers[2].field", "'score'"]),
        ("columns: [NET]", "columns: [NET]\n    texts: {aspect: x}", 22, ["answers[2].texts.aspect"]),
        ("columns: [NET]", "columns: [NET]\n    weight: none", 22, ["answers[2].weight"]),
        ("  zone: Europe/Berlin", "  zone: Europe/Berlin\nfile: {encoding: utf8x}", 6, ["file.encoding", "'utf-8'"]),
        ("  zone: Europe/Berlin", "  zone: Europe/Berlin\nfile: {delimiter: ';;'}", 6, ["file.delimiter"]),
        ("stage: use", "stage: use\nstage: use", 10, ["stage"]),
        ("stage: use", "stage: [use", 10, ["']'"]),
        ("stage: use", "stage: {colum: X}", 9, ["stage.colum", "'column'"]),
        ("stage: use", "stage: &a [*a]", 9, []),
        ("answers:\n", "answers: 5\nnotes:\n", 12, ["notes", "unknown key", "answers"]),
        ("channel:\n  column: HOW\n  map: {1: face_to_face, no: web}\n", "", 9, ["answers[0]", "no channel"]),
    ],
)
def test_a_mistake_names_line_field_and_nearest_known_name(
    tmp_path: Path, old: str, new: str, line: int, words: list[str]
) -> None:
    """Whoever wrote the mapping finds the mistake without reading our code."""
    assert old in GOOD
    with pytest.raises(FileError) as refused:
        checked(tmp_path, GOOD.replace(old, new, 1))
    message = str(refused.value)
    assert f"m.yaml, line {line}" in message
    assert [word for word in words if word not in message] == []
    assert "\n" not in message


def test_the_catalogue_in_force_decides_which_names_are_known(tmp_path: Path) -> None:
    """A channel that the workers would refuse is refused on its line of the mapping."""
    catalogue = Catalogue.model_validate({"channels": {"web": {"medium": "web"}}})
    with pytest.raises(FileError, match=r"line 8: channel.map.1: .*catalogue"):
        checked(tmp_path, GOOD, decoder=Decoder(catalogue))


def test_a_column_that_stands_twice_in_the_header_is_refused(tmp_path: Path) -> None:
    """Which of the two was meant would be a guess; columns nobody uses may repeat."""
    checked(tmp_path, GOOD, header=HEADER.strip() + ",NOTE,NOTE\n")
    with pytest.raises(FileError, match=r"line 14: .*2 columns 'SHOP'"):
        checked(tmp_path, GOOD, header=HEADER.strip() + ",SHOP\n")


def test_a_wrong_delimiter_is_recognised(tmp_path: Path) -> None:
    """Read with the wrong delimiter, a file has one column with a strange name; say so."""
    with pytest.raises(FileError, match="parted by ';'"):
        checked(tmp_path, GOOD, header=HEADER.replace(",", ";"))


@pytest.mark.parametrize("content", [None, b"", b"# nothing\n", b"a: \xff\n", b"- a\n"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty, binary or something else: one sentence that names the file."""
    if content is not None:
        (tmp_path / "m.yaml").write_bytes(content)
    with pytest.raises(FileError, match=r"m\.yaml"):
        ImportMapping.read(tmp_path / "m.yaml")


@pytest.mark.parametrize("file", sorted(MAPPINGS.glob("*.yaml")), ids=lambda file: file.stem)
def test_each_mapping_we_ship_keeps_the_contract(file: Path) -> None:
    """People copy these files, so they must be right as they are."""
    check(ImportMapping.read(file), Decoder())
