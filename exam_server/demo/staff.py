"""A member of staff at the console, without a screen: the console's own pages and interface."""

from __future__ import annotations

import re
from typing import Any

import requests

from exam_server.errors import Refusal

_TICKET = re.compile(r'name="ticket"\s+value="([^"]+)"')
_CSRF = re.compile(r'<meta name="csrf" content="([^"]+)"')


class StaffBrowser:
    """Logged in as one person."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._url = f"{url}/console"
        self._http = requests.Session()
        self._http.trust_env = False
        form = self._http.get(f"{self._url}/login", timeout=30).text
        ticket = _TICKET.search(form)
        fields = {
            "login": login,
            "password": password,
            "ticket": ticket.group(1) if ticket else "",
        }
        page = self._http.post(f"{self._url}/login", data=fields, timeout=30)
        token = _CSRF.search(page.text)
        if page.status_code != 200 or token is None:
            raise Refusal("staff_login_wrong", 401)
        self._csrf = token.group(1)

    def get(self, path: str) -> Any:
        """One read of the console's interface."""
        return self._answer(self._http.get(self._url + path, timeout=60))

    def post(self, path: str, body: Any = None) -> Any:
        """One act."""
        headers = {"X-CSRF-Token": self._csrf}
        return self._answer(
            self._http.post(self._url + path, json=body or {}, headers=headers, timeout=60)
        )

    @staticmethod
    def _answer(answer: requests.Response) -> Any:
        value = answer.json()
        if answer.status_code >= 400:
            raise Refusal(
                str(value.get("type")),
                answer.status_code,
                value.get("facts") or {},
                value.get("rows") or [],
            )
        return value
