/* What the model server says when no script tells it: a short, plausible answer about the question.
 */
#include "answer.h"

#include <stdio.h>
#include <string.h>

static bool is_middle(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80; /* of a UTF-8 character */
}

size_t words_next(const char *text, size_t size)
{
    size_t n = 0;
    size_t most = size ? size : 12;
    while (text[n] && (n < most || is_middle(text[n]))) {
        n++;
        if (!size && text[n - 1] == ' ')
            break;
        /* Chinese and Japanese have no blanks: two characters at a time. */
        if (!size && n >= 6 && (unsigned char)text[0] >= 0xe4 && !is_middle(text[n]))
            break;
    }
    return n;
}

/* The question's first words, for quoting. */
static size_t gist(const char *question)
{
    size_t n = 0;
    int words = 0;
    while (question[n] && question[n] != '\n' && n < 72 && words < 9) {
        n += words_next(question + n, 0);
        words++;
    }
    while (n && strchr(" ?.!,;:\n", question[n - 1]))
        n--;
    return n;
}

static bool is_chinese(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0xe4 && (unsigned char)*text <= 0xe9)
            return true;
    return false;
}

const char *words_about(const char *question)
{
    static const char *const english[] = {
        "You asked about “%.*s”. In short: look at the purpose first, then at the costs, and "
        "write down what would change your mind. Shall I go into one of these?",
        "A good question: “%.*s”. Three things matter here: who is affected, what it costs, and "
        "how you would notice a mistake. I would begin with the first.",
        "On “%.*s”: the usual answer is right in most cases, and the exceptions are few. Tell me "
        "more about yours, and I can be more precise.",
    };
    static const char chinese[] =
        "关于“%.*s”：建议先明确目的，再比较成本与风险，最后写下判断依据。需要我展开其中哪一点？";
    static unsigned turn;
    static char text[512];
    if (!question || !*question)
        question = "your question";
    const char *format = english[turn++ % (sizeof english / sizeof *english)];
    if (is_chinese(question))
        format = chinese;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of the four above */
    snprintf(text, sizeof text, format, (int)gist(question), question);
#pragma GCC diagnostic pop
    return text;
}
