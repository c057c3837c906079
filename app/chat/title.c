/* Names a conversation after its first exchange. */
#include "chat/prompt.h"

#include "base/codec.h"

#define TITLE_CHARACTERS 60

static struct str skip(struct str text, const char *characters)
{
    while (text.len && strchr(characters, text.at[0]) && text.at[0])
        text = (struct str){ text.at + 1, text.len - 1 };
    return text;
}

/* The first line that holds more than markup. */
static struct str first_line(struct str text)
{
    text = skip(text, " \t\r\n#>*-`_|\"");
    const char *end = text.len ? memchr(text.at, '\n', text.len) : NULL;
    if (end)
        text.len = (size_t)(end - text.at);
    while (text.len && strchr(" \t\r#*`_\"", text.at[text.len - 1]))
        text.len--;
    return text;
}

static size_t bytes_of_characters(struct str text, size_t characters)
{
    size_t at = 0;
    for (; at < text.len && characters; characters--)
        for (at++; at < text.len && ((unsigned char)text.at[at] & 0xc0) == 0x80;)
            at++;
    return at;
}

/* Back to the last blank, unless that would take half of it away (languages without blanks). */
static struct str cut_at_word(struct str text)
{
    for (size_t n = text.len; n > text.len / 2; n--)
        if (text.at[n - 1] == ' ')
            return (struct str){ text.at, n - 1 };
    return text;
}

struct str title_of(struct arena *arena, struct str text)
{
    struct str line = first_line(utf8_repair(arena, text));
    size_t room = bytes_of_characters(line, TITLE_CHARACTERS);
    if (room == line.len)
        return arena_copy(arena, line);
    room = bytes_of_characters(line, TITLE_CHARACTERS - 1); /* one is for the ellipsis */
    struct str cut = { line.at, room };
    if (line.at[room] != ' ')
        cut = cut_at_word(cut);
    return str_of(arena_printf(arena, "%.*s…", STR_ARGS(cut)));
}
