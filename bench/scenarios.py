"""The scenarios: what is played, what is measured, as named figures."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import figures
from bench.figures import Figure, References
from bench.generator import Generator
from bench.hall import Hall
from bench.machine import percentile
from bench.stages import Stages

SAVES_OF_AN_EXAM = 100
SLOW_FSYNC_US = 8000
_TOGETHER = 50  # people who log in at the same moment
# Whoever comes first makes the server load what it had not needed yet; that is not per terminal.
_FIRST = 10


@dataclass(slots=True)
class Run:
    """One run of the bench. ``seconds``: of a steady measurement."""

    stages: Stages
    references: References
    seconds: float = 40.0
    saturate_seconds: float = 10.0
    exam_seconds: float = 40.0
    looks: int = 20  # of a console, until it shows an answer
    seed: str = "1"
    figures: list[Figure] = field(default_factory=list)

    def put(self, figure: Figure) -> None:
        """Keep a figure and show it."""
        self.figures.append(figure)
        ratio = "" if figure.ratio is None else f"   {figure.ratio:.3f} × {figure.against}"
        target = f"   (aim {figure.target})" if figure.target else ""
        print(f"  {figure.name:28} {figure.shown:>16}{ratio}{target}", flush=True)


class Meter:
    """Server and generator between two moments."""

    def __init__(self, hall: Hall, generator: Generator) -> None:
        self._use, self._generator = hall.use, generator
        self._at, self._cpu = time.monotonic(), self._use.cpu_seconds()
        self._generator_cpu = generator.cpu_seconds

    def server_cpu(self) -> float:
        """CPU seconds of the server since."""
        return self._use.cpu_seconds() - self._cpu

    def generator_share(self) -> float:
        """The generator's share of one core since."""
        return (self._generator.cpu_seconds - self._generator_cpu) / (time.monotonic() - self._at)


@contextmanager
def _arrived(
    run: Run, candidates: int, *, minutes: int = 60, **serving: Any
) -> Iterator[tuple[Hall, Generator, Meter, float]]:
    """A served room in which everybody waits for the bell; seconds that the arrival took."""
    with run.stages.served(candidates, minutes, **serving) as hall, Generator() as generator:
        meter, seconds = Meter(hall, generator), 0.0
        for people in (hall.people[:_FIRST], hall.people[_FIRST:]):
            hall.warm_bytes = hall.use.own_bytes() if seconds else 0
            arrived = generator.ask(
                "arrive",
                url=hall.url,
                people=people,
                together=_TOGETHER,
                seed=run.seed,
                ca=hall.ca,
            )
            seconds += arrived["seconds"]
        yield hall, generator, meter, seconds


def _memory(run: Run, hall: Hall, label: str, aim: str) -> None:
    """What the server has once the first are there, and what each other terminal adds."""
    run.put(Figure(f"server_mb_{label}", hall.warm_bytes / 2**20, "MB", _FIRST))
    others = len(hall.people) - _FIRST
    kilobytes = (hall.use.own_bytes() - hall.warm_bytes) / others / 1024
    run.put(Figure(f"terminal_kb_{label}", kilobytes, "KB", others, target=aim))


def _rung(hall: Hall, generator: Generator) -> tuple[float, float]:
    """Ring: seconds until the last terminal holds its key, and until the last time runs."""
    hall.unseal_all()
    generator.ask("begin")
    pressed = hall.ring_all()
    begun = generator.ask("begun")
    return (
        (max(begun["key_at_ms"]) - pressed) / 1000,
        (max(begun["started_at_ms"]) - pressed) / 1000,
    )


