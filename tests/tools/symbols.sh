#!/bin/sh
# Each library has one door: only these objects may call it, and the worker holds no operator's work.
# Usage: symbols.sh BUILD
set -u
build=$1
failed=0

fence() { # symbol-pattern words allowed-path-pattern
    strays=$(find "$build/app" -name '*.o' -exec nm -A -u {} + |
        sed -n "s,^$build/\(.*\)\.o:.* U ,\1 ,p" | grep -E "^[^ ]+ ($1)" | grep -Ev "^($3)")
    [ -z "$strays" ] && return
    echo "$2:"
    echo "$strays" | sed 's/^/    /'
    failed=1
}

fence 'mysql_|mariadb_' 'only app/db talks to MariaDB' 'app/db/'
fence 'FCGX_|FCGI_' 'only app/web/fcgi.c talks FastCGI' 'app/web/fcgi '
fence 'curl_' 'only app/net uses libcurl' 'app/net/'
fence 'jwt_|jwks_' 'only app/cli/mint.c uses libjwt' 'app/cli/mint '
fence 'yajl_' 'only app/json uses yajl' 'app/json/'
fence 'ini_' 'only app/base/config.c reads settings' 'app/base/config '
fence '[A-Z]|[di]2[di]_' 'only app/crypto uses OpenSSL' 'app/crypto/|[^ ]+ FCG[XI]_'
fence 'db_run$' 'statements are run only by query and platform' 'app/(db|platform|query)/'

operators=$(nm "$build/insula.fcgi" | grep -E ' [TtDdBbRr] (operate_|fsck_|db_migrate)')
if [ -n "$operators" ]; then
    echo "insula.fcgi holds what only insulactl may do:"
    echo "$operators"
    failed=1
fi
exit $failed
