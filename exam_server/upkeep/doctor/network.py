"""The certificate, the port, the message queue."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import redis as redis_library
from sqlalchemy.exc import DBAPIError

from exam_server.clock import SystemClock, utc
from exam_server.errors import Refusal
from exam_server.settings import Settings
from exam_server.storage.lock import only_writer
from exam_server.upkeep.certificates import CA_CERT, ca_days_left, own_names, server_facts
from exam_server.upkeep.doctor.finding import Finding, bad, good, warn

_CA_WARN_DAYS = 60
_TIMEOUT_SECONDS = 3


def certificate(settings: Settings) -> Iterator[Finding]:
    """The centre's own authority, and what the last ``serve`` was issued."""
    now = utc(SystemClock().now())
    if not (settings.keys / CA_CERT).exists():
        yield bad(
            "certificate",
            "没有考点证书，请重新执行 init",
            "no centre certificate: run init again",
        )
        return
    left = ca_days_left(settings.keys, now)
    if left < _CA_WARN_DAYS:
        yield bad(
            "certificate",
            f"考点根证书还有 {left} 天到期；请重建证书并在每台考试机重新安装",
            f"the centre's root certificate ends in {left} days: make a new one and install it "
            "on every terminal",
        )
        return
    facts = server_facts(settings.keys, now)
    if facts is None:
        yield good("certificate", "考点证书正常", "the centre certificate is there")
    elif facts.days_left < 0:
        yield warn(
            "certificate",
            "服务器证书已过期，下次 serve 会自动更换",
            "the server certificate has expired; the next serve renews it",
        )
    elif missing := sorted(set(own_names()) - set(facts.names)):
        yield warn(
            "certificate",
            f"本机地址有变，证书里没有 {missing[0]}；请重新启动 serve",
            f"this machine's addresses have changed, the certificate lacks {missing[0]}: "
            "restart serve",
        )
    else:
        yield good("certificate", "考点证书正常，地址相符", "certificates fit this machine")


def port(settings: Settings, number: int) -> Iterator[Finding]:
    """Free for the centre, or the centre's."""
    serving = _serving(settings)
    answers = _answers(number)
    if serving and not answers:
        yield warn(
            "port",
            f"服务器在运行，但端口 {number} 没有应答；若用了别的端口请加 --port",
            f"the server runs but port {number} does not answer: name its own by --port",
        )
    elif answers and not serving:
        yield bad(
            "port",
            f"端口 {number} 被其他程序占用，请停掉它或换一个端口",
            f"port {number} is taken by another program: stop that or use another port",
        )
    elif serving:
        yield good("port", f"服务器正在端口 {number} 运行", f"the server answers at port {number}")
    else:
        yield good("port", f"端口 {number} 空闲", f"port {number} is free")


def _serving(settings: Settings) -> bool:
    try:
        with only_writer(settings.lock_path, settings.database_url):
            return False
    except Refusal:
        return True
    except DBAPIError:  # another look's finding
        return False


def _answers(number: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(_TIMEOUT_SECONDS)
        return probe.connect_ex(("127.0.0.1", number)) == 0


def redis(settings: Settings) -> Iterator[Finding]:
    """Where several processes are configured: it answers."""
    if settings.redis_url is None:
        return
    try:
        client = redis_library.Redis.from_url(
            settings.redis_url,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
        )
        version = str(client.info("server")["redis_version"])
        client.close()
    except (redis_library.RedisError, OSError, ValueError) as error:
        yield bad(
            "redis",
            f"连不上 Redis（{type(error).__name__}），请检查服务和 KAOCHANG_REDIS_URL；"
            "没有它推送会变慢，作答不受影响",
            f"Redis does not answer ({type(error).__name__}): look at its service and "
            "KAOCHANG_REDIS_URL; pushes become polls without it, answers are safe",
        )
    else:
        yield good("redis", f"Redis {version} 有应答", f"Redis {version} answers")
