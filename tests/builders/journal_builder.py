"""Writes small, valid journal exports from docs/reference/journal.md, for tests.

Written from the page like the verifier, but separately: :class:`Room` plays a day with
a clock of its own and keeps the sums a server would keep; :class:`Export` is the zip as
values that a test can falsify before it is packed again.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Json = dict[str, Any]

PROCTOR, CHIEF = "staff:proctor", "staff:chief"
MINUTE = 60_000


def canonical(value: object) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def signing_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def public_text(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def relink(chain: list[Json]) -> None:
    """Recompute seq, prev and digest of a whole chain, as a forger would."""
    prev = sha(b"kaochang/journal/1\n" + chain[0]["chain"].encode()) if chain else ""
    for seq, entry in enumerate(chain, start=1):
        entry["seq"], entry["prev"] = seq, prev
        entry["digest"] = sha(canonical({k: v for k, v in entry.items() if k != "digest"}))
        prev = entry["digest"]


@dataclass
class Export:
    """The parts of one export. ``head`` None: made from the last entry when packed."""

    entries: list[Json]
    statement: Json
    scoring: Json
    head: Json | None = None
    key: Ed25519PrivateKey = field(default_factory=lambda: signing_key("centre"))
    acts: list[Json] = field(default_factory=list)

    @classmethod
    def opened(cls, data: bytes, scoring: Json, key: Ed25519PrivateKey) -> Export:
        """A real export taken apart, in the hands of somebody who has the centre's key too."""
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            lines = archive.read("journal.jsonl").splitlines()
            acts = archive.read("acts.jsonl").splitlines()
            statement = json.loads(archive.read("sitting.json"))
        entries = [json.loads(line) for line in lines]
        return cls(entries, statement, scoring, key=key, acts=[json.loads(act) for act in acts])

    def copy(self) -> Export:
        return Export(
            copy.deepcopy(self.entries),
            copy.deepcopy(self.statement),
            self.scoring,
            copy.deepcopy(self.head),
            self.key,
            copy.deepcopy(self.acts),
        )

    @property
    def sitting_id(self) -> str:
        return str(self.statement["sitting"])

    def chain(self, name: str) -> list[Json]:
        return [entry for entry in self.entries if entry.get("chain") == name]

    def of_kind(self, kind: str) -> list[Json]:
        return [entry for entry in self.entries if entry["kind"] == kind]

    def recompute(self) -> None:
        """Relink every chain and mend heads, receipts and scores: a whole consistent lie."""
        relink_acts(self.acts)
        attempts = sorted({e["chain"] for e in self.entries} - {self.sitting_id})
        old = {(e["chain"], e["digest"]): e for e in self.entries}
        for name in attempts:
            chain = self.chain(name)
            for entry in chain:  # earlier entries are final before a later one names them
                if entry["kind"] == "scored":
                    scored = old[name, entry["data"]["head"]]
                    relink(chain)
                    entry["data"]["head"] = scored["digest"]
            relink(chain)
        for entry in self.chain(self.sitting_id):
            if entry["kind"] == "heads":
                entry["data"]["heads"] = {
                    name: [pair[0], self.chain(name)[pair[0] - 1]["digest"]]
                    for name, pair in entry["data"]["heads"].items()
                }
                if "acts" in entry["data"]:
                    seq = entry["data"]["acts"][0]
                    entry["data"]["acts"] = [seq, self.acts[seq - 1]["digest"]]
        relink(self.chain(self.sitting_id))
        for row in self.statement["attempts"]:
            last = self.chain(row["id"])[-1]
            row["head_seq"], row["head"] = last["seq"], last["digest"]
        for name, items in self.statement["responses"].items():
            for row in items.values():
                row[5] = self.chain(name)[row[4] - 1]["digest"]
        self.statement["scores"] = scores_of(self.entries)
        self.head = None

    def pack(self) -> bytes:
        journal = b"".join(canonical(entry) + b"\n" for entry in self.entries)
        return self.pack_raw(journal, canonical(self.statement))

    def act_lines(self) -> bytes:
        return b"".join(canonical(act) + b"\n" for act in self.acts)

    def pack_raw(self, journal: bytes, statement: bytes) -> bytes:
        """The zip with these bytes; signed over them unless a head is kept."""
        head = canonical(self.head or self.head_of(journal, statement))
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
            opened.writestr("journal.jsonl", journal)
            opened.writestr("sitting.json", statement)
            opened.writestr("acts.jsonl", self.act_lines())
            opened.writestr("head.json", head)
            opened.writestr("head.sig", base64.b64encode(self.key.sign(head)))
            opened.writestr("centre.pub", public_text(self.key))
        return buffer.getvalue()

    def head_of(self, journal: bytes, statement: bytes) -> Json:
        sitting = self.chain(self.sitting_id)
        last = sitting[-1] if sitting else {}
        return {
            "sitting": self.sitting_id,
            "seq": last.get("seq", 0),
            "digest": last.get("digest", "0" * 64),
            "at": 1_781_930_000_000,
            "files": {
                "journal.jsonl": sha(journal),
                "sitting.json": sha(statement),
                "acts.jsonl": sha(self.act_lines()),
            },
        }


