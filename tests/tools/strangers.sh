#!/bin/sh
# Every function of include/store/ must be run by a stranger: tests/db/strangers.h has to call each.
# Prints TAP, and a line for the table of bars (tests/bar.h).
set -u
count=0 failed=0
test=tests/db/strangers.h

functions=$(ctags -x --c-kinds=p --language-force=C -o - --_xformat='%N' include/store/*.h | sort -u)
for function in $functions; do
    count=$((count + 1))
    if grep -qE "(^|[^A-Za-z0-9_])$function\((&[a-z_]+, )?(other|nobody)," "$test"; then
        echo "ok $count - $function"
    else
        echo "not ok $count - $function: no stranger calls it in $test"
        failed=$((failed + 1))
    fi
done
if [ "$count" = 0 ]; then
    echo "not ok 1 - include/store/ declares no function"
    count=1 failed=1
fi
echo "1..$count"
[ -z "${INSULA_BARS:-}" ] || printf '{"id":"B11","promise":"functions of store/ that a stranger runs","count":%d,"of":%d,"note":"","suite":"%s"}\n' \
    $((count - failed)) "$count" tests/tools/strangers.sh >>"$INSULA_BARS"
[ "$failed" = 0 ]
