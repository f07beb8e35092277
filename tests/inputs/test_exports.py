"""Exports: recognised by what stands in them, read by pages, made into one organisation."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exported import definition, division, page, pages, user, write

import simkit
from simkit import BadInput
from simkit.base.errors import InputNotice, Remark
from simkit.inputs.exports.export import Export
from simkit.inputs.loading import load_organisation


def read(*files: Path, **more: Any) -> Export:
    return simkit.read_export(*files, **more)


def gone(found: Export) -> dict[tuple[str, str], int]:
    return {(each.kind, each.why): each.count for each in found.left_out}


def refused(*files: Path, **more: Any) -> str:
    with pytest.raises(BadInput) as problem:
        read(*files, **more)
    assert "\n" not in str(problem.value)
    return str(problem.value)


DIVISIONS = [division(n) for n in range(3)]
USERS = [user(n, division={"id": f"d{n % 3}"}) for n in range(7)]
CODES = [definition(0), definition(1, divisionId="d1"), definition(2, divisionId="d2")]


def csv(rows: list[dict[str, Any]], between: str = ",") -> str:
    """Give entities as a table; inner mappings become columns such as languageLabels.en_US."""
    flat = [
        {
            f"{key}.{inner}" if isinstance(value, dict) else key: str(each)
            for key, value in row.items()
            for inner, each in (value if isinstance(value, dict) else {"": value}).items()
        }
        for row in rows
    ]
    lines = [between.join(flat[0]), *(between.join(row.values()) for row in flat)]
    return "\n".join(lines) + "\n"


FORMS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "a page": lambda rows: json.dumps(page(rows)).encode(),
    "a list": lambda rows: json.dumps(rows).encode(),
    "a list of pages": lambda rows: json.dumps(pages(rows, 2)).encode(),
    "lines": lambda rows: "\n".join(map(json.dumps, rows)).encode(),
    "pages in lines": lambda rows: "\n".join(map(json.dumps, pages(rows, 2))).encode(),
    "a bundle": lambda rows: json.dumps({"what": {"ever": page(rows)}}).encode(),
    "a table": lambda rows: csv(rows).encode(),
    "a table with semicolons": lambda rows: csv(rows, ";").encode("utf-8-sig"),
    "a table that says its mark": lambda rows: b"sep=|\r\n" + csv(rows, "|").encode(),
    "UTF-16": lambda rows: codecs.BOM_UTF16_LE + csv(rows, "\t").encode("utf-16-le"),
    "packed": lambda rows: gzip.compress(json.dumps(rows, indent=1).encode()),
    "packed, with a mark": lambda rows: gzip.compress(codecs.BOM_UTF8 + json.dumps(rows).encode()),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_of_an_export_say_the_same(form: str, tmp_path: Path) -> None:
    """Whatever a file is called: what stands in it tells what it is."""
    plain = [{**each, "division Id": each["division"]["id"]} for each in USERS]
    is_table = "table" in form or form == "UTF-16"
    users = [{k: v for k, v in each.items() if k != "division"} for each in plain]
    (tmp_path / "one").write_bytes(FORMS[form](DIVISIONS))
    (tmp_path / "two.txt").write_bytes(FORMS[form](CODES))
    (tmp_path / "three.dat").write_bytes(FORMS[form](users if is_table else USERS))
    found = read(tmp_path)
    org = found.organisation
    assert (found.counts["divisions"], found.counts["definitions"], found.counts["users"]) == (
        3,
        3,
        7,
    )
    assert [(d.name, d.parent) for d in org.divisions] == [
        ("All divisions", None),
        *((f"Division {n}", "All divisions") for n in range(3)),
    ]
    assert [(c.id, c.name, c.type, c.division) for c in org.codes] == [
        ("p0", "Status 0", "OTHER", "All divisions"),
        ("p1", "Status 1", "OTHER", "Division 1"),
        ("p2", "Status 2", "OTHER", "Division 2"),
    ]
    homes = [agent.division for agent in org.agents]
    assert {name: homes.count(name) for name in homes} == {
        "Division 0": 3,
        "Division 1": 2,
        "Division 2": 2,
    }
    assert org.provisioning_user_division == "Division 0"
    assert found.left_out == ()


def test_an_entity_on_two_pages_counts_once(tmp_path: Path) -> None:
    """Listings move while they are read: the last of one page may be the first of the next."""
    one, two = page(USERS[:4], pageNumber=1), page(USERS[3:], pageNumber=2)
    found = read(write(tmp_path, d=page(DIVISIONS), one=one, two=two))
    assert len(found.organisation.agents) == 7
    assert gone(found) == {("users", "in two places"): 1}


def test_a_missing_page_is_said(tmp_path: Path) -> None:
    """The third of four is not there, and the sum does not come out."""
    users = [user(n) for n in range(8)]
    listing = pages(users, 2)
    found = read(write(tmp_path, a=listing[0], b=listing[1], c=listing[3]))
    assert "users: page 3 of 4 is not there" in found.notices
    assert "users: 6 came in, of 8 that the pages tell" in found.notices
    whole = read(write(tmp_path, d=listing[2]))
    assert not [each for each in whole.notices if each.startswith("users:")]


def test_labels_are_those_of_a_language_with_the_next_best_in_its_place(tmp_path: Path) -> None:
    """Another region's label is one of the language; where there is none, another is counted."""
    labels: list[dict[str, str]] = [
        {"en_US": "Lunch", "de": "Mittag"},
        {"en_US": "Desk", "de_AT": "Pult"},
        {"en_US": "Filing"},
        {"fr": "Appel"},
        {},
    ]
    codes = [definition(n, languageLabels=each) for n, each in enumerate(labels)]
    write(tmp_path, d=page(DIVISIONS), p=page(codes))
    found = read(tmp_path, label_language="de_DE")
    names = [code.name for code in found.organisation.codes]
    assert names == ["Mittag", "Pult", "Filing", "Appel", "Busy"]
    assert "2 labels are not in de_DE: another one is taken" in found.notices
    assert "1 secondary status has no label" in found.notices
    assert [c.name for c in read(tmp_path).organisation.codes][:2] == ["Lunch", "Desk"]


