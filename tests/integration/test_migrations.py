"""A centre's database grows with the program, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Connection, MetaData, Table, inspect, text
from sqlalchemy.exc import IntegrityError

from exam_server.storage import migrate
from exam_server.storage.engine import write_engine
from exam_server.storage.schema import metadata


def test_an_empty_database_becomes_exactly_the_tables_of_the_program(
    empty_database_url: str,
) -> None:
    assert migrate.upgrade(empty_database_url) == migrate.newest()
    engine = write_engine(empty_database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        difference = compare_metadata(context, metadata)
    engine.dispose()
    assert difference == [], "tables changed without a migration: make migration NAME=…"


def test_upgrading_again_changes_nothing_and_keeps_what_is_there(database_url: str) -> None:
    add = text(
        "INSERT INTO staff (id, login, name, role, password, disabled) "
        "VALUES ('s1', 'wang', '王主考', 'chief_proctor', 'x', false)"
    )
    engine = write_engine(database_url)
    with engine.begin() as connection:
        connection.execute(add)
    engine.dispose()
    assert migrate.upgrade(database_url) == migrate.newest()
    engine = write_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM staff")).scalar_one() == "王主考"
    engine.dispose()


def test_a_migration_that_breaks_half_way_leaves_the_database_as_it_was(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_at_the_end(_connection: object) -> str:
        raise OSError("the disk is full")

    monkeypatch.setattr(migrate, "current", fails_at_the_end)
    with pytest.raises(OSError, match="the disk is full"):
        migrate.upgrade(empty_database_url)
    engine = write_engine(empty_database_url)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    engine.dispose()


def test_a_table_that_others_refer_to_is_altered_with_its_rows(empty_database_url: str) -> None:
    """0021 adds a column to the lists of practical results; SQLite copies the table for it."""
    migrate.upgrade(empty_database_url, "0020")
    engine = write_engine(empty_database_url)
    with engine.begin() as connection:
        put(connection, "exam", id="e")
        put(connection, "candidate", id="c", exam_id="e")
        put(connection, "practical_import", id="p", exam_id="e", document="〔2026〕9号")
        put(connection, "practical_result", import_id="p", candidate_id="c", result="pass")
    engine.dispose()
    assert migrate.upgrade(empty_database_url) == migrate.newest()
    engine = write_engine(empty_database_url)
    with engine.begin() as connection:
        kept = (
            "SELECT document, result FROM practical_import JOIN practical_result ON id = import_id"
        )
        assert connection.execute(text(kept)).all() == [("〔2026〕9号", "pass")]
        with pytest.raises(IntegrityError):  # references are watched again
            connection.execute(text("DELETE FROM practical_import"))
    engine.dispose()


def put(connection: Connection, name: str, **known: object) -> None:
    """A row of the table as it is now; what is not given and must be there is blank."""
    table = Table(name, MetaData(), autoload_with=connection)
    blank = {
        column.name: {} if isinstance(column.type, JSON) else column.type.python_type()
        for column in table.columns
        if not column.nullable and column.name not in known
    }
    connection.execute(table.insert().values({**blank, **known}))


def test_rows_of_the_journal_number_themselves(database_url: str) -> None:
    """SQLite does that only for a column it knows as INTEGER."""
    engine = write_engine(database_url)
    with engine.connect() as connection:
        column = next(
            column
            for column in inspect(connection).get_columns("journal")
            if column["name"] == "id"
        )
        if connection.dialect.name == "sqlite":
            assert str(column["type"]) == "INTEGER"
        else:
            assert str(column["default"]).startswith("nextval")
    engine.dispose()


def test_a_line_that_was_confirmed_before_lines_had_steps_is_in_effect(
    empty_database_url: str,
) -> None:
    migrate.upgrade(empty_database_url, "0006")
    engine = write_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO exam (id, name, year, mode, profile, rules, permutation_seed) "
                "VALUES ('e', '工考', 2026, 'formal', 'x', '{}', '00')"
            )
        )
        for number, state, by in ((1, "superseded", "'b'"), (2, "confirmed", "'b'"),
                                  (3, "proposed", "NULL")):  # fmt: skip
            connection.execute(
                text(
                    "INSERT INTO cut_score (id, exam_id, group_key, version, params, line, counts, "
                    "snapshot_digest, state, reason, proposed_by, proposed_ms, confirmed_by, "
                    f"confirmed_ms) VALUES ('l{number}', 'e', 'g', {number}, '{{}}', '135', "
                    f"'{{}}', 'd', '{state}', '参照上年', 'a', 1, {by}, 2)"
                )
            )
    engine.dispose()
    migrate.upgrade(empty_database_url)
    engine = write_engine(empty_database_url)
    with engine.connect() as connection:
        states = connection.execute(text("SELECT state FROM cut_score ORDER BY version")).scalars()
        assert list(states) == ["superseded", "effective", "proposed"]
        steps = connection.execute(
            text("SELECT step, staff_id, reason FROM line_step WHERE cut_score_id = 'l2'")
        ).all()
        assert sorted(map(tuple, steps)) == [
            ("approved", "b", ""),
            ("effective", "b", ""),
            ("proposed", "a", "参照上年"),
        ]
    engine.dispose()


def test_the_part_of_a_second_that_a_grant_had_left_stands_against_no_close(
    empty_database_url: str,
) -> None:
    migrate.upgrade(empty_database_url, "0023")
    engine = write_engine(empty_database_url)
    before = {"a0": 0, "a1": 1, "a2": 999, "a3": 1_000}
    with engine.begin() as connection:
        put(connection, "exam", id="e")
        put(connection, "sitting", id="s", exam_id="e")
        put(connection, "package", id="p")
        put(connection, "form", id="f", package_id="p")
        put(connection, "candidate", id="c", exam_id="e")
        for ordinal, (ident, proposed_ms) in enumerate(before.items()):
            belongs = {"sitting_id": "s", "candidate_id": "c", "form_id": "f"}
            put(
                connection,
                "attempt",
                id=ident,
                ordinal=ordinal,
                proposed_ms=proposed_ms,
                **belongs,
            )
    engine.dispose()
    migrate.upgrade(empty_database_url)
    engine = write_engine(empty_database_url)
    with engine.connect() as connection:
        now = connection.execute(text("SELECT id, proposed_ms FROM attempt ORDER BY id")).all()
    engine.dispose()
    assert dict(map(tuple, now)) == {"a0": 0, "a1": 0, "a2": 0, "a3": 1_000}
