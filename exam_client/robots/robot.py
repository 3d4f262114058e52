"""A simulated candidate's whole exam day, through the real interface."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import Any

import requests

from exam_client.robots import plan
from exam_client.robots.client import Refused, Terminal, open_paper
from exam_client.robots.plan import Person

log = logging.getLogger(__name__)

Crib = dict[str, str]  # item id → canonical letters
Ledger = Callable[[dict[str, Any]], None]  # called for everything acknowledged
_RETRY_SECONDS = 0.7
_POLL_SECONDS, _POLLS = 15.0, 300  # a robot sends no signs of life: it asks
_TROUBLE = (ConnectionError, requests.RequestException, OSError)


class Robot:
    """``ledger`` gets one record per acknowledged answer: what the server must never lose."""

    def __init__(
        self,
        person: Person,
        base_url: str,
        *,
        seed: str,
        crib: Crib,
        ledger: Ledger,
        verify: str | bool = True,
        sleep: Callable[[float], Any] = time.sleep,
    ) -> None:
        self._person, self._crib, self._ledger = person, crib, ledger
        self._draw = random.Random(f"{seed}/{person.ticket}")  # noqa: S311  behaviour only
        self._terminal = Terminal(base_url, f"robot-{person.ticket}", verify=verify)
        self._sleep = sleep
        self._manner = person.manner or plan.manner(self._draw)
        self._kept: dict[str, dict[str, dict[str, Any]]] = {}  # attempt → item → newest answer
        self._epoch: int | None = None  # of the server with which it has been compared
        self._unsure = False
        self.ticket = person.ticket
        self.phase = "new"
        self.result: dict[str, Any] | None = None

    def run(self) -> None:
        """Log in, wait for the bell, sit every subject, read the score."""
        self.phase = "logging_in"
        block = self._arrive()
        stages = {
            stage["attempt_id"]: stage
            for stage in self._stubborn(lambda: self._terminal.call("GET", "/api/stage"))[
                "subjects"
            ]
        }
        blobs = {
            ident: self._stubborn(lambda s=stage: self._terminal.blob(s["blob"]))  # type: ignore[misc]
            for ident, stage in stages.items()
        }
        self.phase = "waiting"
        for subject in block:
            ident = subject["attempt_id"]
            self._sit(ident, stages[ident], blobs[ident], last=subject is block[-1])
        self.phase = "waiting_for_score"
        self.result = self._await_result()
        self._terminal.close()
        self.phase = "done"

    def _arrive(self) -> list[dict[str, Any]]:
        person = self._person
        body = {
            "ticket": person.ticket,
            "id_number": person.id_number.lower(),
            "room": person.room,
            "seat": person.seat,
            "terminal_id": self._terminal.terminal_id,
        }
        me = self._stubborn(lambda: self._terminal.call("POST", "/api/login", body))["me"]
        self._stubborn(lambda: self._terminal.call("POST", "/api/confirm", {"ok": True}))
        self._stubborn(lambda: self._terminal.call("POST", "/api/pledge", {}))
        self._reconnect()
        block: list[dict[str, Any]] = me["block"]
        return block

    def _sit(self, ident: str, stage: dict[str, Any], blob: bytes, *, last: bool) -> None:
        state = self._open(ident, stage, blob)
        if state["state"] not in ("in_progress", "paused"):
            return  # ended while this robot was away
        self.phase = f"answering_{state['ordinal']}"
        items = plan.flat_items(stage)
        if self._manner == plan.LEAVES_BLANKS:
            items = self._draw.sample(items, max(1, len(items) * 3 // 4))
        steps = plan.course(self._draw, items)
        limit_seconds = state["left_ms"] / 1000 / self._person.pace
        waits = plan.pauses(self._draw, len(steps), limit_seconds)
        for number, (item, wait) in enumerate(zip(steps, waits, strict=True), start=1):
            self._sleep(wait)
            if not self._answer(ident, state["fence"], number, item):
                self._until_ended(ident)
                return
        if self._manner == plan.RUNS_OUT and last:
            self._until_ended(ident)
            return
        done = {"responses": [], "current_item": len(items), "confirmed": True}
        self._stubborn(lambda: self._send(ident, done, "submit", "POST"))

    def _open(self, ident: str, stage: dict[str, Any], blob: bytes) -> dict[str, Any]:
        """Wait for the bell, open the sealed paper, start the time."""
        form = stage["form_id"]
        opened: dict[str, Any] = {}

        def started() -> bool:
            try:
                opened.update(self._stubborn(lambda: self._send(ident, {}, "start", "POST")))
            except Refused as refused:
                if refused.problem["type"] == "attempt_ended":
                    return True
                if refused.problem["type"] != "bell_not_rung":
                    raise
                return False
            return True

        while not started():
            self._keep_connected()
            for _ in range(_POLLS):  # a pushed key or state makes it sooner
                if self._rung(form) or not self._terminal.connected:
                    break
                self._sleep(_POLL_SECONDS / _POLLS)
        if opened:
            content = open_paper(blob, opened["key"], form)
            assert set(content["items"]) == set(stage["order"]["items"])
        return self._attempt(ident)

    def _rung(self, form: str) -> bool:
        """Whether the bell was pushed, or a state that is later than it."""
        sitting = self._terminal.state.get("sitting", {})
        return form in self._terminal.keys or sitting.get("state") == "running"

    def _answer(self, ident: str, fence: int, number: int, item: tuple[str, str, int]) -> bool:
        """Save one answer until it is acknowledged; False when it came too late to count."""
        item_id, kind, options = item
        letters = plan.choice(
            self._draw, kind, options, self._crib.get(item_id), self._person.skill
        )
        answer = {
            "item": item_id,
            "options": letters,
            "marked": False,
            "revision": [fence, number],
            "elapsed_ms": 0,
        }
        batch = {"responses": [answer], "current_item": number}
        receipts = self._stubborn(lambda: self._send(ident, batch, "responses", "PUT"))
        receipt = receipts["receipts"][0]
        self._ledger({"attempt": ident, **answer, **receipt})
        self._kept.setdefault(ident, {})[item_id] = answer
        return bool(receipt["kept"] != "late")

    def _send(self, ident: str, batch: dict[str, Any], act: str, method: str) -> Any:
        """By socket while it lives, else by HTTP; both may be repeated."""
        if self._terminal.connected:
            try:
                return self._terminal.ask(act, {"attempt_id": ident, **batch})
            except ConnectionError:
                self._terminal.close()
        return self._terminal.call(method, f"/api/attempt/{ident}/{act}", batch)

    def _attempt(self, ident: str) -> dict[str, Any]:
        state = self._stubborn(lambda: self._terminal.call("GET", "/api/state"))
        found: dict[str, Any] = next(one for one in state["attempts"] if one["id"] == ident)
        return found

    def _await_result(self) -> dict[str, Any]:
        found: dict[str, Any] = {}

        def ready() -> bool:
            found.update(self._terminal.call("GET", "/api/state")["result"] or {})
            return bool(found)

        self._until(ready, every=0.5)
        return found

    def _stubborn(self, act: Callable[[], Any]) -> Any:
        """Repeat until the server answers: a lost LAN or a restarting server is no reason."""
        while True:
            try:
                if self._unsure:
                    self._compare()
                return act()
            except Refused as refused:
                code = refused.problem["type"]
                if code not in ("not_saved", "login_wait") and not code.startswith("http_5"):
                    raise
            except _TROUBLE as trouble:
                log.debug("robot %s: %s", self._person.seat, type(trouble).__name__)
            self._sleep(_RETRY_SECONDS * self._draw.uniform(0.5, 1.5))
            self._keep_connected()

    def _compare(self) -> None:
        """As a terminal does after a change of epoch: what the server lacks is sent again.

        A restored server knows nothing of what came after its backup.
        """
        epoch = self._terminal.call("GET", "/api/state")["epoch"]
        if epoch != self._epoch:
            for ident, kept in self._kept.items():
                path = f"/api/attempt/{ident}/responses"
                found = self._terminal.call("GET", path)["responses"]
                there = {one["item"]: one["revision"] for one in found}
                lacking = [
                    one for item, one in kept.items() if there.get(item, [0, 0]) < one["revision"]
                ]
                self._present(ident, lacking)
        self._epoch, self._unsure = epoch, False

    def _present(self, ident: str, lacking: list[dict[str, Any]]) -> None:
        if not lacking:
            return
        batch = {"attempt_id": ident, "responses": lacking, "current_item": 1}
        receipts = self._terminal.call("PUT", f"/api/attempt/{ident}/responses", batch)["receipts"]
        for answer, receipt in zip(lacking, receipts, strict=True):
            self._ledger({"attempt": ident, **answer, **receipt})

    def _until_ended(self, ident: str) -> None:
        """Only the server ends an attempt: at zero a terminal waits for it."""
        self._until(lambda: self._attempt(ident)["state"] == "submitted", every=1.0)

    def _until(self, done: Callable[[], bool], every: float) -> None:
        while not self._stubborn(done):
            self._keep_connected()
            self._sleep(every)

    def _keep_connected(self) -> None:
        if not self._terminal.connected:
            self._reconnect()

    def _reconnect(self) -> None:
        try:
            self._unsure = bool(self._kept)
            self._terminal.close()
            self._terminal.connect()
        except Exception as trouble:  # noqa: BLE001  whatever the socket raises, HTTP goes on
            log.debug("robot %s has no socket: %s", self._person.seat, type(trouble).__name__)
