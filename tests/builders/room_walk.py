"""One attempt under any interleaving of acts, beside a model simple enough to be believed.

The model knows three things: which revision counts for each place, how many milliseconds are
spent, and whether the attempt has ended. After every act the room must agree with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

from exam_server.errors import Refusal
from exam_server.room.actions import control, machines
from tests.builders.profiles import RECONNECT_WINDOW_MS
from tests.builders.room_day import CHIEF, PROCTOR, RoomDay
from tests.builders.room_terminal import Json

LIMIT_MS, GRACE_MS = 3_600_000, 5_000
PASSAGES_MS = (1, 999, 4_999, 15_000, 60_000, 600_000, 1_500_000)


class Step(NamedTuple):
    """One act: its name and up to three small numbers that say which."""

    act: str
    one: int = 0
    two: int = 0
    three: int = 0


@dataclass
class Model:
    """What must be true of the attempt."""

    spent_ms: int = 0
    granted_ms: int = 0
    paused: bool = False
    room_paused: bool = False
    ended: bool = False
    fence: int = 1
    window_ms: int = 0  # of reconnecting, left
    kept: dict[int, tuple[tuple[int, int], str]] = field(default_factory=dict)
    sent: dict[tuple[int, int], Json] = field(default_factory=dict)
    receipts: dict[tuple[int, int], Json] = field(default_factory=dict)

    @property
    def left_ms(self) -> int:
        return LIMIT_MS + self.granted_ms - self.spent_ms

    @property
    def running(self) -> bool:
        return not (self.paused or self.room_paused or self.ended)

    def goes_by(self, ms: int) -> None:
        self.window_ms = max(0, self.window_ms - ms)
        if self.running:
            self.spent_ms += ms
            self.ended = self.window_ms == 0 and self.left_ms <= -GRACE_MS

    def kind(self, place: int, revision: tuple[int, int]) -> str:
        grace_ms = GRACE_MS + (RECONNECT_WINDOW_MS if self.window_ms else 0)
        if revision[0] != self.fence or self.ended:
            return "late"
        if self.running and self.left_ms <= -grace_ms:
            return "late"
        newer = place not in self.kept or revision > self.kept[place][0]
        return "counted" if newer else "superseded"


class Walk:
    """The room and the model side by side."""

    def __init__(self, room: RoomDay) -> None:
        self.room, self.model = room, Model()
        (self.terminal,) = room.begin(0)
        self.moves = 0
        self.acts: dict[str, Callable[[int, int, int], None]] = {
            "send": self.send,
            "wait": self.wait,
            "pause": self.pause,
            "resume": self.resume,
            "pause_room": self.pause_room,
            "resume_room": self.resume_room,
            "grant": self.grant,
            "move": self.move,
            "restart": self.restart,
            "hand_in": self.hand_in,
        }

    def take(self, step: Step) -> None:
        """Do one act in both, then compare."""
        self.acts[step.act](step.one, step.two, step.three)
        self.compare()

    def compare(self) -> None:
        """The room agrees with the model."""
        model = self.model
        row = self.room.attempt(self.terminal.person)
        assert (row.state == "submitted") == model.ended
        assert self.terminal.left_ms() == max(0, model.left_ms)
        assert row.fence == model.fence
        assert self.terminal.kept() == {place: kept[1] for place, kept in model.kept.items()}
        assert row.answered == sum(bool(options) for _, options in model.kept.values())

    # --- acts --------------------------------------------------------------------

    def send(self, place: int, counter: int, older: int) -> None:
        """An answer, perhaps from an older fence, perhaps for the second time."""
        place %= 4
        revision = (max(1, self.model.fence - older % 2), counter % 9 + 1)
        options = ("", "a", "b", "c")[(place + counter + older // 2) % 4]
        answer = self.terminal.write(place, options, revision=revision)
        before = self.model.receipts.get(revision)
        if before is not None and self.model.sent[revision] != answer:
            self._refused("revision_reused", lambda: self.terminal.send(answer))
            return
        (receipt,) = self.terminal.send(answer)
        if before is not None:
            assert receipt == before  # a replay: the same receipt, nothing written
            return
        self.model.sent[revision] = answer
        assert receipt["kept"] == self.model.kind(place, revision)
        self._take(place, revision, options, receipt)

    def hand_in(self, place: int, counter: int, _three: int) -> None:
        """Hand in, with one answer still in the outbox."""
        if place % 3:
            return  # rarely, or every walk would end at once
        revision, place = (self.model.fence, counter + 100), place % 4
        if revision in self.model.receipts:
            return
        answer = self.terminal.write(place, "a", revision=revision)
        kind = self.model.kind(place, revision)
        self.model.sent[revision] = answer
        (receipt,) = self.terminal.hand_in(answer)["receipts"]
        assert receipt["kept"] == kind
        self._take(place, revision, "a", receipt)
        self.model.ended = True

    def _take(
        self, place: int, revision: tuple[int, int], options: str, receipt: dict[str, Any]
    ) -> None:
        self.model.receipts[revision] = receipt
        if receipt["kept"] == "counted":
            self.model.kept[place] = (revision, options)

    def wait(self, choice: int, _two: int, _three: int) -> None:
        ms = PASSAGES_MS[choice % len(PASSAGES_MS)]
        self.room.wait(ms=ms)
        self.model.goes_by(ms)

    def pause(self, *_: int) -> None:
        if self._do(control.pause_attempt, not self.model.ended and not self.model.paused):
            self.model.paused = True

    def resume(self, *_: int) -> None:
        if self._do(control.resume_attempt, not self.model.ended and self.model.paused):
            self.model.paused = False

    def pause_room(self, *_: int) -> None:
        if self._do_room(control.pause_sitting, not self.model.room_paused):
            self.model.room_paused = True

    def resume_room(self, *_: int) -> None:
        if self._do_room(control.resume_sitting, self.model.room_paused):
            self.model.room_paused = False

    def grant(self, minutes: int, *_: int) -> None:
        ms = (minutes % 3 + 1) * 60_000
        possible = not self.model.ended
        if self._do(control.grant, possible, seconds=ms // 1000, second=CHIEF):
            self.model.granted_ms += ms

    def move(self, *_: int) -> None:
        """The candidate goes on at a machine put in the place of the first."""
        person = self.terminal.person
        self.room.do(
            machines.release_terminal, candidate_id=person.id, actor=PROCTOR, reason="死机"
        )
        self.moves += 1
        self.terminal = self.room.terminal(0, name=f"moved-{self.moves}")
        self.terminal.log_in()
        if not self.model.ended:
            self.model.fence += 1

    def restart(self, reboot: int, seconds: int, step: int) -> None:
        self.room.tick()  # dies right after a sign of life
        away_ms = (seconds % 10) * 60_000
        step_ms = (0, -7_200_000, 600_000)[step % 3]
        self.room.restart(away_ms, reboot=bool(reboot % 2), wall_step_ms=step_ms)
        self.model.window_ms = RECONNECT_WINDOW_MS

    # --- refusals ----------------------------------------------------------------

    def _do(self, action: Callable[..., Any], possible: bool, **more: Any) -> bool:
        attempt_id = self.terminal.attempt_id()
        return self._whether(
            possible,
            lambda: self.room.do(
                action, attempt_id=attempt_id, actor=PROCTOR, reason="走查", **more
            ),
        )

    def _do_room(self, action: Callable[..., Any], possible: bool) -> bool:
        return self._whether(
            possible,
            lambda: self.room.do(
                action, sitting_id=self.room.sitting_id, actor=PROCTOR, reason="走查"
            ),
        )

    def _whether(self, possible: bool, act: Callable[[], Any]) -> bool:
        if possible:
            act()
        else:
            self._refused(None, act)
        return possible

    def _refused(self, code: str | None, act: Callable[[], Any]) -> None:
        """A refusal touches nothing."""
        before = self.room.entries()
        with pytest.raises(Refusal, match=code):
            act()
        assert self.room.entries() == before


ACTS = ("send",) * 8 + ("wait",) * 3 + (
    "pause", "resume", "pause_room", "resume_room", "grant", "move", "restart", "hand_in",
)  # fmt: skip
