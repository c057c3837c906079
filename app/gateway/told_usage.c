/* Usage from any provider's words into ours and OpenAI's, for the decoders that write their own. */
#include "told_usage.h"

static const int64_t tokens_max = 1000000000;

int64_t told_tokens(const struct json *object, const char *member)
{
    int64_t n = json_integer(json_member(object, member), -1);
    return n >= 0 && n <= tokens_max ? n : -1;
}

static int64_t part_of(int64_t part, int64_t whole)
{
    return part > 0 && part <= whole ? part : 0;
}

struct usage told_usage_of(const struct told_usage *told)
{
    if (told->in < 0 || told->out < 0)
        return (struct usage){ 0 };
    return (struct usage){ .known = true,
                           .tokens_in = told->in,
                           .tokens_out = told->out,
                           .tokens_cached = part_of(told->cached, told->in),
                           .tokens_reasoning = part_of(told->reasoning, told->out) };
}

void told_usage_write(struct json_writer *w, const struct told_usage *told)
{
    json_object_open(w);
    json_integer_member(w, "prompt_tokens", told->in);
    json_integer_member(w, "completion_tokens", told->out);
    json_integer_member(w, "total_tokens", told->in + told->out);
    if (told->cached >= 0 || told->cache_written >= 0) {
        json_key(w, "prompt_tokens_details");
        json_object_open(w);
        if (told->cached >= 0)
            json_integer_member(w, "cached_tokens", told->cached);
        if (told->cache_written >= 0)
            json_integer_member(w, "cache_write_tokens", told->cache_written);
        json_object_close(w);
    }
    if (told->reasoning >= 0) {
        json_key(w, "completion_tokens_details");
        json_object_open(w);
        json_integer_member(w, "reasoning_tokens", told->reasoning);
        json_object_close(w);
    }
    json_object_close(w);
}
