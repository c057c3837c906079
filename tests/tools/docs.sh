#!/bin/sh
# What the documents name is there, and what is there is documented. Prints TAP; needs no build.
set -u
cd "$(dirname "$0")/../.." || exit 1
documents=$(find . \( -name .git -o -name node_modules -o -name 'build*' -o -name var \) -prune \
    -o -name '*.md' -print | sed 's,^\./,,' | sort)
count=0 failed=0

none() { # promise; what breaks it, a line each
    count=$((count + 1))
    if [ -z "$2" ]; then
        echo "ok $count - $1"
        return
    fi
    echo "not ok $count - $1"
    echo "$2" | sort -u | sed 's/^/#   /'
    failed=1
}

# file:word for each word of the documents that is a place in the tree, or would be one beside its document.
places() {
    # shellcheck disable=SC2086
    awk '{
        gsub(/[`"'"'"'()|,;:=<>\[\]*]/, " ")
        folder = FILENAME; if (!sub(/\/[^\/]*$/, "", folder)) folder = "."
        for (i = 1; i <= NF; i++) {
            word = $i; sub(/[.]+$/, "", word)
            if (word !~ /^[.A-Za-z][A-Za-z0-9_.\/-]*$/ || word ~ /\.\.\.|…/)
                continue
            if (word ~ /^(app|include|schema|deploy|tests|\.ci)\// || word ~ /^[A-Za-z]+\.md$/)
                print FILENAME, folder, word
            else if (word ~ /^(\.\.|apache|nginx|lighttpd|systemd|demo)\// && folder == "deploy")
                print FILENAME, folder, word
        }
    }' $documents
}
missing_places() {
    places | while read -r document folder word; do
        case $word in tests/http/node_modules*) continue ;; esac
        [ -e "$word" ] || [ -e "$folder/$word" ] || echo "$document: $word"
    done
}

# What stands behind "make" in code, spans and blocks alike; options, assignments and built files apart.
targets() {
    # shellcheck disable=SC2086
    awk '{
        text = ""
        if (/^    /) { text = substr($0, 5); sub(/   .*/, "", text) } # an explanation stands further right
        else { n = split($0, span, "`"); for (i = 2; i <= n; i += 2) text = text " ; " span[i] }
        sub(/ #.*/, "", text); gsub(/&&|\|/, ";", text); gsub(/;/, " ; ", text)
        n = split(text, word, " "); named = 0
        for (i = 1; i <= n; i++) {
            if (word[i] == "make") named = 1
            else if (word[i] == ";") named = 0
            else if (named && word[i] !~ /[=\/]/ && word[i] !~ /^-/) print FILENAME, word[i]
        }
    }' $documents
}
missing_targets() {
    known=$(MAKEFLAGS='' make -pRrq : 2>/dev/null | sed -nE 's/^([a-z-]+):.*/\1/p')
    targets | while read -r document target; do
        echo "$known" | grep -qx -- "$target" || echo "$document: make $target"
    done
}
# build/tests/unit/test_x is made of tests/unit/test_x.c.
missing_programs() {
    # shellcheck disable=SC2086
    grep -oE 'build/tests/[a-z_/]+' $documents | while IFS=: read -r document program; do
        [ -e "${program#build/}.c" ] || echo "$document: $program"
    done
}

# METHOD path handler, of app/web/routes.c.
routes() {
    perl -ne '/#define CONVERSATION "([^"]+)"/ and $prefix = $1;
        /^    (?:OPEN|USER|ADMIN|DOOR)\((\w+), (CONVERSATION ?)?(?:"([^"]*)")?, (\w+)(?:, \w+)?\)/
            and print "$1 ", $2 ? $prefix : "", $3 // "", " $4\n"' app/web/routes.c |
        sed 's/\.\.\.}/}/' | sort
}
described() {
    perl -MJSON::PP -0777 -ne 'my $paths = decode_json($_)->{paths};
        for my $path (keys %$paths) { for my $method (keys %{$paths->{$path}}) {
            print uc $method, " $path $paths->{$path}{$method}{operationId}\n" } }' deploy/openapi.json | sort
}
# METHOD path, of the README's table: | `GET` `POST` | `/a`, `/b` | words |
tabled() {
    perl -F'\|' -ane 'next unless @F > 3 and $F[2] =~ m{`/}; my @methods = $F[1] =~ /`([A-Z]+)`/g;
        for my $path ($F[2] =~ m{`(/[^`]*)`}g) { print "$_ $path\n" for @methods }' README.md | sort
}
dangling() {
    perl -MJSON::PP -0777 -ne 'my $root = decode_json($_);
        sub walk { my $at = shift;
            if (ref $at eq "ARRAY") { walk($_) for @$at }
            if (ref $at eq "HASH") {
                if (defined $at->{q($ref)}) { my $to = $root;
                    for (split m{/}, $at->{q($ref)} =~ s/^#\///r) { $to = ref $to eq "HASH" ? $to->{$_} : undef }
                    print $at->{q($ref)}, "\n" unless defined $to }
                walk($_) for values %$at } }
        walk($root)' deploy/openapi.json
}
difference() { # left right words-for-left words-for-right
    comm -23 "$1" "$2" | sed "s/\$/ $3/"
    comm -13 "$1" "$2" | sed "s/\$/ $4/"
}

# section.name, of app/base/settings.c; the three accounts are described once, under [database].
settings() {
    perl -ne 'print "$1.$2\n" if /^\s+(?:TEXT|LIST|PATH|NUMBER)\("([a-z ]+)", "(\w+)"/;
        print "database.$1\n" if /^\s+(?:TEXT|LIST|PATH|NUMBER)\(section, "(\w+)"/' app/base/settings.c | sort -u
}
settings_in_manual() {
    awk '/^\.S[sh] / { section = $0; sub(/^\.S[sh] /, "", section); sub(/^(operator|migration) /, "", section) }
        /^\.It Cm / { print section "." $3 }' deploy/man/insula.conf.5 | sort -u
}

# Words as they must stand in insulactl(1): commands, and options without their first dash.
commands() {
    sed -n 's/^    { "\([a-z ]*\)", "[^"]*".*/Cm \1/p' app/cli/main.c
    awk '/^(static )?const struct flag / { inside = 1 } /^};/ { inside = 0 }
        inside && match($0, /{ "[a-z-]+"/) { print "Fl -" substr($0, RSTART + 3, RLENGTH - 4) }' app/cli/*.c
}
unmanned() {
    commands | while read -r word; do
        grep -qE -e "(^|[ .])$word( |\$)" deploy/man/insulactl.1 || echo "$word"
    done
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
routes >"$work/routes"
described >"$work/described"
cut -d' ' -f1,2 "$work/routes" | sort >"$work/addresses"
tabled >"$work/tabled"
settings >"$work/settings"
settings_in_manual >"$work/manual"

none "every place in the tree that a document names is there" "$(missing_places)"
none "every make target that a document names is there" "$(missing_targets)"
none "every test program that a document names has its source" "$(missing_programs)"
none "every line of the route table is understood here" "$(grep -E '^    [A-Z]+\(' app/web/routes.c |
    awk -v understood="$(wc -l <"$work/routes")" 'END { if (NR != understood) print understood " of " NR }')"
none "deploy/openapi.json describes every address with its handler, and no other" \
    "$(difference "$work/routes" "$work/described" "is not described" "is not served")"
none "and refers to nothing that is not in it" "$(dangling)"
none "so does the table in README.md" \
    "$(difference "$work/addresses" "$work/tabled" "is not in the table" "is not served")"
none "insula.conf(5) has every setting, and no other" \
    "$(difference "$work/settings" "$work/manual" "is not in the manual" "is no setting")"
node tests/http/lib/tried.mjs >"$work/tried"
grep '^|' deploy/clients.md >"$work/clients"
none "the table in deploy/clients.md is what the tests try with real clients" "$(diff "$work/tried" "$work/clients")"
none "insulactl(1) has every command and every option" "$(unmanned)"
none "mandoc has nothing to say about the manual pages" "$(mandoc -T lint -W warning deploy/man/*.[158] 2>&1)"
echo "1..$count"
exit $failed
