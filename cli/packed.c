#include "packed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "digest.h"
#include "json.h"
#include "signals.h"

/* Below it laying out costs less than looking. */
static const off_t SMALL = 1 << 20;

/* "500M": bytes; false where it is no size. */
static bool packed_parse_size(uint64_t *out, const char *text)
{
    static const char units[] = "KMGT";
    char *end;
    double number = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (end == text || !(number >= 0) || (unit && end[1]) || (!unit && *end))
        return false;
    for (size_t i = 0; unit && i <= (size_t)(unit - units); i++)
        number *= 1024;
    if (number > 1e15)
        return false;
    *out = (uint64_t)number;
    return true;
}

/* LIKENESS_CACHE; of what is no size the usual limit is taken, and it is said. */
static uint64_t packed_limit(void)
{
    uint64_t limit = LK_PACKED_LIMIT;
    const char *text = getenv("LIKENESS_CACHE");
    if (text && *text && !packed_parse_size(&limit, text))
        cli_warn("LIKENESS_CACHE=%s: expected a size such as 500M or 2G, or 0 for none", text);
    return limit;
}

static char *packed_folder(void)
{
    char *store = NULL;
    if (lk_store_directory(&store) != LK_OK)
        return NULL;
    char *folder = cli_format("%s/packed", store);
    lk_free(store);
    return folder;
}

/* A folder that cannot be made is not asked for again and again what it might hold. */
static bool packed_is_possible(const char *folder)
{
    char *above = cli_strdup(folder);
    bool there = access(folder, R_OK | X_OK) == 0;
    for (char *slash; !there && (slash = strrchr(above, '/')) && slash > above;) {
        *slash = '\0';
        if (access(above, F_OK) != 0)
            continue;
        there = access(above, W_OK | X_OK) == 0;
        break;
    }
    free(above);
    return there;
}

void cli_packed_use(lk_embedder_options *options, char **folder, char **digest, const char *path)
{
    struct stat info;
    uint64_t limit = packed_limit();
    if (limit == 0 || stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < SMALL)
        return;
    *folder = packed_folder();
    if (!*folder || !packed_is_possible(*folder) || cli_digest_file_known(digest, path) != CLI_OK)
        return;
    options->packed = *folder;
    options->packed_digest = *digest;
    options->packed_limit = limit;
}

void cli_packed_keep(lk_embedder *network)
{
    if (network && !cli_interrupted() && lk_embedder_keep(network) != LK_OK)
        cli_note("laid out weights are not kept: %s", lk_error_text());
}

/* ---- likeness models cache ---- */

static void packed_print_json(const lk_packed_file *file)
{
    json_t *object = json_object();
    cli_json_set_path(object, "path", file->path);
    cli_json_set(object, "weights", file->weights ? cli_json_text(file->weights) : json_null());
    cli_json_set(object, "sha256", file->digest ? cli_json_text(file->digest) : json_null());
    cli_json_set(object, "precision",
                 file->precision ? cli_json_text(file->precision) : json_null());
    cli_json_set(object, "bytes", json_integer((json_int_t)file->bytes));
    cli_json_set(object, "used", json_integer((json_int_t)file->used));
    cli_json_print(stdout, object);
}

static void packed_print_text(const lk_packed_file *file)
{
    char used[32] = "";
    struct tm when;
    time_t seconds = (time_t)file->used;
    if (localtime_r(&seconds, &when))
        strftime(used, sizeof used, "%Y-%m-%d %H:%M", &when);
    cli_line(stdout, "%8.1f MB  %-16s  %-4s  %s", (double)file->bytes / 1e6, used,
             file->precision ? file->precision : "",
             file->weights ? file->weights : "damaged, or of another version");
}

static int packed_print(const char *folder, bool json)
{
    lk_packed_files list;
    uint64_t total = 0;
    lk_status status = lk_packed_list(&list, folder);
    if (status != LK_OK)
        return cli_fail(status);
    for (size_t i = 0; i < list.count; i++) {
        (json ? packed_print_json : packed_print_text)(&list.files[i]);
        total += list.files[i].bytes;
    }
    if (!json)
        cli_line(stdout, "%s: %zu %s, %.1f MB of at most %.1f MB", folder, list.count,
                 cli_word(list.count, "file", "files"), (double)total / 1e6,
                 (double)packed_limit() / 1e6);
    lk_packed_files_clear(&list);
    return CLI_OK;
}

int cli_packed_manage(bool clear, const char *limit, bool json)
{
    uint64_t bytes = 0;
    if (limit && !packed_parse_size(&bytes, limit)) {
        cli_error("--limit takes a size such as 500M or 2G, not '%s'", limit);
        return CLI_USAGE;
    }
    char *store = NULL;
    lk_status status = lk_store_directory(&store);
    if (status != LK_OK)
        return cli_fail(status);
    lk_free(store);
    char *folder = packed_folder();
    if (clear || limit)
        status = lk_packed_trim(folder, clear ? 0 : bytes);
    int result = status == LK_OK ? packed_print(folder, json) : cli_fail(status);
    free(folder);
    return result;
}
