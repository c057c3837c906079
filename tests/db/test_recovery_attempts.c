/* A worker that dies between two attempts of a turn, or in the second: what is charged is the
 * provider that was asked last, and all attempts are in the ledger. */
#include "wrecks.h"

static struct model_route other_way = { .weight = 1 };
static struct model cheap = { .name = "cheap",
                              .label = "",
                              .routes = &other_way,
                              .route_count = 1,
                              .context_tokens = 1000,
                              .output_tokens = 100,
                              .price_out = 1000000 };

/* Admitted, and the provider of its model fails `failures` times. */
static struct turn *failing(int failures)
{
    struct turn *turn = admitted(anna, asking("***"));
    struct error e;
    int wait_ms;
    if (turn_call(turn, &e) != 0)
        bail_out("call");
    for (int i = 0; i < failures; i++) {
        turn_end(turn, TRANSFER_NO_CONNECTION, "refused", &nobody, NULL);
        if (!turn_again(turn, &wait_ms))
            bail_out("again");
    }
    return turn;
}

static void lost(struct turn *turn)
{
    turn_free(turn); /* the lock goes with its worker, the file stays */
    later(10000);
    is_number(recover(), 1, "its worker is lost, and the turn is settled");
}

static const char *of_turn(const struct turn *turn, const char *expression)
{
    char hex[33];
    for (int i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", turn->id.v.b[i]);
    return ask(db,
               arena_printf(arena, "SELECT %s FROM turn WHERE turn_id = X'%s'", expression, hex))
        .bytes.at;
}

static void in_the_fallback(void)
{
    anew();
    struct turn *turn = failing(2);
    ok(turn->model == &cheap && turn->upstream == &other_way.upstream && !turn->over,
       "two attempts failed, and the fallback is asked");
    is_number(held(), 3 + 8 + 100 * 2, "what is held is what the dearest would cost");
    turn_head(turn, &(struct http_head){ .status = 200, .content_type = "text/event-stream" });
    turn_take(turn, str_of(CHUNK_OF("The answer")), &nobody, NULL);
    lost(turn);
    is_text(answer_of(turn), "interrupted: The answer", "with what had come");
    is_text(of_turn(turn, "model"), "cheap", "under the name of who was asked last");
    is_text(of_turn(turn, "CAST(cost AS CHAR)"), "3",
            "at its price: three tokens out, the prompt free");
    is_text(of_turn(turn, "CONCAT(JSON_LENGTH(attempts), JSON_VALUE(attempts, '$[0].code'),"
                          " JSON_VALUE(attempts, '$[1].model'), JSON_VALUE(attempts, '$[2].model'),"
                          " JSON_VALUE(attempts, '$[2].code'))"),
            "3upstream_unavailablepaidcheapworker_lost", "and all attempts are there");
    ok(held() == 0 && ledger_agrees(), "the ledger agrees");
    later(0);
}

static void between_two(void)
{
    anew();
    struct turn *turn = failing(1);
    lost(turn);
    is_text(answer_of(turn), "interrupted: ", "without a word");
    is_text(of_turn(turn, "CAST(cost AS CHAR)"), "0", "for nothing");
    is_text(of_turn(turn, "CAST(JSON_LENGTH(attempts) AS CHAR)"), "2", "after two attempts");
    ok(held() == 0 && ledger_agrees(), "the ledger agrees");
    later(0);
}

int main(int argc, char **argv)
{
    (void)argc;
    chats_begin(argv);
    other_way.upstream = way.upstream;
    other_way.upstream.id = provider_id_new();
    paid.fallback = &cheap;
    in_the_fallback();
    between_two();
    anew();
    return chats_end();
}
