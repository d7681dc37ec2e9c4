# The image of a worker, and of the sandbox that stands in for both services (docker-compose.yml).

FROM python:3.11-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/orchestrator

# Into /wheels comes only what has the hash that the lock file names, and nothing is built from source.
COPY requirements.lock ./
RUN /opt/orchestrator/bin/pip download --require-hashes --no-deps --only-binary :all: \
      --dest /wheels -r requirements.lock

# The lock file holds the tests' and the embedded servers' packages as well: of the wheels, only what
# a worker asks for is installed, and the tools that built it go again.
COPY pyproject.toml README.md LICENSE ./
COPY orchestrator ./orchestrator
COPY agents ./agents
COPY tables ./tables
RUN /opt/orchestrator/bin/pip install --no-index --find-links /wheels --upgrade setuptools \
 && /opt/orchestrator/bin/pip install --no-index --find-links /wheels --no-build-isolation . \
 && /opt/orchestrator/bin/pip uninstall --yes setuptools pip


FROM python:3.11-slim

RUN pip uninstall --yes setuptools wheel pip \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin orchestrator \
 && install --directory --owner=10001 --group=10001 --mode=0700 /data

COPY --from=build /opt/orchestrator /opt/orchestrator
COPY config /app/config

ENV PATH=/opt/orchestrator/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    POLICY_FILE=/app/config/policy.toml \
    MESSAGES_FILE=/app/config/messages.en.toml

# The worker's history. It may be lost: it is read anew from Kafka.
VOLUME /data

WORKDIR /app
USER 10001:10001
EXPOSE 8080

# Any answer but 200 raises, and the exit code is 1.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8080') + '/health/live', timeout=4)"]

ENTRYPOINT ["orchestrator"]
CMD ["worker"]
