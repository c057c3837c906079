/* Says how long a prompt is, in Anthropic's form: nothing is asked of a provider, held or charged.
 */
#include "handlers.h"

#include "json/write.h"
#include "turn_start.h"

int count_tokens_post(struct exchange *x, const struct tenant_scope *scope, struct error *err)
{
    (void)scope;
    struct json *body;
    struct turn_request request;
    struct prompt_limits limits = prompt_limits_of(x);
    if (chat_body_read(x, &body, err) < 0 ||
        turn_body_read(x, body, (struct str){ 0 }, &request, err) < 0 ||
        prompt_read(x->arena, json_member(body, "messages"), &limits, &request.prompt, err) < 0)
        return -1;
    struct json_writer *w = respond_writer(x);
    json_object_open(w);
    json_integer_member(w, "input_tokens", turn_prompt_counted(&request));
    json_object_close(w);
    respond_json(x, 200);
    return 0;
}
