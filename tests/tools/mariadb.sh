#!/bin/sh
# A private MariaDB server for tests: in a folder of its own, on a unix socket, without TCP.
#
#   mariadb.sh start DIR        makes DIR where needed, starts a server, prints its socket's path;
#                               account root, no password; any number of servers side by side
#   mariadb.sh stop DIR         ends that server (by its process id) and removes its data
#   mariadb.sh run COMMAND …    starts one in a new folder, runs COMMAND with its socket's path in
#                               INSULA_TEST_SOCKET, ends it; the status is COMMAND's
set -eu

PATH=$PATH:/usr/sbin:/usr/local/sbin

say()
{
    echo "mariadb.sh: $*" >&2
}

# Fast rather than safe: nothing here outlives the test.
start()
{
    mkdir -p "$1"
    dir=$(cd "$1" && pwd -P)
    socket=$dir/db.sock
    if [ ${#socket} -gt 107 ]; then
        say "the socket's path would be longer than 107 bytes: $socket"
        exit 1
    fi
    if [ -e "$dir/pid" ]; then
        say "$dir has a server already"
        exit 1
    fi
    chmod 700 "$dir"
    user=$(id -un)
    rm -rf "$dir/data"
    mkdir "$dir/data"
    # A server that starts deletes what it takes for its temporary tables of before: not in a shared folder.
    set -- --no-defaults --datadir="$dir/data" --tmpdir="$dir" --user="$user" \
        --innodb-buffer-pool-size=32M --innodb-log-file-size=8M --innodb-doublewrite=0 \
        --innodb-flush-log-at-trx-commit=0 --skip-name-resolve
    if ! mariadb-install-db "$@" --auth-root-authentication-method=normal --skip-test-db \
        >"$dir/install.log" 2>&1; then
        tail -n 20 "$dir/install.log" >&2
        exit 1
    fi
    mariadbd "$@" --socket="$socket" --skip-networking \
        --character-set-server=utf8mb4 --collation-server=utf8mb4_bin --max-connections=200 \
        --performance-schema=0 --plugin-maturity=unknown \
        >"$dir/server.log" 2>&1 </dev/null &
    echo $! >"$dir/pid"
    wait_until_ready
    echo "$socket"
}

wait_until_ready()
{
    tries=0
    until mariadb --no-defaults --socket="$socket" --user=root -e 'DO 1' >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ $tries -gt 300 ] || ! kill -0 "$(cat "$dir/pid")" 2>/dev/null; then
            say "the server did not start:"
            tail -n 20 "$dir/server.log" >&2
            stop "$dir"
            exit 1
        fi
        sleep 0.1
    done
}

stop()
{
    [ -e "$1/pid" ] || return 0
    pid=$(cat "$1/pid")
    kill -KILL "$pid" 2>/dev/null || true # its data go with it: nothing to shut down cleanly
    rm -rf "$1/data" 2>/dev/null || { sleep 1; rm -rf "$1/data"; } # a last write may still land
    rm -f "$1/pid" "$1/db.sock"
}

run()
{
    folder=$(mktemp -d "${TMPDIR:-/tmp}/insula-db.XXXXXX")
    trap 'stop "$folder"; rm -rf "$folder"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    INSULA_TEST_SOCKET=$(start "$folder")
    export INSULA_TEST_SOCKET
    status=0
    "$@" || status=$?
    exit $status
}

case "${1-}" in
start) start "${2:?folder}" ;;
stop) stop "${2:?folder}" ;;
run)
    shift
    run "$@"
    ;;
*)
    say "start DIR | stop DIR | run COMMAND …"
    exit 2
    ;;
esac
