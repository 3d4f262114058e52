"""Assemble and seal: from the bank to a package, a bell code and a scoring key file."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from question_bank.assembly.assemble import assemble
from question_bank.assembly.blueprint import Blueprint
from question_bank.assembly.draft import Draft
from question_bank.bank.items import stored_entries
from question_bank.bank.store import BankStore
from question_bank.bank.tables import SealedFormItem, SealedFormRow, SealedPackageRow
from question_bank.canonical import canonical
from question_bank.errors import BankError
from question_bank.items.key import FormKey, as_builtins
from question_bank.items.shape import Shape
from question_bank.sealing.build import BuiltPackage, build
from question_bank.sealing.manifest import encode
from question_bank.sealing.suite import sha256

_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Packed:
    """``data``: the ``.kcp`` file. ``bell_code``: to be shown once and written down; the
    store does not have it. ``scoring_file``: for verification by the authority alone."""

    package_id: str
    data: bytes = field(repr=False)
    bell_code: str = field(repr=False)
    scoring_file: bytes = field(repr=False)
    shapes: tuple[Shape, ...] = field(repr=False)
    manifest_digest: str


def pack_forms(
    store: BankStore,
    blueprint: Blueprint,
    recipients: Sequence[X25519PublicKey],
    *,
    now_ms: int,
    actor: str,
    seed: bytes | None = None,
    banks: Collection[str] = (),
    unused_only: bool = False,
    approvals: Sequence[str] = (),
) -> Packed:
    """Draw the blueprint's forms from the bank, seal them and record that they were.

    ``seed``: of the assembly, to repeat one; fresh by default. ``unused_only``: take no item
    that was ever sealed. ``approvals``: the two persons who allow a spent form again; they
    are printed in the manifest. BankErrors: those of :func:`assemble` and :func:`build`,
    ``form_spent``, ``approvals_two``.
    """
    assembly_seed = seed or secrets.token_bytes(_SEED_BYTES)
    sealing_seed = secrets.token_bytes(_SEED_BYTES)
    entries = stored_entries(store, banks)
    with store.session() as session:
        used = set(session.scalars(select(SealedFormItem.item_id))) if unused_only else set()
        drafts = assemble(entries, blueprint, assembly_seed, used)
        spent = _spent(session, drafts)
        _refuse_spent(spent, approvals)
        built = build(
            exam=blueprint.exam,
            drafts=drafts,
            recipients=recipients,
            signing_key=store.keys.signing,
            seed=sealing_seed,
            created_ms=now_ms,
            approvals=approvals if spent else (),
        )
        _record(store, session, built, assembly_seed + sealing_seed, actor)
    return Packed(
        package_id=built.id,
        data=built.data,
        bell_code=built.bell_code,
        scoring_file=scoring_file(built.form_keys.values()),
        shapes=tuple(form.shape for form in built.manifest.forms),
        manifest_digest=sha256(encode(built.manifest)),
    )


def scoring_file(form_keys: Collection[FormKey]) -> bytes:
    """Canonical ``scoring.json``: entries by form id (docs/reference/package.md)."""
    return canonical({key.form_id: as_builtins(key) for key in form_keys})


def stored_scoring_file(store: BankStore, package_id: str) -> bytes:
    """The scoring key file of an earlier package. BankError ``package_not_ours``."""
    with store.session() as session:
        query = select(SealedFormRow).where(SealedFormRow.package_id == package_id)
        sealed = {row.id: row.key for row in session.scalars(query)}
    if not sealed:
        raise BankError("package_not_ours", {"package": package_id})
    entries = {}
    for form_id, key in sealed.items():
        plain = store.unseal(key, f"form-key:{form_id}")
        if plain is None:
            raise BankError("bank_item_altered", {"item": form_id})
        entries[form_id] = json.loads(plain)
    return canonical(entries)


def item_set(item_ids: Collection[str]) -> str:
    """Digest (hex) of a set of bank ids: two forms with the same items are one form."""
    return hashlib.sha256(canonical(sorted(item_ids))).hexdigest()


def _spent(session: Session, drafts: Sequence[Draft]) -> list[SealedFormRow]:
    sets = [item_set(draft.item_ids) for draft in drafts]
    return list(session.scalars(select(SealedFormRow).where(SealedFormRow.item_set.in_(sets))))


def _refuse_spent(spent: Sequence[SealedFormRow], approvals: Sequence[str]) -> None:
    if not spent:
        return
    if not approvals:
        facts: dict[str, object] = {"subject": spent[0].subject, "package": spent[0].package_id}
        raise BankError("form_spent", facts)
    if len({name.strip() for name in approvals if name.strip()}) < 2:
        raise BankError("approvals_two")


def _record(
    store: BankStore, session: Session, built: BuiltPackage, seeds: bytes, actor: str
) -> None:
    session.add(
        SealedPackageRow(
            id=built.id,
            exam=built.manifest.exam,
            created_ms=built.manifest.created_ms,
            actor=actor,
            manifest_digest=sha256(encode(built.manifest)),
            recipients=[recipient.key_id for recipient in built.manifest.recipients],
            approvals=list(built.manifest.approvals),
            seeds=store.seal(seeds, f"seeds:{built.id}"),
        )
    )
    session.flush()
    for form in built.manifest.forms:
        shape, origins = form.shape, built.origins[form.shape.form_id]
        key = canonical(as_builtins(built.form_keys[shape.form_id]))
        session.add(
            SealedFormRow(
                id=shape.form_id,
                package_id=built.id,
                subject=shape.subject,
                trade=shape.trade,
                level=shape.level,
                item_set=item_set(origins.values()),
                key=store.seal(key, f"form-key:{shape.form_id}"),
            )
        )
        session.flush()
        session.add_all(
            SealedFormItem(form_id=shape.form_id, opaque_id=opaque, item_id=item)
            for opaque, item in origins.items()
        )
