/* A provider's kind between a client's request and a transcript: for the tests of the kinds. */
#ifndef INSULA_TESTS_PROVIDER_TALK_H
#define INSULA_TESTS_PROVIDER_TALK_H

#include "tap.h"

#include "gateway/records.h"
#include "json/write.h"

#include <stdlib.h>

static struct arena *arena, *scratch;

/* A client's body, read as the house reads it. */
struct talk {
    struct upstream upstream;
    struct completion completion;
    struct decoder decoder;
};

static struct json *parsed(const char *text)
{
    static const struct json_limits limits = { .depth = 100 };
    struct json *root = NULL;
    struct error err;
    if (json_parse(arena, str_of(text), &limits, &root, &err) != 0)
        printf("# no JSON: %s: %s\n", err.message, text);
    return root;
}

static struct prompt_message read_message(const struct json *message)
{
    const struct json *content = json_member(message, "content");
    struct prompt_message read = { .role = json_text(json_member(message, "role")).at,
                                   .content = STR("") };
    if (message->count == 2 && content && content->type == JSON_STRING)
        read.content = content->text;
    else
        read.json = message->raw;
    return read;
}

static struct talk *begin(const char *kind, const char *client)
{
    struct talk *talk = arena_new_of(arena, struct talk);
    struct json *root = parsed(client);
    const struct json *messages = json_member(root, "messages");
    const struct json *stream = json_member(root, "stream");
    struct prompt_message *prompt =
        arena_array_of(arena, struct prompt_message, (messages ? messages->count : 0) + 1);
    size_t count = 0;
    for (const struct json *m = messages ? messages->children : NULL; m; m = m->next)
        prompt[count++] = read_message(m);
    talk->upstream = (struct upstream){ .kind = provider_kind_find(kind),
                                        .base_url = "http://p.example",
                                        .api_key = STR("key"),
                                        .model = "m-1",
                                        .public_name = "our \"m\"" };
    talk->completion =
        (struct completion){ .messages = prompt,
                             .message_count = count,
                             .stream = stream && stream->boolean,
                             .max_tokens = json_integer(json_member(root, "max_tokens"), 0),
                             .parameters = root };
    talk->decoder = (struct decoder){ .kind = talk->upstream.kind,
                                      .upstream = &talk->upstream,
                                      .completion = &talk->completion,
                                      .id = "turn_1",
                                      .created = 42 };
    return talk;
}

/* "URL BODY", or "code param" of the refusal. */
__attribute__((unused)) static const char *asked_of(struct talk *talk)
{
    struct http_request request;
    struct error err = { 0 };
    if (talk->upstream.kind->write_request(&talk->upstream, &talk->completion, arena, &request,
                                           &err) != 0)
        return arena_printf(arena, "%s %s", err.code, err.param);
    parsed(arena_copy(arena, request.body).at);
    return arena_printf(arena, "%s %.*s", request.url, STR_ARGS(request.body));
}

__attribute__((unused)) static const char *header_of(struct talk *talk, const char *name)
{
    struct http_request request;
    struct error err;
    if (talk->upstream.kind->write_request(&talk->upstream, &talk->completion, arena, &request,
                                           &err) != 0)
        return "refused";
    for (size_t i = 0; i < request.header_count; i++) {
        if (strcmp(request.headers[i].name, name) == 0)
            return arena_copy(arena, request.headers[i].value).at;
    }
    return "absent";
}

/* What a client hears, in short: "[role]text{reasoning}<id name>arguments|stop|" and so on; usage
 * as it is; then the error, or END or FINISHED or CUT. */
struct heard {
    struct talk *talk;
    struct text text;
    struct text content; /* of choice 0, of one record */
    bool end;
    struct usage usage;
};

static void add(struct heard *heard, const char *before, struct str text, const char *after)
{
    if (!text.len)
        return;
    text_add_c(&heard->text, before);
    text_add(&heard->text, text);
    text_add_c(&heard->text, after);
}

static void hear_delta(struct heard *heard, const struct json *delta)
{
    const struct json *calls = json_member(delta, "tool_calls");
    if (json_member(delta, "role"))
        text_add_c(&heard->text, "[role]");
    add(heard, "", json_text(json_member(delta, "content")), "");
    add(heard, "{", json_text(json_member(delta, "reasoning_content")), "}");
    add(heard, "!", json_text(json_member(delta, "refusal")), "!");
    for (const struct json *call = calls ? calls->children : NULL; call; call = call->next) {
        const struct json *function = json_member(call, "function");
        add(heard, "<", json_text(json_member(call, "id")), " ");
        add(heard, "", json_text(json_member(function, "name")), ">");
        add(heard, "", json_text(json_member(function, "arguments")), "");
    }
}

static void hear_chunk(struct heard *heard, struct str chunk, bool usage_only)
{
    static const char head[] = "{\"id\":\"turn_1\",\"object\":\"chat.completion.chunk\","
                               "\"created\":42,\"model\":\"our \\\"m\\\"\",\"choices\":[";
    struct json *root;
    struct error err;
    if (!chunk.at)
        return;
    if (json_parse(scratch, chunk, NULL, &root, &err) != 0 || !str_starts(chunk, head) ||
        memchr(chunk.at, '\n', chunk.len)) {
        text_add_c(&heard->text, "BAD CHUNK ");
        return;
    }
    const struct json *choices = json_member(root, "choices"), *usage = json_member(root, "usage");
    if (usage_only != (choices->count == 0))
        text_add_c(&heard->text, "BAD MARK ");
    for (const struct json *c = choices->children; c; c = c->next) {
        if (json_integer(json_member(c, "index"), 0))
            text_addf(&heard->text, "#%d", (int)json_member(c, "index")->integer);
        else
            text_add(&heard->content, json_text(json_member(json_member(c, "delta"), "content")));
        hear_delta(heard, json_member(c, "delta"));
        add(heard, "|", json_text(json_member(c, "finish_reason")), "|");
    }
    if (usage)
        text_add(&heard->text, usage->raw);
}

