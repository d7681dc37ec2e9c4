"""A Kafka that asks who one is, and shows certificates: good ones and others."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest

from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.embedded.ports import free_port
from orchestrator.embedded.server import HOST
from tests.wire.certificates import Authority, Certificate
from tests.wire.page import Rule

ALLOW = 3

NAME = "localhost"
"""What the certificates are for; 127.0.0.1 is another name."""

JAAS = "org.apache.kafka.common.security"


class SecureKafka(EmbeddedKafka):
    """Beside its plain listener: SECURE (SASL_SSL), STALE (the same, expired), MUTUAL (SSL).

    On SECURE and STALE `user` signs in with `password`, by SCRAM-SHA-512 or PLAIN; MUTUAL wants a
    certificate of the authority's.
    """

    def __init__(self, data_dir: Path, authority: Authority, user: str, password: str) -> None:
        super().__init__(data_dir)
        self._authority = authority
        self._user, self._password = user, password
        self._ports = dict.fromkeys(("SECURE", "STALE", "MUTUAL"), 0)

    def at(self, listener: str, host: str = NAME) -> str:
        """Its bootstrap servers."""
        return f"{host}:{self._ports[listener]}"

    def allow(self, rules: Iterable[Rule]) -> None:
        """Let the user do what the rules say."""
        asyncio.run(self._allow(rules))

    async def _allow(self, rules: Iterable[Rule]) -> None:
        client = AIOKafkaClient(bootstrap_servers=self.bootstrap_servers)
        await client.bootstrap()
        try:
            for rule in rules:
                who = (f"User:{self._user}", "*")
                request = CreateAclsRequest(*rule[:3], *who, rule.operation, ALLOW)
                answer = await client.send(client.get_random_node(), request)
                assert [code for code, _ in answer.creation_responses] == [0]
        finally:
            await client.close()

    def _first_records(self) -> list[str]:
        return ["--add-scram", f"SCRAM-SHA-512=[name={self._user},password={self._password}]"]

    def _properties(self) -> str:
        for listener, port in self._ports.items():
            self._ports[listener] = port or free_port(HOST)
        ours = ",".join(f"{name}://{NAME}:{port}" for name, port in self._ports.items())
        plain = super()._properties()
        for word in ("listeners=", "advertised.listeners="):
            plain = plain.replace(f"\n{word}", f"\n{word}{ours},")
        good, stale = self._authority.issue(NAME), self._authority.issue(NAME, expired=True)
        return plain + "\n".join(
            [
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
                "SECURE:SASL_SSL,STALE:SASL_SSL,MUTUAL:SSL",
                *self._signing_in("secure"),
                *self._signing_in("stale"),
                *self._showing("secure", good),
                *self._showing("stale", stale),
                *self._showing("mutual", good),
                # Whoever comes by the plain listener, or with a certificate, may do everything.
                "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users=User:ANONYMOUS;User:by-certificate",
                "listener.name.mutual.ssl.principal.mapping.rules=RULE:^.*$/by-certificate/",
                "listener.name.mutual.ssl.client.auth=required",
                "listener.name.mutual.ssl.truststore.type=PEM",
                f"listener.name.mutual.ssl.truststore.location={self._authority.cafile}",
            ]
        )

    def _signing_in(self, listener: str) -> list[str]:
        plain = f'{JAAS}.plain.PlainLoginModule required user_{self._user}="{self._password}";'
        prefix = f"listener.name.{listener}"
        return [
            f"{prefix}.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN",
            f"{prefix}.scram-sha-512.sasl.jaas.config={JAAS}.scram.ScramLoginModule required;",
            f"{prefix}.plain.sasl.jaas.config={plain}",
        ]

    @staticmethod
    def _showing(listener: str, certificate: Certificate) -> list[str]:
        prefix = f"listener.name.{listener}.ssl.keystore"
        return [f"{prefix}.type=PEM", f"{prefix}.location={certificate.both}"]
