"""A result package and its announcement as the rules take them."""

from __future__ import annotations

from collections import defaultdict

from exam_server.results.package_file import ResultFile
from exam_server.results.rules import announced as rules
from exam_server.results.rules.merging import Named, Sat
from exam_server.results.tables import Announcement
from exam_server.results.views.table import ResultRow


def announced_in(row: Announcement) -> rules.Announced:
    """What the package must agree with."""
    forms = {
        form: rules.AnnouncedForm(facts["scoring_digest"], facts["golden"])
        for form, facts in row.forms.items()
    }
    return rules.Announced(row.package_id, forms, row.builds, row.seats)


def packed_in(file: ResultFile) -> rules.Packed:
    """What the package says of itself."""
    manifest, results = file.manifest, file.results
    return rules.Packed(
        packages=manifest.packages,
        forms=manifest.forms,
        build=manifest.build,
        golden={(one.form, one.scoring_digest): one.points for one in manifest.golden},
        rooms=frozenset(sitting.room for sitting in manifest.sittings),
        subjects=[column.id for column in results.table.columns],
        rows=[_row(row) for row in results.table.rows],
        counted=manifest.rows,
        scores=[
            rules.ScoreFact(one.attempt, one.form, one.version, one.points, one.scoring_digest)
            for one in results.scores
        ],
        chains=frozenset(manifest.heads),
    )


def _row(row: ResultRow) -> rules.Row:
    subjects = {
        name: rules.Subject(one.attempt_id, one.state, one.points, one.version)
        for name, one in row.subjects.items()
    }
    return rules.Row(row.ticket, row.status, row.sum, subjects)


def people_in(file: ResultFile) -> list[tuple[str, ResultRow]]:
    """Rows by ticket number: without one nobody was to sit."""
    return [(row.ticket, row) for row in file.results.table.rows if row.ticket is not None]


def sat_in(file: ResultFile) -> dict[tuple[str, str], Sat]:
    """What the package brings, by ticket and subject."""
    return {
        (ticket, subject): Sat(found.attempt_id, found.state, found.points)
        for ticket, row in people_in(file)
        for subject, found in row.subjects.items()
    }


def named_in(file: ResultFile) -> list[Named]:
    """The people of the package who sat or should have."""
    return [Named(ticket, row.id_masked, row.trade, row.level) for ticket, row in people_in(file)]


def versions_in(file: ResultFile) -> dict[str, list[tuple[str, str]]]:
    """(points, scoring digest) of every version, by attempt."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for score in file.results.scores:
        found[score.attempt].append((score.points, score.scoring_digest))
    return found
