#!/usr/bin/env bash
# Puts exactly what the lock files name into a virtual environment: `infra/setup.sh VENV setup|runtime|dev`.
#
# PYTHON is the interpreter to begin with (python3); index, proxy and certificates are those that pip is configured
# with. Every file comes with its hash, and nothing but the lock decides which version: whatever the index offers
# later, the same set is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1 part=$2 bin=$1/bin
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
  [ -n "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] && return
  local index=${PIP_INDEX_URL:-$("$bin/python" -m pip config get global.index-url 2>/dev/null || true)}
  [ -z "$index" ] || export UV_DEFAULT_INDEX=$index
}

install_locked() {
  # --no-config: a uv.toml may hold pins and overrides of another project, which would go before the lock.
  VIRTUAL_ENV=$PWD/$venv UV_SYSTEM_CERTS=1 "$bin/uv" --no-config pip install \
    --quiet --no-deps --compile-bytecode "$@"
}

case $part in
  setup)
    "${PYTHON:-python3}" -m venv "$venv"
    trust_the_system
    "$bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
      -r requirements-setup.lock
    ;;
  runtime)
    use_pips_index
    install_locked --require-hashes -r requirements.lock
    # Built by the hatchling of the lock; in isolation, the newest of the index would be fetched for it.
    install_locked --no-build-isolation --editable .
    ;;
  dev)
    use_pips_index
    install_locked --require-hashes -r requirements-dev.lock
    ;;
  *)
    echo "setup.sh: no part '$part'; there are setup, runtime and dev" >&2
    exit 2
    ;;
esac
