"""All the looks, in the order in which a person would take them."""

from __future__ import annotations

from exam_server.settings import Settings
from exam_server.upkeep.doctor import clocks, databases, disks, keeping, machine, network, rights
from exam_server.upkeep.doctor.finding import Finding

USUAL_PORT = 8443
_LOOKS = (
    *(machine.python, machine.libraries, machine.fonts, machine.entropy),
    *(clocks.date, clocks.synchronised, clocks.hardware),
    *(disks.free, disks.writes, disks.errors),
    *(rights.keys, rights.others),
    *(databases.database, databases.tables, databases.acts),
    *(network.certificate, network.redis),
    *(keeping.backups, keeping.leftovers),
)


def examine(settings: Settings, port: int = USUAL_PORT) -> list[Finding]:
    """All findings, the good ones too. ``port``: where the centre serves."""
    found = [finding for look in _LOOKS for finding in look(settings)]
    return [*found, *network.port(settings, port)]
