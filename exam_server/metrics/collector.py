"""Looks at the centre when Prometheus asks; between two looks nothing is computed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_server.context import Centre
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Sitting
from exam_server.metrics.catalogue import METRICS
from exam_server.metrics.traffic import Traffic
from exam_server.results.views.pending import score_backlog
from exam_server.room.tables import Attempt, Heartbeat
from exam_server.storage.measures import Buckets
from exam_server.upkeep.backup.making import last_backup

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily
Labels = TypeVar("Labels", bound=tuple[str, ...])
_UNDER_WAY = (SittingState.UNSEALED.value, SittingState.RUNNING.value)


class _Standing(NamedTuple):
    """What the database says at one moment."""

    beat_wall_ms: int | None
    attempts: dict[str, int]
    backlog: int
    heads: dict[str, int]


def registry_of(centre: Centre, traffic: Traffic) -> CollectorRegistry:
    """A registry with the centre's metrics and those of its process (memory, CPU, files)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(CentreCollector(centre, traffic))
    ProcessCollector(registry=registry)
    return registry


class CentreCollector(Collector):
    """Everything of :data:`METRICS`."""

    def __init__(self, centre: Centre, traffic: Traffic) -> None:
        self._centre, self._traffic = centre, traffic

    def collect(self) -> Iterable[Family]:
        """All families, freshly looked at."""
        yield from self._process()
        yield from self._requests()
        yield from self._database()

    def _process(self) -> Iterator[Family]:
        centre, batches = self._centre, self._centre.store.measures
        yield _gauge("kaochang_saving", int(centre.store.saving))
        yield _gauge("kaochang_queue_length", centre.store.waiting)
        yield _histogram("kaochang_batch_jobs", batches.jobs)
        yield _histogram("kaochang_commit_seconds", batches.seconds)
        yield _counter("kaochang_commits_failed", batches.failed)
        yield _counter("kaochang_saves", batches.saves)
        yield _gauge("kaochang_terminals_connected", centre.presence.connected)
        yield _counter("kaochang_socket_messages", centre.presence.messages)
        if centre.swept_at is not None:
            yield _gauge("kaochang_sweep_age_seconds", time.perf_counter() - centre.swept_at)
        yield _gauge("kaochang_epoch", centre.epoch)
        free = shutil.disk_usage(centre.settings.data).free
        yield _gauge("kaochang_disk_free_bytes", free)

    def _requests(self) -> Iterator[Family]:
        yield _labelled("kaochang_http_requests", self._traffic.requests)
        seconds = {(route,): value for route, value in self._traffic.seconds.items()}
        yield _labelled("kaochang_http_seconds", seconds)

    def _database(self) -> Iterator[Family]:
        centre = self._centre
        found, now = centre.store.read(_standing), centre.now()
        if found.beat_wall_ms is not None:
            age = max(0, now.wall_ms - found.beat_wall_ms) / 1000
            yield _gauge("kaochang_heartbeat_age_seconds", age)
        yield _labelled("kaochang_attempts", {(k,): v for k, v in found.attempts.items()})
        yield _gauge("kaochang_score_backlog", found.backlog)
        yield _labelled("kaochang_head_seq", {(k,): v for k, v in found.heads.items()})
        if (backup := last_backup(centre.settings)) is not None:
            age = max(0, now.wall_ms - backup.made_ms) / 1000
            yield _gauge("kaochang_last_backup_age_seconds", age)


def _standing(session: Session) -> _Standing:
    attempts = session.execute(select(Attempt.state, func.count()).group_by(Attempt.state))
    heads = session.execute(
        select(Sitting.id, Sitting.head_seq).where(Sitting.state.in_(_UNDER_WAY))
    )
    return _Standing(
        session.scalar(select(func.max(Heartbeat.wall_ms))),
        {row[0]: row[1] for row in attempts},
        score_backlog(session),
        {row[0]: row[1] for row in heads},
    )


def _gauge(name: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, METRICS[name].en, value=value)


def _counter(name: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, METRICS[name].en, value=value)


def _histogram(name: str, buckets: Buckets) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, METRICS[name].en, buckets.cumulated(), buckets.sum)


def _labelled(name: str, values: Mapping[Labels, float]) -> Family:
    metric = METRICS[name]
    make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = make(name, metric.en, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family