static int hear_record(void *self, const struct sse_event *event, struct error *err)
{
    struct heard *heard = self;
    struct decoded d = { 0 };
    if (heard->end)
        return 0;
    arena_reset(scratch);
    text_clear(&heard->content);
    /* A copy of its own, so that a sanitizer sees a read past the end. */
    char *own = malloc(event->data.len ? event->data.len : 1);
    if (!own)
        abort();
    memcpy(own, event->data.at, event->data.len);
    int status = heard->talk->decoder.kind->decode_event(
        &heard->talk->decoder, event->name, (struct str){ own, event->data.len }, scratch, &d, err);
    if (status == 0) {
        hear_chunk(heard, d.chunk, d.usage_only);
        for (const struct decoded_chunk *c = d.more; c; c = c->next)
            hear_chunk(heard, c->json, c->usage_only);
        if ((d.content.len || heard->content.len) &&
            !str_equal(d.content, text_str(&heard->content)))
            text_add_c(&heard->text, "NOT KEPT ");
        heard->end = heard->end || d.end;
        heard->usage = d.usage.known ? d.usage : heard->usage;
    } else if (!d.failed) {
        text_add_c(&heard->text, "NOT MARKED ");
    }
    free(own);
    return status;
}

/* The status that a client gets for an error of this kind; 0: none that a provider's answer may
 * have. */
static int status_of(enum error_kind kind)
{
    switch ((int)kind) {
    case ERROR_BAD_REQUEST:
        return 400;
    case ERROR_LIMIT:
        return 429;
    case ERROR_UPSTREAM:
        return 502;
    case ERROR_UPSTREAM_BUSY:
        return 503;
    default:
        return 0;
    }
}

static void hear(const struct talk *talk, const char *bytes, size_t len, size_t cut,
                 struct heard *heard)
{
    struct talk own = *talk;
    struct error err = { 0 };
    struct records records = records_make(talk->upstream.kind->framing, 65536);
    heard->talk = &own;
    heard->end = false;
    heard->usage = (struct usage){ 0 };
    text_clear(&heard->text);
    int status = records_feed(&records, (struct str){ bytes, cut }, hear_record, heard, &err);
    if (status == 0)
        status = records_feed(&records, (struct str){ bytes + cut, len - cut }, hear_record, heard,
                              &err);
    if (status == 0)
        status = records_end(&records, hear_record, heard, &err);
    const struct decoder *d = &own.decoder;
    if (status != 0)
        text_addf(&heard->text, " %s %d", err.code, status_of(err.kind));
    else
        text_add_c(&heard->text, heard->end ? " END"
                                 : d->choices_seen && d->choices_seen == d->choices_done
                                     ? " FINISHED"
                                     : " CUT");
    records_free(&records);
}

/* The transcript whole, then cut at every byte, with LF and with CRLF: always the same. */
__attribute__((unused)) static void hears(const char *what, const struct talk *talk,
                                          const char *transcript, const char *want)
{
    static char crlf[65536];
    struct heard whole = { .text = text_make(65536), .content = text_make(65536) };
    struct heard part = { .text = text_make(65536), .content = text_make(65536) };
    size_t len = strlen(transcript), n = 0, differ = 0;
    for (const char *c = transcript; *c; c++) {
        if (*c == '\n')
            crlf[n++] = '\r';
        crlf[n++] = *c;
    }
    hear(talk, transcript, len, 0, &whole);
    for (size_t cut = 1; cut <= n; cut++) {
        hear(talk, transcript, len, cut < len ? cut : len, &part);
        differ += !str_equal(text_str(&whole.text), text_str(&part.text));
        hear(talk, crlf, n, cut, &part);
        differ += !str_equal(text_str(&whole.text), text_str(&part.text));
    }
    is_text(text_str(&whole.text).at, want, "%s", what);
    is_number((long long)differ, 0, "%s: the same cut at every byte, LF and CRLF", what);
    struct text *const texts[] = { &whole.text, &whole.content, &part.text, &part.content };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        text_free(texts[i]);
}

/* A whole body: what the client gets, or "code status". */
__attribute__((unused)) static const char *answer_of(const struct talk *talk, const char *body)
{
    struct decoded d = { 0 };
    struct error err = { 0 };
    if (talk->upstream.kind->decode_body(NULL, str_of(body), arena, &d, &err) != 0 ||
        provider_name_body(&talk->decoder, arena, &d, &err) != 0)
        return arena_printf(arena, "%s %d%s", err.code, status_of(err.kind),
                            d.failed ? "" : " NOT MARKED");
    parsed(arena_copy(arena, d.chunk).at);
    return arena_copy(arena, d.chunk).at;
}

#define ANSWER_HEAD                                                                                \
    "{\"id\":\"turn_1\",\"object\":\"chat.completion\",\"created\":42,\"model\":\"our "            \
    "\\\"m\\\"\","

#define HELLO "{\"messages\":[{\"role\":\"user\",\"content\":\"Dusk?\"}],\"stream\":true}"

static int talk_begin(void)
{
    arena = arena_new(64 << 20);
    scratch = arena_new(1 << 20);
    return 0;
}

static int talk_done(void)
{
    arena_free(&scratch);
    arena_free(&arena);
    return done();
}

#endif
