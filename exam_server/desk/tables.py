"""What is known before the day: exam, sitting, candidate, and where each one sits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from exam_server.storage.base import Base


class Exam(Base):
    """An exam project 考试项目 with the province profile frozen as it was announced."""

    __tablename__ = "exam"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    year: Mapped[int]
    mode: Mapped[str]  # formal | trial | practice
    profile: Mapped[str]  # name of the profile file
    rules: Mapped[dict[str, Any]]  # the profile's values, frozen (exam_server.profiles.Profile)
    permutation_seed: Mapped[str]  # hex, 32 bytes; decides item and option order
    # what only the office needs of the profile (trades, forms …): not read with every exam
    office: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)


class Sitting(Base):
    """A sitting 场次: one room, one start. Its life is ``desk.rules.SittingState``."""

    __tablename__ = "sitting"

    id: Mapped[str] = mapped_column(primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exam.id"))
    name: Mapped[str]  # e.g. 6 月 20 日上午第 1 场
    centre: Mapped[str]  # 考点 name
    room: Mapped[str]  # 考场 number as printed, e.g. "02"
    rows: Mapped[int]  # seat plan: rows × columns, seats numbered row by row from 1
    columns: Mapped[int]
    aisle_after: Mapped[int]  # column after which the aisle runs; 0 = none
    planned_start_ms: Mapped[int]
    state: Mapped[str]
    # timing of the whole room (room/rules/timing.py); null until the bell
    bell_ms: Mapped[int | None]  # wall time of the bell, evidence
    bell_boot_ms: Mapped[int | None]  # boot clock of the bell
    boot: Mapped[str | None]
    paused_boot_ms: Mapped[int | None]  # boot clock of a whole-room pause, null when running
    stopped_ms: Mapped[int] = mapped_column(default=0)  # room pauses and outages since the bell
    head_seq: Mapped[int] = mapped_column(default=0)  # journal chain of the sitting
    head: Mapped[str]


class Seat(Base):
    """One machine 机位 of a sitting's room; every seat of the plan has a row."""

    __tablename__ = "seat"
    __table_args__ = (UniqueConstraint("sitting_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"))
    number: Mapped[int]
    use: Mapped[str]  # candidate | spare | out_of_use


class Candidate(Base):
    """A registered person in one exam. The ID number is stored only encrypted."""

    __tablename__ = "candidate"
    __table_args__ = (
        UniqueConstraint("exam_id", "id_lookup"),
        UniqueConstraint("exam_id", "ticket"),
        UniqueConstraint("sitting_id", "seat"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exam.id"))
    sitting_id: Mapped[str | None] = mapped_column(ForeignKey("sitting.id"), index=True)
    seat: Mapped[int | None]
    form_index: Mapped[int] = mapped_column(default=0, server_default="0")  # which of equal forms
    ticket: Mapped[str | None]
    name: Mapped[str]
    sex: Mapped[str]  # M | F
    id_cipher: Mapped[bytes] = mapped_column(LargeBinary)  # keys.FieldCipher.seal
    id_lookup: Mapped[str]  # keyed hash, keys.FieldCipher.lookup
    id_masked: Mapped[str]  # 611002********0018
    photo_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    city: Mapped[str]
    unit: Mapped[str]
    trade: Mapped[str]
    level: Mapped[str]  # L1 … L5
    route: Mapped[str]  # normal | a route of DOMAIN A10
    conditional: Mapped[bool]  # 容缺后补
    paid: Mapped[bool] = mapped_column(default=True, server_default=true())
    registration: Mapped[str] = mapped_column(  # desk.rules.changes.Registration
        default="in_force", server_default="in_force"
    )
    needs: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # desk.rules.needs
    details: Mapped[dict[str, Any]]  # the other annex 8 columns, as imported


class Placement(Base):
    """A plan 编排 of one exam: who sits when and where. ``asked``: rooms, times and forms
    (``desk.actions.placement.Asked``)."""

    __tablename__ = "placement"

    id: Mapped[str] = mapped_column(primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exam.id"), index=True)
    state: Mapped[str]  # proposed | fixed | dropped
    seed: Mapped[str]
    asked: Mapped[dict[str, Any]]
    made_by: Mapped[str]  # staff id
    made_ms: Mapped[int]
    fixed_by: Mapped[str | None]
    fixed_ms: Mapped[int | None]


class Placed(Base):
    """One person of a plan: a place, or why there is none."""

    __tablename__ = "placed"
    __table_args__ = (UniqueConstraint("placement_id", "batch", "floor", "seat"),)

    placement_id: Mapped[str] = mapped_column(ForeignKey("placement.id"), primary_key=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidate.id"), primary_key=True)
    batch: Mapped[int | None]  # index of the time asked for
    floor: Mapped[int | None]  # index of the room asked for
    seat: Mapped[int | None]
    form: Mapped[int]
    why: Mapped[str | None]  # desk.rules.placement.Plan.unplaced, or by_hand
    by_hand: Mapped[bool]


class Barred(Base):
    """A person barred from registering. The ID number is only looked up, never kept."""

    __tablename__ = "barred"
    __table_args__ = (UniqueConstraint("id_lookup", "decided_on"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    id_lookup: Mapped[str]  # keyed hash, keys.FieldCipher.lookup
    id_masked: Mapped[str]
    name: Mapped[str]
    decided_on: Mapped[str]  # ISO date of the ruling 处理决定
    until: Mapped[str]  # ISO date: the first day on which the person may register again
    reason: Mapped[str]
    source: Mapped[str]  # number of the ruling's document, "" when none was given
    entered_by: Mapped[str]  # staff id
    entered_ms: Mapped[int]
    lifted_by: Mapped[str | None]
    lifted_ms: Mapped[int | None]
    lift_reason: Mapped[str | None]
