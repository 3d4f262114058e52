"""A call that changes something may be sent again: it is carried out once and answered the same.

The caller names each call by a key of its own before it sends it (``Idempotency-Key``). The
answer is kept in the transaction that did the work, so that there is never one without the other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from exam_server.auth.identity import Staff
from exam_server.auth.tables import ApiReceipt, ApiToken
from exam_server.errors import Refusal
from exam_server.storage.tx import Tx

_KEY = re.compile(r"[A-Za-z0-9._:-]{8,80}", re.ASCII)


def once(
    tx: Tx, *, holder: Staff, key: str, request: bytes, do: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """(the receipt, whether the work was done now rather than before).

    ``request``: address and body as they came. Refusals: ``idempotency_key`` 422 for a key that
    is none; ``idempotency_differs`` 422 when the key was used for something else; those of
    ``do``, after which nothing is kept and the key is free."""
    if _KEY.fullmatch(key) is None:
        raise Refusal("idempotency_key", 422)
    tx.lock(
        select(ApiToken).where(ApiToken.id == holder.id)
    )  # sent twice at once: one after the other
    digest = hashlib.sha256(request).hexdigest()
    earlier = tx.session.get(ApiReceipt, (holder.id, key))
    if earlier is not None:
        if earlier.request_digest != digest:
            raise Refusal("idempotency_differs", 422, {"key": key})
        return earlier.receipt, False
    receipt = do()
    tx.session.add(
        ApiReceipt(
            token_id=holder.id,
            key=key,
            request_digest=digest,
            receipt=receipt,
            at_ms=tx.now.wall_ms,
        )
    )
    tx.session.flush()
    return receipt, True
