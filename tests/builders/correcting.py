"""A correction of a key, step by step, as the stories of it take them."""

from __future__ import annotations

from functools import partial

from exam_server.auth.identity import Role, Staff
from exam_server.results.actions.correcting import approve_correction, propose_correction
from exam_server.results.actions.key_custody import KeySource, open_keys
from exam_server.results.actions.trial import try_out
from exam_server.results.corrections import Change, forms_of, found_correction
from exam_server.storage.store import Store
from tests.builders.results_day import Day, staff
from tests.builders.results_read import AUTHORITY

CUSTODIAN = staff(Role.CENTRE_ADMIN, "custodian")


def propose(day: Day, *changes: Change, actor: Staff = AUTHORITY, reason: str = "题干有误") -> str:
    return day.store.write(
        lambda tx: propose_correction(
            tx,
            exam_id=day.exam_id,
            changes=changes,
            reason=reason,
            keys=day.keys,
            actor=actor,
        )
    )


def attempt_it(day: Day, correction: str, second: Staff = CUSTODIAN) -> list[tuple[int, int]]:
    """试算 with the bell code out of the envelope."""
    source = day.store.read(
        lambda session: open_keys(
            session,
            form_ids=forms_of(found_correction(session, correction)),
            codes=[day.bell_code],
            keys=day.keys,
            data=day.data,
            actor=AUTHORITY,
            second=second,
        )
    )
    return tried(day.store, correction, source, day, second)


def tried(
    store: Store, correction: str, source: KeySource, day: Day, second: Staff = CUSTODIAN
) -> list[tuple[int, int]]:
    return list(
        try_out(
            store,
            correction_id=correction,
            source=source,
            keys=day.keys,
            actor=AUTHORITY,
            second=second,
        )
    )


def approve(day: Day, correction: str, actor: Staff) -> bool:
    return day.store.write(partial(approve_correction, correction_id=correction, actor=actor))
