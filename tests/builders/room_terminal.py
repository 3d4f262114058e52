"""One machine with one candidate in front of it, speaking the terminal's real HTTP."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from exam_client import use
from exam_client.routes import COOKIE
from exam_client.wire import Beat
from exam_server.errors import Refusal

if TYPE_CHECKING:
    from flask import Flask

    from tests.builders.room_day import Person, RoomDay

Json = dict[str, Any]


class Terminal:
    """Verbs of a candidate. An answer is ``(place, options)``: place 0 … in the form's shape."""

    def __init__(self, room: RoomDay, person: Person, seat: int, name: str) -> None:
        self.room, self.person, self.seat, self.name = room, person, seat, name
        self.token = ""
        self._counters = itertools.count(1)
        self._stage: list[Json] = []
        self.key: str | None = None
        self.served_by: Flask | None = None  # the room's first process unless told otherwise

    # --- arrival -----------------------------------------------------------------

    def log_in(
        self, *, ticket: str | None = None, id_number: str | None = None, room: str = "02"
    ) -> Json:
        """Type the two numbers; the person's own data and state."""
        found: Json = self._call(
            "POST",
            "/api/login",
            {
                "ticket": self.person.ticket if ticket is None else ticket,
                "id_number": self.person.id_number if id_number is None else id_number,
                "terminal_id": self.name,
                "room": room,
                "seat": self.seat,
            },
        )
        return found

    def me(self) -> Json:
        """Who is logged in here, after a reload."""
        found: Json = self._call("GET", "/api/me")
        return found

    def confirm(self, right: bool = True) -> Json:
        """This is me (or it is not)."""
        found: Json = self._call("POST", "/api/confirm", {"ok": right})
        return found

    def pledge(self) -> Json:
        """I have read the rules."""
        found: Json = self._call("POST", "/api/pledge", {})
        return found

    def arrive(self) -> Terminal:
        """Log in, confirm, pledge, and stage the sealed papers."""
        self.log_in()
        self.confirm()
        self.pledge()
        self._stage = self.stage()
        return self

    def stage(self) -> list[Json]:
        """What can be fetched before the bell."""
        found: list[Json] = self._call("GET", "/api/stage")["subjects"]
        return found

    # --- the paper ---------------------------------------------------------------

    def open(self, subject: int = 1) -> str:
        """Fetch the key of a subject: its time begins."""
        key: str = self._call("POST", f"/api/attempt/{self.attempt_id(subject)}/start", {})["key"]
        self.key = key
        return key

    def attempt_id(self, subject: int = 1) -> str:
        """The attempt of the first, second … subject."""
        return self.room.attempt_id(self.person, subject)

    def items(self, subject: int = 1) -> list[str]:
        """Item ids in the order of the shape: two single, two multiple."""
        if not self._stage:
            self._stage = self.stage()
        sections = self._stage[subject - 1]["shape"]["sections"]
        return [item["id"] for section in sections for item in section["items"]]

    def write(
        self,
        place: int,
        options: str,
        *,
        subject: int = 1,
        revision: tuple[int, int] | None = None,
        marked: bool = False,
    ) -> Json:
        """An answer in this terminal's outbox, not sent yet."""
        fence = self.room.terminal_fence(self.person) if revision is None else revision[0]
        counter = next(self._counters) if revision is None else revision[1]
        return {
            "item": self.items(subject)[place],
            "options": options,
            "marked": marked,
            "revision": [fence, counter],
            "elapsed_ms": 0,
        }

    def send(self, *answers: Json, subject: int = 1, current_item: int | None = None) -> list[Json]:
        """Send answers; their receipts in order."""
        body: Json = {"responses": list(answers), "current_item": current_item}
        path = f"/api/attempt/{self.attempt_id(subject)}/responses"
        receipts: list[Json] = self._call("PUT", path, body)["receipts"]
        return receipts

    def answer(self, place: int, options: str, *, subject: int = 1, marked: bool = False) -> Json:
        """Choose and save one answer; its receipt."""
        return self.send(
            self.write(place, options, subject=subject, marked=marked), subject=subject
        )[0]

    def answer_right(self, subject: int = 1) -> list[Json]:
        """Everything right."""
        correct = self.room.correct[self.room.attempt(self.person, subject).form_id]
        return [
            self.answer(place, correct[item], subject=subject)
            for place, item in enumerate(self.items(subject))
        ]

    def kept(self, subject: int = 1) -> dict[int, str]:
        """What counts, by place."""
        path = f"/api/attempt/{self.attempt_id(subject)}/responses"
        places = {item: place for place, item in enumerate(self.items(subject))}
        rows = self._call("GET", path)["responses"]
        return {places[row["item"]]: row["options"] for row in rows}

    def hand_in(self, *outbox: Json, subject: int = 1) -> Json:
        """Hand in with whatever the outbox still holds: ``{"receipts", "state"}``."""
        body = {"responses": list(outbox), "confirmed": True}
        found: Json = self._call("POST", f"/api/attempt/{self.attempt_id(subject)}/submit", body)
        return found

    def report(self, *kinds: str) -> int:
        """Tell what the terminal noticed."""
        events = [{"kind": kind, "elapsed_ms": 1000} for kind in kinds]
        kept: int = self._call("POST", "/api/events", {"events": events})["kept"]
        return kept

    def raise_hand(self, raised: bool = True) -> Json:
        """举手."""
        found: Json = self._call("POST", "/api/hand", {"raised": raised})
        return found

    # --- what it sees ------------------------------------------------------------

    def beat(self, attempt_id: str | None, version: str | None = None) -> Any:
        """What a sign of life is answered with."""
        told: list[Any] = []
        sign = Beat(attempt_id=attempt_id, current_item=1, version=version)
        use.beat(self.room.centre, self.person.id, self.token, sign, told.append)
        (get,) = told
        return get()

    def state(self) -> Json:
        """The poll."""
        found: Json = self._call("GET", "/api/state")
        return found

    def sees(self, subject: int = 1) -> Json:
        """One attempt as the state shows it."""
        found: Json = self.state()["attempts"][subject - 1]
        return found

    def left_ms(self, subject: int = 1) -> int:
        """The time left, as shown."""
        left: int = self.sees(subject)["left_ms"]
        return left

    def result(self) -> Json:
        """The score page."""
        found: Json = self.state()["result"]
        return found

    # --- the wire ----------------------------------------------------------------

    def _call(self, method: str, path: str, body: Json | None = None) -> Any:
        headers = {"X-Kaochang": "1"}
        if self.token:
            headers["Cookie"] = f"{COOKIE}={self.token}"
        client = (self.served_by or self.room.app).test_client(use_cookies=False)
        with client.open(path, method=method, headers=headers, json=body) as response:
            for cookie in response.headers.getlist("Set-Cookie"):
                if cookie.startswith(f"{COOKIE}="):
                    self.token = cookie.split("=", 1)[1].split(";", 1)[0]
            found = json.loads(response.get_data())
            if response.status_code >= 400:
                facts, rows = found.get("facts", {}), found.get("rows", [])
                raise Refusal(found["type"], response.status_code, facts, rows)
            return found
