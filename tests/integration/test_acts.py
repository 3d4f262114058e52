"""Acts outside a sitting: who did what is one chain, and a changed entry is found."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, select, text

from exam_server.auth.actions import check_password, create_staff, log_in
from exam_server.auth.identity import Role
from exam_server.clock import SystemClock
from exam_server.storage.acts import Act, first_break
from exam_server.storage.migrate import upgrade
from exam_server.storage.store import Store


def _some_acts(store: Store) -> None:
    for number in range(4):
        store.write(
            lambda tx, n=number: create_staff(  # type: ignore[misc]
                tx,
                login=f"proctor{n}",
                name="张华",
                role=Role.PROCTOR,
                password="a long password",
            )
        )
    who = store.read(
        lambda session: check_password(session, login="proctor0", password="a long password")
    )
    store.write(lambda tx: log_in(tx, staff=who))


def test_accounts_and_logins_are_one_whole_chain(database_url: str) -> None:
    store = Store(database_url, SystemClock())
    try:
        _some_acts(store)
        assert store.read(first_break) is None
        kinds = store.read(
            lambda session: session.scalars(select(Act.kind).order_by(Act.seq)).all()
        )
    finally:
        store.close()
    assert list(kinds) == ["staff_created"] * 4 + ["staff_logged_in"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE act SET actor = 'staff:somebody' WHERE seq = 3",
        "UPDATE act SET at_ms = at_ms - 60000 WHERE seq = 3",
        "DELETE FROM act WHERE seq = 3",
    ],
    ids=["another actor", "another time", "removed"],
)
def test_whoever_changes_an_act_behind_the_program_is_found(sqlite_url: str, change: str) -> None:
    upgrade(sqlite_url)
    store = Store(sqlite_url, SystemClock())
    _some_acts(store)
    store.close()
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    store = Store(sqlite_url, SystemClock())
    try:
        assert store.read(first_break) == 3
    finally:
        store.close()
