"""The centre's own certificate authority: made at ``init``, installed on every terminal.

On plain http a LAN browser has no service worker, so a reload during a LAN loss would be
dead, and ID numbers would travel in clear (DESIGN §7).
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_KEY, CA_CERT = "ca.key", "ca.pem"
SERVER_KEY, SERVER_CERT = "server.key", "server.pem"
CA_YEARS, SERVER_DAYS = 10, 397  # browsers refuse server certificates over 398 days
_BACKDATED = timedelta(days=2)  # terminals' clocks are often wrong


def create_authority(folder: Path, centre: str, now: datetime) -> None:
    """A CA key and certificate in ``folder``; nothing happens when they are there."""
    if (folder / CA_CERT).exists():
        return
    begin = now - _BACKDATED
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, centre[:60]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Kaochang CA {centre}"[:60]),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365 * CA_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_ca_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(folder / CA_KEY, key)
    (folder / CA_CERT).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def issue_server(
    folder: Path, names: Sequence[str], now: datetime, out: Path | None = None
) -> tuple[Path, Path]:
    """A fresh server certificate for these host names and addresses: (certificate, key).

    ``folder``: the centre's keys. ``out``: where the two files go, by default there too.
    """
    out = out or folder
    begin = now - _BACKDATED
    ca = x509.load_pem_x509_certificate((folder / CA_CERT).read_bytes())
    ca_key = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), None)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:60])]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=SERVER_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
            critical=False,
        )
        .sign(ca_key, hashes.SHA256())
    )
    _write_key(out / SERVER_KEY, key)
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (out / SERVER_CERT).write_bytes(pem)
    return out / SERVER_CERT, out / SERVER_KEY


def ca_days_left(folder: Path, now: datetime) -> int:
    """Days until the centre's own root ends."""
    ends = x509.load_pem_x509_certificate((folder / CA_CERT).read_bytes()).not_valid_after_utc
    return (ends - now).days


class ServerFacts(NamedTuple):
    """What the newest server certificate says: days left (negative: over), names, addresses."""

    days_left: int
    names: list[str]


def server_facts(folder: Path, now: datetime) -> ServerFacts | None:
    """Of the certificate that the last ``serve`` was issued; None when there is none."""
    path = folder / SERVER_CERT
    if not path.exists():
        return None
    found = x509.load_pem_x509_certificate(path.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    days = (found.not_valid_after_utc - now).days
    return ServerFacts(days, [str(name.value) for name in names])


def own_names(host: str = "0.0.0.0") -> list[str]:  # noqa: S104
    """The names and addresses by which this machine is reached, ``host`` among them."""
    names = ["localhost", "127.0.0.1", socket.gethostname()]
    if host not in ("0.0.0.0", "::", *names):  # noqa: S104
        names.append(host)
    try:
        resolved = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        resolved = []
    found = {str(info[4][0]) for info in resolved} | card_addresses()
    return [*names, *sorted(found - set(names))]


def card_addresses() -> set[str]:
    """The IPv4 addresses of this machine's network cards: what a terminal types where no name
    resolves. Where they cannot be told there are none."""
    try:
        cards = psutil.net_if_addrs().values()
    except OSError:
        return set()
    return {one.address for card in cards for one in card if one.family == socket.AF_INET}


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _ca_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(pem)
