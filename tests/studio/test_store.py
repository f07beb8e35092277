"""What a folder of a sweep keeps is whole, is recognised when damaged, and is never mixed."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tiny import METRICS, two_points

from simkit.base.errors import BadInput
from simkit.studio import store as store_module
from simkit.studio.cell import SCHEMA, Cell, kit
from simkit.studio.results import Results
from simkit.studio.store import MANIFEST, PARTS, TABLE, Store
from simkit.studio.sweep import _Sweep, sweep

RUNS = 8
"""Two points, four replications."""


@pytest.fixture(scope="module")
def whole() -> pa.Table:
    """The table of an undisturbed sweep that keeps nothing."""
    return sweep(two_points()).table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sweep(two_points(), out=tmp_path / "kept")
    return tmp_path / "kept"


def parts(folder: Path) -> list[Path]:
    return sorted((folder / PARTS).glob("*.parquet"))


def resumed(folder: Path) -> Results:
    return sweep(two_points(), out=folder, resume=True)


def refused(folder: Path, **more: Any) -> str:
    with pytest.raises(BadInput) as caught:
        sweep(two_points(), out=folder, **more)
    text = str(caught.value)
    assert "\n" not in text
    return text


# What is kept.


def test_each_finished_run_has_a_part_of_its_own_named_by_its_cell(folder: Path) -> None:
    """A part holds one row, under the name of the cell in it; nothing else lies beside them."""
    rows = [pq.read_table(part).to_pylist() for part in parts(folder)]
    assert len(rows) == RUNS == len(list((folder / PARTS).iterdir()))
    assert [(len(row), f"{row[0]['cell']}.parquet") for row in rows] == [
        (1, part.name) for part in parts(folder)
    ]


def test_a_part_is_moved_into_its_place_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is written under a hidden name and then renamed: it stays the same file."""
    write, written = pq.write_table, []

    def noted(table: pa.Table, where: Path, **options: Any) -> None:
        write(table, where, **options)
        assert where.name.startswith(".")
        written.append(where.stat().st_ino)

    monkeypatch.setattr(store_module.pq, "write_table", noted)
    sweep(two_points(), out=tmp_path)
    kept = [*parts(tmp_path), tmp_path / TABLE]
    assert sorted(written) == sorted(path.stat().st_ino for path in kept)


def test_a_row_says_what_ran_it_and_what_was_found(folder: Path) -> None:
    """Scenario, levels, replication, seed, settings, kit, schema, cell, metrics, checksum."""
    experiment = two_points()
    rows = pq.read_table(folder / TABLE).to_pylist()
    expected_names = ["scenario", "widget.refresh_interval_ms", "replication", "seed", "settings"]
    expected_names += ["kit", "schema", "cell", *METRICS, "checksum"]
    assert [list(row) for row in rows] == [expected_names] * RUNS
    cases = [(point, r) for point in experiment.points for r in range(4)]
    for row, (point, r) in zip(rows, cases, strict=True):
        assert row["scenario"] == "Tiny"
        assert row["widget.refresh_interval_ms"] == point.settings.interval_ms
        assert (row["replication"], row["seed"]) == (r, 1 + r)
        assert row["settings"] == point.settings.hash
        assert (row["kit"], row["schema"]) == (kit(), SCHEMA)
        assert row["rate_limit_share"] is None, "it does not apply without a limit"
    assert len({row["cell"] for row in rows}) == RUNS


def test_the_table_is_that_of_a_sweep_that_keeps_nothing(folder: Path, whole: pa.Table) -> None:
    """Whether results are kept on disk changes no value, no type and no order of rows."""
    assert pq.read_table(folder / TABLE).equals(whole)


