"""HTTP requests counted by route, in this process."""

from __future__ import annotations

import time
from collections import Counter, defaultdict

from flask import Flask, Response, g, request


class Traffic:
    """Plain counters that only the serving core changes. ``seconds`` by route."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def watch(self, app: Flask) -> None:
        """Count every request of ``app``, refused ones too."""
        app.before_request(self._begin)
        app.after_request(self._end)

    @staticmethod
    def _begin() -> None:
        g.begun = time.perf_counter()

    def _end(self, response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "unknown"
        self.requests[route, f"{response.status_code // 100}xx"] += 1
        if (begun := g.get("begun")) is not None:
            self.seconds[route] += time.perf_counter() - begun
        return response
