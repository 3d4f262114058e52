"""What is unsealed through one process can be rung through another, and read by nobody between."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_server.errors import Refusal
from exam_server.vault.opened import OpenedVault
from exam_server.vault.sharing import GIVEN, SharedVault

FORM = "f" * 26
CONTENT, SCORING = b"content-key-of-32-bytes-long----", b"scoring-secret-of-32-bytes------"


class Wire:
    """The queue of all processes: everybody on it hears everybody else; it can be away."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.passed: list[tuple[str, Any]] = []
        self.there = True


class Line:
    """One process's end of it."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._hear, self.greet = wire, dict[str, Callable[[Any], None]](), list[Any]()
        wire.lines.append(self)

    def hear(self, kind: str, listener: Callable[[Any], None]) -> None:
        self._hear[kind] = listener

    def on_connected(self, greet: Callable[[], None]) -> None:
        self.greet.append(greet)

    def tell(self, kind: str, data: Any) -> None:
        if not self._wire.there:
            return
        data = json.loads(json.dumps(data))  # as it travels
        self._wire.passed.append((kind, data))
        for line in self._wire.lines:
            if line is not self:
                line.hears(kind, data)

    def hears(self, kind: str, data: Any) -> None:
        if kind in self._hear:
            self._hear[kind](data)


class Process:
    """A vault and its end of the wire; ``centre``: the key on its machine."""

    def __init__(self, wire: Wire, number: int, centre: Ed25519PrivateKey) -> None:
        self.vault, self.line = OpenedVault(), Line(wire)
        self.shared = SharedVault(self.vault, self.line, signing=centre, process=number)
        for greet in self.line.greet:
            greet()

    def unseal(self) -> None:
        self.vault.hold({FORM: CONTENT}, {FORM: SCORING})
        self.shared.opened()


@pytest.fixture
def centre() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def test_every_process_can_ring_and_nothing_on_the_wire_can_be_read(
    centre: Ed25519PrivateKey,
) -> None:
    wire = Wire()
    first, second, third = (Process(wire, number, centre) for number in (1, 2, 3))
    second.unseal()
    for process in (first, second, third):
        assert process.vault.content_key(FORM) == CONTENT
        assert process.vault.scoring_secret(FORM) == SCORING
    text = json.dumps(wire.passed)
    held = second.vault.as_texts()
    assert held["content"][FORM] not in text
    assert held["scoring"][FORM] not in text
    assert FORM not in text


def test_a_process_that_starts_later_is_given_it_too(centre: Ed25519PrivateKey) -> None:
    wire = Wire()
    Process(wire, 1, centre).unseal()
    assert Process(wire, 2, centre).vault.content_key(FORM) == CONTENT


def test_what_was_missed_while_the_queue_was_away_is_asked_for_when_it_is_back(
    centre: Ed25519PrivateKey,
) -> None:
    wire = Wire()
    first, second = Process(wire, 1, centre), Process(wire, 2, centre)
    wire.there = False
    first.unseal()
    with pytest.raises(Refusal) as refused:
        second.vault.content_key(FORM)
    assert refused.value.code == "not_unsealed"
    wire.there = True
    for greet in second.line.greet:
        greet()
    assert second.vault.content_key(FORM) == CONTENT


def test_whoever_is_not_of_this_centre_is_given_nothing(
    centre: Ed25519PrivateKey, caplog: pytest.LogCaptureFixture
) -> None:
    wire = Wire()
    Process(wire, 1, centre).unseal()
    wire.passed.clear()
    stranger = Process(wire, 2, Ed25519PrivateKey.generate())
    assert GIVEN not in {kind for kind, _ in wire.passed}
    assert stranger.vault.forms() == set()


def test_nobody_else_can_put_a_key_into_a_vault(centre: Ed25519PrivateKey) -> None:
    wire = Wire()
    first = Process(wire, 1, centre)
    stranger = Process(wire, 9, Ed25519PrivateKey.generate())
    stranger.vault.hold({FORM: SCORING}, {FORM: CONTENT})
    first.shared.ask()
    assert first.vault.forms() == set()


def test_an_answer_to_one_is_none_to_another(centre: Ed25519PrivateKey) -> None:
    """Whoever replays a message, whole or with another name on it, opens nothing."""
    wire = Wire()
    holder = Process(wire, 1, centre)
    holder.unseal()
    Process(wire, 2, centre)
    (given,) = [data for kind, data in wire.passed if kind == GIVEN]
    late = Process(Wire(), 3, centre)
    for forged in (given, {**given, "to": 3}):
        late.line.hears(GIVEN, forged)
    assert late.vault.forms() == set()
