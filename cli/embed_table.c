#include "embed_table.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "json.h"
#include "sidecar.h"

/* E.json may be something of the user's. */
static int check_about(const char *path)
{
    cli_sidecar there = {0};
    int status = cli_sidecar_read(&there, path);
    if (status == CLI_OK && !there.object && access(there.path, F_OK) == 0) {
        cli_error("%s: is there already, and is not what 'likeness embed' writes beside its "
                  "vectors: choose another name for %s",
                  there.path, path);
        status = CLI_USAGE;
    }
    cli_sidecar_clear(&there);
    return status;
}

static lk_status open_beside(lk_output **out, const char *path, const char *ending)
{
    char *name = cli_sidecar_path(path, ending);
    lk_status status = lk_output_open(out, name);
    free(name);
    return status;
}

int embed_table_open(embed_table *table, const char *path)
{
    embed_table made = {0};
    int result = check_about(path);
    if (result != CLI_OK)
        return result;
    lk_status status = lk_lock_file(&made.lock, path, 0);
    if (status == LK_OK)
        status = lk_output_open(&made.vectors, path);
    if (status == LK_OK)
        status = open_beside(&made.list, path, ".csv");
    if (status == LK_OK)
        status = open_beside(&made.about, path, ".json");
    *table = made;
    if (status == LK_OK)
        return CLI_OK;
    embed_table_discard(table);
    return cli_fail(status);
}

int embed_table_commit(embed_table *table, const float *vectors, size_t rows, size_t width,
                       const json_t *about, int status)
{
    const size_t shape[] = {rows, width};
    lk_status written = lk_npy_put(table->vectors, LK_F32, vectors, shape, 2);
    cli_json_put(table->about, about, JSON_INDENT(1));
    if (written == LK_OK) {
        lk_output *const outputs[] = {table->about, table->list, table->vectors};
        table->about = table->list = table->vectors = NULL;
        written = lk_output_commit_all(outputs, 3);
    }
    embed_table_discard(table);
    return written == LK_OK ? status : cli_worse(status, cli_fail(written));
}

void embed_table_discard(embed_table *table)
{
    lk_output_discard(table->vectors);
    lk_output_discard(table->list);
    lk_output_discard(table->about);
    lk_lock_release(table->lock);
    *table = (embed_table){0};
}
