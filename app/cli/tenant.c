/* insulactl tenant create, set, suspend, resume. */
#include "base/clock.h"
#include "commands.h"
#include "tenant_flags.h"
#include "values.h"

int run_tenant_create(struct cli *cli, const struct arguments *args, struct error *err)
{
    const char *slug = args->operands[0];
    struct tenant_change change;
    if (!is_slug(slug))
        return fail_usage(err,
                          "'%s' is no slug: lower-case letters, digits, '-' and '_', at most "
                          "63, a letter or digit first.",
                          slug);
    if (tenant_flags_read(cli, args, &change, err))
        return -1;
    if (!change.name)
        return fail_usage(err, "insulactl tenant create needs --name.");
    struct platform p;
    const struct key_ring *ring;
    struct tenant_id id;
    if (cli_ring(cli, &ring, err) || cli_platform(cli, &p, err))
        return -1;
    return operate_tenant_create(p, ring, slug, &change, clock_unix_ms(), &id, err);
}

int run_tenant_set(struct cli *cli, const struct arguments *args, struct error *err)
{
    struct tenant_change change;
    struct tenant_row tenant;
    if (tenant_flags_read(cli, args, &change, err) ||
        cli_tenant(cli, args->operands[0], &tenant, err))
        return -1;
    return operate_tenant_change(platform_on(cli->db), tenant.id, &change, err);
}

static int set_status(struct cli *cli, const char *slug, enum tenant_status status,
                      struct error *err)
{
    struct tenant_row tenant;
    if (cli_tenant(cli, slug, &tenant, err))
        return -1;
    if (tenant.status == TENANT_ERASING)
        return fail(err, ERROR_CONFLICT, "tenant_erasing", "The tenant is being erased.");
    return operate_tenant_status(platform_on(cli->db), tenant.id, status, err);
}

int run_tenant_suspend(struct cli *cli, const struct arguments *args, struct error *err)
{
    return set_status(cli, args->operands[0], TENANT_SUSPENDED, err);
}

int run_tenant_resume(struct cli *cli, const struct arguments *args, struct error *err)
{
    return set_status(cli, args->operands[0], TENANT_ACTIVE, err);
}
