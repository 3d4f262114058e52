"""What all terminals of this process do together; each verb answers with figures."""

from __future__ import annotations

import asyncio
import gc
import random
import resource
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import aiohttp

from bench.load import rhythm
from bench.load.console import Console
from bench.load.terminal import (
    BEAT_SECONDS,
    POLL_JITTER,
    POLL_SECONDS,
    Surroundings,
    Terminal,
    now_ms,
)

LOOK_SECONDS = 0.5


def cpu_seconds() -> float:
    """CPU this process has used so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Crowd:
    """The terminals; ``sample`` hands over what has been measured since the last one."""

    def __init__(self) -> None:
        self.terminals: list[Terminal] = []
        self.consoles: list[Console] = []
        self._took_ms: list[float] = []
        self._waiting: list[int] = []
        self._errors: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._around: Surroundings | None = None

    # --- verbs ---------------------------------------------------------------

    async def arrive(
        self,
        url: str,
        people: list[dict[str, Any]],
        together: int,
        seed: str,
        ca: str | None = None,
    ) -> dict[str, Any]:
        """Everybody logs in, confirms, fetches the sealed form, opens the socket."""
        around = self._surround(url, ca)
        arriving = [
            Terminal(person, around, random.Random(f"{seed}/{n}"))
            for n, person in enumerate(people, start=len(self.terminals))
        ]
        self.terminals += arriving
        begin = now_ms()
        took = await self._all(arriving, lambda one: one.arrive(), together)
        return {"seconds": (now_ms() - begin) / 1000, "took_ms": took}

    async def begin(self) -> dict[str, Any]:
        """From now on everybody waits for the bell and starts at once."""
        self._tasks = [asyncio.create_task(one.start()) for one in self.terminals]
        await asyncio.sleep(0)
        return {}

    async def begun(self) -> dict[str, Any]:
        """When each terminal held its key and when its time had started, on the common clock."""
        await asyncio.gather(*self._tasks)
        self._tasks = []
        return {
            "key_at_ms": [one.key_at for one in self.terminals],
            "started_at_ms": [one.started_at for one in self.terminals],
        }

    async def expect(self) -> dict[str, Any]:
        """From now on each terminal notes when it is first told of more time than it has."""
        for one in self.terminals:
            one.expects_more()
        return {}

    async def told(self) -> dict[str, Any]:
        """When each was, on the common clock."""
        await asyncio.gather(*(one.granted.wait() for one in self.terminals))
        return {"told_at_ms": [one.granted_at for one in self.terminals]}

    async def live(self, *, saves: bool = True) -> dict[str, Any]:
        """From now on everybody beats, polls and answers at the real rhythm, until ``rest``."""
        gc.collect()
        gc.freeze()  # the pauses of this process's collector are not the server's
        acts: list[Callable[[Terminal], Awaitable[None]]] = [self._beats, self._polls]
        acts += [self._answers] if saves else []
        self._tasks = [asyncio.create_task(act(one)) for one in self.terminals for act in acts]  # type: ignore[arg-type]
        self._tasks.append(asyncio.create_task(self._look()))
        return self.sample()

    async def rest(self) -> dict[str, Any]:
        """End of ``live``; the last sample."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        return self.sample()

    async def saturate(self, seconds: float) -> dict[str, Any]:
        """Everybody answers the next item as soon as the last one is saved."""
        ends = now_ms() + seconds * 1000

        async def hurry(one: Terminal) -> None:
            while now_ms() < ends:
                self._took_ms.append(await one.save())

        self.sample()
        begin = now_ms()
        await asyncio.gather(*(hurry(one) for one in self.terminals))
        return {"seconds": (now_ms() - begin) / 1000, **self.sample()}

    async def save_all(self, each: int, per_second: float) -> dict[str, Any]:
        """Everybody answers ``each`` items, all together at ``per_second``, evenly spread."""
        self.sample()
        begin, step_ms = now_ms(), 1000 * len(self.terminals) / per_second

        async def sit(number: int, one: Terminal) -> None:
            for turn in range(each):
                due = begin + step_ms * (turn + number / len(self.terminals))
                await asyncio.sleep(max(0.0, (due - now_ms()) / 1000))
                self._took_ms.append(await one.save())

        await asyncio.gather(*(sit(n, one) for n, one in enumerate(self.terminals)))
        return {"seconds": (now_ms() - begin) / 1000, **self.sample()}

    async def hand_in(self) -> dict[str, Any]:
        """Everybody hands in at once; until each has its score."""
        begin = now_ms()
        waiting = [asyncio.create_task(one.await_result()) for one in self.terminals]
        await asyncio.gather(*(one.hand_in() for one in self.terminals))
        await asyncio.gather(*waiting)
        return self._endings(begin)

    async def time_up(self) -> dict[str, Any]:
        """Nobody does anything more; until each has its score."""
        begin = now_ms()
        await asyncio.gather(*(one.await_result() for one in self.terminals))
        return self._endings(begin)

    async def watch(self, url: str, cookie: str, sittings: list[str]) -> dict[str, Any]:
        """One console per sitting, each with the whole board, told of every change."""
        around = self._surround(url, None)
        self.consoles = [Console(around, cookie, ident) for ident in sittings]
        sizes = await asyncio.gather(*(one.watch() for one in self.consoles))
        return {"seats": sum(sizes)}

    async def unwatch(self) -> dict[str, Any]:
        """The consoles are closed."""
        for one in self.consoles:
            one.close()
        self.consoles = []
        return {}

    async def latencies(self, samples: int) -> dict[str, Any]:
        """One candidate after the other answers; ms until their proctor's console shows it."""
        took = []
        for number in range(samples):
            one = self.terminals[number * 7919 % len(self.terminals)]
            console = next(c for c in self.consoles if c.sees(one.person["ticket"]))
            begin = now_ms()
            shown = console.expect(one.person["ticket"])
            await one.save()
            took.append(await shown - begin)
            await asyncio.sleep(0.05)
        return {"took_ms": took}

    async def connect_bare(self, url: str, count: int) -> dict[str, Any]:
        """Sockets to a server that knows nobody (a reference)."""
        around = self._surround(url, None)
        self.terminals = [Terminal({}, around, random.Random(n)) for n in range(count)]
        await self._all(self.terminals, lambda one: one.connect(), 50)
        return {}

    async def saturate_bare(self, seconds: float, terminals: int) -> dict[str, Any]:
        """As ``saturate``, of plain acknowledgements of a message of the same size."""
        ends = now_ms() + seconds * 1000

        async def hurry(one: Terminal) -> None:
            while now_ms() < ends:
                self._took_ms.append(await one.echo())

        self.sample()
        begin = now_ms()
        await asyncio.gather(*(hurry(one) for one in self.terminals[:terminals]))
        return {"seconds": (now_ms() - begin) / 1000, **self.sample()}

    async def ask_all(self, url: str, count: int, together: int) -> dict[str, Any]:
        """Plain requests of one address (a reference): seconds and ms of each."""
        one = Terminal({}, self._surround(url, None), random.Random(0))
        begin = now_ms()
        took = await self._all(range(count), lambda _: one.call("GET", "/hello"), together)
        return {"seconds": (now_ms() - begin) / 1000, "took_ms": took}

    def sample(self) -> dict[str, Any]:
        """What has been measured since the last sample.

        ``waiting``: answers sent and not acknowledged, looked at every half second.
        """
        took, self._took_ms = self._took_ms, []
        waiting, self._waiting = self._waiting, []
        errors, self._errors = self._errors, []
        return {"took_ms": took, "waiting": waiting, "errors": errors[:5], "failed": len(errors)}

    # --- inside --------------------------------------------------------------

    def _surround(self, url: str, ca: str | None) -> Surroundings:
        if self._around is None:
            tls = ssl.create_default_context(cafile=ca) if ca else None
            http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=300),
            )
            self._around = Surroundings(url, http, tls)
        return self._around

    @staticmethod
    async def _all(
        things: Iterable[Any], act: Callable[[Any], Awaitable[Any]], together: int
    ) -> list[float]:
        """``act`` with each, at most ``together`` at a time; ms each took."""
        gate, took = asyncio.Semaphore(together), []

        async def pass_through(thing: Any) -> None:
            async with gate:
                begin = now_ms()
                await act(thing)
                took.append(now_ms() - begin)

        await asyncio.gather(*(pass_through(thing) for thing in things))
        return took

    def _endings(self, begin: float) -> dict[str, Any]:
        return {
            "begin_ms": begin,
            "ended_at_ms": [one.ended_at for one in self.terminals],
            "result_at_ms": [one.result_at for one in self.terminals],
            "points": [(one.result or {}).get("sum") for one in self.terminals],
        }

    async def _answers(self, one: Terminal) -> None:
        await asyncio.sleep(rhythm.seconds_left(one.draw))
        while True:
            await self._noting(one.save, self._took_ms)
            await asyncio.sleep(rhythm.seconds(one.draw))

    async def _beats(self, one: Terminal) -> None:
        # at a fixed pace, as in the browser: counted from the answers they would come closer and
        # closer together, as the server answers those of a tenth of a second at once
        due_ms = now_ms() + one.draw.random() * BEAT_SECONDS * 1000
        while True:
            await asyncio.sleep(max(0.0, due_ms - now_ms()) / 1000)
            due_ms += BEAT_SECONDS * 1000
            await self._noting(one.beat)

    async def _polls(self, one: Terminal) -> None:
        await asyncio.sleep(one.draw.random() * POLL_SECONDS)
        while True:
            await self._noting(one.poll)
            await asyncio.sleep(POLL_SECONDS * (1 + one.draw.uniform(-POLL_JITTER, POLL_JITTER)))

    async def _noting(
        self, act: Callable[[], Awaitable[Any]], took: list[float] | None = None
    ) -> None:
        try:
            ms = await act()
        except Exception as error:  # noqa: BLE001  every failure counts, none stops the rest
            self._errors.append(f"{type(error).__name__}: {error}")
        else:
            if took is not None:
                took.append(ms)

    async def _look(self) -> None:
        while True:
            lines = [one.line for one in self.terminals if one.line is not None]
            self._waiting.append(sum(line.waiting for line in lines))
            await asyncio.sleep(LOOK_SECONDS)


def facts() -> dict[str, Any]:
    """CPU and clock of this process, with every answer."""
    return {"cpu_seconds": cpu_seconds(), "monotonic": time.monotonic()}
