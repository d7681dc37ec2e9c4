"""Faust's web server with nothing on it but our routes, and with limits.

Faust mounts pages of its own at / (statistics, or a bare index in their place), /router and /table,
open to everyone. It starts the server before the tables are restored, so /health can tell of that.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aiohttp.web import TCPSite
from faust.types import AppT
from faust.web.drivers import aiohttp as driver

from orchestrator.errors import OrchestratorError
from orchestrator.web.access.audit import audit
from orchestrator.web.access.authentication import authentication
from orchestrator.web.access.authorization import authorization
from orchestrator.web.access.routes import Scopes
from orchestrator.web.access.rules import Rules
from orchestrator.web.problems import problems
from orchestrator.web.protocol import Runner

DRAIN_SECONDS = 1.5
"""Seconds that an answer under way may take when the worker stops, and again until it is cut off.

The worker has 10 s for all of its stopping. Nothing is decided any more by then: Faust stops the
consumer before the web server, and the producer after it.
"""


BACKLOG = 1024
"""Connections that wait to be accepted. When there is no room, Linux may drop one that its client
takes for open (SYN cookies): some hundred at once is no rare burst."""


class Web(driver.Web):
    """Faust's aiohttp driver: no pages but ours, errors as problems, access checked first."""

    default_blueprints: ClassVar[Sequence[tuple[str, Any]]] = ()
    production_blueprints: ClassVar[Sequence[tuple[str, Any]]] = ()
    debug_blueprints: ClassVar[Sequence[tuple[str, Any]]] = ()
    optional_blueprints: ClassVar[Sequence[tuple[str, Any]]] = ()

    limits: ClassVar[Mapping[str, float]] = {
        "keepalive_timeout": 15.0,  # seconds of silence, or for the headers of a request
        "lingering_time": 5.0,  # seconds that the rest of a refused body is read for
        "max_line_size": 8190,  # bytes of the request line
        "max_field_size": 8190,  # bytes of a header
        "max_headers": 64,
    }

    def __init__(self, app: AppT, rules: Rules, **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self._scopes: Scopes = {}
        # Outermost first, and before any that the app brings: nothing gets around them.
        self.web_app.middlewares[:0] = [
            problems,
            authentication(rules, self._scopes),
            audit(self._scopes, rules.audit_key),
            authorization(self._scopes),
        ]
        self._runner = Runner(self.web_app, shutdown_timeout=DRAIN_SECONDS, **self.limits)

    def route(self, pattern: str, handler: Any, cors_options: Any = None) -> None:
        """Add a view. Raises OrchestratorError if its `scopes` say nothing of a method."""
        unsaid = handler.get_methods() - {"HEAD"} - handler.scopes.keys()
        if unsaid:
            raise OrchestratorError(f"{handler.view_name}: `scopes` lacks {', '.join(unsaid)}.")
        super().route(pattern, handler, cors_options)
        *_, resource = self.web_app.router.resources()
        self._scopes[resource.canonical] = handler.scopes

    def _new_transport_tcp(self) -> TCPSite:
        conf = self.app.conf
        return TCPSite(self._runner, conf.web_bind, conf.web_port, backlog=BACKLOG)
