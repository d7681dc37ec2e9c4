"""TLS as a client: who is trusted, what is shown to be trusted, and why it did not come about."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from orchestrator.errors import InvalidSettings

EXPIRED, NOT_YET = 10, 9
OTHER_NAME = frozenset({62, 64})
"""Numbers of OpenSSL's (X509_V_ERR_…) by which the faults of a certificate are told apart; the last
are of a host name and of an address."""


class TlsFiles(NamedTuple):
    """PEM files for the connections to one kind of server. `name`: what their variables begin with.

    Without `cafile` the machine's own authorities are trusted. `certfile` is ours, if the server
    wants one; its key stands in it or in `keyfile`.
    """

    name: str
    cafile: Path | None = None
    certfile: Path | None = None
    keyfile: Path | None = None
    key_password: str | None = None

    def given(self) -> list[str]:
        """The variables that are set."""
        fields = zip(self._fields[1:], self[1:], strict=True)
        return [f"{self.name}_{field}".upper() for field, value in fields if value is not None]


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """TLS 1.2 or newer, which checks the server's certificate and its name.

    Raises InvalidSettings, with the variable at fault.
    """
    try:
        context = ssl.create_default_context(cafile=files.cafile)
    except OSError as error:
        found = f"{files.name}_CAFILE: {str(files.cafile)!r} holds no certificate in PEM form"
        raise InvalidSettings([f"{found} ({_reason(error)})"]) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.certfile is not None:
        try:
            # Without a password OpenSSL would ask for one at the terminal.
            context.load_cert_chain(files.certfile, files.keyfile, files.key_password or "")
        except OSError as error:
            key = files.keyfile or files.certfile
            found = f"{files.name}_CERTFILE: {str(files.certfile)!r} with the key in {str(key)!r}"
            remedy = f"see that they belong together, and {files.name}_KEY_PASSWORD"
            raise InvalidSettings(
                [f"{found} cannot be used ({_reason(error)}); {remedy}"]
            ) from error
    return context


def tls_trouble(error: BaseException, cafile: str) -> str | None:
    """Why TLS did not come about, and what to do; None if it was not for TLS.

    `cafile`: the variable that says who is trusted. The libraries wrap what OpenSSL has said.
    """
    found = next((each for each in _causes(error) if isinstance(each, ssl.SSLError)), None)
    if found is None:
        return None
    if isinstance(found, ssl.SSLCertVerificationError):
        return _untrusted(found, cafile)
    if found.reason == "WRONG_VERSION_NUMBER":
        return "It does not speak TLS at this port: see the port, and whether it is to be TLS."
    if found.reason is not None and "ALERT" in found.reason:
        own = cafile.replace("_CAFILE", "_CERTFILE")
        return f"It broke TLS off ({found.reason}): see whether it wants our certificate, {own}."
    return f"TLS failed: {_reason(found)}. See whether it speaks TLS at this port."


def _untrusted(error: ssl.SSLCertVerificationError, cafile: str) -> str:
    why = error.verify_message.rstrip(".")
    if error.verify_code in {EXPIRED, NOT_YET}:
        return f"Its certificate is not valid now ({why}): have it renewed, and see both clocks."
    if error.verify_code in OTHER_NAME:
        return f"Its certificate is another's ({why}): use a name that stands in it."
    return f"Its certificate is not trusted ({why}): set {cafile} to the CA that signed it."


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it came of."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        inner = getattr(following, "os_error", None)
        if isinstance(inner, BaseException):
            yield inner
        following = following.__cause__ or following.__context__


def _reason(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or type(error).__name__
