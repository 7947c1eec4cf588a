#!/usr/bin/env bash
# Puts exactly what the lock files name into a virtual environment: `infra/setup.sh VENV PART`, with the parts setup,
# runtime, lake, cluster, dev and tools; or into a folder of wheels, from which a machine without an index is set up: `infra/setup.sh VENV wheelhouse`.
#
# OFFLINE is such a folder: with it, nothing else is asked.
# PYTHON is the interpreter to begin with (python3); index, proxy and certificates are those that pip is configured
# with. Every file comes with its hash, and nothing but the lock decides which version: whatever the index offers
# later, the same set is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1 part=$2 bin=$1/bin
offline=${OFFLINE:-}
WHEELHOUSE=wheelhouse
if [ -n "$offline" ] && [ -z "$(ls -- "$offline"/*.whl 2>/dev/null)" ]; then
  echo "setup.sh: OFFLINE=$offline is no folder of wheels; \`make wheelhouse\` makes one where there is a network" >&2
  exit 2
fi
# Prefect and Great Expectations are thousands of modules: without byte code every start would compile them again.
unset PYTHONDONTWRITEBYTECODE

# A company's own certificate lies in the system's store. Newer pip looks there by itself, the one that comes with
# Python 3.11 only where it is told to.
trust_the_system() {
  [ -n "${PIP_CERT:-}${REQUESTS_CA_BUNDLE:-}${CURL_CA_BUNDLE:-}" ] && return
  "$bin/python" -m pip config get global.cert >/dev/null 2>&1 && return
  PIP_CERT=$("$bin/python" -c 'import ssl; p = ssl.get_default_verify_paths(); print(p.cafile or p.capath or "")')
  if [ -n "$PIP_CERT" ]; then export PIP_CERT; else unset PIP_CERT; fi
}

# uv reads none of pip's settings: where a company's index is known to pip alone, it would ask the public one.
use_pips_index() {
  [ -z "$offline" ] || return 0
  [ -n "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] && return
  local index=${PIP_INDEX_URL:-$("$bin/python" -m pip config get global.index-url 2>/dev/null || true)}
  [ -z "$index" ] || export UV_DEFAULT_INDEX=$index
}

# Where distributions come from, for pip and uv alike; without OFFLINE, from where they are configured to look.
from_where() {
  [ -z "$offline" ] || printf '%s\n' --no-index --find-links "$offline"
}

install_locked() {
  local from
  mapfile -t from < <(from_where)
  # --no-config: a uv.toml may hold pins and overrides of another project, which would go before the lock.
  VIRTUAL_ENV=$PWD/$venv UV_SYSTEM_CERTS=1 "$bin/uv" --no-config pip install \
    --quiet --no-deps --compile-bytecode "${from[@]}" "$@"
}

case $part in
  setup)
    "${PYTHON:-python3}" -m venv "$venv"
    trust_the_system
    mapfile -t from < <(from_where)
    "$bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes "${from[@]}" \
      -r requirements-setup.lock
    ;;
  wheelhouse)
    trust_the_system
    # All that runs comes as wheels; of the tools, one comes as source. The lock of dev has that of runtime in it; the
    # others are apart, because pip takes no name from two files.
    for lock in requirements-setup.lock requirements-dev.lock requirements-cluster.lock; do
      "$bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
        --dest "$WHEELHOUSE" -r "$lock"
    done
    ;;
  runtime)
    use_pips_index
    install_locked --require-hashes -r requirements.lock
    # Built by the hatchling of the lock; in isolation, the newest of the index would be fetched for it.
    install_locked --no-build-isolation --editable .
    ;;
  lake | cluster | dev | tools)
    use_pips_index
    install_locked --require-hashes -r "requirements-$part.lock"
    ;;
  *)
    echo "setup.sh: no part '$part'; there are setup, runtime, lake, cluster, dev, tools and wheelhouse" >&2
    exit 2
    ;;
esac
