#!/bin/sh
# Every tests/compile_fail/*.c must be refused by the compiler, and for the reason that its first line
# names: /* expect: extended regular expression */. Prints TAP.
set -u
count=0 failed=0

report() { # verdict words
    count=$((count + 1))
    echo "$1 $count - $2"
}

for file in tests/compile_fail/*.c; do
    [ -e "$file" ] || continue
    want=$(sed -n '1s,^/\* expect: \(.*\) \*/$,\1,p' "$file")
    # shellcheck disable=SC2086
    if out=$(eval "LC_ALL=C ${CC:-cc} $CFLAGS -c -o /dev/null '$file'" 2>&1); then
        report "not ok" "$file compiled"
    elif [ -n "$want" ] && echo "$out" | grep -Eq "$want"; then
        report ok "$file"
        continue
    else
        report "not ok" "$file was refused, but not for: $want"
        echo "$out" | sed 's/^/#   /'
    fi
    failed=1
done
echo "1..$count"
exit $failed
