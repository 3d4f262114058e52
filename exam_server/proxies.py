"""Who may say on whose behalf a request comes: the proxies that the centre has named.

A proxy that ends TLS tells the address of the machine behind it and that it came by https
(``X-Forwarded-For``, ``X-Forwarded-Proto``). Anybody can send such headers: from an address
that was not named they are taken off before anything reads them. So the limits on wrong logins
count the real machine, cookies are Secure behind the proxy, and origins are compared with
what the browser sees.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from exam_server.errors import Refusal

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HEADERS = ("FOR", "PROTO", "HOST", "PORT", "PREFIX", "SCHEME")
_NAMES = (*(f"HTTP_X_FORWARDED_{name}" for name in _HEADERS), "HTTP_FORWARDED", "HTTP_X_REAL_IP")


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks (``10.0.0.5``, ``10.0.0.0/24``, ``::1``) as they are configured.

    Refusal ``proxy_malformed`` (422) for anything else, also for "everybody".
    """
    found = []
    for text in texts:
        try:
            network = ipaddress.ip_network(text.strip())
        except ValueError as error:
            raise Refusal("proxy_malformed", 422, {"value": text}) from error
        if network.prefixlen == 0:
            raise Refusal("proxy_malformed", 422, {"value": text})
        found.append(network)
    return tuple(found)


class TrustedProxies:
    """WSGI middleware in front of the whole application, its sockets included.

    Only the nearest proxy is believed: the last address of ``X-Forwarded-For`` is the one that
    it has seen itself. The host is the one that was asked for, which a proxy passes on as it is.
    """

    def __init__(self, app: Any, trusted: tuple[Network, ...]) -> None:
        self._app, self._trusted = app, trusted
        self._behind = ProxyFix(self._bare, x_for=1, x_proto=1, x_host=0, x_port=0, x_prefix=0)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Believe a named proxy; from anybody else the headers do not exist."""
        if self._named(str(environ.get("REMOTE_ADDR", ""))):
            return self._behind(environ, start_response)
        return self._bare(environ, start_response)

    def _bare(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Nothing further in reads a header that has been believed, or has not."""
        for name in _NAMES:
            environ.pop(name, None)
        return self._app(environ, start_response)

    def _named(self, address: str) -> bool:
        if not self._trusted:
            return False
        try:
            peer = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(peer in network for network in self._trusted)
