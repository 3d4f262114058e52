"""Which form a candidate gets, when its key leaves, and that a form is used once."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Sitting
from exam_server.errors import Refusal
from exam_server.keys import CentreKeys
from exam_server.storage.base import Base
from exam_server.storage.life import ensure_rows
from exam_server.storage.tx import Tx
from exam_server.vault.opened import OpenedVault
from exam_server.vault.tables import Form, HeldSecret

CONTENT, SCORING = "content", "scoring"


def form_for(
    tx: Tx,
    *,
    subject: str,
    trade: str,
    level: str,
    sitting_id: str,
    index: int = 0,
    elsewhere: Collection[str] = (),
) -> str:
    """The form bound most closely to subject, trade and level (DOMAIN D23); its id.

    ``index``: which of several equal ones, taken in turn, so that neighbours have different
    forms. ``elsewhere``: forms that a sitting at another time has; only for want of others.

    Refusals: ``form_missing_for``; ``form_spent`` when its key was released to another sitting.
    """
    forms = list(
        tx.session.scalars(
            select(Form)
            .where(
                Form.subject == subject,
                or_(Form.trade == trade, Form.trade == "*"),
                or_(Form.level == level, Form.level == "*"),
            )
            .order_by(Form.id)
        )
    )
    if not forms:
        facts: dict[str, object] = {"subject": subject, "trade": trade, "level": level}
        raise Refusal("form_missing_for", 422, facts)
    usable = [form for form in forms if form.spent_sitting_id in (None, sitting_id)]
    if not usable:
        raise Refusal("form_spent", 409)
    closest = max(_closeness(form) for form in usable)
    equal = [form.id for form in usable if _closeness(form) == closest]
    fresh = [form for form in equal if form not in elsewhere] or equal
    return fresh[index % len(fresh)]


def _closeness(form: Form) -> int:
    return (form.trade != "*") + (form.level != "*")


def refuse_spent(tx: Tx, *, form_ids: set[str], sitting_id: str) -> None:
    """Refusal ``form_spent`` if a key has left for a sitting that this one does not overlap."""
    spent = tx.session.execute(
        select(Form.id, Sitting.name)
        .join(Sitting, Sitting.id == Form.spent_sitting_id)
        .where(
            Form.id.in_(form_ids),
            Form.spent_sitting_id != sitting_id,
            Sitting.state != SittingState.RUNNING,
        )
    ).first()
    if spent is not None:
        raise Refusal("form_spent", 409, {"form": spent[0], "sitting": spent[1]})


def hold_secrets(tx: Tx, *, form_ids: set[str], vault: OpenedVault, keys: CentreKeys) -> None:
    """Store the secrets wrapped by the centre key: from the bell to the end of scoring.

    Halls that sit the same form may ring at the same moment, in several processes: whoever is
    first stores it for all.
    """
    rows = [
        {"form_id": ident, "purpose": what, "wrapped": keys.wrap(secret, f"{what}:{ident}")}
        for ident in sorted(form_ids)
        for what, secret in (
            (CONTENT, vault.content_key(ident)),
            (SCORING, vault.scoring_secret(ident)),
        )
    ]
    ensure_rows(tx.session, Base.metadata.tables[HeldSecret.__tablename__], rows)


def hold_scoring(tx: Tx, *, form_ids: set[str], vault: OpenedVault, keys: CentreKeys) -> None:
    """Store what the scorer needs again, after it was forgotten; it goes as it went before."""
    rows = [
        {
            "form_id": ident,
            "purpose": SCORING,
            "wrapped": keys.wrap(vault.scoring_secret(ident), f"{SCORING}:{ident}"),
        }
        for ident in sorted(form_ids)
    ]
    ensure_rows(tx.session, Base.metadata.tables[HeldSecret.__tablename__], rows)


def release_key(tx: Tx, *, form_id: str, vault: OpenedVault, keys: CentreKeys) -> bytes:
    """The form's content key, from memory or, after a restart, from the wrapped copy."""
    if vault.holds({form_id}):
        return vault.content_key(form_id)
    held = tx.session.get(HeldSecret, (form_id, CONTENT))
    if held is None:
        raise Refusal("not_unsealed", 409)
    return keys.unwrap(held.wrapped, f"{CONTENT}:{form_id}")


def mark_spent(tx: Tx, *, form_ids: set[str], sitting_id: str) -> None:
    """A form is spent when its key is first released (DESIGN §6)."""
    unspent = update(Form).where(Form.id.in_(form_ids), Form.spent_ms.is_(None))
    tx.session.execute(unspent.values(spent_ms=tx.now.wall_ms, spent_sitting_id=sitting_id))


def forget_secrets(tx: Tx, *, form_ids: set[str]) -> None:
    """Scoring has ended: the wrapped copies go."""
    tx.session.execute(delete(HeldSecret).where(HeldSecret.form_id.in_(form_ids)))


def scoring_secret(
    session: Session, *, form_id: str, vault: OpenedVault, keys: CentreKeys
) -> bytes:
    """What the scorer needs for a form, from memory or from the wrapped copy."""
    if vault.holds({form_id}):
        return vault.scoring_secret(form_id)
    held = session.get(HeldSecret, (form_id, SCORING))
    if held is None:
        raise Refusal("not_unsealed", 409)
    return keys.unwrap(held.wrapped, f"{SCORING}:{form_id}")


def restore_held(tx: Tx, *, vault: OpenedVault, keys: CentreKeys) -> None:
    """After a restart in mid-exam: the wrapped secrets are in memory again."""
    for held in tx.session.scalars(select(HeldSecret)):
        secret = keys.unwrap(held.wrapped, f"{held.purpose}:{held.form_id}")
        if held.purpose == CONTENT:
            vault.hold({held.form_id: secret}, {})
        else:
            vault.hold({}, {held.form_id: secret})