def _steady(run: Run, hall: Hall, generator: Generator, label: str, target: str = "") -> None:
    """p50 and p99 of a save at the real rhythm, with every beat and poll beside it."""
    generator.ask("live")
    time.sleep(3)  # the first polls after the bell are no steady state
    generator.ask("sample")
    meter = Meter(hall, generator)
    time.sleep(run.seconds)
    sample = generator.ask("rest")
    took, references = sample["took_ms"], run.references
    if sample["failed"]:
        raise RuntimeError(f"{sample['failed']} requests failed: {sample['errors']}")
    share, load = meter.server_cpu() / run.seconds, meter.generator_share()
    put = run.put
    put(
        figures.latency(
            f"save_p50_{label}_ms", percentile(took, 0.5), len(took), references, generator=load
        )
    )
    put(
        figures.latency(
            f"save_p99_{label}_ms", percentile(took, 0.99), len(took), references, target
        )
    )
    put(Figure(f"server_share_{label}", share, "cores", len(took)))


def _saturated(run: Run, hall: Hall, generator: Generator, label: str, target: str = "") -> None:
    """Durable saves a second when everybody answers as fast as they are told."""
    generator.ask("saturate", seconds=1.0)
    meter = Meter(hall, generator)
    full = generator.ask("saturate", seconds=run.saturate_seconds)
    saves, load = len(full["took_ms"]), meter.generator_share()
    per_second, references = saves / full["seconds"], run.references
    run.put(
        figures.rate(f"saves_per_s_{label}", per_second, saves, references, target, generator=load)
    )
    cpu_ms = meter.server_cpu() * 1000 / saves
    against = {"against": "ack_cpu_ms", "ratio": cpu_ms / references.ack_cpu_ms}
    run.put(Figure(f"save_cpu_{label}_ms", cpu_ms, "CPU ms", saves, **against))  # type: ignore[arg-type]


def day(run: Run, candidates: int) -> None:
    """A whole exam of ``candidates``, from the log-in to the score."""
    big, references = candidates >= 5000, run.references
    label = str(candidates)
    with _arrived(run, candidates) as (hall, generator, arriving, seconds):
        cpu = arriving.server_cpu()
        run.put(
            figures.requests(
                f"staging_{label}_s", seconds, candidates, references,
                generator=arriving.generator_share(),
            )
        )  # fmt: skip
        _memory(run, hall, label, "≤ 80")
        beginning = Meter(hall, generator)
        key_seconds, start_seconds = _rung(hall, generator)
        cpu += beginning.server_cpu()
        aim = {1000: "≤ 0.3", 5000: "≤ 1"}.get(candidates, "")
        run.put(figures.pushes(f"bell_{label}_s", key_seconds, candidates, references, aim))
        run.put(figures.requests(f"started_{label}_s", start_seconds, candidates, references))
        _steady(run, hall, generator, label, "≤ 20" if big else "")
        _granted(run, hall, generator, label)
        if not big:
            _console(run, hall, generator, label)
            _saturated(run, hall, generator, f"{label}_watched")
            generator.ask("unwatch")
            _saturated(run, hall, generator, label, "≥ 4000" if candidates == 1000 else "")
        cpu += _exam_saves(run, hall, generator, candidates)
        ending = Meter(hall, generator)
        _ended(run, hall, generator, "hand_in", label)
        cpu += ending.server_cpu()
        aim = {100: "≤ 0.2", 5000: "≤ 0.05"}.get(candidates, "")
        run.put(figures.cpu(f"exam_cpu_{label}_s", cpu / candidates, candidates, references, aim))


def _granted(run: Run, hall: Hall, generator: Generator, label: str) -> None:
    """A minute more for every hall at once, until the last terminal has been told."""
    generator.ask("expect")
    begin = hall.grant_all(seconds=60)
    told = generator.ask("told")["told_at_ms"]
    seconds = (max(told) - begin) / 1000
    run.put(figures.pushes(f"grant_{label}_s", seconds, len(told), run.references, "≤ 1"))


