"""Placement on the command line: a plan is proposed, looked at, put right, and fixed."""

from __future__ import annotations

from pathlib import Path

import click

from exam_server.cli.options import home_option, json_option, operator, reading, writing
from exam_server.cli.output import put, remark, told_rows
from exam_server.clock import typed_start
from exam_server.context import Centre
from exam_server.desk.actions.placement import Asked, move_placed, propose_placement
from exam_server.desk.actions.seating import fix_placement, seat_person
from exam_server.desk.plan_shapes import PlanPage
from exam_server.desk.plans import find_plan, plan_page
from exam_server.desk.register import candidate_named
from exam_server.desk.rooms_file import read_rooms
from exam_server.desk.rules.placement import Place
from exam_server.desk.views import find_exam, whole_rules
from exam_server.errors import Refusal

_WHY = {
    "no_seat": ("机位不够", "no seat left"),
    "no_room_apart": ("没有单独考场", "no room apart"),
    "elsewhere": ("那些时间都在考另一项目", "sits another exam at all times"),
    "by_hand": ("人工取下", "taken out by hand"),
}


@click.group()
def placement() -> None:
    """编排批次、考场、机位 · Batches, rooms and seats."""


@placement.command("propose")
@home_option
@click.argument("rooms", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option(
    "--start",
    "starts",
    multiple=True,
    required=True,
    help="一批的开考时间（北京时间）2026-06-20T09:00，可多次给出 · Beijing time, repeatable",
)
@click.option(
    "--forms",
    type=click.IntRange(1, 4),
    default=2,
    show_default=True,
    help="相邻机位轮换几份试卷 · equal forms that neighbours get in turn",
)
@click.option("--city", "cities", multiple=True, help="只编排这些市的考生 · only of these cities")
@json_option
def propose(
    home: Path,
    rooms: Path,
    exam_name: str,
    starts: tuple[str, ...],
    forms: int,
    cities: tuple[str, ...],
    as_json: bool,
) -> None:
    """按考场表 ROOMS 提出编排方案 · Propose a plan for the rooms of a table."""
    try:
        floors = read_rooms(rooms.read_bytes())
    except OSError as error:
        raise Refusal("file_unreadable", 404, {"file": str(rooms)}) from error
    asked = Asked(
        floors=floors,
        starts_ms=tuple(typed_start(one) for one in starts),
        forms=forms,
        cities=cities,
    )
    with writing(home) as centre:
        actor = operator(centre)
        exam_id = centre.store.read(lambda session: find_exam(session, exam_name)).id
        ident = centre.store.write(
            lambda tx: propose_placement(tx, exam_id=exam_id, asked=asked, actor=actor)
        )
        page = _page(centre, ident)
    _tell(page, as_json=as_json)


@placement.command("show")
@home_option
@click.argument("plan")
@json_option
def show(home: Path, plan: str, as_json: bool) -> None:
    """批次、考场、未编排的人和要核对的地方 · A plan and what to look at."""
    with reading(home) as centre:
        page = _page(centre, plan)
    _tell(page, as_json=as_json)


@placement.command("move")
@home_option
@click.argument("plan")
@click.argument("candidate")
@click.option("--batch", type=click.IntRange(1), help="第几批 · batch, from 1")
@click.option("--room", help="考场号 · room")
@click.option("--seat", type=click.IntRange(1), help="机位号 · seat")
@click.option("--reason", required=True, help="调整原因 · why")
@json_option
def move(
    home: Path,
    plan: str,
    candidate: str,
    batch: int | None,
    room: str | None,
    seat: int | None,
    reason: str,
    as_json: bool,
) -> None:
    """把考生调到别的机位，有人就对换；不写机位就取下 · Another seat, or none."""
    with writing(home) as centre:
        actor = operator(centre)
        found = centre.store.read(lambda session: find_plan(session, plan))
        who = centre.store.read(lambda s: candidate_named(s, found.exam_id, candidate))
        to = _place(found.asked["floors"], batch, room, seat)
        other = centre.store.write(
            lambda tx: move_placed(
                tx, placement_id=plan, candidate_id=who, to=to, reason=reason, actor=actor
            )
        )
        page = _page(centre, plan)
    if not as_json:
        remark(page.remarks)
    put(
        {"candidate": who, "with": other, "remarks": told_rows(page.remarks, {})},
        as_json=as_json,
        zh="已对换。" if other else "已调整。",
        en="changed places" if other else "moved",
    )


@placement.command("fix")
@home_option
@click.argument("plan")
@json_option
def fix(home: Path, plan: str, as_json: bool) -> None:
    """定案：建立场次、机位和准考证号 · Make the plan's sittings, seats and ticket numbers."""
    with writing(home) as centre:
        actor = operator(centre)
        done = centre.store.write(lambda tx: fix_placement(tx, placement_id=plan, actor=actor))
    put(
        {
            "sittings": list(done.sittings),
            "seated": done.seated,
            "left_out": done.left_out,
            "unplaced": done.unplaced,
        },
        as_json=as_json,
        zh=f"已建立 {len(done.sittings)} 个场次，编排 {done.seated} 人；"
        f"不再参加 {done.left_out} 人，没有机位 {done.unplaced} 人。",
        en=f"{len(done.sittings)} sittings, {done.seated} seated",
    )


@placement.command("seat")
@home_option
@click.argument("candidate")
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option("--sitting", required=True, help="场次编号 · the sitting")
@click.option(
    "--seat", type=click.IntRange(1), help="机位号，不写就自动选 · seat; chosen if not given"
)
@click.option("--reason", required=True, help="原因 · why")
@json_option
def seat_command(
    home: Path,
    candidate: str,
    exam_name: str,
    sitting: str,
    seat: int | None,
    reason: str,
    as_json: bool,
) -> None:
    """定案后给一名考生机位，如补缴费的 · A seat for one person after the plan is fixed."""
    with writing(home) as centre:
        actor = operator(centre)
        exam_id = centre.store.read(lambda session: find_exam(session, exam_name)).id
        who = centre.store.read(lambda session: candidate_named(session, exam_id, candidate))
        given = centre.store.write(
            lambda tx: seat_person(
                tx, candidate_id=who, sitting_id=sitting, seat=seat, reason=reason, actor=actor
            )
        )
    put(
        {"candidate": who, "seat": given}, as_json=as_json, zh=f"机位 {given}。", en=f"seat {given}"
    )


def _page(centre: Centre, plan: str) -> PlanPage:
    exam_id = centre.store.read(lambda session: find_plan(session, plan)).exam_id
    rules = centre.store.read(lambda session: whole_rules(session, exam_id))
    return centre.store.read(lambda session: plan_page(session, rules, plan))


def _tell(page: PlanPage, *, as_json: bool) -> None:
    if not as_json:
        remark(page.remarks)
    lines = [
        f"{one.name}：{one.people} 人，"
        + "，".join(f"{room} 考场 {people}/{seats}" for _, room, people, seats in one.rooms)
        for one in page.batches
    ]
    lines += [f"未编排 {one.name}：{_WHY[one.why][0]}" for one in page.waiting]
    put(
        {
            "placement": page.id,
            "state": page.state,
            "seed": page.seed,
            "placed": page.placed,
            "batches": [
                {
                    "name": one.name,
                    "people": one.people,
                    "rooms": [
                        {"room": room, "people": people, "seats": seats}
                        for _, room, people, seats in one.rooms
                    ],
                }
                for one in page.batches
            ],
            "unplaced": page.waiting_count,
            "waiting": [
                {"candidate": one.candidate_id, "name": one.name, "why": one.why}
                for one in page.waiting
            ],
            "remarks": told_rows(page.remarks, {}),
        },
        as_json=as_json,
        zh="\n".join([f"编排 {page.id}：{page.placed} 人", *lines]),
        en=f"{page.placed} placed, {page.waiting_count} not",
    )


def _place(
    floors: list[dict[str, object]], batch: int | None, room: str | None, seat: int | None
) -> Place | None:
    if batch is None and room is None and seat is None:
        return None
    named = [index for index, floor in enumerate(floors) if floor["room"] == room]
    if batch is None or seat is None or not named:
        raise Refusal("placement_no_seat", 422, {"seat": seat or "—"})
    return Place(batch=batch - 1, floor=named[0], seat=seat)
