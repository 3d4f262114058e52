"""Wrong logins make the one who makes them wait, and nobody else."""

from __future__ import annotations

import pytest

from exam_server.auth.limiter import (
    FORGET_MS,
    FREE_ACCOUNTS_PER_ADDRESS,
    FREE_TRIES,
    LONGEST_WAIT_MS,
    MOST_ACCOUNTS,
    MOST_ADDRESSES,
    Limiter,
)
from exam_server.errors import Refusal
from tests.manual_clock import ManualClock

SEAT, STAFF, HERE = "candidate", "staff", "192.168.1.7"


class Desk:
    """A limiter and a clock."""

    def __init__(self) -> None:
        self.limiter, self.clock = Limiter(), ManualClock()

    def fail(self, account: str, times: int = 1, door: str = SEAT, address: str = HERE) -> None:
        for _ in range(times):
            self.limiter.failed(door, account, address, self.clock.now())

    def waits(self, account: str, door: str = SEAT, address: str = HERE) -> int:
        """Seconds."""
        try:
            self.limiter.check(door, account, address, self.clock.now())
        except Refusal as refusal:
            return int(str(refusal.facts["seconds"]))
        return 0


def test_the_wait_doubles_up_to_a_minute_and_is_forgiven() -> None:
    desk = Desk()
    desk.fail("02/7", FREE_TRIES - 1)
    assert desk.waits("02/7") == 0
    waits = []
    for _ in range(9):
        desk.fail("02/7")
        waits.append(desk.waits("02/7"))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    desk.clock.advance(LONGEST_WAIT_MS - 1)
    assert desk.waits("02/7") == 1
    desk.clock.advance(1)
    assert desk.waits("02/7") == 0
    desk.clock.advance(FORGET_MS + 1)
    desk.fail("02/7")
    assert desk.waits("02/7") == 0


def test_one_seat_never_slows_another_even_behind_the_same_address() -> None:
    desk = Desk()
    desk.fail("02/7", 1_000)
    assert desk.waits("02/7") == 60
    assert desk.waits("02/8") == 0
    assert desk.waits("02/7", door=STAFF) == 0
    assert desk.waits("02/7", address="192.168.1.8") == 0


def test_a_room_of_typing_errors_behind_one_address_is_no_attack() -> None:
    desk = Desk()
    for seat in range(100):
        desk.fail(f"02/{seat}", FREE_TRIES - 1)
        desk.limiter.succeeded(SEAT, f"02/{seat}", HERE)
    assert desk.waits("02/100") == 0
    assert desk.limiter.remembered == 0


def test_going_through_a_list_slows_the_address_at_that_door_only() -> None:
    desk = Desk()
    for number in range(FREE_ACCOUNTS_PER_ADDRESS - 1):
        desk.fail(f"login {number}", door=STAFF)
    assert desk.waits("chief", door=STAFF) == 0
    desk.fail("one more", door=STAFF)
    assert desk.waits("chief", door=STAFF) == 1
    for number in range(20):
        desk.fail(f"another {number}", door=STAFF)
    assert desk.waits("chief", door=STAFF) == 60
    assert desk.waits("02/1") == 0, "candidates at this address log in as ever"
    assert desk.waits("chief", door=STAFF, address="192.168.1.8") == 0
    desk.clock.advance(FORGET_MS + 1)
    assert desk.waits("chief", door=STAFF) == 0


def test_memory_is_bounded_whatever_is_typed() -> None:
    desk = Desk()
    for number in range(MOST_ACCOUNTS + 50):
        desk.fail("x" * 10_000 + str(number))
    assert desk.limiter.remembered == MOST_ACCOUNTS
    for number in range(MOST_ADDRESSES + 50):
        desk.fail("a", address=f"10.0.{number // 256}.{number % 256}")
    assert desk.limiter.remembered <= MOST_ADDRESSES + MOST_ACCOUNTS
    assert len(desk.limiter._addresses) == MOST_ADDRESSES


@pytest.mark.parametrize("account", ["", "\udcff", "名字", "a\nb"])
def test_any_text_is_an_account(account: str) -> None:
    desk = Desk()
    desk.fail(account, FREE_TRIES)
    assert desk.waits(account) == 1
