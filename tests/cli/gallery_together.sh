#!/bin/sh
# One turn of what `make test-long` does for a minute.
exec "$(dirname "$0")/../long/gallery_together.sh" 0 "$BUILD"
