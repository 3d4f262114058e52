"""A member of staff at the console, without a screen: the console's own pages and interface."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import msgspec
import requests

from exam_server.auth import totp
from exam_server.clock import SystemClock
from exam_server.demo import plan
from exam_server.errors import Refusal

_TICKET = re.compile(r'name="ticket"\s+value="([^"]+)"')
_PROBLEM = re.compile(r'role="alert">\s*(?:<p>)?([^<]+)')
_CSRF = re.compile(r'<meta name="csrf" content="([^"]+)"')


_HIDDEN = re.compile(r'name="csrf"\s+value="([^"]+)"')
_NEXT_CODE_SECONDS = 2 * totp.STEP_SECONDS


class StaffBrowser:
    """Logged in as one person. ``secret``: of their authenticator, where they have one.
    ``ca``: the file of the authority that an https server is believed by."""

    def __init__(
        self,
        url: str,
        login: str,
        password: str,
        *,
        secret: bytes = plan.FACTOR_SECRET,
        ca: str | None = None,
    ) -> None:
        self._url, self._password = f"{url}/console", password
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.verify = ca or True
        form = self._http.get(f"{self._url}/login", timeout=30).text
        ticket = _TICKET.search(form)
        fields = {
            "login": login,
            "password": password,
            "ticket": ticket.group(1) if ticket else "",
        }
        page = self._http.post(f"{self._url}/login", data=fields, timeout=30)
        if page.url.startswith(f"{self._url}/login/step"):
            page = self._give_code(page, secret)
        token = _CSRF.search(page.text)
        if page.status_code != 200 or token is None:
            raise Refusal("staff_login_wrong", 401)
        self._csrf = token.group(1)

    def _give_code(self, page: requests.Response, secret: bytes) -> requests.Response:
        """A code that was not used yet: three are good at any time, then one must wait."""
        ends = time.monotonic() + _NEXT_CODE_SECONDS
        while time.monotonic() < ends:
            now = totp.step_at(SystemClock().now().wall_ms)
            for step in (now - 1, now, now + 1):
                hidden = _HIDDEN.search(page.text)
                fields = {
                    "csrf": hidden.group(1) if hidden else "",
                    "code": totp.code_at(secret, step),
                }
                page = self._http.post(f"{self._url}/login/code", data=fields, timeout=30)
                if _CSRF.search(page.text):
                    return page
            time.sleep(1)
        return page

    @property
    def cookie(self) -> str:
        """The login, as it travels in a header."""
        return "; ".join(f"{one.name}={one.value}" for one in self._http.cookies)

    def get(self, path: str) -> Any:
        """One read of the console's interface."""
        return self._answer(self._http.get(self._url + path, timeout=60))

    def post(self, path: str, body: Any = None) -> Any:
        """One act."""
        headers = {"X-CSRF-Token": self._csrf}
        return self._answer(
            self._http.post(self._url + path, json=body or {}, headers=headers, timeout=60)
        )

    def board(self, sitting_id: str) -> dict[str, Any]:
        """The room's board as it is now."""
        found: dict[str, Any] = self.get(f"/api/sittings/{sitting_id}/board")
        return found

    def unseal(self, sitting_id: str, code: str, second: str = "proctor") -> None:
        """启封 by the bell code, with a second person who has the same password."""
        beside = {"login": second, "password": self._password}
        self.post(f"/api/sittings/{sitting_id}/unseal", {"code": code, "second": beside})

    def ring(self, sitting_id: str) -> None:
        """开考."""
        self.post(f"/api/sittings/{sitting_id}/start")

    def send_form(
        self,
        path: str,
        fields: Mapping[str, str | list[str]],
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> None:
        """A page's form, taken; RuntimeError where the page comes back with what is wrong."""
        answer = self._http.post(
            self._url + path,
            data={**fields, "csrf": self._csrf},
            files=files,
            allow_redirects=False,
            timeout=60,
        )
        if answer.status_code != 303:
            told = _PROBLEM.search(answer.text)
            raise RuntimeError(f"{path}: {answer.status_code} {told.group(1) if told else ''}")

    def printed(self, exam_id: str, document: str) -> tuple[str, bytes]:
        """A kind of document of the whole exam: the file's name and bytes."""
        answer = self._http.post(
            f"{self._url}/api/paper/print",
            json={"exam": exam_id, "document": document, "by": "whole"},
            headers={"X-CSRF-Token": self._csrf},
            timeout=300,
        )
        if answer.status_code >= 400:
            self._answer(answer)
        rest = answer.content
        while rest:
            line, _, rest = rest.partition(b"\n")
            told = msgspec.json.decode(line)
            if "problem" in told:
                raise Refusal(told["problem"]["type"], 422, told["problem"].get("facts") or {})
            if "file" in told:
                return told["file"], rest
        raise RuntimeError(f"{document}: no file came")

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


def account_for_all(staff: StaffBrowser, sitting_id: str, reason: str) -> dict[str, int]:
    """收场核对 as a proctor works through it, row by row and always for ``reason``: absent,
    blank, unheard of, not made up for; how many of each cause. What needs a decision of two
    is left standing."""
    done: dict[str, int] = {}
    for row in staff.get(f"/api/sittings/{sitting_id}/reconciliation")["rows"]:
        cause, about = row["cause"], row["about"]
        match cause:
            case "not_arrived":
                staff.post(f"/api/candidates/{about}/absent", {"reason": reason})
            case "blank" | "unsynced":
                staff.post(f"/api/attempts/{about}/explain", {"cause": cause, "reason": reason})
            case "loss":
                staff.post(f"/api/attempts/{about}/decline-loss", {"reason": reason})
            case _:
                continue
        done[cause] = done.get(cause, 0) + 1
    return done