def test_deactivated_definitions_and_former_users_are_history(tmp_path: Path) -> None:
    """They are counted, and are neither codes nor agents."""
    codes = [definition(0), definition(1, deactivated=True)]
    users = [user(0), user(1, state="inactive"), user(2, state="deleted"), user(3, state="odd")]
    found = read(write(tmp_path, p=page(codes), u=page(users)))
    assert [code.id for code in found.organisation.codes] == ["p0"]
    assert len(found.organisation.agents) == 1
    assert gone(found) == {
        ("secondary statuses", "deactivated: history, no codes"): 1,
        ("users", "inactive"): 1,
        ("users", "deleted"): 1,
        ("users", "in another state"): 1,
    }


def test_a_division_that_only_others_name_is_there(tmp_path: Path) -> None:
    """Nobody is left out because the listing of divisions is not whole, and it is said."""
    users = [user(0, division={"id": "d7", "name": "Seventh"}), user(1, division=None)]
    codes = [definition(0, divisionId="d9")]
    found = read(write(tmp_path, d=page(DIVISIONS), p=page(codes), u=page(users)))
    names = {agent.division for agent in found.organisation.agents}
    assert names == {"Seventh", "All divisions"}
    assert found.organisation.codes[0].division == "Division d9"
    assert sum("is not among those exported" in each for each in found.notices) == 2


def test_divisions_that_are_called_alike_stay_two(tmp_path: Path) -> None:
    """A division's id in another spelling is the same division."""
    key = "5f1c0a01-7b2e-4c39-9a41-0c6de8b30001"
    divisions = [{**division(0), "id": key}, {**division(1), "name": "Division 0"}]
    users = [user(0, division={"id": f"d-{key.upper()}"})]
    found = read(write(tmp_path, d=page(divisions), u=page(users)))
    names = [each.name for each in found.organisation.divisions]
    assert names == ["All divisions", "Division 0", "Division 0 (2)"]
    assert found.organisation.agents[0].division == "Division 0"


