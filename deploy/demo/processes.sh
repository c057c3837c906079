# Starting, watching and ending processes by their own ids; part of `run`.
# shellcheck shell=bash

names=()         # in the order of starting
declare -A pids=() # name → process id
asked_to_stop=''

# start NAME COMMAND …: in a session of its own, so that a terminal's Ctrl-C reaches this script alone.
start() {
    local name=$1
    shift
    setsid "$@" </dev/null >>"$VAR/log/$name.log" 2>&1 9>&- &
    pids[$name]=$!
    names+=("$name")
    echo "$!" >"$VAR/run/$name.pid"
}

# A zombie is not: where process 1 reaps nobody, as in many containers, an orphan stays one for ever.
is_running() {
    local state
    { read -r _ _ state _ <"/proc/$1/stat"; } 2>/dev/null && [ "$state" != Z ]
}

is_alive() {
    is_running "${pids[$1]}"
}

# end NAME SIGNAL SECONDS: asks it and its children, waits, and at last forces. (multiwatch 1.0 passes
# on another signal than the one it is told to, so its children must hear from us.)
end() {
    local name=$1 pid=${pids[$1]:-} tenths=$(($3 * 10))
    [ -n "$pid" ] || return 0
    kill -s "$2" -- "-$pid" 2>/dev/null
    while [ $tenths -gt 0 ] && is_running "$pid"; do
        sleep 0.1
        tenths=$((tenths - 1))
    done
    kill -s KILL -- "-$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    unset "pids[$name]"
    rm -f "$VAR/run/$name.pid"
}

# First nobody new comes in, then what runs may finish, then what it needed goes.
stop_all() {
    trap '' INT TERM HUP PIPE
    [ ${#pids[@]} -eq 0 ] || say 'Stopping.'
    rm -f "$VAR/demo.json"
    end lighttpd INT $((drain_seconds + 2))
    end multiwatch TERM $((drain_seconds + 2))
    end upstream TERM 2
    end mariadb TERM 30
    rm -f "$VAR/run/insula.sock"
}

# Until somebody asks to stop, or one of the processes ends by itself.
watch_all() {
    local name
    while [ -z "$asked_to_stop" ]; do
        wait -n "${pids[@]}" 2>/dev/null
        for name in "${names[@]}"; do
            if [ -z "$asked_to_stop" ] && ! is_alive "$name"; then
                tail -n 5 "$VAR/log/$name.log" >&2
                die "$name has ended unexpectedly; its log is $VAR/log/$name.log."
            fi
        done
    done
    exit 0
}

# What an earlier run could not end because it was killed itself. A process id may have been used again
# since, so only a process that names our folder is ours.
end_leftovers() {
    local name pid
    for name in lighttpd multiwatch upstream mariadb; do
        pid=$(cat "$VAR/run/$name.pid" 2>/dev/null) || continue
        if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$VAR" ||
            tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -qF "$VAR/run"; then
            say "Ending $name, which an earlier run left behind."
            pids[$name]=$pid
            end "$name" TERM 20
        fi
        rm -f "$VAR/run/$name.pid"
    done
}

# wait_for SECONDS NAME COMMAND …: until the command succeeds; ends the script when NAME dies first.
wait_for() {
    local tries=$(($1 * 20)) name=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ -z "$asked_to_stop" ] || exit 130
        if ! is_alive "$name" || [ $tries -le 0 ]; then
            tail -n 20 "$VAR/log/$name.log" >&2
            die "$name did not start; its log is $VAR/log/$name.log."
        fi
        sleep 0.05
    done
}

port_is_taken() {
    (exec 8<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Below the range from which the kernel gives ports to clients.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        if ! port_is_taken "$port"; then
            echo "$port"
            return
        fi
    done
}
