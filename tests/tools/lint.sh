#!/bin/sh
# The house rules that a compiler cannot check. Prints each breach with its place.
set -u
failed=0

refuse() { # words; breaches on standard input
    breaches=$(cat)
    [ -z "$breaches" ] && return
    echo "$1:"
    echo "$breaches" | sed 's/^/    /'
    failed=1
}

sources=$(find app include tests -name node_modules -prune -o -name '*.[ch]' -print | sort)
house=$(find app include -name '*.[ch]' | sort)
texts=$(find . \( -name .git -o -name node_modules -o -name 'build*' -o -name var \) -prune -o -type f \
    \( -name '*.[ch]' -o -name '*.sql' -o -name '*.sh' -o -name '*.mjs' -o -name '*.md' \
    -o -name '*.awk' -o -name GNUmakefile -o -name '*.mk' -o -name '*.conf*' \) -print | sort)

# shellcheck disable=SC2086
{
    grep -nE '\((const )?struct tenant_scope \*\)' $house | grep -v '^app/auth/scope\.c:' |
        refuse "a scope is made in app/auth/scope.c, never by a cast"
    grep -nE '#include ".*\.\./' $sources | refuse "no ../ in an include"
    grep -nwE '(TO''DO|FIX''ME|XX''X)' $texts | refuse "finish it or leave it out"
    grep -nE '^typedef struct' $house | refuse "a struct is called struct"
    grep -nE 'yajl_tree_|FCGX_FPrintF|CURLOPT_FOLLOWLOCATION, *1' $house |
        refuse "functions that are not used here"
    grep -nP '\t| +$' $sources | refuse "tabs, or blanks at the end of a line"
    wc -l $sources | awk '$2 != "total" && $1 > ($2 ~ /^tests/ ? 500 : 300)' |
        refuse "files over 300 lines, tests over 500"
    awk 'FNR == 1 && !/^\/\*/ { print FILENAME }' $sources |
        refuse "a file begins with a comment that says what it is"
    find app -name '*.h' -printf '%f\n' | sort | uniq -d |
        refuse "two private headers of one name: a test could not tell them apart"
    ctags -x --c-kinds=f --fields=+ne -o - --_xformat='%{input}:%n %{end} %N' $sources |
        awk '{ split($1, at, ":"); if ($2 - at[2] + 1 > 60) print $1 " " $3 ": " $2 - at[2] + 1 " lines" }' |
        refuse "functions over 60 lines"
}
exit $failed