def test_a_division_can_be_the_root_by_answer(tmp_path: Path) -> None:
    """Then no new one is made, and codes of all divisions are bound to it."""
    write(tmp_path, d=page(DIVISIONS), p=page(CODES), u=page(USERS))
    org = read(tmp_path, answers={"divisions.root": "Division 0"}).organisation
    assert org.tree.root == "Division 0"
    assert len(org.divisions) == 3
    assert org.codes[0].division == "Division 0"


def test_kinds_follow_presences_and_answers_change_them(tmp_path: Path) -> None:
    """However a presence is spelled; what was answered by default is told."""
    spelled = ["Break", "MEAL", "On Queue", "ON_QUEUE", "Busy", "Training"]
    codes = [definition(n, systemPresence=each) for n, each in enumerate(spelled)]
    write(tmp_path, p=page(codes))
    found = read(tmp_path)
    kinds = [code.type for code in found.organisation.codes]
    assert kinds == ["BREAK", "BREAK", "CUSTOM", "CUSTOM", "OTHER", "TRAINING"]
    assert found.answers["presence.Busy"] == "OTHER"
    assert "presence.Busy" in found.by_default
    again = read(tmp_path, answers={"presence.busy": "break", "presence.OnQueue": "leave_out"})
    assert [code.type for code in again.organisation.codes] == [
        "BREAK",
        "BREAK",
        "BREAK",
        "TRAINING",
    ]
    assert "presence.Busy" not in again.by_default
    assert gone(again) == {("secondary statuses", "as answered"): 2}


def test_codes_alone_make_an_organisation_with_agents_made_up(tmp_path: Path) -> None:
    """Who exports no users can ask about lists all the same."""
    write(tmp_path, d=page(DIVISIONS), p=page(CODES))
    found = read(tmp_path, answers={"agents.per_division": "2"})
    assert len(found.organisation.agents) == 6
    assert "no users came in: 2 agents are made up for each division" in found.notices


def test_what_is_written_is_read_back_and_runs(tmp_path: Path) -> None:
    """As YAML and as JSON; another scenario may name it as its organisation."""
    write(tmp_path, d=page(DIVISIONS), p=page(CODES), u=page(USERS))
    found = read(tmp_path)
    for name in ("org.yaml", "org.json"):
        found.save(tmp_path / name)
        settings = simkit.load(tmp_path / name)
        assert settings.organisation == found.organisation
        assert settings.widget.filter_type == "hierarchical"
        assert load_organisation(tmp_path / name) == found.organisation
    assert simkit.run(settings).metrics["empty_openings_share"].value == 0
    named = tmp_path / "named.yaml"
    named.write_text("organisation: org.yaml\nwfm: {writes_status: true}\n")
    assert simkit.load(named).organisation == found.organisation


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.json", b'{"entities": [', ":1:15: not valid JSON"),
        ("a.json", b'[{"id": "\\ud800"}]', ": half of a surrogate pair in a text"),
        ("a.json", b"", ": the file is empty"),
        ("a.json", b"[1, 2]", ": not an export that is known; allowed: pages of divisions"),
        ("a.json", b'{"seed": 1}', ": not an export that is known"),
        ("a.txt", b"some words\nand more", ": not an export that is known"),
        ("a.csv", b"PK\x03\x04abc", ": found a ZIP archive or a workbook"),
        ("a.csv", b"a\x00b", ": a binary file, not text"),
        ("a.gz", b"\x1f\x8b\x08\x00damaged", ": damaged gzip data"),
        (
            "a.csv",
            "id,email,name\n1,a,\xe9".encode("latin-1"),
            ":2:5: not UTF-8 text; found byte 0xE9",
        ),
        ("a.csv", b"id,email\n1,a\n2,b,c\n", ":3: found 3 cells; allowed: 2"),
        ("a.csv", b'id,email\n1,"a\n', ":2: unreadable CSV: unexpected end of data"),
    ],
)
def test_a_damaged_file_is_told_in_one_line(
    name: str, content: bytes, expected: str, tmp_path: Path
) -> None:
    """With its place."""
    path = tmp_path / name
    path.write_bytes(content)
    assert f"{path}{expected}" in refused(path)


