"""The scorer: responses in, scores out, and nothing else gets in or out."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest

from exam_server.results.scorer import Scorer, refuse_the_world, serve
from exam_server.results.scorer_client import COMMAND, ScorerClient, ScorerFailed
from question_bank.items.shape import ItemType
from question_bank.sealing import opening, package
from tests.builders.papers import Authority, draft

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Paper:
    """A sealed form on disk with what opens its scoring key."""

    path: Path
    form_id: str
    secret: bytes
    correct: dict[str, str]


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    authority = Authority()
    built = authority.pack(draft({ItemType.SINGLE: 2, ItemType.MULTIPLE: 2}))
    path = tmp_path / "paper.kcp"
    path.write_bytes(built.data)
    opened = opening.open_content_keys(package.read(path), authority.centre, built.bell_code)
    ((form_id, key),) = built.form_keys.items()
    correct = {item.item_id: item.correct for item in key.items}
    return Paper(path, form_id, opened.scoring_secret, correct)


@pytest.fixture
def client() -> Iterator[ScorerClient]:
    started = ScorerClient(timeout_seconds=30)
    yield started
    started.close()


def ask(client: ScorerClient, paper: Paper, responses: dict[str, dict[str, str]]) -> dict[str, str]:
    answer = client.score(
        package_path=paper.path,
        form_id=paper.form_id,
        scoring_secret=paper.secret,
        responses=responses,
    )
    return {attempt: score["points"] for attempt, score in answer.scores.items()}


def request_line(paper: Paper, **changes: object) -> bytes:
    request: dict[str, object] = {
        "id": "r1",
        "package_path": str(paper.path),
        "form_id": paper.form_id,
        "scoring_secret": base64.b64encode(paper.secret).decode(),
        "responses": {"a1": paper.correct},
    }
    return json.dumps(request | changes).encode()


def test_right_half_blank_and_wrong_papers_get_their_points(
    client: ScorerClient, paper: Paper
) -> None:
    items = sorted(paper.correct)
    assert ask(
        client,
        paper,
        {
            "right": paper.correct,
            "half": {item: paper.correct[item] for item in items[:2]},
            "blank": {},
            "emptied": dict.fromkeys(items, ""),
        },
    ) == {"right": "4", "half": "2", "blank": "0", "emptied": "0"}


def test_a_killed_scorer_is_started_again_and_nobody_notices(
    client: ScorerClient, paper: Paper
) -> None:
    assert ask(client, paper, {"a": paper.correct}) == {"a": "4"}
    first = client.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert ask(client, paper, {"a": {}}) == {"a": "0"}
    assert client.pid != first


def test_a_scorer_that_does_not_answer_is_given_up_in_time(paper: Paper) -> None:
    sleeper = ScorerClient(
        (sys.executable, "-c", "import time; time.sleep(60)"), timeout_seconds=0.3
    )
    with pytest.raises(ScorerFailed, match="scorer_died"):
        ask(sleeper, paper, {"a": {}})
    assert sleeper.pid is None


def test_what_the_scorer_refuses_comes_back_as_a_code_and_it_lives_on(
    client: ScorerClient, paper: Paper, tmp_path: Path
) -> None:
    with pytest.raises(ScorerFailed, match="package_missing"):
        ask(client, Paper(tmp_path / "none.kcp", paper.form_id, paper.secret, {}), {"a": {}})
    with pytest.raises(ScorerFailed, match="package_no_such_form"):
        ask(client, Paper(paper.path, "other", paper.secret, {}), {"a": {}})
    with pytest.raises(ScorerFailed):
        ask(client, Paper(paper.path, paper.form_id, bytes(32), {}), {"a": {}})
    with pytest.raises(ScorerFailed, match="response_unknown_item"):
        ask(client, paper, {"a": {"stranger": "a"}})
    assert ask(client, paper, {"a": paper.correct}) == {"a": "4"}


@pytest.mark.parametrize("line", [b"not json", b"{}", b"[1]", b'{"id": 1}', b"\xff\xfe"])
def test_a_malformed_request_is_answered_by_one_code(line: bytes) -> None:
    assert Scorer().answer(line) == {"id": None, "error": "request_malformed"}


def test_a_secret_that_is_no_base64_is_malformed(paper: Paper) -> None:
    answer = Scorer().answer(request_line(paper, scoring_secret="***"))
    assert answer == {"id": "r1", "error": "request_malformed"}


def test_no_answer_and_no_error_carries_a_key_or_a_response(paper: Paper) -> None:
    lines = [
        request_line(paper),
        request_line(paper, responses={"a1": {"stranger": "abcd"}}),
        request_line(paper, form_id="other"),
    ]
    answers = BytesIO()
    serve(BytesIO(b"\n".join(lines) + b"\n"), answers)
    said = answers.getvalue().decode()
    assert said.count("\n") == 3
    for item in paper.correct:
        assert item not in said
    assert base64.b64encode(paper.secret).decode() not in said
    assert "stranger" not in said


def test_the_process_has_no_socket_no_database_no_child_and_writes_no_file(
    tmp_path: Path,
) -> None:
    """In a process of its own: an audit hook cannot be taken off again."""
    script = textwrap.dedent(
        f"""
        import sys
        from exam_server.results.scorer import refuse_the_world
        sys.addaudithook(refuse_the_world)
        import os, socket, sqlite3, subprocess
        refused = []
        for name, act in {{
            "socket": lambda: socket.socket(),
            "database": lambda: sqlite3.connect(":memory:"),
            "child": lambda: subprocess.run(["true"]),
            "shell": lambda: os.system("true"),
            "file": lambda: open({str(tmp_path / "out")!r}, "w"),
            "descriptor": lambda: os.open({str(tmp_path / "out")!r}, os.O_WRONLY | os.O_CREAT),
        }}.items():
            try:
                act()
            except PermissionError:
                refused.append(name)
        open(__import__("os").__file__).close()
        print(*refused)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["socket", "database", "child", "shell", "file", "descriptor"]
    assert not (tmp_path / "out").exists()


