"""Secrets of unsealed packages, in memory only until the bell (DESIGN §6).

When the last process that held them has ended before the bell, they are forgotten and the
console asks for the bell code again.
"""

from __future__ import annotations

from base64 import b64decode, b64encode

from exam_server.errors import Refusal


class OpenedVault:
    """Content keys by form id, scoring secrets by form id (never opened here)."""

    def __init__(self) -> None:
        self._content: dict[str, bytes] = {}
        self._scoring: dict[str, bytes] = {}

    def hold(self, content_keys: dict[str, bytes], scoring_secrets: dict[str, bytes]) -> None:
        """Keep what unsealing gave."""
        self._content.update(content_keys)
        self._scoring.update(scoring_secrets)

    def holds(self, form_ids: set[str]) -> bool:
        """Whether every one of these forms is unsealed."""
        return form_ids <= self._content.keys()

    def forms(self) -> set[str]:
        """Every form of which something is held."""
        return self._content.keys() | self._scoring.keys()

    def as_texts(self) -> dict[str, dict[str, str]]:
        """All of it in base64, for another process of this centre; never stored."""
        return {"content": _texts(self._content), "scoring": _texts(self._scoring)}

    def hold_texts(self, given: dict[str, dict[str, str]]) -> None:
        """Keep what another process gave (:meth:`as_texts`)."""
        self.hold(_secrets(given["content"]), _secrets(given["scoring"]))

    def content_key(self, form_id: str) -> bytes:
        """The form's 32-byte content key; Refusal ``not_unsealed`` when it is not held."""
        if form_id not in self._content:
            raise Refusal("not_unsealed", 409)
        return self._content[form_id]

    def forget(self, form_ids: set[str]) -> None:
        """Scoring has ended: nothing is held any more."""
        for form_id in form_ids:
            self._content.pop(form_id, None)
            self._scoring.pop(form_id, None)

    def scoring_secret(self, form_id: str) -> bytes:
        """What the scorer needs to open the form's scoring key; sealed to this program."""
        if form_id not in self._scoring:
            raise Refusal("not_unsealed", 409)
        return self._scoring[form_id]


def _texts(secrets: dict[str, bytes]) -> dict[str, str]:
    return {form_id: b64encode(secret).decode() for form_id, secret in secrets.items()}


def _secrets(texts: dict[str, str]) -> dict[str, bytes]:
    return {form_id: b64decode(text) for form_id, text in texts.items()}
