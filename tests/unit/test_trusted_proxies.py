"""Whose word counts about the caller's address and https: the named proxies', nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request

from exam_server.errors import Refusal
from exam_server.proxies import TrustedProxies, networks

PROXY, STRANGER = "10.20.0.10", "192.168.1.66"


def seen(peer: str, headers: dict[str, str], named: tuple[str, ...] = (PROXY,)) -> dict[str, Any]:
    """What the application believes of a request that ``peer`` sends."""
    app = Flask("seen")

    @app.get("/")
    def show() -> dict[str, Any]:
        left = [name for name in dict(request.headers) if "orward" in name or "Real" in name]
        return {
            "who": request.remote_addr,
            "https": request.is_secure,
            "host": request.host,
            "left": left,
        }

    app.wsgi_app = TrustedProxies(app.wsgi_app, networks(named))  # type: ignore[method-assign]
    answer = app.test_client().get("/", headers=headers, environ_base={"REMOTE_ADDR": peer})
    found: dict[str, Any] = answer.get_json()
    return found


CLAIM = {"X-Forwarded-For": "192.168.1.7", "X-Forwarded-Proto": "https", "Host": "exam.lan"}


def test_a_named_proxy_says_who_asks_and_how() -> None:
    found = seen(PROXY, CLAIM)
    assert found == {"who": "192.168.1.7", "https": True, "host": "exam.lan", "left": []}


def test_from_anybody_else_the_headers_do_not_exist() -> None:
    every = {
        **CLAIM,
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=1.2.3.4",
        "X-Real-IP": "1",
    }
    for named in ((PROXY,), ()):
        found = seen(STRANGER, every, named)
        assert found == {"who": STRANGER, "https": False, "host": "exam.lan", "left": []}


def test_only_what_the_proxy_itself_has_seen_counts() -> None:
    """The client wrote an address of its own in front; the proxy appended the true one."""
    found = seen(PROXY, {**CLAIM, "X-Forwarded-For": "127.0.0.1, 192.168.1.7"})
    assert found["who"] == "192.168.1.7"


def test_another_host_is_never_believed() -> None:
    """It would make another site's page one of our own."""
    found = seen(PROXY, {**CLAIM, "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "1"})
    assert found["host"] == "exam.lan"


def test_networks_are_named_too() -> None:
    assert seen("10.20.0.77", CLAIM, ("10.20.0.0/24",))["https"]
    assert not seen("10.21.0.77", CLAIM, ("10.20.0.0/24",))["https"]
    assert seen("::1", CLAIM, ("::1",))["https"]


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "proxy.lan", "10.20.0.10/8", "*"])
def test_everybody_and_nonsense_are_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        networks([PROXY, text])
    assert refused.value.code == "proxy_malformed"
    assert refused.value.facts["value"] == text
