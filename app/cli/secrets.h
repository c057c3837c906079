/* Secrets: read from standard input or a file, never an argument; sealed and opened under the data
 * key of the tenant they belong to. Private to cli/. */
#ifndef INSULA_CLI_SECRETS_H
#define INSULA_CLI_SECRETS_H

#include "arguments.h"
#include "crypto/signature.h"

/* A longer HS256 secret does not fit its column. */
#define SECRET_SEALED_MAX_BYTES (1024 - SEAL_OVERHEAD)

/* What --<name>-stdin or --<name>-file brought, without the line break at its end; absent when
 * neither was given. name: "key" or "secret". */
int secret_read(struct cli *cli, const struct arguments *args, const char *name, struct str *out,
                struct error *err);
/* A new random HS256 secret: 43 characters, 256 bits. */
struct str secret_generate(struct arena *arena);

int secret_seal(struct cli *cli, const struct seal_place *place, struct str secret,
                struct str *record_out, struct error *err);
int secret_open(struct cli *cli, const struct seal_place *place, struct str record,
                struct str *secret_out, struct error *err);

#endif
