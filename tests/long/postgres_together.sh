#!/bin/sh
# The crowd of gallery_together.sh in one gallery on a PostgreSQL server.
# usage: tests/long/postgres_together.sh [SECONDS [BUILD]]
exec sh "$(dirname "$0")/gallery_together.sh" "${1:-60}" "${2:-${BUILD:-build}}" server
