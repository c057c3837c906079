#!/bin/sh
# Runs one analyser over the house's sources and prints its findings, a line each: FILE:LINE: CHECK: words.
# Usage: CPPFLAGS='…' analyse.sh cppcheck|clang-tidy|fanalyzer
set -u
tool=$1
folders=$(find app -name '*.h' -printf '-I%h\n' | sort -u)
sources=$(find app -name '*.c' | sort)
# As GNUmakefile compiles app/db/: the connector's header first, whose macros use banned names.
eval "set -- $CPPFLAGS $(echo "$folders" | tr '\n' ' ')"
compiled="-std=c11 -include mariadb/mysql.h -include base/banned.h"

# shellcheck disable=SC2086
case $tool in
cppcheck)
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=0 \
        --template='{file}:{line}: {id}: {message}' --template-location='' "$@" app 2>&1
    ;;
clang-tidy)
    clang-tidy --quiet $sources -- "$@" $compiled -isystem /usr/include/mariadb 2>&1 |
        sed -nE "s|^$PWD/||; s/^(app[^:]*:[0-9]+):[0-9]+: (warning|error): (.*) \[([a-z0-9.,-]+)\]\$/\1: \4: \3/p"
    ;;
fanalyzer)
    echo "$sources" | xargs -P"$(nproc)" -n1 gcc "$@" $compiled -O1 -fanalyzer -fanalyzer-verbosity=0 -S -o /dev/null 2>&1 |
        sed -nE 's/^(app[^:]*:[0-9]+):[0-9]+: warning: (.*) \[-Wanalyzer-([a-z-]+)\]$/\1: \3: \2/p'
    ;;
*)
    echo "analyse.sh cppcheck|clang-tidy|fanalyzer" >&2
    exit 2
    ;;
esac
