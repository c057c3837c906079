# The scripted model server, the workers and lighttpd; part of `run`.
# shellcheck shell=bash

start_upstream() {
    rm -f "$VAR/run/upstream.port"
    start upstream "$BUILD/upstream" --port 0 --port-file "$VAR/run/upstream.port" --delay-ms 30 \
        --fixtures "${FIXTURES:-$house/tests/fixtures}"
    wait_for 10 upstream test -s "$VAR/run/upstream.port"
    upstream_port=$(cat "$VAR/run/upstream.port")
}

# multiwatch starts anew what dies.
start_workers() {
    rm -f "$VAR/run/insula.sock"
    start multiwatch spawn-fcgi -n -s "$VAR/run/insula.sock" -M 0660 -b 4096 -- \
        "$(command -v multiwatch)" -f "$WORKERS" -r 1000 -- \
        "$BUILD/insula.fcgi" -c "$VAR/insula.conf"
}

start_lighttpd() {
    export INSULA_ADDRESS=$ADDRESS INSULA_PORT=$PORT INSULA_SOCKET=$VAR/run/insula.sock \
        INSULA_LIGHTTPD_LOG=$VAR/log/lighttpd.log INSULA_LIGHTTPD_PID=$VAR/run/lighttpd-own.pid \
        INSULA_UPLOADS=$VAR/uploads INSULA_ERRORS=$house/deploy/lighttpd/errors \
        INSULA_GRACE_SECONDS=$drain_seconds INSULA_USER=
    start lighttpd lighttpd -D -f "$house/lighttpd.conf.example"
    wait_for 10 lighttpd port_is_taken "$PORT"
}

# health: 0 when a worker answers through lighttpd.
health() {
    local status
    exec 7<>"/dev/tcp/127.0.0.1/$PORT" || return 1
    printf 'GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&7
    read -r -t 5 _ status _ <&7
    exec 7>&-
    [ "$status" = 200 ]
}

wait_until_served() {
    wait_for 30 multiwatch health
    is_alive lighttpd || die "lighttpd has ended; its log is $VAR/log/lighttpd.log."
}
