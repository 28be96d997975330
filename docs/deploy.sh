#!/bin/sh
# Brings a checkout of AtoCore up to date and proves that the new build runs.
# usage: docs/deploy.sh compose|systemd     (ATOCORE_PORT, ATOCORE_SERVICE, ATOCORE_WAIT_S)
# Codes: 2 usage, 5 no daemon answers in time, 6 another build answers; else that of what failed.
set -eu
cd "$(dirname "$0")/.."
how=${1:-}
url="http://127.0.0.1:${ATOCORE_PORT:-8100}"
case $how in
compose | systemd) ;;
*)
  echo "usage: docs/deploy.sh compose|systemd" >&2
  exit 2
  ;;
esac

# An update of this file takes over before anything else is done with it.
if [ -z "${ATOCORE_DEPLOY_UPDATED:-}" ]; then
  before=$(git hash-object docs/deploy.sh)
  git pull --ff-only --quiet
  if [ "$(git hash-object docs/deploy.sh)" != "$before" ]; then
    echo "The deploy script has changed; going on with the new one."
    ATOCORE_DEPLOY_UPDATED=1 exec sh docs/deploy.sh "$@"
  fi
fi

ATOCORE_BUILD_SHA=$(git rev-parse HEAD)
ATOCORE_BUILD_TIME=$(date -u +%Y-%m-%dT%H:%M:%SZ)
ATOCORE_BUILD_BRANCH=$(git rev-parse --abbrev-ref HEAD)
export ATOCORE_BUILD_SHA ATOCORE_BUILD_TIME ATOCORE_BUILD_BRANCH
echo "Deploying $ATOCORE_BUILD_SHA ($ATOCORE_BUILD_BRANCH)."
if [ "$how" = compose ]; then
  docker compose build
  docker compose up --detach
else
  npm ci
  npm run build
  systemctl --user restart "${ATOCORE_SERVICE:-atocore}"
fi

left=${ATOCORE_WAIT_S:-120}
until curl --fail --silent --max-time 5 --output /dev/null "$url/readyz"; do
  left=$((left - 1))
  if [ "$left" -le 0 ]; then
    echo "Expected an answer at $url/readyz, found none. Look at the log in .atocore/logs of the store." >&2
    exit 5
  fi
  sleep 1
done
if curl --fail --silent --max-time 5 "$url/health" | grep -q "\"build_sha\":\"$ATOCORE_BUILD_SHA\""; then
  echo "$url runs $ATOCORE_BUILD_SHA."
else
  echo "Expected $url to run $ATOCORE_BUILD_SHA, found another build. Was it restarted?" >&2
  exit 6
fi
