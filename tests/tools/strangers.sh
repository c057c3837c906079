#!/bin/sh
# Every function of include/store/ must be run by a stranger: tests/db/test_strangers.c has to call each.
# Prints TAP.
set -u
count=0 failed=0
test=tests/db/test_strangers.c

functions=$(ctags -x --c-kinds=p --language-force=C -o - --_xformat='%N' include/store/*.h | sort -u)
for function in $functions; do
    count=$((count + 1))
    if grep -qE "(^|[^A-Za-z0-9_])$function\(" "$test"; then
        echo "ok $count - $function"
    else
        echo "not ok $count - $function: no call in $test"
        failed=1
    fi
done
if [ "$count" = 0 ]; then
    echo "not ok 1 - include/store/ declares no function"
    count=1 failed=1
fi
echo "1..$count"
exit $failed
