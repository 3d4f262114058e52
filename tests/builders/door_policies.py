"""Who may come through which door: one policy per route and method, written down by hand.

A route that is not listed fails ``tests/integration/test_doors.py``: whoever adds one says
here whom it is for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ANONYMOUS, CANDIDATE, OTHER = "anonymous", "candidate", "another candidate of the room"
ELSEWHERE = "candidate of another sitting"
FENCED = "the machine the candidate has left"
UNFINISHED = "password given, second factor not yet"
SYSTEM = "another system with a token"
LOGGED_OUT, EXPIRED, DISABLED = "logged out", "logged in too long ago", "disabled"
PROCTOR, CHIEF, ADMIN, AUTHORITY = "proctor", "chief_proctor", "centre_admin", "authority"
STAFF = frozenset({PROCTOR, CHIEF, ADMIN, AUTHORITY})
NOBODY = frozenset({ANONYMOUS, FENCED, LOGGED_OUT, EXPIRED, DISABLED})
EVERYBODY = frozenset({CANDIDATE, OTHER, ELSEWHERE, *STAFF, *NOBODY, UNFINISHED, SYSTEM})


@dataclass(frozen=True, slots=True)
class Policy:
    """``may``: who is let in. ``body``: what a program or form sends. ``own``: the address names
    one candidate's own thing: another candidate is told that it does not exist. Staff are of
    the whole centre: no room of it is strange to them."""

    may: frozenset[str]
    body: dict[str, Any] = field(default_factory=dict)
    own: bool = False


PASSWORD = "a long password"  # of the accounts of the test
_REASON = {"reason": "试验"}
_SECOND = {"login": "second", "password": PASSWORD}
_BATCH = {"responses": [], "confirmed": True}
_GRANT = {"seconds": 60, **_REASON}
_INCIDENT = {"kind": "other", "text": "试验"}
_LINE = {"mode": "rate", "rate": "0.5", "rounding": "floor", "tie": "include"}
_PAPER = {"exam": "nobody", "document": "room_log"}
_LOGIN = {"ticket": "1", "id_number": "1", "terminal_id": "t", "room": "02", "seat": 1}

_CANDIDATES = Policy(frozenset({CANDIDATE, OTHER, ELSEWHERE}))
_ALL = Policy(EVERYBODY)
_ANY_STAFF = Policy(STAFF)
_ON_THE_WAY = frozenset({UNFINISHED})
_PERSON = {"login": "new", "name": "新人", "role": PROCTOR}
_NEW = {"password": "one thing", "again": "another thing"}
_HANDS_OVER = Policy(frozenset({CHIEF, ADMIN, AUTHORITY}))
_LINES = frozenset({AUTHORITY})
_SYSTEMS = frozenset({SYSTEM})
_DESK = frozenset({ADMIN, AUTHORITY})
_OFFICE = Policy(_DESK)


def _own(body: dict[str, Any] | None = None) -> Policy:
    return Policy(frozenset({CANDIDATE}), body or {}, own=True)


def _own_self(body: dict[str, Any]) -> Policy:
    return Policy(_CANDIDATES.may, body)


def _room(body: dict[str, Any] | None = None) -> Policy:
    """Whoever runs the room. Never the authority."""
    return Policy(frozenset({PROCTOR, CHIEF, ADMIN}), body or {})


def _seniors(body: dict[str, Any]) -> Policy:
    return Policy(frozenset({CHIEF, ADMIN}), body)


POLICIES: dict[tuple[str, str], Policy] = {
    # anybody: nothing personal behind these
    ("terminal.page", "GET"): _ALL,
    ("terminal.worker", "GET"): _ALL,
    ("terminal.asset", "GET"): _ALL,
    ("terminal.seat", "GET"): _ALL,
    ("terminal.to_console", "GET"): _ALL,
    ("terminal.log_in", "POST"): Policy(EVERYBODY, _LOGIN),
    ("healthz", "GET"): _ALL,
    ("livez", "GET"): _ALL,
    ("metrics", "GET"): _ALL,  # no login counts here: a token of its own (test_metrics.py)
    ("console_files.static", "GET"): _ALL,
    ("console_login.show", "GET"): _ALL,
    ("console_login.enter", "POST"): _ALL,
    ("console_login.leave", "POST"): _ALL,
    ("console_login.speak", "GET"): _ALL,
    # between the password and the login
    ("console_steps.show", "GET"): Policy(_ON_THE_WAY),
    ("console_steps.code", "POST"): Policy(_ON_THE_WAY, {"code": "1"}),
    ("console_steps.password", "POST"): Policy(_ON_THE_WAY, _NEW),
    ("console_steps.enrol", "POST"): Policy(_ON_THE_WAY, {"code": "1"}),
    # the candidate's own
    ("terminal.me", "GET"): _CANDIDATES,
    ("terminal.state", "GET"): _CANDIDATES,
    ("terminal.stage", "GET"): _CANDIDATES,
    ("terminal.blob", "GET"): _CANDIDATES,
    ("terminal.confirm", "POST"): _own_self({"ok": True}),
    ("terminal.pledge", "POST"): _own_self({}),
    ("terminal.preferences", "PUT"): _own_self({"size": 2, "contrast": True, "language": "zh"}),
    ("terminal.hand", "POST"): _own_self({"raised": True}),
    ("terminal.events", "POST"): _own_self({"events": [{"kind": "focus_lost"}]}),
    ("terminal.start", "POST"): _own(),
    ("terminal.answers", "GET"): _own(),
    ("terminal.save", "PUT"): _own(_BATCH),
    ("terminal.submit", "POST"): _own(_BATCH),
    # all staff may look
    ("console_room.today", "GET"): _ANY_STAFF,
    ("console_room.room", "GET"): _ANY_STAFF,
    ("console_room.unseal", "GET"): _ANY_STAFF,
    ("console_room_api.board", "GET"): _ANY_STAFF,
    ("console_room_api.detail", "GET"): _ANY_STAFF,
    ("console_results.results", "GET"): _ANY_STAFF,
    ("console_sheets.sheet", "GET"): _ANY_STAFF,
    ("console_sheets.head", "GET"): _ANY_STAFF,
    ("console_paper.paper", "GET"): _ANY_STAFF,
    # what each role may print is another list: tests/integration/test_printing.py
    ("console_paper_api.print_out", "POST"): Policy(STAFF, _PAPER),
    # accounts: one's own, and those one looks after
    ("console_account.show", "GET"): _ANY_STAFF,
    ("console_account.change_password", "POST"): Policy(STAFF, _NEW),
    ("console_staff.show", "GET"): Policy(frozenset({ADMIN, AUTHORITY})),
    ("console_staff.add", "POST"): Policy(frozenset({ADMIN}), _PERSON),
    ("console_staff.disable", "POST"): Policy(frozenset({ADMIN}), _REASON),
    ("console_staff.enable", "POST"): Policy(frozenset({ADMIN}), _REASON),
    ("console_staff.reset_factor", "POST"): Policy(frozenset({ADMIN}), _REASON),
    ("console_staff.reset_password", "POST"): Policy(frozenset({ADMIN}), _REASON),
    # the room
    ("console_room_api.unseal", "POST"): _room({"code": "x", "second": _SECOND}),
    ("console_room_api.start", "POST"): _room(),
    ("console_room_api.pause_room", "POST"): _room(_REASON),
    ("console_room_api.resume_room", "POST"): _room(_REASON),
    ("console_room_api.grant_room", "POST"): _room(_GRANT),
    ("console_room_api.message_room", "POST"): _room({"text": "试验"}),
    ("console_room_api.incident_room", "POST"): _room(_INCIDENT),
    ("console_closing_api.reconciliation", "GET"): _ANY_STAFF,
    ("console_closing_api.close", "POST"): _room(),
    ("console_closing_api.explain", "POST"): _room({"cause": "blank", **_REASON}),
    ("console_closing_api.settle", "POST"): _room(_REASON),
    ("console_candidate_api.grant", "POST"): _room(_GRANT),
    ("console_candidate_api.pause", "POST"): _room(_REASON),
    ("console_candidate_api.resume", "POST"): _room(_REASON),
    ("console_candidate_api.force_submit", "POST"): _room(_REASON),
    ("console_candidate_api.mark_absent", "POST"): _room(_REASON),
    ("console_machine_api.release", "POST"): _room(_REASON),
    ("console_machine_api.stay", "POST"): _room(_REASON),
    ("console_machine_api.swap", "POST"): _room({"other": "nobody", **_REASON}),
    ("console_machine_api.decline_loss", "POST"): _room(_REASON),
    ("console_machine_api.workstation", "POST"): _room({"seat": 1, "use": "spare", **_REASON}),
    ("console_candidate_api.lower_hand", "POST"): _room(),
    ("console_candidate_api.outbox", "POST"): _room({"text": "{}"}),
    ("console_candidate_api.message", "POST"): _room({"text": "试验"}),
    ("console_candidate_api.incident", "POST"): _room(_INCIDENT),
    ("console_candidate_api.propose_recovery", "POST"): _room({"apply": True, **_REASON}),
    ("console_candidate_api.decide_recovery", "POST"): _seniors({"agree": True, **_REASON}),
    ("console_candidate_api.admit_late", "POST"): _seniors(_REASON),
    # what leaves the centre
    ("console_results.scored_again", "POST"): _room({"code": "x", **_SECOND}),
    ("console_results.workbook", "GET"): _HANDS_OVER,
    ("console_results.comma_separated", "GET"): _HANDS_OVER,
    ("console_results.package", "GET"): _HANDS_OVER,
    ("console_results.journal", "GET"): _HANDS_OVER,
    # the register, placement, who is barred
    ("console_register.all_exams", "GET"): _OFFICE,
    ("console_register.show", "GET"): _OFFICE,
    ("console_register.update", "POST"): Policy(_DESK, {"reason": "试验"}),
    ("console_register.person", "GET"): _OFFICE,
    ("console_register.change", "POST"): Policy(_DESK, {"paid": "yes", **_REASON}),
    ("console_register.seat", "POST"): Policy(_DESK, {"sitting": "x", **_REASON}),
    ("console_fees.show", "GET"): _OFFICE,
    ("console_fees.workbook", "GET"): _OFFICE,
    ("console_roster.show", "GET"): _OFFICE,
    ("console_roster.template", "GET"): _OFFICE,
    ("console_roster_api.check", "POST"): Policy(_DESK, {"city": "x"}),
    ("console_roster_api.take_in", "POST"): Policy(_DESK, {"city": "x"}),
    ("console_placement.show", "GET"): _OFFICE,
    ("console_placement.propose", "POST"): Policy(_DESK, {"rooms": "x", "starts": "x"}),
    ("console_placement.plan", "GET"): _OFFICE,
    ("console_placement.fix", "POST"): Policy(_DESK),
    ("console_placement.ready", "POST"): Policy(frozenset({ADMIN})),
    ("console_placement.room", "GET"): _OFFICE,
    ("console_placement.move", "POST"): Policy(_DESK, {"candidate": "x", **_REASON}),
    ("console_bars.show", "GET"): _OFFICE,
    ("console_bars.enter", "POST"): Policy(_DESK, {"years": "2"}),
    ("console_bars.lift", "POST"): Policy(_DESK, _REASON),
    # lines
    ("console_lines.lines", "GET"): Policy(_LINES),
    ("console_lines_api.all_groups", "GET"): Policy(_LINES),
    ("console_lines_api.try_line", "POST"): Policy(_LINES, {"group": "x"}),
    ("console_lines_api.propose", "POST"): Policy(
        _LINES, {"group": "x", "params": _LINE, **_REASON}
    ),
    ("console_lines_api.approve", "POST"): Policy(_LINES),
    ("console_lines_api.file", "POST"): Policy(_LINES, {"document": "3"}),
    ("console_lines_api.effect", "POST"): Policy(_LINES),
    ("console_lines_api.give_back", "POST"): Policy(_LINES, _REASON),
    ("console_corrections.corrections", "GET"): Policy(_LINES),
    ("console_corrections.correction", "GET"): Policy(_LINES),
    ("console_corrections_api.table", "GET"): Policy(_LINES),
    ("console_corrections_api.propose", "POST"): Policy(_LINES, {"changes": [], **_REASON}),
    ("console_corrections_api.attempt_it", "POST"): Policy(
        _LINES, {"codes": "x", "second": _SECOND}
    ),
    ("console_corrections_api.approve", "POST"): Policy(_LINES),
    ("console_corrections_api.reject", "POST"): Policy(_LINES, _REASON),
    ("console_corrections_api.withdraw", "POST"): Policy(_LINES, _REASON),
    ("console_judges_api.empty", "GET"): Policy(_LINES),
    ("console_judges_api.filled", "GET"): Policy(_LINES),
    ("console_judges_api.take_in", "POST"): Policy(_LINES),
    # publication: whoever knows both numbers sees one person's result, nobody logs in
    ("query.form", "GET"): _ALL,
    ("query.ask", "POST"): Policy(EVERYBODY, {"id_number": "1", "ticket": "1"}),
    ("query.check_form", "GET"): _ALL,
    ("query.check", "POST"): Policy(EVERYBODY, {"ticket": "1", "code": "1"}),
    ("query.download", "POST"): Policy(EVERYBODY, {"ticket": "1", "code": "1"}),
    ("console_release.show", "GET"): Policy(_LINES),
    ("console_release.publish", "POST"): Policy(_LINES, {"group": "x"}),
    ("console_release.versions", "GET"): Policy(_LINES),
    ("console_release.recommend", "POST"): Policy(_LINES),
    ("console_release.start", "POST"): Policy(
        _LINES, {"notice": "x", "at": "", "on": "2026-06-01", "document": "x"}
    ),
    ("console_tokens.show", "GET"): Policy(_LINES),
    ("console_tokens.issue", "POST"): Policy(_LINES, {"name": "x", "days": 0}),
    ("console_tokens.revoke", "POST"): Policy(_LINES, _REASON),
    # other systems, by token and by nothing else
    ("api_intake.roster", "POST"): Policy(_SYSTEMS, {"entries": []}),
    ("api_intake.registrations", "POST"): Policy(_SYSTEMS, {"entries": []}),
    ("api_results.exams", "GET"): Policy(_SYSTEMS),
    ("api_results.groups", "GET"): Policy(_SYSTEMS),
    ("api_results.results", "GET"): Policy(_SYSTEMS),
    ("api_results.qualified", "GET"): Policy(_SYSTEMS),
    # results of the centres
    ("console_intake.imported", "GET"): Policy(_LINES),
    ("console_intake_api.take_in", "POST"): Policy(_LINES),
    ("console_intake_api.score_them", "POST"): Policy(_LINES, {"codes": "x", "second": _SECOND}),
    ("console_intake_api.accept", "POST"): Policy(_LINES, _REASON),
    ("console_intake_api.aside", "POST"): Policy(_LINES, _REASON),
    ("console_intake.one", "GET"): Policy(_LINES),
    ("console_intake.proof", "GET"): Policy(_LINES),
    ("console_rulings.show", "GET"): Policy(_LINES),
    ("console_rulings.decide", "POST"): Policy(_LINES, {"ticket": "1", "decision": "none"}),
    ("console_votes.show", "GET"): Policy(_LINES),
    ("console_votes.take_in", "POST"): Policy(_LINES, {"document": "1", "reason": ""}),
    ("console_practical.show", "GET"): _OFFICE,
    ("console_practical.take_in", "POST"): Policy(
        _DESK, {"document": "1", "document_date": "2026-06-05", "reason": ""}
    ),
}

EVENTS: dict[tuple[str, str], Policy] = {
    # every message of both sockets; "connect" is the handshake
    ("/terminal", "connect"): _CANDIDATES,
    ("/terminal", "start"): _own(),
    ("/terminal", "responses"): _own(_BATCH),
    ("/terminal", "submit"): _own(_BATCH),
    ("/terminal", "beat"): _own(),
    ("/console", "connect"): _ANY_STAFF,
    ("/console", "watch"): _ANY_STAFF,
}
