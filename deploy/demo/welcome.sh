# Tokens, demo.json, and what the newcomer reads; part of `run`.
# shellcheck shell=bash

tenants=(bank securities insurance)
declare -A tokens=() # "bank member" → token

mint() { # name arguments…
    local name=$1
    shift
    tokens[$name]=$(insulactl token "$@" --ttl 24h) || die 'insulactl token failed (above).'
    ( umask 077 && printf '%s' "${tokens[$name]}" >"$VAR/tokens/${name// /-}" )
}

mint_tokens() {
    local slug
    for slug in "${tenants[@]}"; do
        mint "$slug member" "$slug" --subject maria --role member --name 'Maria Weiss' \
            --email "maria@$slug.example"
        mint "$slug admin" "$slug" --subject anton --role admin --name 'Anton Berger' \
            --email "anton@$slug.example"
    done
    mint operator --operator head-office
}

# Tokens and addresses hold nothing that JSON would have to escape.
write_facts() {
    local slug comma=''
    url=http://127.0.0.1:$PORT
    (
        umask 077
        {
            printf '{"url": "%s", "upstream": "http://127.0.0.1:%s", "tenants": {' "$url" \
                "$upstream_port"
            for slug in "${tenants[@]}"; do
                printf '%s"%s": {"member": "%s", "admin": "%s"}' "$comma" "$slug" \
                    "${tokens[$slug member]}" "${tokens[$slug admin]}"
                comma=', '
            done
            printf '}, "operator": "%s"}\n' "${tokens[operator]}"
        } >"$VAR/demo.json.new" && mv "$VAR/demo.json.new" "$VAR/demo.json"
    ) || die "cannot write $VAR/demo.json."
}

bearer() { # slug
    printf '%s' "-H \"Authorization: Bearer \$(cat '$VAR/tokens/$1-member')\""
}

ask() { # slug question: a curl line
    printf '  curl -sN %s %s/api/v1/chat -H '"'Content-Type: application/json'"' -d '"'"'%s'"'"'\n\n' "$(bearer "$1")" \
        "$url" "{\"stream\": true, \"messages\": [{\"role\": \"user\", \"content\": \"$2\"}]}"
}

print_welcome() {
    local slug role
    printf '\nInsula is up: %s\n\nSign-in tokens, good for 24 hours:\n' "$url"
    for slug in "${tenants[@]}"; do
        for role in member admin; do
            printf '  %-10s  %-6s  %s\n' "$slug" "$role" "${tokens[$slug $role]}"
        done
    done
    printf '  %-10s  %-6s  %s\n' 'the group' operator "${tokens[operator]}"
    printf '\nTry, in another terminal:\n\n  curl -s %s %s/api/v1/tenant/info\n\n' "$(bearer bank)" "$url"
    printf 'A question to the model of each; behind them are three protocols, in front of them is one:\n\n'
    ask bank 'What is a bond?'            # OpenAI's
    ask securities 'What is a share?'     # Ollama's own
    ask insurance 'What is a deductible?' # Anthropic's
    printf '  curl -s %s %s/api/v1/conversations\n' "$(bearer bank)" "$url"
    cat <<TEXT

The same facts for programs: $VAR/demo.json   Logs: $VAR/log   Ctrl-C stops everything.
TEXT
}