def test_the_manifest_tells_people_what_was_run_and_by_what(folder: Path) -> None:
    """A reader without simkit finds factors, seed and versions in one JSON file."""
    about = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert (about["name"], about["kit"], about["schema"]) == ("Tiny", kit(), SCHEMA)
    assert about["factors"] == {"widget.refresh_interval_ms": [30_000, 60_000]}
    assert (about["seed"], about["replications"], about["points"]) == (1, 4, 2)
    assert about["metrics"] == list(METRICS)
    assert set(about["versions"]) == {"python", "numpy", "pyarrow", "pydantic", "scipy", "simpy"}


def test_pandas_polars_and_duckdb_read_the_folder_in_one_line_each(folder: Path) -> None:
    """The parts together and the table hold the same values, whoever reads them."""
    import duckdb
    import pandas
    import polars

    columns = ["widget.refresh_interval_ms", "replication", "seed", "cell", *METRICS]
    expected = pq.read_table(folder / TABLE).select(columns).to_pylist()

    def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = [
            # pandas has no missing value in a column of numbers but NaN.
            {name: None if row[name] != row[name] else row[name] for name in columns}
            for row in rows
        ]
        return sorted(rows, key=lambda row: (row[columns[0]], row["replication"]))

    for several in (f"{folder}/{PARTS}/*.parquet", f"{folder}/{TABLE}"):
        place = str(folder / PARTS) if "*" in several else several
        assert plain(pandas.read_parquet(place).to_dict("records")) == expected
        assert plain(polars.read_parquet(several).to_dicts()) == expected
        found = duckdb.sql(f"select * from '{several}'")
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
        assert plain(rows) == expected


# Damage.


def first_cell(folder: Path) -> tuple[Store, Cell, Path]:
    made = _Sweep(two_points(), None, None)
    cell = made._cell(0, 0)
    return Store(folder, two_points(), resume=True), cell, folder / PARTS / f"{cell.key}.parquet"


def cut_to(share: float, more: int = 0) -> Callable[[Path], None]:
    def damage(part: Path) -> None:
        content = part.read_bytes()
        part.write_bytes(content[: round(share * len(content)) + more])

    return damage


def other_part(part: Path) -> None:
    other = next(each for each in sorted(part.parent.iterdir()) if each != part)
    part.write_bytes(other.read_bytes())


def edited(column: str, value: Any) -> Callable[[Path], None]:
    def damage(part: Path) -> None:
        table = pq.read_table(part)
        i = table.schema.get_field_index(column)
        field = table.schema.field(i)
        pq.write_table(table.set_column(i, field, pa.array([value], field.type)), part)

    return damage


def columns_turned(part: Path) -> None:
    table = pq.read_table(part)
    pq.write_table(table.select(table.column_names[::-1]), part)


def twice(part: Path) -> None:
    table = pq.read_table(part)
    pq.write_table(pa.concat_tables([table, table]), part)


DAMAGES = {
    "empty": cut_to(0),
    "one byte": cut_to(0, 1),
    "the magic number alone": cut_to(0, 4),
    "twelve bytes": cut_to(0, 12),
    "a third": cut_to(1 / 3),
    "half": cut_to(0.5),
    "nine tenths": cut_to(0.9),
    "the foot without its end": cut_to(1, -8),
    "all but the last byte": cut_to(1, -1),
    "a text": lambda part: part.write_text("no table"),
    "zeros": lambda part: part.write_bytes(bytes(part.stat().st_size)),
    "that of another cell": other_part,
    "another value": edited("requests_per_s", 0.5),
    "a value where none was": edited("rate_limit_share", 0.5),
    "another seed": edited("seed", 99),
    "columns in another order": columns_turned,
    "two rows": twice,
}


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.some(4)
def test_a_damaged_part_is_noticed_and_run_again(
    damage: Callable[[Path], None], folder: Path, whole: pa.Table
) -> None:
    """Whatever the damage, the resumed table is that of an undisturbed sweep, and says so."""
    *_, part = first_cell(folder)
    sound = part.read_bytes()
    damage(part)
    assert part.read_bytes() != sound
    found = resumed(folder)
    assert found.table.equals(whole)
    assert found.notes == ("1 part was damaged and run again",)
    assert resumed(folder).notes == ()


