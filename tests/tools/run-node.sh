#!/bin/bash
# Starts the whole house once (as `make run` does, in a folder of its own and on a free port), runs a
# folder's *.test.mjs, or the files that are named, against it with node's runner, and ends what it started. A
# file that is no *.test.mjs is run as a program.
# Usage: BUILD=build run-node.sh tests/http
set -u
build=$(cd "${BUILD:-build}" && pwd -P)
files=("$@")
[ -d "$1" ] && files=("$1"/*.test.mjs)
[ -e "${files[0]}" ] || { echo "$1 has no tests"; exit 0; }

# A unix socket's path must be short, so not every build folder will do.
stage=$(mktemp -d "${TMPDIR:-/tmp}/insula-test-XXXXXX")
export ASAN_OPTIONS="log_path=$stage/sanitizer:log_exe_name=1"
export UBSAN_OPTIONS="$ASAN_OPTIONS:print_stacktrace=1" TSAN_OPTIONS="$ASAN_OPTIONS"
demo=
finish() {
    status=$?
    trap '' INT TERM
    if [ -n "$demo" ]; then
        kill -TERM "$demo" 2>/dev/null
        wait "$demo"
    fi
    # What a sanitizer finds in our programs fails the run, whatever the tests say.
    if ls "$stage"/sanitizer.insula* >/dev/null 2>&1; then
        head -n 40 "$stage"/sanitizer.insula* >&2
        [ $status -ne 0 ] || status=1
    fi
    if [ $status -eq 0 ]; then
        rm -rf "$stage"
    else
        echo "The logs of the failed run are in $stage." >&2
    fi
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

BUILD=$build VAR=$stage/var PORT=0 FIXTURES=${FIXTURES:-} deploy/demo/run >"$stage/demo.out" 2>&1 &
demo=$!
until [ -s "$stage/var/demo.json" ]; do
    if ! kill -0 "$demo" 2>/dev/null; then
        demo=
        cat "$stage/demo.out" >&2
        exit 1
    fi
    sleep 0.1
done

export INSULA_STAGE=$stage INSULA_VAR=$stage/var INSULA_BUILD=$build
export INSULA_DEMO=$stage/var/demo.json INSULA_HOUSES=$stage/houses
# One after the other: they share a house.
runner=(node --test --test-concurrency=1 --test-reporter=spec)
[[ $1 != *.mjs || $1 == *.test.mjs ]] || runner=(node)
"${runner[@]}" "${files[@]}"
status=$?
# Whatever the tests did, the books of all houses agree.
node tests/tools/houses.mjs "$1" || status=1
exit $status
