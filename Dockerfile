# The service, or a worker of a Dask cluster: the locked libraries and our wheel, nothing else.
#
#   docker build -t forefolio .
#   docker run -p 127.0.0.1:8000:8000 -v forefolio:/data -e FOREFOLIO_API_TOKEN=... forefolio

FROM node:22-slim AS page
WORKDIR /build/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci
COPY web ./
# What the page shares with the package: the look, the titles, the spelling.
COPY src/forefolio/views/look.css src/forefolio/views/titles.json ../src/forefolio/views/
COPY src/forefolio/core/spelling.json ../src/forefolio/core/
RUN npm run build

FROM python:3.13-slim AS build
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# poetry-core, which builds our wheel, is locked with its hashes like everything else.
COPY requirements.lock requirements-runtime.lock ./
RUN python -m venv /opt/forefolio \
 && /opt/forefolio/bin/pip install --require-hashes -r requirements-runtime.lock
RUN python -m venv /opt/build \
 && sed -n '/^poetry-core==/,/[^\\]$/p' requirements.lock > requirements-build.lock \
 && /opt/build/bin/pip install --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY tools tools
COPY src src
COPY --from=page /build/src/forefolio/api/built src/forefolio/api/built
COPY --from=page /build/src/forefolio/views/built src/forefolio/views/built
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
 && /opt/forefolio/bin/pip install --no-deps --no-index wheels/*.whl \
 && /opt/forefolio/bin/python -m forefolio.core.numerics

FROM python:3.13-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home --shell /usr/sbin/nologin forefolio \
 && install -d -o forefolio -g forefolio -m 0700 /data
COPY --from=build /opt/forefolio /opt/forefolio
ENV PATH=/opt/forefolio/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FOREFOLIO_HOME=/data \
    XDG_CACHE_HOME=/data/cache \
    FOREFOLIO_API_HOST=0.0.0.0 \
    FOREFOLIO_LOG_FORMAT=json \
    FOREFOLIO_LOG_LEVEL=INFO
USER forefolio
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["forefolio"]
CMD ["serve"]
