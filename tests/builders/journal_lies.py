"""Ways in which a day can go wrong that only the rules of the journal's page can find.

Each lie changes one thing in an otherwise valid export; the code is the finding that must
come of it. ``STATEMENT_ONLY`` and ``SEALED_BY_THE_STORY`` need no recomputed chains.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.builders.journal_builder import CHIEF, PROCTOR, Export, Json, relink

Lie = Callable[[Export], None]
LIES: list[tuple[str, Lie]] = []


def lie(code: str) -> Callable[[Lie], Lie]:
    def register(tell: Lie) -> Lie:
        LIES.append((code, tell))
        return tell

    return register


def entry(export: Export, chain: str, kind: str, number: int = 0) -> Json:
    return [e for e in export.chain(chain) if e["kind"] == kind][number]


def row(export: Export, name: str) -> Json:
    found: Json = next(row for row in export.statement["attempts"] if row["id"] == name)
    return found


def insert_after(export: Export, after: Json, kind: str, actor: str, **data: object) -> Json:
    """A new entry in the same chain at the same moment; receipts that follow move by one."""
    new = {**after, "kind": kind, "actor": actor, "data": dict(data)}
    export.entries.insert(export.entries.index(after) + 1, new)
    for receipt in export.statement["responses"].get(after["chain"], {}).values():
        receipt[4] += receipt[4] > after["seq"]
    for heads in export.of_kind("heads"):
        pair = heads["data"]["heads"].get(after["chain"])
        if pair and pair[0] > after["seq"]:
            pair[0] += 1
    last = export.of_kind("heads")[-1]["data"]["heads"].get(after["chain"])
    if last:
        last[0] = len(export.chain(after["chain"]))
    return new


# --- answers -----------------------------------------------------------------------


@lie("response_not_newer")
def an_older_answer_counted(export: Export) -> None:
    entry(export, "an1", "superseded")["kind"] = "response"


@lie("superseded_newer")
def the_newest_answer_was_thrown_away(export: Export) -> None:
    entry(export, "an1", "response", 2)["kind"] = "superseded"


@lie("response_differs")
def an_answer_was_replaced_in_the_statement(export: Export) -> None:
    export.statement["responses"]["an1"]["ei3"][0] = "ad"


@lie("response_differs")
def the_same_answer_under_a_newer_revision(export: Export) -> None:
    export.statement["responses"]["an1"]["ei3"][3] += 1


@lie("response_unknown")
def an_answer_was_put_in(export: Export) -> None:
    export.statement["responses"]["bo2"]["ti1"] = ["b", False, 2, 1, 3, "0" * 64]


@lie("revision_repeated")
def a_replay_was_written_twice(export: Export) -> None:
    first = entry(export, "bo1", "response")
    insert_after(export, first, "superseded", "candidate", **first["data"])


@lie("fence_wrong")
def the_old_machine_still_counted(export: Export) -> None:
    entry(export, "bo1", "response", 2)["data"]["revision"] = [1, 8]


@lie("fence_falls")
def the_fence_did_not_rise(export: Export) -> None:
    entry(export, "bo1", "fenced")["data"]["fence"] = 1


@lie("item_unknown")
def an_answer_to_an_item_of_another_form(export: Export) -> None:
    entry(export, "an1", "response")["data"]["item"] = "ti1"


@lie("options_impossible")
def two_letters_for_a_single_choice(export: Export) -> None:
    entry(export, "an1", "response")["data"]["options"] = "ab"


@lie("options_impossible")
def a_letter_that_the_item_does_not_have(export: Export) -> None:
    entry(export, "bo1", "response", 1)["data"]["options"] = "c"


@lie("recovered_nothing")
def a_late_answer_changed_while_it_was_applied(export: Export) -> None:
    entry(export, "an1", "recovered")["data"]["options"] = "c"


@lie("recovered_alone")
def one_person_decided_alone(export: Export) -> None:
    entry(export, "an1", "recovery_decided")["actor"] = PROCTOR


@lie("recovered_alone")
def the_same_person_twice(export: Export) -> None:
    entry(export, "an1", "recovered")["data"]["first"] = CHIEF


@lie("recovered_alone")
def nobody_had_proposed_it(export: Export) -> None:
    entry(export, "an1", "recovery_proposed")["data"]["case"] = "case-2"


@lie("recovered_alone")
def the_second_person_refused(export: Export) -> None:
    entry(export, "an1", "recovery_decided")["data"]["agree"] = False


@lie("answered_differs")
def the_count_at_the_hand_in_is_wrong(export: Export) -> None:
    entry(export, "an1", "submitted")["data"]["answered"] = 1


@lie("attempt_differs")
def the_count_in_the_statement_is_wrong(export: Export) -> None:
    row(export, "an1")["answered"] = 4


# --- state -------------------------------------------------------------------------


@lie("state_wrong")
def late_evidence_counted_after_the_hand_in(export: Export) -> None:
    late = entry(export, "an1", "late_evidence")
    late["kind"] = "response"
    del late["data"]["reason"]


@lie("state_wrong")
def an_absent_candidate_started(export: Export) -> None:
    after = entry(export, "du1", "absent")
    insert_after(export, after, "started", "candidate", late_ms=0, limit_ms=3_600_000, spent_ms=0)


@lie("state_wrong")
def assigned_twice(export: Export) -> None:
    first = entry(export, "an1", "assigned")
    insert_after(export, first, "assigned", "system", **first["data"])


@lie("state_wrong")
def resumed_without_a_pause(export: Export) -> None:
    insert_after(export, entry(export, "bo1", "started"), "resumed", PROCTOR, reason="误操作")


@lie("state_wrong")
def the_room_paused_twice(export: Export) -> None:
    first = entry(export, export.sitting_id, "paused")
    insert_after(export, first, "paused", PROCTOR, reason="又一次")


@lie("state_wrong")
def a_grant_after_the_end(export: Export) -> None:
    after = entry(export, "an1", "submitted")
    insert_after(export, after, "granted", PROCTOR, ms=60_000, reason="补")


@lie("cause_wrong")
def the_candidate_handed_in_out_of_time(export: Export) -> None:
    entry(export, "bo1", "submitted")["actor"] = "candidate"


@lie("field_wrong")
def a_proctor_ended_it_without_a_reason(export: Export) -> None:
    del entry(export, "an2", "submitted")["data"]["reason"]


@lie("field_wrong")
def a_pause_without_a_reason(export: Export) -> None:
    entry(export, "an1", "paused")["data"]["reason"] = "  "


@lie("actor_wrong")
def the_candidate_granted_the_time(export: Export) -> None:
    entry(export, "bo1", "granted")["actor"] = "candidate"


@lie("kind_unknown")
def a_kind_that_does_not_exist(export: Export) -> None:
    entry(export, "bo1", "focus_lost")["kind"] = "praised"


@lie("kind_unknown")
def a_bell_on_a_candidates_chain(export: Export) -> None:
    entry(export, "bo1", "focus_lost")["kind"] = "bell"


@lie("bell_missing")
def there_was_no_bell(export: Export) -> None:
    bell = entry(export, export.sitting_id, "bell")
    bell["kind"], bell["actor"], bell["data"] = "ready", CHIEF, {}


@lie("bell_repeated")
def the_bell_rang_twice(export: Export) -> None:
    bell = entry(export, export.sitting_id, "bell")
    insert_after(export, bell, "bell", PROCTOR, **bell["data"])


@lie("unsealed_alone")
def one_person_unsealed(export: Export) -> None:
    entry(export, export.sitting_id, "unsealed")["data"]["second"] = PROCTOR


@lie("planned_differs")
def a_trial_became_formal(export: Export) -> None:
    entry(export, export.sitting_id, "planned")["data"]["mode"] = "trial"


# --- time --------------------------------------------------------------------------


@lie("answer_too_late")
def an_answer_six_seconds_after_zero(export: Export) -> None:
    late = [e for e in export.chain("bo1") if e["kind"] == "response"][-1]
    late["clock"] += 1_400
    after = entry(export, "bo1", "submitted")
    after["clock"] += 1_400


@lie("time_unbalanced")
@lie("spent_differs")
def a_minute_given_away_without_a_grant(export: Export) -> None:
    row(export, "an1")["spent_ms"] -= 60_000
    row(export, "an1")["left_ms"] += 60_000
    entry(export, "an1", "submitted")["data"]["left_ms"] += 60_000


@lie("left_differs")
def the_left_time_does_not_add_up(export: Export) -> None:
    row(export, "an1")["left_ms"] -= 1


@lie("attempt_differs")
def a_grant_that_nobody_made(export: Export) -> None:
    row(export, "an1")["granted_ms"] += 60_000
    row(export, "an1")["left_ms"] += 60_000


@lie("granted_alone")
def twelve_minutes_by_one_person(export: Export) -> None:
    del entry(export, export.sitting_id, "granted")["data"]["second"]


@lie("granted_alone")
def the_second_person_is_the_first(export: Export) -> None:
    entry(export, export.sitting_id, "granted")["data"]["second"] = PROCTOR


@lie("grant_to_nobody")
def a_grant_to_a_stranger(export: Export) -> None:
    entry(export, export.sitting_id, "granted")["data"]["attempts"].append("zz9")


@lie("outage_wrong")
def an_outage_longer_than_its_ends(export: Export) -> None:
    entry(export, export.sitting_id, "outage")["data"]["ms"] += 1


@lie("outage_wrong")
def an_outage_that_joins_a_boot_to_itself(export: Export) -> None:
    entry(export, export.sitting_id, "outage")["data"]["boots"] = "changed"


@lie("spent_differs")
def an_outage_made_longer(export: Export) -> None:
    outage = entry(export, export.sitting_id, "outage")["data"]
    outage["from_clock"] -= 5_000
    outage["ms"] += 5_000


@lie("clocks_not_comparable")
def the_reboot_left_no_outage(export: Export) -> None:
    outage = entry(export, export.sitting_id, "outage", 1)
    outage["kind"], outage["actor"] = "message", PROCTOR
    outage["data"] = {"text": "重启"}


@lie("limit_differs")
def a_longer_limit_at_the_start(export: Export) -> None:
    entry(export, "bo2", "started")["data"]["limit_ms"] += 1


@lie("start_wrong")
def the_second_subject_began_late(export: Export) -> None:
    entry(export, "bo2", "started")["data"]["spent_ms"] = 5


@lie("start_wrong")
def late_but_nothing_spent(export: Export) -> None:
    entry(export, "ci1", "started")["data"]["spent_ms"] = 0


@lie("ended_early")
def time_up_although_some_was_left(export: Export) -> None:
    submitted = entry(export, "an1", "submitted")
    submitted["data"]["cause"], submitted["actor"] = "time", "system"


@lie("clock_falls")
def the_clock_ran_backwards(export: Export) -> None:
    entry(export, "bo1", "focus_lost")["clock"] -= 3_600_000


# --- heads and scores --------------------------------------------------------------


@lie("anchor_falls")
def the_heads_went_back(export: Export) -> None:
    export.of_kind("heads")[2]["data"]["heads"]["an1"] = [1, "0" * 64]


@lie("anchor_lost")
def an_attempt_dropped_from_the_heads(export: Export) -> None:
    del export.of_kind("heads")[2]["data"]["heads"]["an1"]


@lie("anchor_differs")
def a_head_that_never_was(export: Export) -> None:
    """Told by the entry itself: the forger mends everything but one anchor."""
    export.recompute()
    export.of_kind("heads")[-1]["data"]["heads"]["an1"][1] = "0" * 64
    relink_sitting(export)


@lie("score_wrong")
def one_point_more(export: Export) -> None:
    scored = entry(export, "an1", "scored")
    scored["data"]["points"] = str(int(scored["data"]["points"]) + 1)


@lie("score_wrong")
def the_late_answer_scored_before_it_was_recovered(export: Export) -> None:
    first, second = entry(export, "an1", "scored"), entry(export, "an1", "scored", 1)
    first["data"]["points"] = second["data"]["points"]


@lie("scoring_key_differs")
def scored_with_another_key(export: Export) -> None:
    entry(export, "an1", "scored")["data"]["scoring_digest"] = "ee" * 32


@lie("score_version_wrong")
def a_rescore_without_a_reason(export: Export) -> None:
    del entry(export, "an1", "scored", 1)["data"]["reason"]


@lie("score_version_wrong")
def a_version_left_out(export: Export) -> None:
    entry(export, "an1", "scored", 1)["data"]["version"] = 3


def relink_sitting(export: Export) -> None:
    relink(export.chain(export.sitting_id))


SEALED_BY_THE_STORY = {a_head_that_never_was}
STATEMENT_ONLY = {
    an_answer_was_replaced_in_the_statement,
    the_same_answer_under_a_newer_revision,
    an_answer_was_put_in,
}
