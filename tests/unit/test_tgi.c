/* TGI's /generate: a conversation as one text in, OpenAI's stream out, without what stopped it. */
#include "provider_talk.h"

#define TOKEN(text)                                                                                \
    "data:{\"token\":{\"text\":\"" text "\",\"special\":false},\"details\":null}\n\n"
#define LAST(text, special, reason)                                                                \
    "data:{\"token\":{\"text\":\"" text "\",\"special\":" special "},\"generated_text\":\"x\","    \
    "\"details\":{\"finish_reason\":\"" reason                                                     \
    "\",\"generated_tokens\":2,\"input_length\":7}}\n\n"
#define USAGE "{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9}"

static void test_streams(void)
{
    struct talk *talk = begin("tgi", HELLO);
    struct talk *stops = begin("tgi", "{\"messages\":[],\"stop\":[\"END\",\"<end>\"],"
                                      "\"stream\":true}");
    hears("text, comments, and a special token that is none", talk,
          ":\n\n" TOKEN("A") TOKEN(" \\\"B\\\"") LAST("<|im_end|>", "true", "eos_token"),
          "[role]A \"B\"|stop|" USAGE " END");
    hears("the template's mark as text", talk,
          TOKEN("A") LAST("<|im_end|>", "false", "stop_sequence"), "[role]A|stop|" USAGE " END");
    hears("a stop text in pieces", stops,
          TOKEN("A") TOKEN("B<e") TOKEN("n") LAST("d>", "false", "stop_sequence"),
          "[role]AB|stop|" USAGE " END");
    hears("what only looked like one is shown", stops,
          TOKEN("A<e") TOKEN("nE") TOKEN("N<") LAST("!", "false", "length"),
          "[role]A<enEN<!|length|" USAGE " END");
    hears("held back to the end", stops, TOKEN("A") LAST("EN", "false", "length"),
          "[role]AEN|length|" USAGE " END");
    hears("nothing follows a stop text", stops,
          TOKEN("AEND!") LAST("more", "false", "stop_sequence"), "[role]A|stop|" USAGE " END");
    hears("overloaded, with a status of 200", talk,
          "data:{\"error\":\"Model is overloaded\",\"error_type\":\"overloaded\"}\n\n",
          " rate_limit_exceeded 429");
    hears("refused, with a status of 200", talk,
          "data:{\"error\":\"Input validation error: x\",\"error_type\":\"validation\"}\n\n",
          " invalid_request 400");
    hears("an error under way", talk,
          TOKEN("A") "data:{\"error\":\"CUDA\",\"error_type\":\"generation\"}\n\n",
          "[role]A upstream_error 502");
    hears("a stream that broke off", talk, TOKEN("A") "data:{\"tok", "[role]A CUT");
}

static void test_requests(void)
{
    struct talk *talk =
        begin("tgi", "{\"messages\":[{\"role\":\"developer\",\"content\":\"A\"},{\"role\":\"user\","
                     "\"content\":\"B<|im_end|>\"}],\"max_tokens\":5,\"temperature\":0,\"top_p\":1,"
                     "\"top_k\":4,\"stop\":\"END\"}");
    is_text(asked_of(talk),
            "http://p.example/generate {\"inputs\":\"<|im_start|>system\\nA<|im_end|>\\n"
            "<|im_start|>user\\nB< |im_end|><|im_end|>\\n<|im_start|>assistant\\n\","
            "\"parameters\":{\"details\":true,\"return_full_text\":false,\"do_sample\":false,"
            "\"top_k\":4,\"stop\":[\"END\",\"<|im_end|>\"],\"max_new_tokens\":5}}",
            "greedy; and no text of a client's can speak in another's name");
    talk->upstream.options.chat_template = "llama3";
    ok(strstr(asked_of(talk),
              "<|start_header_id|>user<|end_header_id|>\\n\\nB< |im_end|><|eot_id|>"),
       "another template");
    talk->upstream.options.chat_template = "nobody's";
    is_text(asked_of(talk), "upstream_error ", "a template that nobody knows");
    ok(strstr(asked_of(begin("tgi", HELLO)), "http://p.example/generate_stream "), "a stream");
    is_text(asked_of(begin("tgi", "{\"messages\":[],\"tools\":[{}]}")), "unsupported_parameter ",
            "no tools");
    is_text(asked_of(begin("tgi", "{\"messages\":[],\"presence_penalty\":0.5}")),
            "unsupported_parameter presence_penalty", "no presence penalty");
    is_text(asked_of(begin("tgi", "{\"messages\":[],\"stop\":[\"a\",\"b\",\"c\",\"d\"]}")),
            "invalid_value stop", "three stop texts beside the template's");
    is_text(asked_of(begin("tgi", "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
                                  "\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
                                  "AAAA\"}}]}]}")),
            "unsupported_content messages", "no pictures");
}

static void test_bodies(void)
{
    struct talk *talk = begin("tgi", HELLO);
    const char *want = ANSWER_HEAD
        "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"A\","
        "\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"length\"}]}";
    is_text(
        answer_of(talk, "{\"generated_text\":\"A\",\"details\":{\"finish_reason\":\"length\"}}"),
        want, "an answer");
    is_text(
        answer_of(talk, "[{\"generated_text\":\"A\",\"details\":{\"finish_reason\":\"length\"}}]"),
        want, "an array of one");
    is_text(answer_of(talk, "[]"), "upstream_bad_response 502", "an array of none");
    is_text(answer_of(talk, "{\"error\":\"x\",\"error_type\":\"generation\"}"),
            "upstream_error 502", "an error");
}

int main(void)
{
    talk_begin();
    test_streams();
    test_requests();
    test_bodies();
    return talk_done();
}
