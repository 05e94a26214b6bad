"""
What can go wrong between the gate and ARI, and where foreign exceptions become ours.

    AriError
    ├── AriUnavailable        passes by itself; the connection is tried again
    │   ├── AriTimeout        no answer in time
    │   └── AriDisconnected   no connection, or it went before the answer came (also: Asterisk is still booting)
    ├── AriRefused            Asterisk answered with an error; has its status, reason and message
    │   ├── AriForbidden      401, 403: user, password or rights are wrong
    │   ├── AriNotFound       404
    │   └── AriConflict       409: the channel does not stand in the application
    ├── AriReplaced           another process connected with this application's name
    └── AriMalformed          what Asterisk sent cannot be read
"""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import msgspec

BOOTING = frozenset({404, 503})
"""At connect only: the modules are not loaded yet; "Asterisk not booted" (res/res_ari.c)."""


class AriError(Exception):
    """ARI did not do what it was asked."""


class AriUnavailable(AriError):  # noqa: N818  named for the state, like the ones below
    """ARI cannot be reached at present."""


class AriTimeout(AriUnavailable):
    """No answer in time."""


class AriDisconnected(AriUnavailable):
    """There is no connection, or it ended before the answer came."""


class AriReplaced(AriError):  # noqa: N818
    """Another process took this application's name: calls go there now."""


class AriMalformed(AriError):  # noqa: N818
    """Asterisk sent what cannot be read."""


class AriRefused(AriError):  # noqa: N818
    """Asterisk's own error answer."""

    def __init__(self, status: int, message: str, *, reason: str = "", request: str = "") -> None:
        """`message` is the body's, `reason` the status line's, `request` the method and resource."""
        super().__init__(f"{request}: {status} {reason}: {message}")
        self.status = status
        self.message = message
        self.reason = reason
        self.request = request


class AriForbidden(AriRefused):
    """User, password or rights are wrong; only a person can mend that."""


class AriNotFound(AriRefused):
    """The channel, variable, application or label is not there."""


class AriConflict(AriRefused):
    """The channel does not stand in a Stasis application."""


NO_SUCH_LABEL = "Requested label can not be found"
"""A 404 as well (res/ari/resource_channels.c), but the dialplan's fault: the channel still waits."""
_NO_SUCH_SOURCE = 422
_BY_STATUS: dict[int, type[AriRefused]] = {401: AriForbidden, 403: AriForbidden, 404: AriNotFound, 409: AriConflict}


def refusal(status: int, message: str, *, reason: str = "", request: str = "") -> AriRefused:
    """The exception for an error answer of this status."""
    return _BY_STATUS.get(status, AriRefused)(status, message, reason=reason, request=request)


def means_gone(error: AriRefused) -> bool:
    """Whether an error answer says that the channel is no more, or no longer in the gate."""
    if isinstance(error, AriNotFound):
        # The subscription's 404 is about the application, not the channel (its own word for that is 422).
        return error.message != NO_SUCH_LABEL and "/subscription" not in error.request
    return isinstance(error, AriConflict) or error.status == _NO_SUCH_SOURCE


def untrusted(error: Exception) -> str:
    """What is wrong with a certificate, in OpenSSL's words, and where to say whom to believe."""
    why = getattr(error, "verify_message", "") or str(error)
    return f"Asterisk's certificate is not believed: {why.rstrip('.')}; see [asterisk] tls_ca_file"


@contextmanager
def foreign_errors(doing: str) -> Iterator[None]:
    """Turn what aiohttp, the system and msgspec raise into this tree, chained. The only place that does."""
    try:
        yield
    except aiohttp.WSServerHandshakeError as error:
        if error.status in BOOTING:
            raise AriDisconnected(f"{doing}: {error.status}, Asterisk is not up yet") from error
        raise refusal(error.status, error.message, request=doing) from error
    except aiohttp.ClientConnectorCertificateError as error:
        raise AriDisconnected(f"{doing}: {untrusted(error.certificate_error)}") from error
    except TimeoutError as error:
        # An OSError too, and aiohttp's own time-outs are ClientErrors: it must come first.
        raise AriTimeout(f"{doing}: no answer in time") from error
    except (aiohttp.ClientError, OSError) as error:
        raise AriDisconnected(f"{doing}: {error or type(error).__name__}") from error
    except msgspec.MsgspecError as error:
        raise AriMalformed(f"{doing}: {error}") from error