def relink_acts(acts: list[Json]) -> None:
    """The same for the acts of the centre."""
    prev = sha(b"kaochang/acts/1")
    for seq, act in enumerate(acts, start=1):
        act["seq"], act["prev"] = seq, prev
        act["digest"] = sha(canonical({k: v for k, v in act.items() if k != "digest"}))
        prev = act["digest"]


def scores_of(entries: list[Json]) -> list[Json]:
    """One row per scored attempt: its last version."""
    names = ("points", "version", "scoring_digest", "head")
    last = {entry["chain"]: entry["data"] for entry in entries if entry["kind"] == "scored"}
    return [
        {"attempt": chain, **{name: data[name] for name in names}} for chain, data in last.items()
    ]


@dataclass
class Seat:
    """One attempt as the room keeps it while the day goes on."""

    id: str
    candidate: str
    subject: str
    ordinal: int
    limit_ms: int
    state: str = "assigned"
    cause: str | None = None
    running: bool = False
    spent_ms: int = 0
    granted_ms: int = 0
    fence: int = 1
    kept: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def left_ms(self) -> int:
        return self.limit_ms + self.granted_ms - self.spent_ms

    @property
    def answered(self) -> int:
        return sum(1 for row in self.kept.values() if row[0])


class Room:
    """One sitting played by hand: every method is one act or some time that goes by."""

    def __init__(self, sitting: str = "m0sitting") -> None:
        self.id = sitting
        self.at, self.clock, self.boot = 1_781_917_200_000, 5_000_000, "boot-1"
        self.chains: dict[str, list[Json]] = {sitting: []}
        self.seats: dict[str, Seat] = {}
        self.paused = False
        self.acts: list[Json] = []
        for kind in ("exam_created", "sitting_planned", "package_imported"):
            self.act(kind)

    def act(self, kind: str, **data: Any) -> None:
        """Something is done at the centre outside of the sitting."""
        self.acts.append({"at_ms": self.at, "kind": kind, "actor": "staff:admin", "data": data})
        relink_acts(self.acts)

    def append(self, chain: str, kind: str, actor: str, /, **data: Any) -> Json:
        entries = self.chains.setdefault(chain, [])
        entries.append(
            {
                "sitting": self.id,
                "chain": chain,
                "kind": kind,
                "actor": actor,
                "at": self.at,
                "clock": self.clock,
                "boot": self.boot,
                "data": data,
                "seq": 0,
                "prev": "",
                "digest": "",
            }
        )
        relink(entries)
        return entries[-1]

    def room(self, kind: str, actor: str = PROCTOR, /, **data: Any) -> Json:
        return self.append(self.id, kind, actor, **data)

    def goes_by(self, milliseconds: int) -> None:
        """Time passes; whoever runs spends it, unless the whole room stands still."""
        self.at += milliseconds
        self.clock += milliseconds
        for seat in self.seats.values():
            if seat.running and not self.paused:
                seat.spent_ms += milliseconds

    def outage(self, milliseconds: int, *, reboot: bool = False) -> None:
        """The server is gone for a while; nobody spends anything."""
        was_at, was_clock = self.at, self.clock
        self.at += milliseconds
        self.clock = 90_000 if reboot else self.clock + milliseconds
        if reboot:
            self.boot = self.boot + "'"
        self.room(
            "outage",
            "system",
            from_at=was_at,
            to_at=self.at,
            from_clock=was_clock,
            to_clock=self.clock,
            ms=milliseconds,
            boots="changed" if reboot else "same",
        )

    def assign(self, name: str, candidate: str, subject: str, ordinal: int, minutes: int) -> Seat:
        seat = self.seats[name] = Seat(name, candidate, subject, ordinal, minutes * MINUTE)
        self.append(
            name,
            "assigned",
            "system",
            candidate=candidate,
            subject=subject,
            ordinal=ordinal,
            form=f"form-{subject}",
            limit_ms=seat.limit_ms,
            seat=ordinal,
        )
        return seat

    def start(self, name: str, *, late_ms: int = 0, spent_ms: int | None = None) -> None:
        seat = self.seats[name]
        seat.spent_ms = late_ms if spent_ms is None else spent_ms
        seat.running, seat.state = True, "in_progress"
        self.append(
            name,
            "started",
            "candidate",
            late_ms=late_ms,
            limit_ms=seat.limit_ms,
            spent_ms=seat.spent_ms,
        )

    def answer(
        self,
        name: str,
        item: str,
        options: str,
        counter: int,
        *,
        kind: str = "response",
        fence: int | None = None,
        **more: Any,
    ) -> Json:
        seat = self.seats[name]
        revision = [fence or seat.fence, counter]
        data = {"item": item, "options": options, "marked": False, "revision": revision}
        elapsed = seat.spent_ms - 40
        entry = self.append(name, kind, "candidate", **data, elapsed_ms=elapsed, **more)
        if kind == "response":
            self._keep(seat, entry)
        return entry

    def recover(self, name: str, evidence: Json, case: str) -> None:
        self.append(
            name, "recovery_proposed", PROCTOR, case=case, apply=True, reason="断网期间作答"
        )
        self.append(name, "recovery_decided", CHIEF, case=case, agree=True, reason="核对无误")
        data = {key: evidence["data"][key] for key in ("item", "options", "marked", "revision")}
        entry = self.append(
            name, "recovered", CHIEF, case=case, **data, first=PROCTOR, second=CHIEF
        )
        self._keep(self.seats[name], entry)

    def _keep(self, seat: Seat, entry: Json) -> None:
        data = entry["data"]
        seat.kept[data["item"]] = [
            data["options"],
            data["marked"],
            *data["revision"],
            entry["seq"],
            entry["digest"],
        ]

    def pause(self, name: str) -> None:
        self.seats[name].running, self.seats[name].state = False, "paused"
        self.append(name, "paused", PROCTOR, reason="更换键盘")

    def resume(self, name: str) -> None:
        self.seats[name].running, self.seats[name].state = True, "in_progress"
        self.append(name, "resumed", PROCTOR, reason="已更换")

    def grant(self, name: str, minutes: int, **more: Any) -> None:
        self.seats[name].granted_ms += minutes * MINUTE
        self.append(name, "granted", PROCTOR, ms=minutes * MINUTE, reason="设备故障", **more)

    def grant_room(self, names: list[str], minutes: int) -> None:
        self.room("granted", ms=minutes * MINUTE, reason="停电", attempts=names, second=CHIEF)
        for name in names:
            self.seats[name].granted_ms += minutes * MINUTE

    def submit(self, name: str, cause: str, **more: Any) -> None:
        seat = self.seats[name]
        seat.running, seat.state, seat.cause = False, "submitted", cause
        actor = {"candidate": "candidate", "time": "system", "proctor": PROCTOR}[cause]
        self.append(
            name,
            "submitted",
            actor,
            cause=cause,
            left_ms=max(0, seat.left_ms),
            answered=seat.answered,
            **more,
        )

    def score(self, name: str, scoring: Json, version: int, **more: Any) -> None:
        """By the exact rule only: the right letters give the points, all else nothing."""
        seat, form = self.seats[name], scoring[f"form-{self.seats[name].subject}"]
        points = sum(
            int(key["points"])
            for item, key in form["items"].items()
            if item in seat.kept and seat.kept[item][0] == key["correct"]
        )
        golden = {
            "form": f"form-{seat.subject}",
            "scoring_digest": sha(canonical(form)),
            "points": form["golden"]["points"],
        }
        if golden not in [e["data"] for e in self.chains[self.id] if e["kind"] == "golden"]:
            self.room("golden", "system", **golden)
        self.append(
            name,
            "scored",
            "system",
            points=str(points),
            version=version,
            scoring_digest=sha(canonical(form)),
            head=self.chains[name][-1]["digest"],
            **more,
        )

    def take_heads(self) -> None:
        heads = {
            name: [chain[-1]["seq"], chain[-1]["digest"]]
            for name, chain in self.chains.items()
            if name != self.id
        }
        last = self.acts[-1]
        acts = [last["seq"], last["digest"]]
        self.room("heads", "system", heads=heads, acts=acts)

    def export(self, shapes: Json, scoring: Json) -> Export:
        self.take_heads()
        order = [self.id, *sorted(set(self.chains) - {self.id})]
        entries = [entry for name in order for entry in self.chains[name]]
        statement = {
            "format": "kaochang/journal/1",
            "index_differs": [],
            "centre": "商洛考点",
            "exam": "二〇二六年工考",
            "sitting": self.id,
            "mode": "formal",
            "limits": {"accept_grace_seconds": 5, "proctor_grant_minutes": 10},
            "attempts": [self._row(seat) for seat in self.seats.values()],
            "responses": {seat.id: seat.kept for seat in self.seats.values()},
            "scores": scores_of(entries),
            "shapes": shapes,
        }
        return Export(entries, statement, scoring, acts=self.acts)

    def _row(self, seat: Seat) -> Json:
        last = self.chains[seat.id][-1]
        return {
            "id": seat.id,
            "candidate": seat.candidate,
            "subject": seat.subject,
            "ordinal": seat.ordinal,
            "form": f"form-{seat.subject}",
            "state": seat.state,
            "cause": seat.cause,
            "limit_ms": seat.limit_ms,
            "granted_ms": seat.granted_ms,
            "spent_ms": seat.spent_ms,
            "left_ms": max(0, seat.left_ms),
            "answered": seat.answered,
            "head_seq": last["seq"],
            "head": last["digest"],
            "fence": seat.fence,
        }