@pytest.mark.slow
def test_no_single_flipped_bit_changes_a_result(folder: Path) -> None:
    """One bit in each of some hundred places: seen as damage, or the row reads as it was."""
    store, cell, part = first_cell(folder)
    sound, row = part.read_bytes(), store.read(cell)
    assert row is not None
    bits = range(0, 8 * len(sound), max(1, 8 * len(sound) // 499))  # 499 is prime: all 8 places
    seen = 0
    for bit in bits:
        flipped = bytearray(sound)
        flipped[bit // 8] ^= 1 << bit % 8
        part.write_bytes(flipped)
        found = store.read(cell)
        assert found is None or found == row, f"bit {bit}"
        seen += found is None
    assert seen == store.damaged > 0
    assert len({bit % 8 for bit in bits}) == 8


def a_pipe(part: Path) -> None:
    os.mkfifo(part)


def an_endless_device(part: Path) -> None:
    part.symlink_to("/dev/zero")


def a_full_device(part: Path) -> None:
    part.symlink_to("/dev/full")


def a_link_to_nothing(part: Path) -> None:
    part.symlink_to(part.parent / "nothing")


def a_link_to_itself(part: Path) -> None:
    part.symlink_to(part)


def a_huge_file(part: Path) -> None:
    with part.open("wb") as file:
        file.truncate(3_000_000_000)


def a_hundred_million_rows(part: Path) -> None:
    """Some kilobytes: all rows have one value."""
    row = pa.array(["x"]).dictionary_encode()
    column = pa.DictionaryArray.from_arrays(
        pa.array([0]).take(pa.array([0] * 100_000)), row.dictionary
    )
    pq.write_table(pa.table({"cell": pa.chunked_array([column] * 1_000)}), part)


ODD = [a_pipe, an_endless_device, a_full_device, a_link_to_nothing, a_link_to_itself, a_huge_file]


@pytest.mark.slow
@pytest.mark.parametrize("odd", [*ODD, a_hundred_million_rows], ids=lambda odd: odd.__name__)
@pytest.mark.some(4, start=1)
def test_what_is_no_part_is_replaced_by_one(
    odd: Callable[[Path], None], folder: Path, whole: pa.Table
) -> None:
    """Nothing waits or grows, nothing is followed, and the part that is run again is a file."""
    *_, part = first_cell(folder)
    part.unlink()
    odd(part)
    found = resumed(folder)
    assert found.table.equals(whole)
    assert found.notes == ("1 part was damaged and run again",)
    assert part.is_file()
    assert not part.is_symlink()


@pytest.mark.slow
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.__name__)
def test_a_manifest_that_is_no_file_is_one_line_of_bad_input(
    odd: Callable[[Path], None], folder: Path
) -> None:
    """A pipe or device in its place neither blocks a resume nor crashes it."""
    (folder / MANIFEST).unlink()
    odd(folder / MANIFEST)
    assert refused(folder, resume=True).startswith(f"{folder / MANIFEST}: ")


@pytest.mark.slow
@pytest.mark.parametrize("odd", [a_pipe, an_endless_device], ids=lambda odd: odd.__name__)
def test_a_table_that_is_no_file_is_replaced(
    odd: Callable[[Path], None], folder: Path, whole: pa.Table
) -> None:
    """The table is a copy of what the parts hold, so that it can always be made anew."""
    (folder / TABLE).unlink()
    odd(folder / TABLE)
    resumed(folder)
    assert pq.read_table(folder / TABLE).equals(whole)


def test_a_folder_in_the_place_of_a_part_is_one_line_of_bad_input(folder: Path) -> None:
    """A folder may be the user's, so that it is not deleted; the line says how to go on."""
    *_, part = first_cell(folder)
    part.unlink()
    part.mkdir()
    line = refused(folder, resume=True)
    assert f"{part}: a folder is in the place of a run's part" in line
    assert "move it away; --resume then goes on" in line


def test_what_a_killed_writer_left_behind_is_swept_away(folder: Path, whole: pa.Table) -> None:
    """Half a part under a hidden name is no result; the next resume removes it."""
    left_over = folder / PARTS / ".1234.parquet.99.part"
    left_over.write_bytes(b"half")
    assert resumed(folder).table.equals(whole)
    assert not left_over.exists()


# What is refused.


def test_results_are_not_overwritten_unasked(folder: Path) -> None:
    """A sweep started twice by mistake loses nothing, and the line says how to go on."""
    assert "--resume" in refused(folder)
    assert len(parts(folder)) == RUNS


@pytest.mark.slow
@pytest.mark.parametrize(
    "made_by",
    [{"kit": "0.0.9+0123456789ab"}, {"schema": SCHEMA + 1}, {"kit": f"{kit()}x"}],
    ids=str,
)
def test_results_of_another_version_are_not_mixed(folder: Path, made_by: dict[str, Any]) -> None:
    """Two versions may measure differently, so that the line names them both."""
    manifest = folder / MANIFEST
    known = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(known | made_by), encoding="utf-8")
    line = refused(folder, resume=True)
    assert str(next(iter(made_by.values()))) in line
    assert kit() in line


DEEP = "[" * 100_000
INFINITE = '{"kit": "1", "schema": 1e999, "factors": [], "metrics": []}'
NO_TEXT = '{"kit": "1", "schema": 1, "factors": 5, "metrics": []}'


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"kit": "1", "schema": "x"}', "\0", DEEP, INFINITE, NO_TEXT],
    ids=lambda text: text[:12],
)
def test_a_manifest_that_is_none_is_one_line_of_bad_input(folder: Path, text: str) -> None:
    """Deep nesting, 1e999 and wrong types all end in a line that names the file."""
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    assert f"{folder / MANIFEST}:" in refused(folder, resume=True)


