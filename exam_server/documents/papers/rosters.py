"""Rosters in the layout of the notice's annexes (DOMAIN A13), ID numbers whole, as they are signed
and sealed; where the province has a declaration, with it."""

from __future__ import annotations

from collections.abc import Sequence

from exam_server.desk.tables import Exam
from exam_server.desk.views import id_number_of
from exam_server.documents.papers.rooms import heading
from exam_server.documents.papers.tickets import SEX
from exam_server.documents.scope import Member
from exam_server.documents.table import Table
from exam_server.keys import FieldCipher
from exam_server.profiles.office import NORMAL, Form
from exam_server.profiles.profile import Profile

# a box of a roster → where the register has it
_DETAILS = {
    "参加工作时间": "work_since",
    "从事本工种时间": "trade_since",
    "已考取岗位证书：工种": "certificate_trade",
    "已考取岗位证书：现技术等级": "certificate_level",
    "已考取岗位证书：取证时间": "certificate_date",
    "已取得技术证书：工种": "certificate_trade",
    "已取得技术证书：技术等级": "certificate_level",
    "已取得技术证书：取证时间": "certificate_date",
    "现有岗位等级证书": "certificate_level",
    "取证时间": "certificate_date",
    "技术等级": "certificate_level",
    "学历": "education",
    "申报人联系方式": "phone",
}
# of a province whose notice names the roster and not its columns
_USUAL = (
    "序号", "姓名", "性别", "身份证号码", "工作单位", "参加工作时间", "已考取岗位证书：工种",
    "已考取岗位证书：现技术等级", "已考取岗位证书：取证时间", "报考工种", "报考等级",
    "申报人联系方式",
)  # fmt: skip
_WIDE = {"身份证号码": 38, "工作单位": 40, "申报人联系方式": 26, "姓名": 18, "序号": 10, "性别": 10}


def roster_forms(profile: Profile) -> dict[str, Form]:
    """The profile's rosters of people by id: forms of units, or of the system with a
    declaration, that list people."""
    return {
        ident: form
        for ident, form in profile.forms.items()
        if (form.made_by == "unit" and {"姓名", "身份证号码"} <= set(form.fields))
        or (form.made_by == "system" and form.declaration)
    }


def on_roster(form: Form, profile: Profile, one: Member) -> bool:
    """Whether the form lists this person: by route, without one whoever sits."""
    routes = form.routes or (NORMAL, *(name for name in profile.routes if profile.sits(name)))
    return one.person.route in routes and one.person.level in (form.levels or profile.levels)


def roster(
    exam: Exam, profile: Profile, form: Form, found: Sequence[Member], *, fields: FieldCipher
) -> Table:
    """``found`` by trade and level, in the columns of ``form``."""
    listed = sorted(
        found,
        key=lambda one: (one.person.trade, one.person.level, one.person.unit, one.person.name),
    )
    columns = form.fields or _USUAL
    units = list(dict.fromkeys(one.person.unit for one in listed))
    return Table(
        title=form.name,
        above=heading(exam),
        annex=form.annex,
        facts=(
            ("填报单位（盖章）", units[0] if len(units) == 1 else ""),
            ("主管部门（盖章）", ""),
            ("共", f"{len(listed)} 人"),
        ),
        before=form.declaration.replace("{count}", str(len(listed))),
        columns=columns,
        widths=tuple(_width(column) for column in columns),
        rows=tuple(
            tuple(_cell(column, number, one, profile, fields) for column in columns)
            for number, one in enumerate(listed, start=1)
        ),
        size_pt=9 if len(columns) > 10 else 9.5,
        row_mm=8.5,
        flipped=True,
        signed=("经办人（签名）", "负责人（签名）", "联系人", "联系电话")
        if form.declaration
        else ("联系人", "联系电话"),
        sealed=("单位", "主管部门") if form.declaration else (),
    )


def _width(column: str) -> float:
    return _WIDE.get(column, 0)


def _cell(column: str, number: int, one: Member, profile: Profile, fields: FieldCipher) -> str:
    person = one.person
    known = {
        "序号": str(number),
        "姓名": person.name,
        "性别": SEX[person.sex],
        "工作单位": person.unit,
        "报考工种": person.trade,
        "报考等级": profile.level_name(person.level),
        "工种": person.trade,
        "申报工种及等级": f"{person.trade} {profile.level_name(person.level)}",
        "证书认定(换发)工种": person.trade,
        "证书认定(换发)等级": profile.level_name(person.level),
        "破格类型：申报等级": profile.level_name(person.level),
    }
    if column == "身份证号码":
        return id_number_of(person, fields)
    return known.get(column) or str(person.details.get(_DETAILS.get(column, column), ""))
