/* Answers that are replayed byte for byte from a recorded transcript. */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_headers(yajl_val headers, struct answer *answer)
{
    for (size_t i = 0; YAJL_IS_OBJECT(headers) && i < headers->u.object.len; i++) {
        yajl_val value = headers->u.object.values[i];
        const char *name = headers->u.object.keys[i];
        /* These two follow from how the body is sent. */
        if (YAJL_IS_STRING(value) && strcasecmp(name, "content-length") != 0 &&
            strcasecmp(name, "transfer-encoding") != 0)
            answer_add_header(answer, name, YAJL_GET_STRING(value));
    }
}

static void read_cuts(yajl_val fixture, struct answer *answer)
{
    const char *chunking = json_string(fixture, "chunking");
    answer->bytewise = chunking && strcmp(chunking, "bytes") == 0;
    yajl_val at = json_member(fixture, "at");
    if (!chunking || strcmp(chunking, "offsets") != 0 || !YAJL_IS_ARRAY(at))
        return;
    answer->cuts = must(calloc(at->u.array.len + 1, sizeof *answer->cuts));
    size_t before = 0;
    yajl_val offset;
    for (size_t i = 0; (offset = json_item(at, i)); i++) {
        long long cut = YAJL_IS_INTEGER(offset) ? YAJL_GET_INTEGER(offset) : 0;
        if (cut > (long long)before && cut < (long long)answer->whole.len)
            answer->cuts[answer->cut_count++] = before = (size_t)cut;
    }
}

/* Ends each line with CR LF that ended with LF alone. */
static void end_lines_with_crlf(struct buffer *bytes)
{
    struct buffer changed = { 0 };
    for (size_t i = 0; i < bytes->len; i++) {
        if (bytes->at[i] == '\n' && (i == 0 || bytes->at[i - 1] != '\r'))
            buffer_add(&changed, "\r", 1);
        buffer_add(&changed, &bytes->at[i], 1);
    }
    buffer_free(bytes);
    *bytes = changed;
}

struct answer *answer_of_fixture(const char *dir, yajl_val fixture, const char **problem)
{
    const char *file = json_string(fixture, "body_file");
    const char *body = json_string(fixture, "body");
    if (file && (!dir || strstr(file, ".."))) {
        *problem = "body_file needs --fixtures DIR, and no '..'";
        return NULL;
    }
    struct answer *answer = must(calloc(1, sizeof *answer));
    script_default(&answer->script);
    answer->status = (int)json_number(fixture, "status", 200);
    answer->script.delay_ms = (int)json_number(fixture, "delay_ms", 0);
    answer->script.silent_ms = (int)json_number(fixture, "silent_ms", 0);
    struct buffer path = { 0 };
    buffer_addf(&path, "%s/%s", dir ? dir : ".", file ? file : "");
    if (body)
        buffer_add(&answer->whole, body, strlen(body));
    else if (file && buffer_read_file(&answer->whole, path.at) != 0)
        *problem = "cannot read body_file";
    buffer_free(&path);
    if (*problem) {
        answer_free(answer);
        return NULL;
    }
    const char *line_ends = json_string(fixture, "line_ends");
    if (line_ends && strcmp(line_ends, "crlf") == 0)
        end_lines_with_crlf(&answer->whole);
    read_headers(json_member(fixture, "headers"), answer);
    read_cuts(fixture, answer);
    const char *end = json_string(fixture, "end");
    answer->end = end && strcmp(end, "reset") == 0 ? ANSWER_RESET : ANSWER_END;
    answer->streamed = answer->bytewise || answer->cuts || answer->end == ANSWER_RESET;
    return answer;
}
