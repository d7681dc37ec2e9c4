"""The one table of settings: name, default, meaning.

A field's upper-cased name is the variable's; its default and description are what the README shows.
"""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, FilePath, SecretStr

from orchestrator.guarantee import Guarantee
from orchestrator.settings.kinds import (
    ApiTokens,
    Brokers,
    HeaderPairs,
    Host,
    KafkaName,
    LogLevel,
    RedisUrl,
    SaslMechanism,
    SecurityProtocol,
    ServiceUrl,
    SharedSecret,
    Streams,
    Tenants,
    Token,
    pair_values,
)

EVENT_STREAMS = tuple(
    f"aivo.events.{name}"
    for name in ("baseline", "slp", "sel", "coursework", "assessment", "learner")
)
"""The streams that the producers write to."""


class Settings(BaseModel):
    """What a worker is told from outside. Frozen; its repr shows no secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    redis_url: RedisUrl = Field(
        default="redis://localhost:6379/0",
        repr=False,
        description="Redis with the producers' streams; may hold a user and password",
    )
    redis_ssl_cafile: FilePath | None = Field(
        default=None,
        description="PEM file with the CA of Redis, for a rediss:// URL; without it the machine's",
    )
    redis_ssl_certfile: FilePath | None = Field(
        default=None, description="PEM file with our certificate for Redis, and perhaps its key"
    )
    redis_ssl_keyfile: FilePath | None = Field(
        default=None, description="PEM file with that certificate's key"
    )
    redis_ssl_key_password: SecretStr | None = Field(
        default=None, description="what that key is encrypted with"
    )
    event_streams: Streams = Field(
        default=EVENT_STREAMS, description="Redis streams that are read, comma-separated"
    )
    default_tenant_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=128,
        description="tenant of events that name none; without it they are refused",
    )
    flood_share: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="stop when more than this share of a stream's entries of a minute is refused",
    )
    flood_minimum: int = Field(
        default=1_000, ge=1, description="fewer entries in a minute than this are no flood"
    )
    flood_run: int = Field(
        default=500, ge=1, description="stop when so many entries of a stream in a row are refused"
    )
    kafka_bootstrap_servers: Brokers = Field(
        default=("localhost:9092",), description="Kafka brokers to begin with, host:port,host:port"
    )
    kafka_security_protocol: SecurityProtocol = Field(
        default="PLAINTEXT",
        description="what the brokers speak: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL",
    )
    kafka_sasl_mechanism: SaslMechanism | None = Field(
        default=None,
        description="how to sign in with SASL: SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN",
    )
    kafka_sasl_username: str | None = Field(
        default=None, min_length=1, description="user to sign in as"
    )
    kafka_sasl_password: SecretStr | None = Field(default=None, description="the user's password")
    kafka_ssl_cafile: FilePath | None = Field(
        default=None, description="PEM file with the brokers' CA; without it the machine's"
    )
    kafka_ssl_certfile: FilePath | None = Field(
        default=None, description="PEM file with our certificate for Kafka, and perhaps its key"
    )
    kafka_ssl_keyfile: FilePath | None = Field(
        default=None, description="PEM file with that certificate's key"
    )
    kafka_ssl_key_password: SecretStr | None = Field(
        default=None, description="what that key is encrypted with"
    )
    application_id: KafkaName = Field(
        default="orchestrator", description="the consumer group; all workers of a cluster share it"
    )
    group_instance_id: KafkaName | None = Field(
        default=None,
        description="makes the worker a static member, known by this name across restarts",
    )
    kafka_session_timeout: float = Field(
        default=10,
        ge=1,
        le=1800,
        description="seconds without a heartbeat until a worker counts as gone",
    )
    topic_partitions: int = Field(
        default=12, ge=1, le=1000, description="partitions of each of a learner's topics"
    )
    topic_replication_factor: int = Field(
        default=1,
        ge=1,
        le=15,
        description="copies of each topic; 3 is advised where there are 3 brokers",
    )
    processing_guarantee: Guarantee = Field(
        default=Guarantee.AT_LEAST_ONCE,
        description="what holds across a crash: at_least_once, or exactly_once; all workers alike",
    )
    learner_svc_url: ServiceUrl = Field(
        default="http://localhost:8081",
        description="learner-svc, which takes levels and learning paths",
    )
    learner_svc_token: Token | None = Field(
        default=None, description="bearer token for learner-svc"
    )
    notification_svc_url: ServiceUrl = Field(
        default="http://localhost:8082",
        description="notification-svc, which takes breaks, interventions",
    )
    notification_svc_token: Token | None = Field(
        default=None, description="bearer token for notification-svc"
    )
    services_ssl_cafile: FilePath | None = Field(
        default=None,
        description="PEM file with the CA of both services, for https:// URLs; "
        "without it the machine's",
    )
    allow_cleartext_secrets: bool = Field(
        default=False,
        description="let a token or password go unencrypted to another machine, where the network "
        "between encrypts it",
    )
    policy_file: FilePath = Field(
        default=Path("config/policy.toml"), description="thresholds and durations of the rules"
    )
    messages_file: FilePath = Field(
        default=Path("config/messages.en.toml"),
        description="the words that children and teachers read",
    )
    shadow_policy_file: FilePath | None = Field(
        default=None,
        description="a candidate that is tried beside the policy in force, with MESSAGES_FILE, and "
        "asks nobody for anything; started unless it was a shadow of this cluster before",
    )
    canary_policy_file: FilePath | None = Field(
        default=None,
        description="a policy that decides for some learners, with MESSAGES_FILE; started unless "
        "it was a canary of this cluster before, so that one which was undone stays so",
    )
    canary_percent: float = Field(
        default=5,
        gt=0,
        le=100,
        allow_inf_nan=False,
        description="of the learners are in the canary",
    )
    canary_tenants: Tenants = Field(
        default=(), description="of these tenants alone, comma-separated; of all where it is empty"
    )
    canary_rails_file: FilePath | None = Field(
        default=None,
        description="TOML with numbers of its guard rails; without it those of "
        "`orchestrator policy canary --help`",
    )
    web_bind: Host = Field(
        default="127.0.0.1", description="address the HTTP API listens at; 0.0.0.0 in a container"
    )
    port: int = Field(default=8080, ge=1, le=65535, description="port of the HTTP API")
    advertised_url: ServiceUrl | None = Field(
        default=None,
        description="where the other workers reach this one's HTTP API; without it WEB_BIND and "
        "PORT, and the host's name where WEB_BIND is 0.0.0.0. A static member keeps it",
    )
    cluster_token: SharedSecret | None = Field(
        default=None,
        description="what workers know one another by, the same for all; "
        "without it they ask one another on one machine only, and not while API_TOKENS is set",
    )
    api_tokens: ApiTokens = Field(
        default=(),
        description="who may use the HTTP API: `name:scopes:sha256-hex[:tenant]`, comma-separated; "
        "`orchestrator token new` makes one. Without any, this machine alone may",
    )
    api_rate: float = Field(
        default=50,
        gt=0,
        le=1_000_000,
        description="requests a second that a token may make, at each worker",
    )
    api_burst: int = Field(
        default=200, ge=1, le=1_000_000, description="requests that a token may make at once"
    )
    audit_key: SharedSecret | None = Field(
        default=None,
        description="key of the hashes that stand for learners in the audit log, the same for all "
        "workers; without it each worker makes one up at every start",
    )
    data_dir: Path | None = Field(
        default=None,
        description="folder for the worker's history, of its own; without it one in the user's "
        "cache, by APPLICATION_ID and PORT. It may be lost: it is read anew from Kafka",
    )
    history_days: float = Field(
        default=7, gt=0, le=35, description="days that events and actions stay in the history"
    )
    history_rows: int = Field(
        default=5_000_000,
        ge=1_000,
        le=1_000_000_000,
        description="events and actions together that the history has at most; the oldest go",
    )
    log_level: LogLevel = Field(default="INFO", description="least severity that is logged")
    stuck_after_seconds: float = Field(
        default=30,
        ge=1,
        le=86_400,
        description="seconds that the event loop, or a partition with work, may stand still; then "
        "all stacks are written into the log",
    )
    otel_exporter_otlp_endpoint: ServiceUrl | None = Field(
        default=None,
        description="collector of traces, asked by OTLP over HTTP; without it nothing is traced. "
        "The other OTEL_… variables hold as well",
    )
    otel_exporter_otlp_headers: HeaderPairs | None = Field(
        default=None,
        description="what the collector asks for to know the worker, name=value,name=value",
    )
    clock_offset: float = Field(
        default=0,
        ge=-(10**8),
        le=10**8,
        allow_inf_nan=False,
        description="seconds added to the machine's clock, so that a test can live an hour at once",
    )

    def own_url(self, host_name: str) -> str:
        """Where the other workers reach this one; `host_name` is the machine's."""
        if self.advertised_url is not None:
            return self.advertised_url
        listens_everywhere = self.web_bind in {"0.0.0.0", "::"}  # noqa: S104 - a comparison
        host = host_name if listens_everywhere else self.web_bind
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def secrets(self) -> tuple[str, ...]:
        """Every secret text in force, for what must never show one (the log)."""
        held = [getattr(self, field) for field in type(self).model_fields]
        found = [each.get_secret_value() for each in held if isinstance(each, SecretStr)]
        found += [token.digest.hex() for token in self.api_tokens]
        redis = urlsplit(self.redis_url)
        asked = [text for texts in parse_qs(redis.query).values() for text in texts]
        password = redis.password
        asked += pair_values(self.otel_exporter_otlp_headers)
        return (*found, *asked, *([password, unquote(password)] if password else []))


NAMES = {field.upper(): field for field in Settings.model_fields}
"""Variable to field."""

SECRETS = frozenset(
    {
        "REDIS_URL",
        "REDIS_SSL_KEY_PASSWORD",
        "KAFKA_SASL_PASSWORD",
        "KAFKA_SSL_KEY_PASSWORD",
        "LEARNER_SVC_TOKEN",
        "NOTIFICATION_SVC_TOKEN",
        "CLUSTER_TOKEN",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "API_TOKENS",
        "AUDIT_KEY",
    }
)
"""What is never shown, and may be read from the file that NAME_FILE points to instead."""
