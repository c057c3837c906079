/* insulactl keys init, rotate and list. No command ever prints a key. */
#include "commands.h"
#include "crypto/digest.h"
#include "platform/operate.h"
#include "table.h"

#include <unistd.h>

static int add_key(struct cli *cli, uint32_t *id_out, struct error *err)
{
    const struct config *config;
    if (cli_config(cli, &config, err))
        return -1;
    if (key_file_add(config->keys.file, id_out, err))
        return -1;
    key_ring_free(&cli->ring); /* to be read again, with the new key */
    return 0;
}

int run_keys_init(struct cli *cli, const struct arguments *args, struct error *err)
{
    (void)args;
    const struct config *config;
    const struct key_ring *ring;
    struct platform p;
    uint32_t id = 0;
    bool made = false;
    if (cli_config(cli, &config, err))
        return -1;
    bool has_file = access(config->keys.file, F_OK) == 0;
    if ((!has_file && add_key(cli, &id, err)) || cli_ring(cli, &ring, err) ||
        cli_platform(cli, &p, err) || operate_house_key_make(p, ring, &made, err))
        return -1;
    if (cli->json)
        printf("{\"key_file_made\":%s,\"house_key_made\":%s}\n", has_file ? "false" : "true",
               made ? "true" : "false");
    else
        printf("The key file %s %s; the house's data key %s.\n", config->keys.file,
               has_file ? "was there" : "is made", made ? "is made" : "was there");
    return 0;
}

int run_keys_rotate(struct cli *cli, const struct arguments *args, struct error *err)
{
    (void)args;
    const struct key_ring *ring;
    struct platform p;
    struct data_key_row *rows;
    size_t count;
    uint32_t id;
    /* The database first: a key added to the file while it is away would wrap nothing. */
    if (cli_platform(cli, &p, err) || add_key(cli, &id, err) || cli_ring(cli, &ring, err) ||
        operate_data_keys(p, cli->arena, &rows, &count, err))
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (operate_data_key_rewrap(p, ring, &rows[i], err))
            return -1;
    }
    if (cli->json)
        printf("{\"key\":%u,\"rewrapped\":%zu}\n", id, count);
    else
        printf("Key %u is the newest now, and wraps %zu data keys.\n", id, count);
    return 0;
}

struct key_line {
    uint32_t id;
    int64_t wraps;
    bool is_in_file;
};

/* Adds 1 to the line of the key that wraps the row; one that the file lacks begins a line. */
static void count_row(const struct data_key_row *row, struct key_line *lines, size_t *count)
{
    uint32_t id = sealed_key_id(row->wrapped);
    size_t i = 0;
    while (i < *count && lines[i].id != id)
        i++;
    if (i == *count)
        lines[(*count)++] = (struct key_line){ .id = id };
    lines[i].wraps++;
}

int run_keys_list(struct cli *cli, const struct arguments *args, struct error *err)
{
    static const struct column columns[] = { { "key", COLUMN_NUMBER },
                                             { "data_keys", COLUMN_NUMBER },
                                             { "in_file", COLUMN_FLAG },
                                             { "newest", COLUMN_FLAG } };
    (void)args;
    const struct key_ring *ring;
    struct platform p;
    struct data_key_row *rows;
    size_t row_count;
    if (cli_ring(cli, &ring, err) || cli_platform(cli, &p, err) ||
        operate_data_keys(p, cli->arena, &rows, &row_count, err))
        return -1;
    size_t count = key_ring_count(ring);
    struct key_line *lines = arena_array_of(cli->arena, struct key_line, count + row_count);
    for (size_t i = 0; i < count; i++)
        lines[i] = (struct key_line){ .id = key_ring_id(ring, i), .is_in_file = true };
    for (size_t i = 0; i < row_count; i++)
        count_row(&rows[i], lines, &count);
    struct table *table = table_new(cli->arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < count; i++) {
        table_number(table, lines[i].id);
        table_number(table, lines[i].wraps);
        table_number(table, lines[i].is_in_file);
        table_number(table, lines[i].id == key_ring_newest(ring));
    }
    return table_print(cli, table, err);
}
