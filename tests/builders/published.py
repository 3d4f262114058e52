"""An office whose results are in, scored, under a line in effect: to be published and asked for."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from exam_server.auth.identity import Role, Staff
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.results.actions.lines import approve_line, file_line, propose_line, put_into_effect
from exam_server.results.actions.release import release_groups
from exam_server.results.rules.params import LineParams
from exam_server.storage.tx import Tx
from tests.builders.office import Office
from tests.builders.results_day import Day, staff
from tests.builders.results_read import GROUP

PROVINCE = staff(Role.AUTHORITY, "province")
DEPUTY = staff(Role.AUTHORITY, "deputy")


def draw_line(
    day: Day, *, group: str = GROUP, line: str = "4", by: tuple[Staff, Staff] = (PROVINCE, DEPUTY)
) -> None:
    """A line all the way to its effect, filed by the province where it is a city's."""

    def all_steps(tx: Tx) -> None:
        ident = propose_line(
            tx,
            exam_id=day.exam_id,
            group=group,
            params=LineParams(mode="line", line=line),
            reason="参照上年",
            actor=by[0],
        )
        approve_line(tx, line_id=ident, actor=by[1])
        if by[0].city:
            file_line(tx, line_id=ident, document="〔2026〕3号", actor=PROVINCE)
        put_into_effect(tx, line_id=ident, actor=by[0])

    day.store.write(all_steps)


def publish(day: Day, actor: Staff = PROVINCE, group: str = GROUP, reason: str = "") -> str:
    """Make one group's results official; the release's id."""
    wanted = partial(
        release_groups, exam_id=day.exam_id, groups=[group], actor=actor, reason=reason
    )
    (made,) = day.store.write(wanted)
    return made


class ScoredOffice:
    """Four people of L3 with 8, 6, 4 and no points and one absent; line 4. Nothing is published."""

    def __init__(self, url: str, home: Path) -> None:
        home.mkdir(parents=True)
        self.url, self.home = url, home / "centre"
        self.office = Office(url, self.home)
        self.app = self.office.app
        self.day = Day(url, home)
        self.day.keys = self.office.centre.keys
        self.rows: list[RosterRow] = self.day.people(5)
        self.people = self.day.register(self.rows)
        self.day.bring_paper()
        for person, (ethics, theory) in zip(
            self.people,
            [("all right", "all right"), ("all right", "half"), ("half", "half"), ("blank",) * 2],
            strict=False,
        ):
            self.day.hand_in(person, "ethics", ethics)  # type: ignore[arg-type]
            self.day.hand_in(person, "theory", theory)  # type: ignore[arg-type]
        for subject in ("ethics", "theory"):
            self.day.set_state(self.people[4], subject, "absent")
        self.day.set_sitting(SittingState.CLOSED)
        self.day.sweep()
        draw_line(self.day)

    def publish(self) -> None:
        """The first publication, if it has not been."""
        if not self.office.acts("results_released"):
            publish(self.day)

    def close(self) -> None:
        """The office closes."""
        self.office.close()
        self.day.close()
