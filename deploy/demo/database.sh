# The private MariaDB: its own folder and unix socket, no TCP; part of `run`. Its own tmpdir too: a server
# that starts deletes the temporary tables that lie in it, another server's as well.
# shellcheck shell=bash

sql() {
    mariadb --no-defaults --socket="$VAR/run/mysql.sock" --user=root --batch "$@"
}

make_database_folder() {
    say 'Making a database (some seconds, once).'
    rm -rf "$VAR/mysql"
    mariadb-install-db --no-defaults --datadir="$VAR/mysql" --tmpdir="$VAR/mysql-tmp" --user="$(id -un)" --skip-test-db \
        --auth-root-authentication-method=normal >"$VAR/log/mariadb-install.log" 2>&1 9>&- || {
        [ -z "$asked_to_stop" ] || exit 130
        tail -n 20 "$VAR/log/mariadb-install.log" >&2
        die 'mariadb-install-db failed (above).'
    }
    touch "$VAR/database-made"
}

# A server that starts deletes what it takes for its temporary tables of before: in /tmp they may be another server's.
start_database() {
    mkdir -p "$VAR/mysql-tmp"
    # Without the mark, an earlier run was stopped half-way.
    [ -e "$VAR/database-made" ] || make_database_folder
    start mariadb mariadbd --no-defaults --datadir="$VAR/mysql" --tmpdir="$VAR/mysql-tmp" --user="$(id -un)" \
        --socket="$VAR/run/mysql.sock" --pid-file="$VAR/run/mariadbd.pid" --skip-networking \
        --skip-name-resolve --local-infile=0 --character-set-server=utf8mb4 --collation-server=utf8mb4_bin \
        --innodb-buffer-pool-size=128M --max-connections=400 --performance-schema=0
    wait_for 60 mariadb sql -e 'DO 1'
}

# password NAME: made once, in a file that only we can read.
password() {
    local file=$VAR/secrets/$1.password
    [ -s "$file" ] ||
        ( umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$file.new" && mv "$file.new" "$file" )
    cat "$file"
}

# What each account may do, schema/grants.sql says table by table.
make_accounts() {
    local account
    {
        echo 'CREATE DATABASE IF NOT EXISTS insula CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;'
        for account in worker operator migrate; do
            echo "CREATE USER IF NOT EXISTS insula_$account IDENTIFIED BY '$(password $account)';"
        done
        echo 'GRANT ALL ON insula.* TO insula_migrate WITH GRANT OPTION;'
    } | sql || die 'the database accounts could not be made (above).'
}

make_schema() {
    make_accounts
    insulactl migrate --schema "$house/schema" >"$VAR/log/migrate.log" 2>&1 || {
        cat "$VAR/log/migrate.log" >&2
        die 'insulactl migrate failed (above).'
    }
    insulactl keys init >/dev/null || die 'insulactl keys init failed (above).'
}
