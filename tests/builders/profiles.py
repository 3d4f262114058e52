"""Profiles for tests. Every number a notice does not state is an example only."""

from __future__ import annotations

from exam_server.profiles.profile import Profile, load

# Example only: Henan's notice states neither time, nor sections, nor rate, nor line, nor who
# draws it. These values stand for nothing but a three-subject block that can be run.
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
    **{f"line_authority.{level}": "province" for level in ("L5", "L4", "L3", "L2")},
}


def three_subjects() -> Profile:
    """Henan's block of three subjects with example values."""
    return load("henan-2023", THREE_SUBJECTS_EXAMPLE)


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
