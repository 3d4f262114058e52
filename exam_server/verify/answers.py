"""Which answers count (§6), folded from one attempt's chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings

Revision = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that counts for one item, and the entry that carries it."""

    options: str
    marked: bool
    revision: Revision
    seq: int
    digest: str


@dataclass(slots=True)
class Answers:
    """The fold of §6. ``items``: of the form's shape, as item → (type, options); None unknown."""

    items: dict[str, tuple[str, int]] | None
    fence: int = 1
    kept: dict[str, Kept] = field(default_factory=dict)
    _history: list[tuple[int, str, Kept]] = field(default_factory=list)
    _received: set[Revision] = field(default_factory=set)
    _evidence: list[dict[str, Any]] = field(default_factory=list)
    _proposed: dict[str, set[str]] = field(default_factory=dict)
    _agreed: dict[str, set[str]] = field(default_factory=dict)

    def read(self, entry: Entry, findings: Findings) -> None:
        """Take in one usable entry; kinds that are not about answers change nothing."""
        match entry.kind:
            case "fenced":
                self._raise_fence(entry, findings)
            case "response":
                self._receive(entry, findings)
                self._respond(entry, findings)
            case "superseded":
                self._receive(entry, findings)
                self._check_superseded(entry, findings)
            case "late_evidence":
                self._receive(entry, findings)
                self._evidence.append(entry.data)
            case "recovery_proposed" if entry.data["apply"]:
                self._proposed.setdefault(entry.data["case"], set()).add(entry.actor)
            case "recovery_decided" if entry.data["agree"]:
                self._decide(entry)
            case "recovered":
                self._recover(entry, findings)

    @property
    def answered(self) -> int:
        """How many kept answers are not blank."""
        return sum(1 for answer in self.kept.values() if answer.options)

    def kept_at(self, seq: int) -> dict[str, str]:
        """Item → options as they stood after the entry with that seq."""
        return {item: kept.options for at, item, kept in self._history if at <= seq}

    def _raise_fence(self, entry: Entry, findings: Findings) -> None:
        if entry.data["fence"] <= self.fence:
            findings.add("fence_falls", entry.chain, entry.seq, line=entry.line)
        self.fence = max(self.fence, entry.data["fence"])

    def _receive(self, entry: Entry, findings: Findings) -> None:
        """Each revision arrives once: a replay writes nothing."""
        revision = _revision(entry)
        if revision in self._received:
            findings.add(
                "revision_repeated", entry.chain, entry.seq, line=entry.line, revision=revision
            )
        self._received.add(revision)
        self._check_possible(entry, findings)

    def _check_possible(self, entry: Entry, findings: Findings) -> None:
        if self.items is None:
            return
        item, options = entry.data["item"], entry.data["options"]
        outline = self.items.get(item)
        if outline is None:
            findings.add("item_unknown", entry.chain, entry.seq, line=entry.line, item=item)
            return
        kind, count = outline
        too_many = kind != "multiple" and len(options) > 1
        if too_many or any(ord(letter) - ord("a") >= count for letter in options):
            findings.add("options_impossible", entry.chain, entry.seq, line=entry.line, item=item)

    def _respond(self, entry: Entry, findings: Findings) -> None:
        revision, item = _revision(entry), entry.data["item"]
        if revision[0] != self.fence:
            findings.add(
                "fence_wrong",
                entry.chain,
                entry.seq,
                line=entry.line,
                fence=self.fence,
                revision=revision,
            )
        if item in self.kept and revision <= self.kept[item].revision:
            findings.add(
                "response_not_newer",
                entry.chain,
                entry.seq,
                line=entry.line,
                item=item,
                kept=self.kept[item].revision,
            )
            return
        self._keep(entry)

    def _check_superseded(self, entry: Entry, findings: Findings) -> None:
        kept = self.kept.get(entry.data["item"])
        if kept is None or _revision(entry) > kept.revision:
            findings.add(
                "superseded_newer",
                entry.chain,
                entry.seq,
                line=entry.line,
                item=entry.data["item"],
            )

    def _decide(self, entry: Entry) -> None:
        """Agreement counts once another person has proposed the same case."""
        case = entry.data["case"]
        if self._proposed.get(case, set()) - {entry.actor}:
            self._agreed.setdefault(case, set()).add(entry.actor)

    def _recover(self, entry: Entry, findings: Findings) -> None:
        data = entry.data
        wanted = {name: data[name] for name in ("item", "options", "marked", "revision")}
        if not any(wanted.items() <= evidence.items() for evidence in self._evidence):
            findings.add("recovered_nothing", entry.chain, entry.seq, line=entry.line)
            return
        first, second, case = data["first"], data["second"], data["case"]
        two = (
            first != second
            and entry.actor in (first, second)
            and first in self._proposed.get(case, ())
            and second in self._agreed.get(case, ())
        )
        if not two:
            findings.add("recovered_alone", entry.chain, entry.seq, line=entry.line, case=case)
            return
        kept = self.kept.get(data["item"])
        if kept is None or _revision(entry) > kept.revision:
            self._keep(entry)

    def _keep(self, entry: Entry) -> None:
        answer = Kept(
            options=entry.data["options"],
            marked=entry.data["marked"],
            revision=_revision(entry),
            seq=entry.seq,
            digest=entry.digest,
        )
        self.kept[entry.data["item"]] = answer
        self._history.append((entry.seq, entry.data["item"], answer))


def _revision(entry: Entry) -> Revision:
    fence, counter = entry.data["revision"]
    return fence, counter
