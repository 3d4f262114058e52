"""``python -m exam_server.verify journal-<sitting>.zip``: see §11 of the journal's page."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from exam_server.verify.anchors import decoded
from exam_server.verify.outside import OutsideHead
from exam_server.verify.report import as_json, as_text
from exam_server.verify.verify import verify


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify one export and print the report; the exit status of §11."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if len(given.seq) > len(given.head):
        parser.error("--seq 须跟在对应的 --head 之后 / each --seq belongs to a --head")
    try:
        outside = [OutsideHead.typed(text, seq) for text, seq in zip_longest(given.head, given.seq)]
    except ValueError:
        parser.error(
            "--head 写作“序号:链头”或只写链头，至少前 16 位十六进制数字"
            " / --head is SEQ:DIGEST or the digest, at least its first 16 hex digits"
        )
    report = verify(
        given.file,
        outside=outside,
        signed_heads=given.signed_head,
        known_key=None if given.key is None else _known_key(given.key, parser),
        scoring=given.scoring,
    )
    text = as_json(report, given.lang) if given.json else as_text(report, given.lang)
    sys.stdout.buffer.write(text.encode())
    sys.stdout.flush()
    return report.status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kaochang verify",
        description="校验导出的作答日志 / verify an exported journal",
        epilog="退出码 / exit status: 0 一致 holds, 1 有问题 findings, 2 无法读取 unreadable",
    )
    parser.add_argument("file", type=Path, help="journal-<sitting>.zip")
    parser.add_argument(
        "--head",
        action="append",
        default=[],
        metavar="[SEQ:]HEX",
        help="外部记下的链头或回执，至少前 16 位 / a head or receipt known from outside",
    )
    parser.add_argument(
        "--seq",
        action="append",
        default=[],
        type=int,
        metavar="N",
        help="该链头的序号 / the number of that head",
    )
    parser.add_argument(
        "--signed-head",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="考点签名的链头文件 / a head signed by the centre, as the console gives it",
    )
    parser.add_argument(
        "--key",
        metavar="PUBLIC",
        help="备案的考点公钥（base64 或文件）/ the centre's key on record, base64 or a file",
    )
    parser.add_argument(
        "--scoring",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="标准答案文件，用于重算成绩 / a scoring key file, to recompute the scores",
    )
    parser.add_argument("--json", action="store_true", help="机器可读 / for programs")
    parser.add_argument("--lang", choices=("zh", "en"), default=_default_language())
    return parser


def _default_language() -> str:
    """English only where the environment asks for it; the record is Chinese first."""
    return "en" if os.environ.get("LANG", "").startswith("en") else "zh"


def _known_key(text: str, parser: argparse.ArgumentParser) -> bytes:
    path = Path(text)
    raw = path.read_bytes() if path.is_file() else text.encode()
    key = decoded(raw)
    if key is None or len(key) != 32:
        parser.error("--key 不是 Ed25519 公钥 / --key is not an Ed25519 public key")
    return key


if __name__ == "__main__":
    sys.exit(main())
