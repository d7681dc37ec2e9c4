"""An authority of the tests' own, and what it signs; PEM files, as operators have them."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC), datetime(2002, 1, 1, tzinfo=UTC)
HOSTS = ("localhost", "127.0.0.1", "::1")
PKCS8 = Encoding.PEM, PrivateFormat.PKCS8


class Certificate(NamedTuple):
    """`both`: the key and the chain in one file, which is what Kafka wants, too."""

    certfile: Path
    keyfile: Path
    both: Path

    def server_context(self) -> ssl.SSLContext:
        """For a server that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certfile, self.keyfile)
        return context


class Authority:
    """A CA; `cafile` is what clients are given to trust it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._ca = trustme.CA(key_type=trustme.KeyType.ECDSA)
        self.cafile = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.cafile))

    def issue(
        self, *names: str, expired: bool = False, key_password: bytes | None = None
    ) -> Certificate:
        """A certificate for `names`, host names or addresses; its key encrypted if so asked."""
        since, until = LONG_AGO if expired else (None, None)
        issued = self._ca.issue_cert(*names, not_before=since, not_after=until)
        name = f"{'-'.join(names).replace(':', '_')}{'-expired' if expired else ''}"
        secret = BestAvailableEncryption(key_password) if key_password else NoEncryption()
        key = load_pem_private_key(issued.private_key_pem.bytes(), None)
        key_pem = key.private_bytes(*PKCS8, secret)
        chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        made = Certificate(*(self._folder / f"{name}.{kind}" for kind in ("crt", "key", "pem")))
        for path, content in zip(made, (chain, key_pem, key_pem + chain), strict=True):
            path.write_bytes(content)
        return made
