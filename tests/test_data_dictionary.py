"""The data dictionary, data/README.md, cannot drift from the models and from what runs write.

Its tables stand between the comments ``<!-- table: name -->`` and ``<!-- end -->`` and are made
from the models. ``python tests/test_data_dictionary.py`` writes them again.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel

import simkit
from simkit.base.clock import show_duration
from simkit.checking.check import RULES
from simkit.inputs import loading, profiles, trap_file
from simkit.inputs.traces import reading
from simkit.rules import organisation, payloads
from simkit.rules import sections as rules
from simkit.rules.sections import SECTIONS
from simkit.rules.settings import Settings
from simkit.runs import events
from simkit.runs.events import KINDS as KINDS_OF_RECORDS
from simkit.runs.events import plain
from simkit.runs.log import Record
from simkit.studio import design, experiment, prices
from simkit.studio.information_age import MEASURES
from simkit.study import story_file
from simkit.study.comparison import compare_traps
from simkit.study.export import run_json, study_json, write_run
from simkit.teaching import agendas, exercise_file, handouts, notes, progress_file

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
DICTIONARY = DATA / "README.md"
Row = tuple[str, ...]

# --- tables from the models -------------------------------------------------------------------

FIELDS = ("key", "type", "bounds", "unit", "default", "meaning")
MODELS: dict[str, type[BaseModel]] = {
    "organisation": organisation.Organisation,
    "division": organisation.Division,
    "code": organisation.ReasonCode,
    "shift": organisation.Shift,
    "activity": organisation.Activity,
    "agent": organisation.Person,
    "scenario": loading.ScenarioFile,
    **SECTIONS,
    "permission": rules.WidgetPermission,
    "configuration defaults": rules.ConfigurationDefaults,
    "refusal": rules.Refusal,
    "trap": trap_file.TrapFile,
    "change": trap_file.Change,
    "ingredient": trap_file.Ingredient,
    "story": story_file.Story,
    "story step": story_file.StoryStep,
    "story question": story_file.StoryQuestion,
    "agenda": agendas.Agenda,
    "agenda entry": agendas.Entry,
    "notes": notes.Notes,
    "guess": notes.Guess,
    "mishap": notes.Mishap,
    "asked": notes.Asked,
    "handout": handouts.HandoutFile,
    "exercises": exercise_file.Exercises,
    "exercise": exercise_file.ExerciseFile,
    "world": exercise_file.World,
    "cause asked": exercise_file.CauseAsked,
    "option": exercise_file.Option,
    "record asked": exercise_file.RecordAsked,
    "number asked": exercise_file.NumberAsked,
    "settings asked": exercise_file.SettingsAsked,
    "condition": exercise_file.Condition,
    "case": exercise_file.Case,
    "reason": exercise_file.Reason,
    "wrong answer": exercise_file.WrongAnswer,
    "progress file": progress_file.ProgressFile,
    "locked guess": progress_file.LockedGuess,
    "answered": progress_file.Answered,
    "sweep": experiment.SweepFile,
    "replication rule": experiment.Until,
    "budget": experiment.Budget,
    "range": design.Range,
    "designs": design.Designs,
    "latin hypercube": design.LatinHypercube,
    "listed": design.Listed,
    "prices": prices.Prices,
    "profile file": profiles.Profile,
    "constant": profiles.Constant,
    "platform trap": profiles.PlatformTrap,
    "not modelled": profiles.NotModelled,
    "reason-code payload": payloads.ReasonCodePayload,
    "widget file": payloads.WidgetConfigurationFile,
    "widget configuration": payloads.WidgetConfiguration,
    "application payload": payloads.ApplicationRegistration,
    "permission payload": payloads.WidgetPermissionPayload,
}
UNITS = {
    "minutes": "min",
    "dataset_life_polls": "polls",
    "retry_attempts": "tries",
    "unscheduled_breaks": "per shift",
    "hidden_per_shift": "per shift",
    "outages_per_shift": "per shift",
    "rate_limit_per_min": "requests/min",
}
# What a model leaves unsaid of a field.
MEANINGS = {
    "scenario": dict.fromkeys(SECTIONS, "A section of settings, see below"),
    "trap": {
        "id": "Id of the trap; the file has the same name",
        "title": "Name in plain words",
        "secondary": "Further metrics of the symptom",
        "fixes": "The fixes that the guide documents, see change",
        "remedies": "What is ours: other readings of the fixes, and remedies",
        "readings": "Other readings of the fault, without a fix",
        "ingredients": "Parts of one fix; all their combinations are measured",
        "mechanisms": "Causes of the same symptom; the last one is the plain case",
        "matrix_fixes": "Fixes that are tried on each mechanism; other traps' fixes may be named",
    },
    "ingredient": {
        "name": "What it is called",
        "set": "Fields and their values, by dotted path",
    },
    "profile file": {
        "name": "Name of the profile; a file of the kit's has the same name",
        "title": "Name in plain words",
        "constants": "Every field of the section platform, see constant",
    },
}


def field_table(name: str) -> list[Row]:
    """Give one row for each field of a model."""
    model = MODELS[name]
    schema = model.model_json_schema()
    is_payload = issubclass(model, payloads.Payload)
    # Settings and payloads have models of the same name; each kind refers to its own.
    known_as = {
        known.__name__: name
        for name, known in MODELS.items()
        if issubclass(known, payloads.Payload) == is_payload
    }
    rows: list[Row] = [FIELDS]
    for field, info in model.model_fields.items():
        part = schema["properties"][info.alias]
        unit = unit_of(field)
        meaning = part.get("description") or MEANINGS.get(name, {}).get(field, "")
        meaning = meaning.removesuffix(f" ({unit})")
        rows.append(
            (
                f"`{info.alias if is_payload else field}`",
                kind_of(part, known_as),
                bounds_of(part, unit),
                unit,
                default_of(info, unit, "the profile's" if name == "platform" else "required"),
                coded(meaning),
            )
        )
    return rows


def unit_of(field: str) -> str:
    return UNITS.get(field) or ("ms" if field.endswith("_ms") else "")


KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "boolean"}


def kind_of(part: dict[str, Any], known_as: dict[str, str]) -> str:
    """Give the type of a field in words."""
    if alternatives := part.get("anyOf") or part.get("oneOf"):
        return " or ".join(kind_of(one, known_as) for one in alternatives)
    if "$ref" in part:
        name = known_as[part["$ref"].rpartition("/")[2]]
        return f"mapping ([{name}](#{name.replace(' ', '-')}))"
    if part.get("format") == "date":
        return "date"
    match part.get("type"):
        case "array" if "prefixItems" in part:
            return "pair of " + kind_of(part["prefixItems"][0], known_as)
        case "array":
            return "list: " + kind_of(part["items"], known_as)
        case "object":
            inner = part.get("additionalProperties")
            of = f" of {kind_of(inner, known_as)}" if isinstance(inner, dict) else ""
            return "mapping" + of
        case "null":
            return "null"
        case None:
            return "any"
        case kind:
            return KINDS[kind]


def bounds_of(part: dict[str, Any], unit: str) -> str:
    """Give what limits the value of a field, inner values included."""
    found = [
        bound
        for one in part.get("anyOf") or part.get("oneOf", ())
        for bound in [bounds_of(one, unit)]
        if bound
    ]
    if "items" in part and (each := bounds_of(part["items"], unit)):
        found.append(f"each {each}")
    if "enum" in part or "const" in part:
        found += [", ".join(f"`{value}`" for value in part.get("enum", [part.get("const")]))]
    low, high = part.get("minimum"), part.get("maximum")
    if "exclusiveMaximum" in part:
        high = part["exclusiveMaximum"] - 1
    if low is not None and high is not None:
        found.append(f"{amount(low, unit)} to {amount(high, unit)}")
    if "maxLength" in part or "minLength" in part:
        found.append(span(part.get("minLength"), part.get("maxLength"), "characters"))
    if ("maxItems" in part or "minItems" in part) and "prefixItems" not in part:
        found.append(span(part.get("minItems"), part.get("maxItems"), "entries"))
    if "pattern" in part:
        found.append(f"`{part['pattern']}`")
    return "; ".join(found)


def span(low: int | None, high: int | None, what: str) -> str:
    if high is None:
        return f"at least {low} {'entry' if low == 1 else what}"
    return f"{low} to {high} {what}" if low else f"at most {high} {what}"


def default_of(info: Any, unit: str, required: str) -> str:
    if info.is_required():
        return required
    value = info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "its defaults"
    return amount(value, unit)


def amount(value: Any, unit: str = "") -> str:
    """Give a value as it is written in a file, and a time in words beside it."""
    if unit == "ms" and value:
        return f"`{value}` ({show_duration(value)})"
    if isinstance(value, str):
        return f"`{value}`"
    if value == (1 << 62) - 1:
        return "2^62 - 1"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{json.dumps(value, default=lambda model: model.model_dump())}`"


def coded(text: str) -> str:
    """Give a text with what is code in it marked as code: variables, and RST's double ticks."""
    text = re.sub(r"\s+", " ", text.replace("``", "`")).strip()
    return re.sub(r"(?<!`)\{\{[\w.]+\}\}", lambda found: f"`{found[0]}`", text)


