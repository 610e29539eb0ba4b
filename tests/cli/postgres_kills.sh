#!/bin/sh
# A few of the kills of `make test-long`.
exec "$(dirname "$0")/../long/postgres_kills.sh" 6 "$BUILD"
