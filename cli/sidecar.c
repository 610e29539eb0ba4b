#include "sidecar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "json.h"
#include "metric.h"

static const char format_name[] = "likeness embeddings";
enum { FORMAT_VERSION = 1, MOST_BYTES = 1 << 20 };

/* ---- reading ---- */

char *cli_sidecar_path(const char *path, const char *ending)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    size_t stem = dot && (!slash || dot > slash) ? (size_t)(dot - path) : strlen(path);
    return cli_format("%.*s%s", (int)stem, path, ending);
}

/* Why the bytes are no JSON; NULL where they are. */
static char *sidecar_parse(json_t **out, const char *path, const char *bytes, size_t count)
{
    json_error_t error;
    *out = cli_json_parse(bytes, count);
    if (*out)
        return NULL;
    json_decref(json_loadb(bytes, count, JSON_REJECT_DUPLICATES, &error));
    return cli_format("%s: line %d: %s", path, error.line, error.text);
}

/* NULL where there is none, or something else than an object. What may be ours and cannot
 * be read is told: what it would say is not checked then. */
static json_t *load_object(const char *path)
{
    char *bytes = NULL, *problem = NULL;
    size_t count = 0;
    json_t *object = NULL;
    struct stat info;
    if (stat(path, &info) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return NULL;
    lk_status status = lk_input_read(&bytes, &count, path, MOST_BYTES);
    problem =
        status == LK_OK ? sidecar_parse(&object, path, bytes, count) : cli_strdup(lk_error_text());
    if (problem)
        cli_warn("%s: nothing is checked against it", problem);
    free(problem);
    lk_free(bytes);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int cli_sidecar_read(cli_sidecar *out, const char *beside)
{
    cli_sidecar sidecar = {.path = cli_sidecar_path(beside, ".json")};
    sidecar.object = load_object(sidecar.path);
    if (strcmp(text_of(sidecar.object, "format"), format_name) != 0) {
        json_decref(sidecar.object);
        sidecar.object = NULL;
    }
    json_int_t version = json_integer_value(json_object_get(sidecar.object, "version"));
    if (sidecar.object && version != FORMAT_VERSION) {
        cli_error("%s: version %lld, expected %d", sidecar.path, (long long)version,
                  FORMAT_VERSION);
        cli_sidecar_clear(&sidecar);
        return CLI_SOME_FAILED;
    }
    *out = sidecar;
    return CLI_OK;
}

void cli_sidecar_clear(cli_sidecar *sidecar)
{
    json_decref(sidecar->object);
    free(sidecar->path);
    *sidecar = (cli_sidecar){0};
}

/* ---- checking ---- */

/* "newer", as far as the clock of the file system tells. */
static const char *age(const char *path, const char *than)
{
    struct stat a, b;
    if (stat(path, &a) != 0 || stat(than, &b) != 0)
        return "another";
    if (a.st_mtim.tv_sec != b.st_mtim.tv_sec)
        return a.st_mtim.tv_sec > b.st_mtim.tv_sec ? "newer" : "older";
    return a.st_mtim.tv_nsec > b.st_mtim.tv_nsec ? "newer" : "older";
}

static char *vectors_digest(const void *data, size_t bytes)
{
    cli_digest *digest = cli_digest_begin();
    cli_digest_add(digest, data, bytes);
    return cli_digest_end(digest);
}

bool cli_sidecar_describes(const cli_sidecar *sidecar, const lk_tensor *vectors)
{
    const json_t *about = json_object_get(sidecar->object, "vectors");
    if (!sidecar->object || vectors->rank != 2 ||
        json_integer_value(json_object_get(about, "rows")) != (json_int_t)vectors->shape[0] ||
        strcmp(text_of(about, "type"), lk_dtype_name(vectors->dtype)) != 0)
        return false;
    char *digits = vectors_digest(vectors->data, vectors->count * lk_dtype_size(vectors->dtype));
    bool same = strcmp(text_of(about, "sha256"), digits) == 0;
    free(digits);
    return same;
}

int cli_sidecar_check_vectors(const cli_sidecar *sidecar, const lk_tensor *vectors,
                              const char *path)
{
    if (!sidecar->object || cli_sidecar_describes(sidecar, vectors))
        return CLI_OK;
    cli_error("%s: these are not the vectors that %s describes (they are %s): embed once more, "
              "or remove %s if they are meant to stand without it",
              path, sidecar->path, age(path, sidecar->path), sidecar->path);
    return CLI_SOME_FAILED;
}

int cli_sidecar_metric(lk_metric *out, const cli_sidecar *sidecar)
{
    const json_t *said = json_object_get(json_object_get(sidecar->object, "model"), "metric");
    const char *text = json_string_value(said);
    for (lk_metric metric = LK_METRIC_EUCLIDEAN; text && metric <= LK_METRIC_COSINE; metric++)
        if (strcmp(text, cli_metric_name(metric)) == 0) {
            *out = metric;
            return CLI_OK;
        }
    if (!said)
        return CLI_OK;
    cli_error("%s: its metric is %s%s%s, expected \"euclidean\" or \"cosine\"", sidecar->path,
              text ? "\"" : "", text ? text : "no text", text ? "\"" : "");
    return CLI_SOME_FAILED;
}

/* Spreadsheets keep an apostrophe before what would be a formula, or lose it. */
static const char *without_guard(const char *text)
{
    if (*text != '\'')
        return text;
    const char *first = text + 1 + strspn(text + 1, " \t\r\n\v\f");
    return *first && strchr("=+-@", *first) ? text + 1 : text;
}

void cli_sidecar_add_row(cli_digest *digest, const char *path, const char *face)
{
    cli_digest_add_text(digest, without_guard(path));
    cli_digest_add_text(digest, face);
}

/* NULL where the list does not say who is in a row. */
static char *rows_digest(const cli_csv *list, const size_t *lines, size_t rows)
{
    size_t path = cli_csv_column(list, "path"), face = cli_csv_column(list, "face");
    if (path == SIZE_MAX || face == SIZE_MAX)
        return NULL;
    cli_digest *digest = cli_digest_begin();
    for (size_t i = 0; i < rows; i++) {
        const char *name = cli_csv_get(list, lines[i], path);
        const char *number = cli_csv_get(list, lines[i], face);
        cli_sidecar_add_row(digest, name ? name : "", number ? number : "");
    }
    return cli_digest_end(digest);
}

/* Whether `embed` wrote the list: then something of ours stands beside it. */
static bool is_embeds(const char *list)
{
    cli_sidecar beside = {0};
    bool ours = cli_sidecar_read(&beside, list) != CLI_OK || beside.object;
    cli_sidecar_clear(&beside);
    return ours;
}

int cli_sidecar_check_list(const cli_sidecar *sidecar, const cli_csv *list, const char *path,
                           const size_t *lines, size_t rows)
{
    char *found = sidecar->object ? rows_digest(list, lines, rows) : NULL;
    const json_t *about = json_object_get(sidecar->object, "list");
    bool same = !found || strcmp(text_of(about, "rows_sha256"), found) == 0;
    free(found);
    if (same)
        return CLI_OK;
    if (is_embeds(path)) {
        cli_error("%s: its rows name other faces than those that %s describes: embed once more, "
                  "or give a list of your own another name",
                  path, sidecar->path);
        return CLI_SOME_FAILED;
    }
    cli_warn("%s: its rows name other faces than those that %s describes", path, sidecar->path);
    return CLI_OK;
}

/* ---- writing ---- */

json_t *cli_sidecar_make(const float *vectors, size_t rows, size_t dimensions,
                         const char *rows_digest)
{
    json_t *object = json_object(), *about = json_object(), *list = json_object();
    char *digits = vectors_digest(vectors, rows * dimensions * sizeof *vectors);
    char *program = cli_format("likeness %s", lk_version());
    cli_json_set(about, "rows", json_integer((json_int_t)rows));
    cli_json_set(about, "dimensions", json_integer((json_int_t)dimensions));
    cli_json_set(about, "type", json_string(lk_dtype_name(LK_F32)));
    cli_json_set(about, "sha256", json_string(digits));
    cli_json_set(list, "rows_sha256", json_string(rows_digest));
    cli_json_set(object, "format", json_string(format_name));
    cli_json_set(object, "version", json_integer(FORMAT_VERSION));
    cli_json_set(object, "program", json_string(program));
    cli_json_set(object, "vectors", about);
    cli_json_set(object, "list", list);
    free(program);
    free(digits);
    return object;
}
