# insula.conf, and the three companies of a financial group with their looks, providers, models and
# people; part of `run`.
# shellcheck shell=bash

drain_seconds=5 # how long live streams may go on when the demo is stopped

insulactl() {
    "$BUILD/insulactl" -c "$VAR/insula.conf" "$@" 9>&-
}

# The address in a URL, where it is a private one that must be allowed by name: host:port.
private_address() {
    local authority=${1#*://} port=80
    [ "${1%%:*}" = https ] && port=443
    authority=${authority%%/*}
    authority=${authority/#localhost/127.0.0.1}
    case $authority in
        127.* | 10.* | 192.168.* | 172.*) [ "$authority" != "${authority%:*}" ] || authority+=:$port
            echo "$authority" ;;
    esac
}

database_section() { # [name] account
    printf '[%s]\nsocket = %s\nname = insula\nuser = insula_%s\npassword_file = %s\n\n' "$1" \
        "$VAR/run/mysql.sock" "$2" "$VAR/secrets/$2.password"
}

write_configuration() {
    local allow account
    for account in worker operator migrate; do
        password $account >/dev/null
    done
    allow="127.0.0.1:$upstream_port $(private_address "${OPENAI_BASE_URL:-}")"
    (
        umask 077
        {
            echo "# Written anew at every start of the demo."
            printf '[worker]\nrun_dir = %s\ndrain_seconds = %s\n\n' "$VAR/run" $drain_seconds
            database_section database worker
            database_section 'operator database' operator
            database_section 'migration database' migrate
            printf '[spool]\ndir = %s\n\n' "$VAR/spool"
            printf '[keys]\nfile = %s\n\n' "$VAR/secrets/keys"
            printf '[upstream]\nallow = %s\n\n' "$allow"
            printf '[log]\nfile = %s\n' "$VAR/log/insula.log"
        } >"$VAR/insula.conf"
    ) || die "cannot write $VAR/insula.conf."
}

# tenant SLUG NAME COLOUR WELCOME BUDGET
tenant() {
    insulactl tenant show "$1" >/dev/null 2>&1 || insulactl tenant create "$1" --name "$2" || return 1
    insulactl tenant set "$1" --name "$2" --brand-color "$3" --logo "$here/logos/$1.png" \
        --welcome "$4" --budget "$5" &&
        insulactl idp set "$1" demo --issuer "https://login.$1.example" --audience insula \
            --algorithms HS256 --generate-secret >/dev/null
}

# model SLUG NAME PROVIDER UPSTREAM-NAME LABEL PRICE-IN PRICE-OUT: prices for a million tokens
model() {
    insulactl model allow "$1" "$2" --provider "$3" --upstream "$4" --label "$5" --price-in "$6" \
        --price-out "$7" --context 128000 --max-output 4096
}

# Three protocols: OpenAI's, Ollama's own, Anthropic's. The scripted server speaks each; its port may be
# another at each start, and the bank may have got a real key.
set_providers() {
    local scripted=http://127.0.0.1:$upstream_port
    printf '%s' "${OPENAI_API_KEY:-sk-demo-bank}" | insulactl provider set bank openai \
        --kind openai --base-url "$bank_base_url" --key-stdin &&
        printf 'ollama-demo' | insulactl provider set securities llama --kind ollama \
            --base-url "$scripted" --key-stdin &&
        printf 'sk-demo-insurance' | insulactl provider set insurance claims-llm --kind anthropic \
            --base-url "$scripted" --key-stdin
}

make_models() {
    model bank gpt-4o-mini openai gpt-4o-mini 'GPT-4o mini' 0.15 0.60 &&
        model bank gpt-4o openai gpt-4o 'GPT-4o' 2.50 10.00 &&
        model securities llama3.1 llama llama3.1:8b 'Llama 3.1 (in house)' 0 0 &&
        model insurance claims-large claims-llm claude-sonnet-4-6 'Claims Large' 0.80 2.40 &&
        insulactl tenant set bank --default-model gpt-4o-mini &&
        insulactl tenant set securities --default-model llama3.1 &&
        insulactl tenant set insurance --default-model claims-large
}

make_tenants() {
    bank_base_url=http://127.0.0.1:$upstream_port/v1
    [ -z "${OPENAI_API_KEY:-}" ] || bank_base_url=${OPENAI_BASE_URL:-https://api.openai.com/v1}
    if [ ! -e "$VAR/tenants-made" ]; then
        say 'Making three tenants.'
        tenant bank 'Harbour Bank' '#0066cc' 'Welcome to Harbour Bank. How can we help?' 100.00 &&
            tenant securities 'Harbour Securities' '#0b7a4b' 'Harbour Securities: ask, then trade.' \
                50.00 &&
            tenant insurance 'Harbour Insurance' '#b02a5b' 'Harbour Insurance is here for you.' \
                75.00 &&
            set_providers && make_models &&
            insulactl operator set head-office --issuer https://login.group.example \
                --audience insula-operator --generate-secret >/dev/null &&
            touch "$VAR/tenants-made"
    else
        set_providers
    fi || die 'the demo tenants could not be made (above).'
}
