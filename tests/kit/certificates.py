"""Certificates for tests, made by the `openssl` program: it is wherever TLS is, and wants no package."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[elsewhere]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:elsewhere.example.org
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate and its key, both PEM; `both` holds the two, as Kafka wants them."""

    certificate: Path
    key: Path

    @property
    def both(self) -> Path:
        """One file with key and certificate."""
        path = self.certificate.with_suffix(".both.pem")
        path.write_text(self.key.read_text() + self.certificate.read_text())
        return path


def openssl(*arguments: str | Path, given: bytes = b"") -> bytes:
    """Runs the program; what it printed.

    Raises:
        AssertionError: it failed; in its words.
    """
    if shutil.which("openssl") is None:
        pytest.skip("the program openssl is not installed: TLS is left unchecked")
    done = subprocess.run(["openssl", *map(str, arguments)], input=given, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Authority:
    """A CA of the test's own.

    Args:
        folder: an existing folder for its files.
        name: of the CA; two in one folder need two.
    """

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder = folder
        self._config = folder / "openssl.cnf"
        self._config.write_text(_CONFIG)
        self.certificate, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        openssl(
            *("req", "-x509", "-config", self._config, "-extensions", "ca", "-subj", f"/CN=test {name}", "-days", "2"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", self._key, "-out", self.certificate),
        )

    def sign(self, name: str, *, kind: str = "leaf") -> Signed:
        """A certificate for this machine's loopback address, for servers and clients; kind `elsewhere`: another's."""
        signed = Signed(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request = openssl(
            *("req", "-new", "-config", self._config, "-subj", f"/CN={name}", "-newkey", "ec"),
            *("-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", signed.key),
        )
        made = openssl(
            *("x509", "-req", "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial", "-days", "2"),
            *("-extfile", self._config, "-extensions", kind),
            given=request,
        )
        signed.certificate.write_bytes(made)
        return signed
