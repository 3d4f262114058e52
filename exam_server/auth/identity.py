"""Who is acting: roles and the staff member behind an act."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from exam_server.errors import forbidden


class Role(StrEnum):
    """Staff roles (DESIGN §1)."""

    PROCTOR = "proctor"
    CHIEF_PROCTOR = "chief_proctor"
    CENTRE_ADMIN = "centre_admin"
    AUTHORITY = "authority"


ROOM_STAFF = (Role.PROCTOR, Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN)  # who acts in the room
OFFICE = (Role.CENTRE_ADMIN, Role.AUTHORITY)  # who registers, places and plans before the day


@dataclass(frozen=True, slots=True)
class Staff:
    """A logged-in member of staff.

    ``city``: of an authority account, the city whose lines are its own; None is the province.
    """

    id: str
    login: str
    name: str
    role: Role
    city: str | None = None

    @property
    def actor(self) -> str:
        """The actor string of the journal."""
        return f"staff:{self.id}"


def require(staff: Staff, *roles: Role, action: str, of_city: bool = False) -> None:
    """Refusal 403 unless ``staff`` has one of ``roles``.

    A city's account has only what says ``of_city``, and there asks whose city it is: everything
    else would show it, or let it do, what belongs to other offices.
    """
    if staff.role not in roles or (staff.city is not None and not of_city):
        raise forbidden(action)
