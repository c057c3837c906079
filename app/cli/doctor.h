/* One round of insulactl doctor: each file looks at one part of the house. Private to cli/. */
#ifndef INSULA_CLI_DOCTOR_H
#define INSULA_CLI_DOCTOR_H

#include "cli.h"
#include "table.h"

enum health { HEALTH_GOOD, HEALTH_UNSURE, HEALTH_BAD };

struct doctor {
    struct cli *cli;
    const struct config *config;
    struct table *table;
    int bad;
};

/* One line of the report: what was looked at, and in words how it is. */
void doctor_say(struct doctor *doctor, enum health health, const char *what, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

void doctor_versions(struct doctor *doctor);
void doctor_files(struct doctor *doctor, const char *socket_or_null);
void doctor_database(struct doctor *doctor, const char *schema_dir);
/* What a stream through the web server is judged by. */
struct stream_request {
    const char *url;         /* of the house, as http://127.0.0.1:8080 */
    const char *token_file;
    const char *model;       /* NULL: the tenant's default */
};
/* -1: the options are wrong or a file is missing; a bad stream is a line of the report. */
int doctor_stream(struct doctor *doctor, const struct stream_request *request, struct error *err);

/* -1, 0, 1 as versions of digits and dots compare: "3.0.22" and "3.0.9". */
int version_compare(const char *a, const char *b);

/* Pure. Arrivals in ms since the request; did something hold the events back? */
enum flow { FLOW_STREAMS, FLOW_BUFFERED, FLOW_TOO_FAST };
enum flow flow_judge(const int64_t *arrivals_ms, size_t count);

#endif