@pytest.mark.parametrize(
    ("kind", "change", "expected"),
    [
        ("users", {"id": None}, "id: found nothing; allowed: a text"),
        ("users", {"id": 7}, "id: found a number; allowed: a text"),
        ("users", {"division": "d1"}, "division: found another text; allowed: a mapping"),
        ("definitions", {"deactivated": "maybe"}, "deactivated: found another text; allowed: true"),
        ("definitions", {"languageLabels": {"de": 1}}, "de: found a number; allowed: a text"),
        ("divisions", {"name": ""}, "name: found nothing; allowed: a text"),
    ],
)
def test_a_bad_field_is_told_with_its_line(
    kind: str, change: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    """The second entity of a page is to blame, and its place is named."""
    make = {"users": user, "definitions": definition, "divisions": division}[kind]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(page([make(0), {**make(1), **change}]), indent=1))
    said = refused(path)
    assert expected in said
    line = int(said.removeprefix(f"{path}:").split(":")[0])
    [key] = change
    assert (
        f'"{key}"' in path.read_text().splitlines()[line - 1]
        or '"de"' in (path.read_text().splitlines()[line - 1])
    )


def test_a_file_in_a_folder_that_is_no_export_is_counted(tmp_path: Path) -> None:
    """A note beside exports stops nothing; named itself, it is refused."""
    write(tmp_path, d=page(DIVISIONS), u=page(USERS), notes_txt="bought on Monday")
    assert gone(read(tmp_path)) == {("files", "files that are no exports"): 1}
    assert "not an export" in refused(tmp_path / "notes.txt")


def test_files_that_are_no_exports_are_named(tmp_path: Path) -> None:
    """By what they are called within the folder: the first three, and how many more."""
    (tmp_path / "more").mkdir()
    write(tmp_path / "more", a_txt="some words")
    write(tmp_path, u=page(USERS), b_txt="words", c_txt="words", d_txt="words", e_txt="words")
    [files] = read(tmp_path).left_out
    assert files.names == ("b.txt", "c.txt", "d.txt", "e.txt", "more/a.txt")
    assert files.told == "files that are no exports: b.txt, c.txt, d.txt and 2 more"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            "User Id,Date,Start,End,Task\nu0,2026-03-02,08:00,16:00,Phones\n",
            "nearly scheduled activities, but no column is called activity",
        ),
        (
            "Whoever,Start,End,Activity\nu0,2026-03-02 08:00,2026-03-02 16:00,Phones\n",
            "nearly scheduled activities, but no column is called agent, user id or email",
        ),
        (
            "User Id,Begins,End Time,System Presence\nu0,x,y,BUSY\n",
            "nearly status log rows, but no column is called start",
        ),
        ("Key,Name,Email,State\n1,A,a,active\n", "nearly users, but no column is called id"),
        (
            "Id,Name,Division Id\n1,Person One,d0\n",
            "nearly users, but no column is called email, username or state",
        ),
        (
            "Key,System Presence,Deactivated\n1,BUSY,false\n",
            "nearly secondary statuses, but no column is called id",
        ),
        ("Id,Title,Home Division\nd0,A,true\n", "nearly divisions, but no column is called name"),
    ],
)
def test_a_table_that_lacks_one_column_says_which(table: str, said: str, tmp_path: Path) -> None:
    """Given by itself it is refused, in a folder it is a note; no word of the table is repeated."""
    write(tmp_path, t_csv=table)
    assert refused(tmp_path / "t.csv").startswith(f"{tmp_path / 't.csv'}: {said}; allowed: ")
    assert f"t.csv is {said}" in refused(tmp_path)
    assert f"t.csv is {said}" in read(write(tmp_path, u=page(USERS))).notices


