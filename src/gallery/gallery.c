/* Opening, transactions. */
#include "gallery/gallery.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "gallery/bulk.h"
#include "gallery/load.h"
#include "gallery/open.h"
#include "gallery/secret.h"

#define LK_STRUCT lk_gallery_options
#define LK_PREFIX ""
#define LK_PART
static const lk_option gallery_rows[] = {
    LK_FLAG("read_only", read_only, .preset = "off", .help = "Write nothing"),
    LK_FLAG("create", create, .preset = "off", .help = "Make the gallery where there is none"),
    LK_REAL("wait", wait, .least = 0, .most = 600, .preset = "30", .unit = "seconds",
            .help = "How long another writer is waited for"),
};
LK_OPTIONS_TABLE(lk_gallery_options, "gallery", gallery_rows)

/* ---- opening ---- */

static lk_status gallery_open_within(lk_gallery *gallery, const char *path)
{
    lk_database_how how = {gallery->options.read_only, gallery->options.create,
                           gallery->options.wait};
    LK_TRY(lk_database_open(&gallery->database, path, &how));
    LK_TRY(lk_secret_read(gallery));
    return lk_gallery_read_model(gallery);
}

lk_status lk_gallery_open(lk_gallery **out, const char *path, const lk_gallery_options *options)
{
    lk_gallery *gallery;
    LK_REQUIRE(out && path && *path, LK_ERROR_ARGUMENT, "lk_gallery_open: NULL or empty path");
    LK_TRY(lk_alloc(&gallery, 1, sizeof *gallery));
    lk_status status = lk_options_take(lk_gallery_options_table(), &gallery->options, options);
    if (status == LK_OK)
        status = gallery_open_within(gallery, path);
    if (status == LK_OK)
        *out = gallery;
    else
        lk_gallery_close(gallery);
    return status;
}

void lk_gallery_close(lk_gallery *gallery)
{
    if (!gallery)
        return;
    lk_gallery_load_end(gallery);
    lk_bulk_forget(gallery);
    lk_database_close(&gallery->database);
    lk_seal_destroy(gallery->seal);
    lk_gallery_forget_model(gallery);
    free(gallery->kept_name);
    free(gallery);
}

const char *lk_gallery_path(const lk_gallery *gallery)
{
    return gallery ? gallery->database.path : NULL;
}

/* ---- the model ---- */

static lk_status gallery_read_text(lk_gallery *gallery, char **out, const char *key)
{
    lk_rows *rows;
    bool row;
    LK_TRY(lk_query(&gallery->database, &rows, "SELECT value FROM meta WHERE key = ?", "t", key));
    LK_TRY(lk_query_next(rows, &row));
    const char *text = row ? lk_row_text(rows, 0) : NULL;
    lk_status status = text ? lk_strdup(out, text) : LK_OK;
    if (row)
        lk_query_end(rows);
    return status;
}

static lk_status gallery_read_whole(lk_gallery *gallery, int64_t *out, const char *key)
{
    return lk_query_whole(&gallery->database, out, -1, "SELECT value FROM meta WHERE key = ?", "t",
                          key);
}

lk_status lk_gallery_read_model(lk_gallery *gallery)
{
    int64_t width, metric;
    if (gallery->fingerprint)
        return LK_OK;
    char *fingerprint = NULL, *name = NULL, *precision = NULL;
    lk_status status = gallery_read_text(gallery, &fingerprint, "model");
    if (status == LK_OK && fingerprint)
        status = gallery_read_text(gallery, &name, "model_name");
    if (status == LK_OK && fingerprint)
        status = gallery_read_whole(gallery, &width, "width");
    if (status == LK_OK && fingerprint)
        status = gallery_read_whole(gallery, &metric, "metric");
    if (status == LK_OK && fingerprint)
        status = gallery_read_text(gallery, &precision, "precision");
    if (status == LK_OK && fingerprint &&
        (!name || width < 1 || width > LK_GALLERY_MOST_WIDTH ||
         (metric != LK_METRIC_EUCLIDEAN && metric != LK_METRIC_COSINE)))
        status = lk_fail(LK_ERROR_DATABASE, "%s: damaged: it does not say of what model it is",
                         gallery->database.path);
    if (status != LK_OK || !fingerprint) {
        free(fingerprint);
        free(name);
        free(precision);
        return status;
    }
    gallery->fingerprint = fingerprint;
    gallery->model_name = name;
    gallery->precision = precision;
    gallery->width = (size_t)width;
    gallery->metric = (lk_metric)metric;
    return LK_OK;
}

