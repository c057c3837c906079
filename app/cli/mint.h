/* Makes tokens (insulactl token), with libjwt: another implementation than the one that checks
 * them. */
#ifndef INSULA_CLI_MINT_H
#define INSULA_CLI_MINT_H

#include "base/arena.h"
#include "base/error.h"

/* An HS256 token of a JSON object of claims. ERROR_BAD_REQUEST "bad_secret", "bad_claims". */
int token_mint(struct arena *arena, struct str secret, struct str claims_json, struct str *out,
               struct error *err);

#endif
