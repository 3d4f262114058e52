"""Profiles for tests. Every number a notice does not state is an example only."""

from __future__ import annotations

from collections.abc import Sequence

from exam_server.profiles.profile import Profile, builtins_of, load
from question_bank.items.shape import ItemType

# Example only: Henan's notice states neither time, nor sections, nor rate, nor line, nor who
# draws it, nor who publishes, nor fees. These values stand for nothing but a three-subject
# block that can be run.
_SECTIONS = [
    {"type": "single", "count": 40, "points": "1"},
    {"type": "multiple", "count": 20, "points": "2"},
    {"type": "true_false", "count": 20, "points": "1"},
]
THREE_SUBJECTS_EXAMPLE: dict[str, object] = {
    **{
        f"subjects.{subject}.{field}": value
        for subject in ("ethics", "ability", "postskill")
        for field, value in (("minutes", 30), ("sections", _SECTIONS))
    },
    "pass_rule.basis": "sum",
    "pass_rule.line": "180",
    "pass_rule.rate": "0.8",
    **{
        f"{place}.{level}": value
        for place, value in (
            ("line_authority", "province"),
            ("publish.authority", "province"),
            ("fees.exam.yuan.all", "100"),
        )
        for level in ("L5", "L4", "L3", "L2")
    },
}
# Example only, likewise: Hebei's notice states the types of items and the rule, not how many.
HEBEI_EXAMPLE: dict[str, object] = {
    "subjects.yingzhi.minutes": 90,
    "subjects.yingzhi.sections": [
        {"type": "single", "count": 40, "points": "1"},
        {"type": "multiple", "count": 20, "points": "2"},
        {"type": "true_false", "count": 20, "points": "1"},
    ],
    "fees.exam.yuan.all.L2": "100",
}


def three_subjects() -> Profile:
    """Henan's block of three subjects with example values."""
    return load("henan-2023", THREE_SUBJECTS_EXAMPLE)


def hebei() -> Profile:
    """Hebei's single subject with example values."""
    return load("hebei-2024", HEBEI_EXAMPLE)


def shaanxi() -> Profile:
    """Shaanxi as announced."""
    return load("shaanxi-2024")


def short_block() -> Profile:
    """Shaanxi's rules with two tiny subjects of four points: what ``papers.draft`` holds."""
    sections = [
        {"type": "single", "count": 2, "points": "1"},
        {"type": "multiple", "count": 2, "points": "1"},
    ]
    return load(
        "shaanxi-2024",
        {
            f"subjects.{subject}.{field}": value
            for subject in ("ethics", "theory")
            for field, value in (("full_mark", "4"), ("sections", sections))
        },
    )


def counted(subjects: dict[str, dict[str, int]], minutes: int = 1) -> Profile:
    """Shaanxi's rules with these subjects only, each {type: count} at one point an item.

    For days that a test can play: what is tried is the day, not the notice.
    """
    noticed = builtins_of(shaanxi())["subjects"]
    changed = {
        name: {
            **noticed[name],
            "minutes": minutes,
            "full_mark": str(sum(counts.values())),
            "sections": [
                {"type": kind, "count": count, "points": "1"} for kind, count in counts.items()
            ],
        }
        for name, counts in subjects.items()
    }
    return load("shaanxi-2024", {"block.order": list(subjects), "subjects": changed})


def three_short_subjects() -> Profile:
    """Henan's block with the example values, each subject of one minute."""
    return load(
        "henan-2023",
        {
            **THREE_SUBJECTS_EXAMPLE,
            **{f"subjects.{name}.minutes": 1 for name in ("ethics", "ability", "postskill")},
        },
    )


def blueprint_of(
    profile: Profile, trades: Sequence[str] = ("*",), quotas: str = "", exam: str = "等级考核"
) -> str:
    """A blueprint with one form per subject and trade that is just what the profile asks.

    ``quotas``: a TOML line for the single-choice sections (topics).
    """
    parts = [f'exam = "{exam}"']
    for trade in trades:
        for _, name, subject in profile.ordered:
            parts.append(
                f'[[forms]]\nsubject = "{name}"\ntrade = "{trade}"\n'
                f'full_mark = "{subject.full_mark}"'
            )
            for section in subject.sections:
                parts.append(
                    f'[[forms.sections]]\ntype = "{section.type.value}"\n'
                    f'count = {section.count}\npoints = "{section.points}"'
                )
                if quotas and section.type is ItemType.SINGLE:
                    parts.append(quotas)
    return "\n".join(parts) + "\n"


# what every profile of these stories says (room.reconnect_window_seconds)
RECONNECT_WINDOW_MS = 15_000