def test_a_manifest_that_cannot_be_read_is_one_line_of_bad_input(folder: Path) -> None:
    """UTF-16 bytes and a folder in its place are each called what they are."""
    (folder / MANIFEST).write_bytes(b"\xff\xfe\xff")
    assert "wrong encoding; found UTF-16" in refused(folder, resume=True)
    (folder / MANIFEST).unlink()
    (folder / MANIFEST).mkdir()
    assert "not a regular file; found a folder" in refused(folder, resume=True)


def test_a_file_where_the_folder_should_be_is_one_line_of_bad_input(tmp_path: Path) -> None:
    """The user's file keeps its content, whether it is the place asked for or above it."""
    (tmp_path / "file").write_text("here")
    assert "cannot be" in refused(tmp_path / "file")
    assert "cannot be" in refused(tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "here"


# A full disk.


def full_after(writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let some tables be written and then no further one to its end."""
    write, done = pq.write_table, [0]

    def until_full(table: pa.Table, where: Path, **options: Any) -> None:
        write(table, where, **options)
        done[0] += 1
        if done[0] > writes:
            os.truncate(where, 100)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store_module.pq, "write_table", until_full)


@pytest.mark.parametrize("writes", [0, 3, RUNS])
def test_a_full_disk_is_said_in_one_line_and_what_was_done_is_kept(
    writes: int, tmp_path: Path, whole: pa.Table
) -> None:
    """Also when only the table of all runs no longer fits."""
    folder = tmp_path / "kept"
    with pytest.MonkeyPatch.context() as patched:
        full_after(writes, patched)
        line = refused(folder)
    assert os.strerror(errno.ENOSPC) in line
    assert f"{writes} of {RUNS} runs are kept in {folder}" in line
    assert len(list((folder / PARTS).iterdir())) == writes
    assert not (folder / TABLE).exists()
    assert resumed(folder).table.equals(whole)


def test_a_disk_that_is_full_from_the_start_is_one_line_of_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder itself cannot be made, and the user reads why in the system's own words."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "mkdir", full)
    assert os.strerror(errno.ENOSPC) in refused(tmp_path / "kept")
