"""补评补录的作答: late answers that two persons applied after the scoring keys were destroyed.

When scoring has ended the secrets go. What is recovered afterwards cannot be scored any more until
two persons of the room bring the bell code again; then it is, within a second, and the secrets go.
"""

from __future__ import annotations

from pathlib import Path

from exam_server.auth.identity import Staff
from exam_server.errors import Refusal
from exam_server.keys import CentreKeys
from exam_server.results.views.pending import recovered_without_key
from exam_server.room import journal
from exam_server.room.actions.people import sitting
from exam_server.storage.tx import Tx
from exam_server.vault.actions.forms import hold_scoring
from exam_server.vault.actions.packages import unseal
from exam_server.vault.opened import OpenedVault


def score_recovered(
    tx: Tx,
    *,
    sitting_id: str,
    code: str,
    first: Staff,
    second: Staff,
    keys: CentreKeys,
    data: Path,
) -> int:
    """Give the sweep back what it needs; how many attempts it will score anew.

    Refusals: those of :func:`unseal`; ``not_found`` 404, ``recovered_nobody`` 409.
    """
    where = sitting(tx, sitting_id)
    waiting = recovered_without_key(tx.session, sitting_id)
    forms = set(waiting.values())
    vault = OpenedVault()
    packages = unseal(
        tx,
        form_ids=forms,
        code=code,
        first=first,
        second=second,
        keys=keys,
        data=data,
        vault=vault,
    )
    if not waiting:
        raise Refusal("recovered_nobody", 409)
    hold_scoring(tx, form_ids=forms, vault=vault, keys=keys)
    entry = {"package": ",".join(packages), "first": first.actor, "second": second.actor}
    journal.append(tx, chain=where, kind="unsealed", actor=first.actor, data=entry)
    return len(waiting)
