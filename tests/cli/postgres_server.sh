# A PostgreSQL server of the test's own, on a socket in its folder, not as root. Sourced after
# lib.sh: server_make FOLDER [BIN], server_start, server_stop, server_kill; $uri reaches it.
as_server=
if [ "$(id -u)" -eq 0 ]; then
    as_server='setpriv --reuid=65534 --regid=65534 --clear-groups'
    chmod 755 "$folder"
fi

# The folder of initdb and postgres: what is given, or Debian's newest.
server_find() {
    for bin in "$@" "$(dirname "$(command -v initdb 2>/dev/null || echo /none/x)")" /usr/lib/postgresql/*/bin; do
        [ -x "$bin/initdb" ] && [ -x "$bin/pg_ctl" ] && $as_server test -x "$bin/postgres" || continue
        psql=$bin/psql
        [ -x "$psql" ] || psql=$(command -v psql) || continue
        return 0
    done
    return 1
}

# The password is part of the address, to see that nobody tells it.
server_make() {
    server=$folder/$1
    mkdir "$server" && [ -z "$as_server" ] || chown 65534:65534 "$server"
    echo 'se/cret' >"$folder/password"
    chmod 644 "$folder/password"
    (cd "$server" && $as_server "$bin/initdb" -D "$server/data" -U likeness -E UTF8 --locale=C --no-sync \
        -A scram-sha-256 --pwfile="$folder/password") >"$folder/initdb.log" 2>&1 || return 1
    uri="postgres://likeness:se%2Fcret@/postgres?host=$server"
    shown="postgres://likeness@/postgres?host=$server"
}
server_ctl() {
    (cd "$server" && $as_server "$bin/pg_ctl" -D "$server/data" -w -t 60 -s -l "$server/log" "$@") >/dev/null 2>&1
}
server_start() {
    server_ctl start -o "-k $server -c listen_addresses= -c fsync=off -c shared_buffers=16MB -c max_connections=20"
}
server_stop() { server_ctl stop -m "${1:-fast}"; }
trap '[ ! -e "${server:-/none}/data/postmaster.pid" ] || server_stop immediate; rm -rf "$folder" "$folder.inputs"' EXIT

# What a statement gives, by psql.
server_ask() { PGOPTIONS="-c client_min_messages=error" "$psql" -X -A -t -q "$uri" -c "$1"; }
