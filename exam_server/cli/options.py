"""Options that several commands share, and the centre they open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff
from exam_server.auth.tables import Staff as StaffRow
from exam_server.bootstrap import open_centre
from exam_server.cli.bilingual import remember_json
from exam_server.context import Centre
from exam_server.errors import Refusal
from exam_server.keys import CentreKeys
from exam_server.settings import RESTORE_MARK, Settings, settings_for
from exam_server.storage.engine import sqlite_path
from exam_server.storage.lock import only_writer
from question_bank.sealing.recipient import public_text

home_option = click.option(
    "--home",
    envvar="KAOCHANG_HOME",
    default="kaochang-centre",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="考点目录 · the centre's folder",
)
json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    callback=remember_json,
    help="输出 JSON · print JSON for programs",
)


def existing(home: Path) -> Settings:
    """Settings of a centre that was made by ``init``.

    Refusals: ``no_centre`` 404; ``restore_unfinished`` 409, a restore was cut off.
    """
    settings = settings_for(home)
    if not settings.keys.is_dir():
        raise Refusal("no_centre", 404, {"home": str(home)})
    if (settings.home / RESTORE_MARK).exists():
        raise Refusal("restore_unfinished", 409, {"mark": str(settings.home / RESTORE_MARK)})
    return settings


def held(home: Path) -> Settings:
    """Settings of a centre whose database is there: no command but ``init`` and ``restore`` makes
    one, or it would work on an empty one beside that of the server.

    Refusals: those of ``existing``; ``no_database`` 409.
    """
    settings = existing(home)
    path = sqlite_path(settings.database_url)
    if path is not None and not path.exists():
        raise Refusal("no_database", 409, {"home": str(home), "file": str(path)})
    return settings


@contextmanager
def writing(home: Path) -> Iterator[Centre]:
    """The centre for a command that writes; refused while ``serve`` runs."""
    settings = held(home)
    with only_writer(settings.lock_path, settings.database_url):
        centre = open_centre(settings)
        try:
            yield centre
        finally:
            centre.store.close()


@contextmanager
def reading(home: Path) -> Iterator[Centre]:
    """The centre for a command that only reads; the server may be running."""
    centre = open_centre(held(home), migrate=False)
    try:
        yield centre
    finally:
        centre.store.close()


@contextmanager
def beside_the_server(home: Path) -> Iterator[tuple[Centre, bool]]:
    """The centre, and whether nobody else is writing: beside a server this only reads."""
    try:
        with writing(home) as centre:
            yield centre, True
    except Refusal as refusal:
        if refusal.code != "server_running":
            raise
        with reading(home) as centre:
            yield centre, False


def at_the_office(centre: Centre) -> None:
    """Refusal ``office_elsewhere`` 409 on a machine that is a centre's alone (DESIGN §1): what is
    the authority's is done on the authority's, whatever accounts there are here."""
    if not centre.settings.publishes:
        raise Refusal("office_elsewhere", 409)


def operator(centre: Centre) -> Staff:
    """Who acts when a command is typed at the centre's own machine: its first admin."""
    row = centre.store.read(
        lambda session: session.scalars(
            select(StaffRow)
            .where(StaffRow.role == Role.CENTRE_ADMIN.value, StaffRow.disabled.is_(False))
            .order_by(StaffRow.login)
        ).first()
    )
    if row is None:
        raise Refusal("no_admin", 409)
    return Staff(row.id, row.login, row.name, Role(row.role), row.city)


def write_public_keys(settings: Settings, keys: CentreKeys) -> tuple[Path, Path]:
    """What the centre hands to the authority: whom to seal papers to, and who signs results."""
    recipient, signer = settings.home / "centre.pub", settings.home / "signing.pub"
    recipient.write_text(public_text(keys.hpke.public_key()) + "\n", encoding="utf-8")
    signer.write_text(keys.signing_public + "\n", encoding="utf-8")
    return recipient, signer
