#!/bin/sh
# A few of the kills of `make test-long`.
exec "$(dirname "$0")/../long/kills.sh" 20 "$BUILD"