def test_any_other_table_is_near_to_nothing(tmp_path: Path) -> None:
    """Two columns too few, and a table without a head, are just no exports."""
    for table in ("User,Start,Note\na,b,c\n", "Name,Price\na,1\n", "Ann,Bob\nCy,Dee\n"):
        write(tmp_path, t_csv=table)
        assert "t.csv: not an export that is known" in refused(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({}, "no file, hidden ones aside"),
        ({"notes_txt": "some words", "list_json": '{"a": 1}'}, "list.json, notes.txt"),
    ],
)
def test_a_folder_without_any_export_is_refused(
    there: dict[str, str], said: str, tmp_path: Path
) -> None:
    """Also beside another one that has some, as a file that is no export is."""
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    write(tmp_path / "empty", **there)
    write(tmp_path / "full", u=page(USERS))
    for more in ([], [tmp_path / "full"]):
        line = refused(tmp_path / "empty", *more)
        assert line.startswith(f"{tmp_path / 'empty'}: no export that is known: {said}; allowed: p")


def test_nothing_is_made_of_what_makes_no_organisation(tmp_path: Path) -> None:
    """Empty listings alone, or clients alone, hold nobody and nothing to choose."""
    write(tmp_path, u=page([], total=0))
    assert "no organisation can be made of this; found empty listings" in refused(tmp_path)
    client = {"id": "c0", "authorizedGrantType": "CODE"}
    write(tmp_path, c=page([client]))
    line = refused(tmp_path)
    assert "found OAuth clients 1; allowed: divisions, secondary statuses, users, sched" in line


def test_exports_that_are_missing_are_said_with_what_is_assumed(tmp_path: Path) -> None:
    """Users, presence definitions and divisions, each by itself; of a whole set nothing is."""
    shift = "User Id,Date,Start,End,Activity\nu0,2026-03-02,08:00,16:00,On Queue\n"
    whole: dict[str, Any] = {"d": page(DIVISIONS), "p": page(CODES), "u": page(USERS)}
    expected = {
        "": (),
        "d": (
            "no divisions came in: 2 divisions are made of what secondary statuses name",
            "no divisions came in: 1 division is made of what users name",
        ),
        "p": ("no presence definitions came in: there are no codes, and nothing can be chosen",),
        "u": (
            "no users came in: whoever is scheduled is taken for an active agent of "
            "'All divisions'",
        ),
    }
    for missing, said in expected.items():
        folder = tmp_path / f"without {missing}"
        folder.mkdir()
        write(folder, **{k: v for k, v in whole.items() if k != missing}, s_csv=shift)
        told = [each for each in read(folder, day="2026-03-02").notices if "came in" in each]
        assert told == [*said]
    (tmp_path / "alone").mkdir()
    alone = read(write(tmp_path / "alone", s_csv=shift), day="2026-03-02").notices
    assert "no divisions came in: 'All divisions' is taken for the only one" in alone


def test_an_empty_listing_is_no_mistake(tmp_path: Path) -> None:
    """There may be no OAuth clients; what is nested too deep is no export."""
    write(tmp_path, u=page(USERS), c=page([], total=0))
    assert len(read(tmp_path / "u.json", tmp_path / "c.json").organisation.agents) == 7
    deep = write(tmp_path, deep_json='{"a":' * 900 + "{}" + "}" * 900) / "deep.json"
    assert "not an export that is known" in refused(deep)