def metric_table() -> list[Row]:
    rows: list[Row] = [("metric", "unit", "title", "meaning")]
    for name, metric in MEASURES.items():
        rows.append((f"`{name}`", metric.unit, metric.title, coded(metric.read.__doc__ or "")))
    return rows


def kind_table() -> list[Row]:
    """Give one row for each kind of record: its data, and what its type says of them."""
    rows: list[Row] = [("kind", "side", "data", "what happened")]
    told = said_of_fields()
    for event, kind in KINDS_OF_RECORDS.items():
        hints = get_type_hints(event)
        notes = [inspect.getdoc(event) or ""]
        for field in event._fields:
            values = [f"`{value}`" for value in get_args(hints[field]) if isinstance(value, str)]
            words = [", ".join(values) + "." if values else "", told[event.__name__, field]]
            if any(words):
                notes.append(f"`{field}`: {' '.join(filter(None, words))}")
        data = " ".join(f"`{field}`" for field in event._fields)
        what = coded(" ".join(notes)).replace("None", "null")  # as a log file has it
        rows.append((f"`{kind.name}`", kind.side, data, what))
    return rows


def said_of_fields() -> dict[tuple[str, str], str]:
    """Give the words that follow each field in the source of the events; empty where none do."""
    found: dict[tuple[str, str], str] = {}
    for node in ast.parse(inspect.getsource(events)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, after in zip(node.body, [*node.body[1:], None], strict=True):
            if isinstance(field, ast.AnnAssign):
                said = isinstance(after, ast.Expr) and ast.literal_eval(after.value)
                found[node.name, ast.unparse(field.target)] = said or ""
    return found


def profile_table(name: str) -> list[Row]:
    rows: list[Row] = [("constant or choice", "value", "grade", "source")]
    profile = profiles.load_profile(name)
    for field, constant in (profile.constants | profile.choices).items():
        value = constant.value
        if isinstance(value, dict):
            shown = f"{value['status']} `{value['code']}`"
        else:
            shown = amount(value, unit_of(field))
        rows.append((f"`{field}`", shown, constant.grade, constant.source))
    return rows


def name_table(name: str) -> list[Row]:
    rows: list[Row] = [("what", "its name there", "grade", "source")]
    for what, constant in profiles.load_profile(name).names.items():
        shown = f"`{constant.value}`" if re.search(r"[/:]", constant.value) else constant.value
        rows.append((what, shown, constant.grade, constant.source))
    return rows


def omission_table(name: str) -> list[Row]:
    rows: list[Row] = [("what is not modelled", "grade", "source")]
    left_out = profiles.load_profile(name).not_modelled
    return rows + [(each.what, each.grade, each.source) for each in left_out]


def relation_table(name: str) -> list[Row]:
    rows: list[Row] = [
        ("trap", "relation", "what it changes there in the healthy deployment", "why", "grade")
    ]
    for trap in simkit.traps_of(name).values():
        said = trap.on_platform
        assert said
        changes = "; ".join(f"`{d.field}`: {amount(d.new, unit_of(d.field))}" for d in trap.fault)
        rows.append((trap.id, said.relation, changes, said.why, said.grade))
    return rows


def fault_table() -> list[Row]:
    rows: list[Row] = [("file", "what it changes in the healthy deployment")]
    for trap in simkit.traps.values():
        changes = "; ".join(f"`{d.field}`: {amount(d.new, unit_of(d.field))}" for d in trap.fault)
        rows.append((f"`{trap.id}.yaml`", changes))
    return rows


def rule_table() -> list[Row]:
    rows: list[Row] = [("rule", "severity", "meaning", "see")]
    for name, rule in RULES.items():
        rows.append((f"`{name}`", rule.severity, rule.meaning, rule.trap or ""))
    return rows


def tables() -> dict[str, Callable[[], list[Row]]]:
    """Give what makes each table of the dictionary."""
    made: dict[str, Callable[[], list[Row]]] = {name: partial(field_table, name) for name in MODELS}
    for file in sorted((DATA / "profiles").glob("*.yaml")):
        made[f"profile {file.stem}"] = partial(profile_table, file.stem)
        if profiles.load_profile(file.stem).traps:
            made[f"names {file.stem}"] = partial(name_table, file.stem)
            made[f"not modelled {file.stem}"] = partial(omission_table, file.stem)
            made[f"traps {file.stem}"] = partial(relation_table, file.stem)
    return made | {
        "metrics": metric_table,
        "faults": fault_table,
        "rules of check": rule_table,
        "kinds": kind_table,
    }


def markdown(rows: list[Row]) -> str:
    """Give rows as a Markdown table; columns that are empty throughout are left out."""
    head, *body = rows
    used = [i for i in range(len(head)) if any(row[i] for row in body)]
    lines = [[row[i].replace("|", "\\|") for i in used] for row in (head, *body)]
    lines.insert(1, ["---"] * len(used))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


BLOCK = re.compile(r"<!-- table: (.+?) -->\n(.*?)\n?<!-- end -->", re.DOTALL)


@cache
def text() -> str:
    return DICTIONARY.read_text(encoding="utf-8")


def written(name: str) -> list[str]:
    """Give the lines of a table of the dictionary."""
    return next((found[2].splitlines() for found in BLOCK.finditer(text()) if found[1] == name), [])


@pytest.mark.parametrize("name", tables())
def test_a_table_says_what_the_models_say(name: str) -> None:
    """Every field stands there with its type, bounds, unit, default and description."""
    expected = markdown(tables()[name]()).splitlines()
    again = "run: python tests/test_data_dictionary.py"
    assert written(name), f"data/README.md has no table {name!r}"
    assert written(name) == expected, again


def test_every_table_has_a_maker() -> None:
    """No table of the dictionary is written by hand between the comments of a made one."""
    assert {found[1] for found in BLOCK.finditer(text())} <= {*tables()}


def test_every_field_has_a_meaning() -> None:
    """What a model leaves unsaid is said here; nothing stays without a word."""
    rows = [(name, row) for name in MODELS for row in field_table(name)[1:]]
    bare = [(name, row[0]) for name, row in rows if not row[-1].strip()]
    assert bare == []


def test_meanings_are_said_once() -> None:
    """A field that its model describes is not described here as well."""
    twice = [
        f"{name}.{field}"
        for name, fields in MEANINGS.items()
        for field in fields
        if field not in MODELS[name].model_fields or MODELS[name].model_fields[field].description
    ]
    assert twice == []


def test_every_metric_is_listed_with_its_unit() -> None:
    """The name and the unit of each metric stand in one row."""
    rows = [line.split(" | ")[:2] for line in written("metrics")[2:]]
    assert rows == [[f"| `{name}`", metric.unit] for name, metric in MEASURES.items()]


def test_every_file_of_the_data_is_named() -> None:
    """A reader of the dictionary learns of each file that lies beside it."""
    files = [path for path in DATA.rglob("*") if path.is_file() and path != DICTIONARY]
    assert [path.name for path in files if f"`{path.name}`" not in text()] == []


def test_the_columns_and_rows_of_a_trace_are_listed() -> None:
    """Each kind of row stands there with the columns it fills, and no other kind."""
    assert [cells[0].strip("`") for cells in rows_under("Traces")][:5] == list(reading.COLUMNS)
    listed = {
        what.strip("`"): {
            column
            for column, cell in {"agent": agent, "value": value, "until": until}.items()
            if cell
        }
        for what, agent, value, until, _ in rows_under("Rows of a trace")
    }
    of_agents = {what: {"agent", *columns} for what, columns in reading.OF_AGENTS.items()}
    assert listed == of_agents | {what: {"value"} for what in reading.OF_CODES}


@pytest.mark.parametrize("name", ["small", "classroom", "flat", "flat-large"])
def test_the_size_of_each_organisation_is_said_as_it_is(name: str) -> None:
    """Agents, divisions and codes are counted in the file."""
    org = loading.load_organisation(DATA / "orgs" / f"{name}.yaml")
    said = section("Organisations").split("### ")[0]
    part = re.search(rf"`{name}\.yaml`(.*?)(?=`\w+\.yaml`|\Z)", said, re.DOTALL)
    assert part
    homes = len({agent.division for agent in org.agents})
    for count in (len(org.agents), homes, len(org.divisions), len(org.codes), len(org.shifts)):
        assert re.search(rf"\b{count}\b", part[1]), (name, count)


# --- what runs write --------------------------------------------------------------------------


def section(title: str) -> str:
    """Give the part of the dictionary under a heading, up to the next one of its level."""
    level = re.search(rf"^(#+) {re.escape(title)}$", text(), re.MULTILINE)
    assert level, f"data/README.md has no heading {title!r}"
    rest = text()[level.end() :]
    end = re.search(rf"^#{{2,{len(level[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows_under(title: str) -> Iterator[list[str]]:
    """Give the cells of each row of the table under a heading, the head left out."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def keys_in(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def changes_that_record_everything() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give (trap, changes on top of it) that together write every kind of record."""
    yield "E4", {"version_parameter": True, "hidden_per_shift": 2, "outages_per_shift": 2}
    yield "T2", {"division_id": "{{context.user.divisionId}}", "transfer_probability": 1}
    yield "T2", {"transfer_probability": 1, "permission_lag_ms": 60_000}
    yield "T3", {"on_error": "surface"}
    yield "E2", {"relogin_after_ms": 60_000}
    yield "E3", {"override_guard": "lock"}
    yield "E3", {"override_guard": "warn"}
    yield "E3", {"ignore_manual": "drop"}


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """The records of runs that together show every kind."""
    runs = [
        simkit.run(simkit.traps[trap].settings.replace(changes), seed=1)
        for trap, changes in changes_that_record_everything()
    ]
    return [record for run in runs for record in run.log]


def test_every_kind_of_record_is_listed_with_its_side_and_keys(records: list[Record]) -> None:
    """The table of kinds is what runs write, no more and no less."""
    seen: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for record in records:
        sides, keys = seen[record.kind]
        sides.add(record.side)
        keys.update(plain(record.data))
    listed = {
        kind.strip("`"): ({side}, keys_in(data)) for kind, side, data, _ in rows_under("Kinds")
    }
    assert listed == dict(seen)


def test_every_line_of_a_log_file_has_the_listed_keys(tmp_path: Path, healthy: Settings) -> None:
    """What `simkit run --out` writes is described key by key, in the order of the file."""
    write_run(simkit.run(healthy), tmp_path)
    listed = [cells[0].strip("`") for cells in rows_under("log.jsonl")]
    with (tmp_path / "log.jsonl").open(encoding="utf-8") as lines:
        assert all(list(json.loads(line)) == listed for line in lines)


def test_the_keys_of_run_json_are_listed(healthy: Settings) -> None:
    """The document of one run is described key by key."""
    listed = [cells[0].strip("`") for cells in rows_under("run.json")]
    assert listed == list(run_json(simkit.run(healthy)))


def test_every_key_that_traps_prints_as_json_is_named() -> None:
    """The document of a study is described down to the keys of a fix and its costs."""

    def keys(part: Any) -> Iterator[str]:
        if isinstance(part, list):
            for one in part:
                yield from keys(one)
        elif isinstance(part, dict):
            for key, value in part.items():
                yield key
                # Below a fix's id, or a setting's value, stand names and not keys of the format.
                if key not in ("from", "to", "fixes") or isinstance(value, list):
                    yield from keys(value)

    document = study_json(compare_traps(["T3"], replications=2))
    named = keys_in(section("Output of `simkit traps --json`"))
    assert set(keys(document)) - named == set()


def write_tables() -> None:
    """Write every table of the dictionary again."""

    def made(found: re.Match[str]) -> str:
        return f"<!-- table: {found[1]} -->\n{markdown(tables()[found[1]]())}\n<!-- end -->"

    old = DICTIONARY.read_text(encoding="utf-8")
    DICTIONARY.write_text(BLOCK.sub(made, old), encoding="utf-8")


if __name__ == "__main__":
    write_tables()
