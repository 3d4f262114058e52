"""From scores to official results: practical results, the line, publication, the forms."""

from __future__ import annotations

from pathlib import Path

from exam_server.cli.output import say
from exam_server.demo import plan
from exam_server.demo.plan import Demo
from exam_server.demo.prepare import SeatedRoom
from exam_server.demo.staff import StaffBrowser
from exam_server.documents.papers.outcomes import passed_forms_of
from exam_server.profiles.profile import Profile
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.line_life import drawing_of
from exam_server.results.rules.official import publisher_of
from exam_server.settings import write_private

_DOCUMENT, _FILING = "演示〔2026〕1号", "演示备〔2026〕1号"


class Office:
    """Two persons of every office at ``url``, after the day in ``room``; files go to ``out``."""

    def __init__(self, url: str, demo: Demo, room: SeatedRoom, rules: Profile, out: Path) -> None:
        self._demo, self._room, self._rules, self._out = demo, room, rules, out
        self._people: dict[str | None, list[StaffBrowser]] = {}
        for one in demo.accounts:
            if one.role == "authority":
                person = StaffBrowser(url, one.login, plan.PASSWORD)
                self._people.setdefault(one.city, []).append(person)
        self._authority = self._people[None][0]
        self._exam = f"/api/exams/{room.exam_id}"

    def decide(self, sat: int) -> None:
        """Everything to the official result. ``sat``: how many of the room came."""
        if self._rules.practical.type != "none":
            self._bring_practical(sat)
        groups = [group["key"] for group in self._authority.get(f"{self._exam}/groups")]
        for group in groups:
            self._draw_line(group)
        if self._rules.departures:
            say("规则与通知不同，是试考，不发布。", "a trial: nothing is published")
            return
        self._publish(groups)
        self._print("passed_list")
        if passed_forms_of(self._rules):
            self._print("passed")

    def print_tickets(self) -> None:
        """准考证 of the whole room, before the day."""
        self._print("ticket")

    def _bring_practical(self, sat: int) -> None:
        practical, people = self._rules.practical, self._room.people
        rows = ["准考证号,成绩"]
        for number, person in enumerate(people):
            points = round(100 * float(person["skill"]))
            found = str(points) if practical.type == "score" else _passed(points)
            rows.append(f"{person['ticket']},{found if number < sat else '缺考'}")
        self._authority.send_form(
            f"/practical/{self._room.exam_id}",
            {"document": _DOCUMENT, "document_date": "2026-06-25"},
            {"list": ("practical.csv", "\n".join(rows).encode("utf-8-sig"))},
        )
        say(f"{practical.name}成绩 {len(people)} 人，已导入。", "practical results came in")

    def _draw_line(self, group: str) -> None:
        drawing = drawing_of(parts_of(group), self._rules.line_authority)
        proposer, approver = self._people[drawing.city]
        shown = proposer.post(f"{self._exam}/try-line", {"group": group})
        asked = {"group": group, "params": self._demo.line or shown["params"]}
        made = proposer.post(f"{self._exam}/lines", {**asked, "reason": "演示"})
        approver.post(f"/api/lines/{made['id']}/approve")
        if drawing.filed:
            self._authority.post(f"/api/lines/{made['id']}/file", {"document": _FILING})
        proposer.post(f"/api/lines/{made['id']}/effect")
        found = proposer.post(f"{self._exam}/try-line", asked)
        say(
            f"合格线 {group}：{found['line']} 分，达线 {found['reached']} / 有效 "
            f"{found['counts']['valid']}{f'，已备案（{_FILING}）' if drawing.filed else ''}",
            f"pass line approved, {'filed, ' if drawing.filed else ''}in effect",
        )

    def _publish(self, groups: list[str]) -> None:
        by_office: dict[str | None, list[str]] = {}
        for group in groups:
            office = publisher_of(parts_of(group), self._rules.publish.authority)
            by_office.setdefault(office, []).append(group)
        for office, those in by_office.items():
            self._people[office][0].send_form(f"/release/{self._room.exam_id}", {"group": those})
            say(f"成绩已由{office or '省'}发布：{len(those)} 组。", "results are official")

    def _print(self, document: str) -> None:
        name, content = self._authority.printed(self._room.exam_id, document)
        self._out.mkdir(exist_ok=True)
        path = self._out / name
        write_private(path, content)  # some have ID numbers whole, if only a demo's
        say(f"已打印：{path.name}（{len(content) // 1024} KB）", "printed")


def _passed(points: int) -> str:
    return "合格" if points >= 50 else "不合格"