def test_another_encoding_is_named(tmp_path: Path) -> None:
    """UTF-8 is tried first, so that one answer does for a mixed folder."""
    codes = csv([definition(0, languageLabels={"en_US": "Rückruf"})])
    (tmp_path / "p.csv").write_bytes(codes.encode("cp1252"))
    write(tmp_path, q=page([definition(1, languageLabels={"en_US": "Büro"})]))
    assert "tables.encoding=cp1252" in refused(tmp_path)
    org = read(tmp_path, answers={"tables.encoding": "cp1252"}).organisation
    assert sorted(code.name for code in org.codes) == ["Büro", "Rückruf"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"answers": {"presense.Busy": "BREAK"}}, "unknown question 'presense.Busy'"),
        ({"answers": {"presence.Busy": "LUNCH"}}, "presence.Busy: found 'LUNCH'; allowed: BREAK,"),
        ({"answers": {"agents.shift": "8-16"}}, "agents.shift: found '8-16'; allowed: HH:MM-HH:MM"),
        (
            {"zone": "Middle-earth"},
            "organisation.zone: found 'Middle-earth'; allowed: an IANA name",
        ),
        ({"day": "2026-02-30"}, "day: found '2026-02-30'; allowed: a day YYYY-MM-DD"),
        ({"answers": {"tables.encoding": "hex"}}, "tables.encoding: found 'hex'"),
        ({"keep_names": 1}, "keep_names: found 1; allowed: true or false"),
    ],
)
def test_a_question_answered_wrongly_says_what_is_allowed(
    more: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    """Before anything is made."""
    assert expected in refused(write(tmp_path, u=page(USERS)), **more)


def test_an_answer_that_nothing_asks_for_is_said(tmp_path: Path) -> None:
    """A doubt where it is given with the files, a remark where a file of answers has it.

    However its question is spelled; an answer that is used is not named.
    """
    write(tmp_path, p=page([definition(0)]), u=page(USERS))
    answers = {"presence.Buzy": "BREAK", "presence.busy": "BREAK", "tables.dates": "DMY"}
    with pytest.warns(InputNotice) as given:
        found = read(tmp_path, answers=answers)
    assert found.unused == ("presence.Buzy", "tables.dates")
    words = "2 answers are not used here: presence.Buzy, tables.dates"
    assert [each.category for each in given if str(each.message) == words] == [InputNotice]
    path = write(tmp_path / ".", answers_yaml='"presence.Buzy": BREAK\n') / "answers.yaml"
    with pytest.warns(Remark) as given:
        read(tmp_path / "p.json", answers=path)
    words = f"1 answer of {path} is not used here: presence.Buzy"
    assert [each.category for each in given if str(each.message) == words] == [Remark]


def test_what_is_scheduled_on_another_day_can_be_answered(tmp_path: Path) -> None:
    """So one set of answers does for each day of the exports."""
    rows = ["0,2026-03-02,08:00,16:00,Phones", "0,2026-03-03,08:00,09:00,Huddle"]
    write(
        tmp_path,
        p=page([definition(0)]),
        s_csv="\n".join(["user id,date,start,end,activity", *rows]),
    )
    more: dict[str, Any] = {"day": "2026-03-02"}
    for key in ("activity.huddle", "activity.meeting"):
        assert read(tmp_path, answers={key: "Status 0"}, **more).unused == ()
    assert read(tmp_path, answers={"activity.Hudle": "Status 0"}, **more).unused != ()


def test_an_activity_cannot_be_answered_by_a_status_there_is_not(tmp_path: Path) -> None:
    """It was left out, as if that had been the answer."""
    row = "0,2026-03-02,08:00,16:00,Huddle"
    write(tmp_path, p=page([definition(0)]), s_csv=f"user id,date,start,end,activity\n{row}")
    said = refused(tmp_path, answers={"activity.Huddle": "Statos 0"})
    assert said == (
        "activity.NAME: no secondary status is called 'Statos 0'; did you mean 'Status 0'?; "
        "allowed: the name of a secondary status, on_queue, leave_out"
    )


def test_answers_in_a_file_are_told_with_their_line(tmp_path: Path) -> None:
    """As all files of the kit are."""
    path = tmp_path / "answers.yaml"
    path.write_text('# kept\n"presence.Busy": LUNCH\n')
    said = refused(write(tmp_path / ".", u=page(USERS)), answers=path)
    assert f"{path}:2:1: presence.Busy: found 'LUNCH'" in said


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    """No files, and a file that is not there."""
    assert refused() == "files: found nothing; allowed: paths of files or folders"
    assert refused(tmp_path / "x.json") == f"{tmp_path / 'x.json'}: no such file"
