"""``/metrics`` for who holds the token; ``/healthz`` and ``/livez`` for everybody."""

from __future__ import annotations

import hmac
import os
import secrets
import shutil
import time
from pathlib import Path

from flask import Flask, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from exam_server.context import Centre
from exam_server.errors import Refusal
from exam_server.metrics.collector import registry_of
from exam_server.metrics.traffic import Traffic
from exam_server.settings import Settings, write_private

TOKEN_FILE = "metrics.token"  # noqa: S105  a file's name
LEAST_FREE_BYTES = 512 << 20  # a day of a large centre writes a third of it
MOST_SWEEP_SECONDS = 10.0


def open_doors(app: Flask, centre: Centre) -> None:
    """Count requests, and answer the three addresses."""
    traffic = Traffic()
    traffic.watch(app)
    registry = registry_of(centre, traffic)

    @app.get("/metrics")
    def metrics() -> Response:
        _refuse_strangers(centre.settings)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    @app.get("/healthz")
    def healthz() -> tuple[Response, int]:
        found = health(centre)
        return jsonify(found), 200 if found["ready"] else 503

    @app.get("/livez")
    def livez() -> Response:
        return jsonify({"alive": True})


def health(centre: Centre) -> dict[str, object]:
    """Whether this process may be sent candidates: it saves, its second's work is done, and it
    has not been asked to end. A disk that runs low is told, and turns nobody away."""
    swept = centre.swept_at
    sweeping = swept is None or time.perf_counter() - swept < MOST_SWEEP_SECONDS
    low = shutil.disk_usage(centre.settings.data).free < LEAST_FREE_BYTES
    saving = centre.store.saving
    return {
        "ready": saving and sweeping and not centre.stopping,
        "saving": saving,
        "sweeping": sweeping,
        "stopping": centre.stopping,
        "disk": "low" if low else "good",
        "epoch": centre.epoch,
    }


def token_of(settings: Settings) -> str:
    """The scraper's token, made when there is none: a file only this account reads."""
    path = token_path(settings)
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32).encode() + b"\n")
    return path.read_text("ascii").strip()


def token_path(settings: Settings) -> Path:
    """Where it lies; in no backup."""
    return Path(os.environ.get("KAOCHANG_METRICS_TOKEN_FILE") or settings.home / TOKEN_FILE)


def _refuse_strangers(settings: Settings) -> None:
    """By token, not by address: behind a proxy everybody comes from this machine."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), token_of(settings).encode()):
        raise Refusal("metrics_token", 401, {"file": TOKEN_FILE})
