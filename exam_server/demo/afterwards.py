"""From scores to official results: practical results, the line, publication, the forms."""

from __future__ import annotations

from pathlib import Path

from exam_server.cli.output import say
from exam_server.demo import plan
from exam_server.demo.plan import Demo
from exam_server.demo.prepare import SeatedRoom
from exam_server.demo.staff import StaffBrowser
from exam_server.profiles.profile import Profile

_DOCUMENT = "演示〔2026〕1号"


class Office:
    """Two persons of the authority at ``url``, after the day in ``room``; files go to ``out``."""

    def __init__(self, url: str, demo: Demo, room: SeatedRoom, rules: Profile, out: Path) -> None:
        self._demo, self._room, self._rules, self._out = demo, room, rules, out
        self._authority = StaffBrowser(url, "authority", plan.PASSWORD)
        self._approver = StaffBrowser(url, "approver", plan.PASSWORD)
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
        else:
            self._publish(groups)
            self._print("passed_list")

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
        shown = self._authority.post(f"{self._exam}/try-line", {"group": group})
        asked = {"group": group, "params": self._demo.line or shown["params"]}
        made = self._authority.post(f"{self._exam}/lines", {**asked, "reason": "演示"})
        self._approver.post(f"/api/lines/{made['id']}/approve")
        self._authority.post(f"/api/lines/{made['id']}/effect")
        found = self._authority.post(f"{self._exam}/try-line", asked)
        say(
            f"合格线 {group}：{found['line']} 分，达线 {found['reached']} / 有效 "
            f"{found['counts']['valid']}",
            "pass line approved and in effect",
        )

    def _publish(self, groups: list[str]) -> None:
        self._authority.send_form(f"/release/{self._room.exam_id}", {"group": groups})
        say(f"成绩已发布：{len(groups)} 组。", "results are official")

    def _print(self, document: str) -> None:
        name, content = self._authority.printed(self._room.exam_id, document)
        self._out.mkdir(exist_ok=True)
        path = self._out / name
        path.write_bytes(content)
        say(f"已打印：{path.name}（{len(content) // 1024} KB）", "printed")


def _passed(points: int) -> str:
    return "合格" if points >= 50 else "不合格"
