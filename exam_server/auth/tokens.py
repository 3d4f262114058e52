"""Tokens 接口令牌 of other systems: given out and taken back by the authority, for named purposes.

A token is shown once and kept as a hash. It ends by itself; until then it may do what its scopes
say and nothing else. What it does is recorded under its own id, as a person's acts are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from exam_server.auth.actions import token_hash
from exam_server.auth.identity import Role, Staff, require
from exam_server.auth.tables import ApiToken
from exam_server.auth.views import staff_names
from exam_server.desk.rules import written
from exam_server.desk.rules.id_number import named_in
from exam_server.errors import Refusal, forbidden, not_found
from exam_server.ids import new_id, new_token
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx

PREFIX = "kct_"  # so that a token left lying about is recognised
MOST_DAYS = 366
LONGEST_NAME = 60
_DAY_MS = 86_400_000
_USED_EVERY_MS = 60_000  # how exact the last use is kept


class Scope(StrEnum):
    """What a token may do."""

    ROSTER = "roster:write"  # bring rosters and changes of registrations
    RESULTS = "results:read"  # take published results, ID numbers masked
    NUMBERS = "numbers:read"  # the same with whole ID numbers, each call recorded


# a city's office has no rosters of its own here: they are the province's, or a centre's
_OF_CITY = frozenset({Scope.RESULTS, Scope.NUMBERS})


@dataclass(frozen=True, slots=True)
class Holder:
    """A system with a token that is good now. ``staff``: as whom it acts."""

    staff: Staff
    scopes: frozenset[Scope]

    def needs(self, scope: Scope) -> None:
        """Refusal ``token_scope`` (403) unless the token has it."""
        if scope not in self.scopes:
            raise Refusal("token_scope", 403, {"scope": scope.value})


@dataclass(frozen=True, slots=True)
class TokenCard:
    """One line of the list; never the token."""

    id: str
    name: str
    scopes: tuple[str, ...]
    city: str | None
    issued_by: str
    issued_ms: int
    expires_ms: int
    last_used_ms: int | None
    revoked_ms: int | None
    revoke_reason: str | None


def issue(tx: Tx, *, name: str, scopes: list[str], days: int, actor: Staff) -> tuple[str, str]:
    """发放: (id, the token, told once).

    Refusals: ``forbidden`` 403; ``token_malformed`` 422 without a name, a scope, or a number of
    days from 1 to 366."""
    require(actor, Role.AUTHORITY, action="manage_tokens", of_city=True)
    name = name.strip()
    known = {one.value for one in Scope}
    wanted = sorted(set(scopes))
    if (
        not 0 < len(name) <= LONGEST_NAME
        or named_in(name)
        or not wanted
        or not set(wanted) <= known
        or not 1 <= days <= MOST_DAYS
    ):
        raise Refusal("token_malformed", 422, {"most": MOST_DAYS})
    if not {Scope(one) for one in wanted} <= set(scopes_of(actor)):
        raise forbidden("manage_tokens")
    token = PREFIX + new_token()
    row = ApiToken(
        id=new_id(),
        name=name,
        token_hash=token_hash(token),
        scopes=wanted,
        city=actor.city,
        issued_by=actor.id,
        issued_ms=tx.now.wall_ms,
        expires_ms=tx.now.wall_ms + days * _DAY_MS,
    )
    tx.session.add(row)
    facts = {"token": row.id, "name": name, "scopes": wanted, "expires_ms": row.expires_ms}
    record(tx, kind="token_issued", actor=actor.actor, data=facts)
    return row.id, token


def scopes_of(actor: Staff) -> list[Scope]:
    """What the office of ``actor`` may give out."""
    return [one for one in Scope if actor.city is None or one in _OF_CITY]


def revoke(tx: Tx, *, token_id: str, reason: str, actor: Staff) -> None:
    """收回: good no more from this moment, and why. Nothing happens to one that is revoked.

    Refusals: ``forbidden`` 403; ``not_found`` 404; ``reason_required``, ``id_number_in_text``
    422."""
    require(actor, Role.AUTHORITY, action="manage_tokens", of_city=True)
    row = tx.session.get(ApiToken, token_id)
    if row is None or actor.city not in (None, row.city):
        raise not_found("token", token_id)
    why = written.reason(reason, "token_revoked")
    if row.revoked_ms is not None:
        return
    row.revoked_by, row.revoked_ms, row.revoke_reason = actor.id, tx.now.wall_ms, why
    facts = {"token": row.id, "name": row.name, "reason": why}
    record(tx, kind="token_revoked", actor=actor.actor, data=facts)


def tokens(session: Session, *, viewer: Staff) -> list[TokenCard]:
    """The tokens of the viewer's office (the province sees the cities' too), newest first."""
    require(viewer, Role.AUTHORITY, action="manage_tokens", of_city=True)
    ordered = select(ApiToken).order_by(ApiToken.issued_ms.desc(), ApiToken.id)
    rows = session.scalars(ordered).all()
    names = staff_names(session, (row.issued_by for row in rows))
    return [
        TokenCard(
            id=row.id,
            name=row.name,
            scopes=tuple(row.scopes),
            city=row.city,
            issued_by=names.get(row.issued_by, row.issued_by),
            issued_ms=row.issued_ms,
            expires_ms=row.expires_ms,
            last_used_ms=row.last_used_ms,
            revoked_ms=row.revoked_ms,
            revoke_reason=row.revoke_reason,
        )
        for row in rows
        if viewer.city in (None, row.city)
    ]


def holder_of(session: Session, *, token: str, now_wall_ms: int) -> tuple[Holder, bool] | None:
    """Whose token this is, and whether its last use is to be noted (:func:`note_use`); None for
    one that is unknown, revoked or past its end."""
    row = session.scalar(select(ApiToken).where(ApiToken.token_hash == token_hash(token)))
    if row is None or row.revoked_ms is not None or now_wall_ms >= row.expires_ms:
        return None
    staff = Staff(row.id, f"token:{row.id}", row.name, Role.AUTHORITY, row.city)
    stale = now_wall_ms - (row.last_used_ms or 0) >= _USED_EVERY_MS
    return Holder(staff, frozenset(Scope(one) for one in row.scopes)), stale


def note_use(tx: Tx, *, token_id: str) -> None:
    """The token was used now."""
    tx.session.execute(
        update(ApiToken).where(ApiToken.id == token_id).values(last_used_ms=tx.now.wall_ms)
    )
