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


class Trouble(NamedTuple):
    """Why somebody does not let us in or is not to be trusted, and what to do."""

    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.why}. {self.remedy}"


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


def tls_trouble(error: BaseException, cafile: str) -> Trouble | None:
    """Why TLS did not come about; None if it was not for TLS.

    `cafile`: the variable that says who is trusted. The libraries wrap what OpenSSL has said.
    """
    # aiohttp's own errors are ssl's, too, without what OpenSSL has said: only ssl's will do.
    said = (each for each in _causes(error) if type(each).__module__ == ssl.__name__)
    found = next((each for each in said if isinstance(each, ssl.SSLError)), None)
    if found is None:
        return None
    if isinstance(found, ssl.SSLCertVerificationError):
        return _untrusted(found, cafile)
    if "ALERT" in (found.reason or ""):
        own = cafile.replace("_CAFILE", "_CERTFILE")
        return Trouble(
            f"It broke TLS off ({found.reason})", f"Show it a certificate of ours: {own}."
        )
    return Trouble(f"TLS failed ({_reason(found)})", "See whether TLS is spoken at this port.")


def _untrusted(error: ssl.SSLCertVerificationError, cafile: str) -> Trouble:
    why = error.verify_message.rstrip(".")
    if error.verify_code in {EXPIRED, NOT_YET}:
        return Trouble(f"Its certificate is not valid now ({why})", "Renew it, or set the clock.")
    if error.verify_code in OTHER_NAME:
        return Trouble(f"Its certificate is another's ({why})", "Use a name that stands in it.")
    return Trouble(
        f"Its certificate is not trusted ({why})", f"Set {cafile} to the CA that signed it."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it came of."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        for name in ("certificate_error", "os_error"):
            inner = getattr(following, name, None)
            if isinstance(inner, BaseException):
                yield inner
        following = following.__cause__ or following.__context__


def _reason(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or type(error).__name__