def test_reading_is_allowed_and_other_events_are_no_business_of_the_hook() -> None:
    refuse_the_world("open", ("/some/file", "rb", 0))
    refuse_the_world("import", ("json", None, None, None, None))
    with pytest.raises(PermissionError):
        refuse_the_world("open", ("/some/file", "r+b", 0))


def test_the_scorer_stands_between_cooperating_greenlets_too(paper: Paper) -> None:
    """Under gevent the hub goes on serving while the scorer thinks."""
    script = textwrap.dedent(
        """
        from gevent import monkey
        monkey.patch_all()
        import base64, json, sys, time
        from pathlib import Path
        import gevent
        from exam_server.results.scorer_client import ScorerClient
        path, form_id, secret, correct = json.loads(sys.argv[1])
        client = ScorerClient(timeout_seconds=30)
        ticks = []
        def tick():
            while True:
                ticks.append(1)
                gevent.sleep(0.005)
        ticking = gevent.spawn(tick)
        def ask(name):
            return client.score(
                package_path=Path(path), form_id=form_id,
                scoring_secret=base64.b64decode(secret), responses={name: correct},
            ).scores[name]["points"]
        jobs = [gevent.spawn(ask, f"a{n}") for n in range(8)]
        gevent.joinall(jobs, raise_error=True)
        ticking.kill()
        client.close()
        print(sorted({job.value for job in jobs}), len(ticks) > 5)
        """
    )
    given = [
        str(paper.path),
        paper.form_id,
        base64.b64encode(paper.secret).decode(),
        paper.correct,
    ]
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(given)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "['4'] True", done.stderr[-2000:]


def test_the_client_knows_the_scorer_by_name_only() -> None:
    assert COMMAND[-1] == "exam_server.results.scorer"
    script = (
        "import sys, exam_server.results.scorer_client;"
        "print([m for m in sys.modules if m.startswith('question_bank') "
        "or m == 'exam_server.results.scorer'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