bool lk_gallery_get_model(const lk_gallery *gallery, lk_gallery_model *out)
{
    if (!gallery || !gallery->fingerprint)
        return false;
    if (out)
        *out = (lk_gallery_model){gallery->fingerprint, gallery->model_name, gallery->width,
                                  gallery->metric, gallery->precision};
    return true;
}

void lk_gallery_forget_model(lk_gallery *gallery)
{
    free(gallery->fingerprint);
    free(gallery->model_name);
    free(gallery->precision);
    gallery->fingerprint = gallery->model_name = gallery->precision = NULL;
}

/* ---- transactions ---- */

static void gallery_undo(lk_gallery *gallery)
{
    gallery->written++;
    lk_bulk_forget(gallery);
    lk_gallery_load_forget(gallery); /* it may have faces that are none now */
    lk_database_rollback(&gallery->database);
}

/* What another process may have changed since: whether it is encrypted, and the model that a
 * sealed vector is bound to. */
static lk_status gallery_look_again(lk_gallery *gallery)
{
    LK_TRY(lk_secret_check(gallery));
    return gallery->sealed ? lk_gallery_read_model(gallery) : LK_OK;
}

lk_status lk_gallery_enter(lk_gallery *gallery)
{
    if (gallery->begun)
        return LK_OK;
    LK_REQUIRE(!gallery->options.read_only, LK_ERROR_ARGUMENT, "%s: was opened to be read only",
               gallery->database.path);
    LK_TRY(lk_database_begin(&gallery->database, true));
    lk_status status = gallery_look_again(gallery);
    if (status != LK_OK)
        gallery_undo(gallery);
    return status;
}

lk_status lk_gallery_leave(lk_gallery *gallery, lk_status status)
{
    if (gallery->begun)
        return status;
    if (status == LK_OK)
        status = lk_database_commit(&gallery->database);
    if (status != LK_OK)
        gallery_undo(gallery);
    lk_bulk_forget(gallery);
    gallery->written++;
    return status;
}

lk_status lk_gallery_enter_to_read(lk_gallery *gallery)
{
    if (gallery->begun)
        return LK_OK;
    LK_TRY(lk_database_begin(&gallery->database, false));
    lk_status status = gallery_look_again(gallery);
    return status == LK_OK ? LK_OK : lk_gallery_leave_read(gallery, status);
}

lk_status lk_gallery_leave_read(lk_gallery *gallery, lk_status status)
{
    if (!gallery->begun)
        lk_database_rollback(&gallery->database); /* nothing was written */
    return status;
}

lk_status lk_gallery_begin(lk_gallery *gallery)
{
    LK_REQUIRE(gallery && !gallery->begun, LK_ERROR_ARGUMENT,
               "lk_gallery_begin: no gallery, or begun already");
    LK_TRY(lk_gallery_enter(gallery));
    gallery->begun = true;
    return LK_OK;
}

lk_status lk_gallery_commit(lk_gallery *gallery)
{
    LK_REQUIRE(gallery && gallery->begun, LK_ERROR_ARGUMENT, "lk_gallery_commit: nothing begun");
    gallery->begun = false;
    return lk_gallery_leave(gallery, LK_OK);
}

/* What a transaction that is undone has said of the model is not so. */
void lk_gallery_rollback(lk_gallery *gallery)
{
    if (!gallery || !gallery->begun)
        return;
    gallery->begun = false;
    gallery_undo(gallery);
    lk_gallery_forget_model(gallery);
    if (lk_gallery_read_model(gallery) != LK_OK) {
        /* The next call that needs it tells. */
    }
}

lk_status lk_gallery_touch(lk_gallery *gallery)
{
    uint8_t state[16];
    LK_REQUIRE(getrandom(state, sizeof state, 0) == sizeof state, LK_ERROR_INTERNAL,
               "the system gives no random numbers");
    return lk_execute(&gallery->database,
                      "INSERT INTO meta VALUES('state', ?) ON CONFLICT(key) DO UPDATE SET value = "
                      "excluded.value",
                      "b", (const void *)state, sizeof state);
}

int64_t lk_gallery_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

lk_status lk_gallery_count(lk_gallery *gallery, lk_gallery_counts *out)
{
    LK_REQUIRE(gallery && out, LK_ERROR_ARGUMENT, "lk_gallery_count: NULL argument");
    lk_database *db = &gallery->database;
    int64_t people, faces;
    LK_TRY(lk_query_whole(db, &people, 0, "SELECT count(*) FROM person", ""));
    LK_TRY(lk_query_whole(db, &faces, 0, "SELECT count(*) FROM face", ""));
    *out = (lk_gallery_counts){.people = (size_t)people, .faces = (size_t)faces};
    return lk_database_size(db, &out->bytes);
}
