#!/bin/sh
# A few of the kills of `make test-long`.
exec "$(dirname "$0")/../long/gallery_kills.sh" 30 "$BUILD"