def _exam_saves(run: Run, hall: Hall, generator: Generator, candidates: int) -> float:
    """CPU of 100 saves each, pressed into ``exam_seconds``; of a large room a part is played."""
    each = min(SAVES_OF_AN_EXAM, max(20, 100_000 // candidates))
    meter = Meter(hall, generator)
    generator.ask("save_all", each=each, per_second=each * candidates / run.exam_seconds)
    return meter.server_cpu() * SAVES_OF_AN_EXAM / each


def _ended(run: Run, hall: Hall, generator: Generator, how: str, label: str) -> None:
    """Everybody hands in at once, or everybody's time is up; until each has its score."""
    done = generator.ask(how)
    candidates = len(done["points"])
    if unscored := sum(points is None for points in done["points"]):
        raise RuntimeError(f"{unscored} have no score")
    begin = done["begin_ms"] if how == "hand_in" else min(done["ended_at_ms"])
    seconds = (max(done["result_at_ms"]) - begin) / 1000
    aim = "≤ 2" if candidates == 1000 and how == "hand_in" else ""
    run.put(figures.requests(f"{how}_{label}_scored_s", seconds, candidates, run.references, aim))


def time_up(run: Run, candidates: int) -> None:
    """Everybody's minute ends at once; until each has its score."""
    with _arrived(run, candidates, minutes=1) as (hall, generator, _, _):
        _rung(hall, generator)
        generator.ask("save_all", each=10, per_second=candidates)
        _ended(run, hall, generator, "time_up", str(candidates))


def slow_disk(run: Run, candidates: int) -> None:
    """The save figures with 8 ms added to every fsync."""
    library = run.stages.folder / "slow_disk.so"
    source = Path(__file__).with_name("slow_disk.c")
    subprocess.run(
        ["gcc", "-O1", "-Wall", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True
    )
    slow = {"LD_PRELOAD": str(library), "KAOCHANG_BENCH_FSYNC_US": str(SLOW_FSYNC_US)}
    with _arrived(run, candidates, environment=slow) as (hall, generator, _, _):
        _rung(hall, generator)
        _steady(run, hall, generator, f"{candidates}_slow_disk")
        _saturated(run, hall, generator, f"{candidates}_slow_disk")


def tls(run: Run, candidates: int) -> None:
    """Memory of a terminal's connection under https."""
    with _arrived(run, candidates, tls=True) as (hall, _, _, seconds):
        _memory(run, hall, f"{candidates}_tls", "≤ 100")
        run.put(
            figures.requests(f"staging_{candidates}_tls_s", seconds, candidates, run.references)
        )


def _console(run: Run, hall: Hall, generator: Generator, label: str) -> None:
    """A console per hall watches every seat while all go on at the real rhythm."""
    chief = hall.chief()
    generator.ask("live")
    time.sleep(2)
    meter = Meter(hall, generator)
    time.sleep(run.seconds / 4)
    unwatched = meter.server_cpu() / (run.seconds / 4)
    seats = generator.ask("watch", url=hall.url, cookie=chief.cookie, sittings=hall.sittings)
    meter = Meter(hall, generator)
    time.sleep(run.seconds / 4)
    watched = meter.server_cpu() / (run.seconds / 4)
    generator.ask("rest")
    took = generator.ask("latencies", samples=run.looks)["took_ms"]
    run.put(Figure(f"console_{label}_cores", watched - unwatched, "cores", seats["seats"]))
    references = run.references
    run.put(
        figures.latency(f"console_{label}_p50_ms", percentile(took, 0.5), len(took), references)
    )
    run.put(
        figures.latency(f"console_{label}_p99_ms", percentile(took, 0.99), len(took), references)
    )


SCENARIOS: dict[str, Callable[[Run], None]] = {
    "day_100": lambda run: day(run, 100),
    "day_1000": lambda run: day(run, 1000),
    "time_up_1000": lambda run: time_up(run, 1000),
    "slow_disk_1000": lambda run: slow_disk(run, 1000),
    "tls_1000": lambda run: tls(run, 1000),
    "day_5000": lambda run: day(run, 5000),
}
