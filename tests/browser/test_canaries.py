"""What a candidate's own machine keeps: before the bell no item, ever no key (invariants 6, 7)."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocket

from exam_server import keys as centre_keys
from question_bank.canonical import canonical
from question_bank.sealing import opening, package
from tests.browser.centre import Person
from tests.browser.terminal import Terminal
from tests.builders import seeds
from tests.builders.centre import PreparedCentre, prepare_centre
from tests.builders.exam_day import ExamDay, serving
from tests.builders.profiles import blueprint_of, counted
from tests.builders.secrets import Marked, found_in, marked_bank, spellings, spellings_of_bytes
from tests.builders.services import free_port

COUNT = 3
PACKED = re.compile(r'"packed":"([A-Za-z0-9+/=]*)"')
# Everything the origin keeps in this browser: databases, caches, both storages, the page itself.
KEPT = """async () => {
  const kept = {};
  const packed = bytes => {
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768)
      text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  };
  const plain = (_, value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    ? { packed: packed(new Uint8Array(value.buffer ?? value)) } : value;
  for (const { name } of await indexedDB.databases()) {
    const opened = await new Promise((done, fail) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result); asked.onerror = () => fail(asked.error);
    });
    for (const store of opened.objectStoreNames) {
      const all = method => new Promise((done, fail) => {
        const asked = opened.transaction(store).objectStore(store)[method]();
        asked.onsuccess = () => done(asked.result); asked.onerror = () => fail(asked.error);
      });
      kept[`indexeddb ${name}/${store}`] =
        JSON.stringify([await all("getAllKeys"), await all("getAll")], plain);
    }
    opened.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const bytes = new Uint8Array(await (await cache.match(request)).arrayBuffer());
      kept[`cache ${request.url}`] = JSON.stringify({ packed: packed(bytes) });
    }
  }
  kept.localStorage = JSON.stringify({ ...localStorage });
  kept.sessionStorage = JSON.stringify({ ...sessionStorage });
  kept.page = document.documentElement.outerHTML;
  return kept;
}"""


def kept_by(page: Page) -> dict[str, bytes]:
    """What lies in each place: its text, and the raw bytes of whatever is binary."""
    found: dict[str, str] = page.evaluate(KEPT)
    return {
        name: text.encode() + b"".join(base64.b64decode(one) for one in PACKED.findall(text))
        for name, text in found.items()
    }


@pytest.fixture(scope="module")
def bank() -> Marked:
    return marked_bank(random.Random(seeds.seed_of("canaries")), "ethics", COUNT)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory, bank: Marked) -> PreparedCentre:
    """One candidate; an item's every part is a word that occurs nowhere else."""
    profile = counted({"ethics": {"single": COUNT, "multiple": COUNT}})
    return prepare_centre(
        tmp_path_factory.mktemp("canaries"),
        banks=[bank.bank],
        blueprint=blueprint_of(profile),
        profile=profile,
        candidates=1,
        seed="canaries",
    )


@pytest.fixture(scope="module")
def day(centre: PreparedCentre) -> Iterator[ExamDay]:
    with serving(centre, free_port()) as url:
        yield ExamDay(centre, url)


def secrets_of(centre: PreparedCentre, bank: Marked) -> dict[str, list[set[bytes]]]:
    """Kinds of canaries, each with all the ways it may be spelled."""
    keys = centre_keys.load(centre.settings.keys)
    sealed = package.from_bytes(centre.packed.data)
    opened = opening.open_content_keys(sealed, keys.hpke, centre.packed.bell_code)
    scoring = [spellings(key["salt"]) for key in centre.scoring.values()]
    scoring += [{canonical(key["items"])} for key in centre.scoring.values()]
    return {
        "items": [spellings(word) for word in bank.shown],
        "reasons and sources": [spellings(word) for word in bank.hidden],
        "scoring key": [*scoring, spellings_of_bytes(opened.scoring_secret)],
        "content key": [spellings_of_bytes(key) for key in opened.content_keys.values()],
        "bell code": [spellings(centre.packed.bell_code)],
    }


def test_a_machine_keeps_no_item_before_the_bell_and_never_a_key(
    browser: Browser, centre: PreparedCentre, bank: Marked, day: ExamDay
) -> None:
    frames: list[bytes] = []

    def listen(socket: WebSocket) -> None:
        for direction in ("framereceived", "framesent"):
            socket.on(direction, lambda said: frames.append(_raw(said)))

    secret = secrets_of(centre, bank)
    (line,) = centre.people
    person = Person(line["ticket"], line["id_number"], line["room"], line["seat"])
    with browser.new_context(viewport={"width": 1366, "height": 768}) as machine:
        terminal = Terminal(machine, day.url)
        terminal.page.on("websocket", listen)
        terminal.come_in(person)
        terminal.worker_ready()
        day.unseal()
        day.waiting(1)
        before = {**kept_by(terminal.page), "frames": b"\n".join(frames)}
        assert any(name.startswith("indexeddb") for name in before)
        assert any(name.startswith("cache") for name in before)
        for kind, needles in secret.items():
            assert found_in(before, needles) == [], f"before the bell: {kind}"

        day.bell()
        terminal.sees("answer")
        for number in range(1, 2 * COUNT + 1):
            terminal.answer(number, "A" if number <= COUNT else "AB")
        terminal.all_saved()
        during = kept_by(terminal.page)
        assert found_in({"page": during["page"]}, secret["items"]) != [], "the words can be read"
        terminal.hand_in()
        terminal.page.wait_for_selector('[data-screen="score"]', timeout=30_000)
        after = {**kept_by(terminal.page), "frames": b"\n".join(frames)}
        assert len(frames) > 5
        for kind in ("reasons and sources", "scoring key", "bell code"):
            assert found_in({**during, **after}, secret[kind]) == [], f"afterwards: {kind}"


def _raw(said: Any) -> bytes:
    return said if isinstance(said, bytes) else json.dumps(said).encode() + str(said).encode()
