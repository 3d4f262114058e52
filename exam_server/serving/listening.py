"""Where a centre listens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and with how many processes.

    ``certificate`` and ``private_key``: None serves plain http.
    """

    host: str
    port: int
    certificate: Path | None = None
    private_key: Path | None = None
    workers: int = 1

    @property
    def url(self) -> str:
        """The address to print."""
        scheme = "https" if self.certificate else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"
