/* Is everything there, and as it should be? */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "gallery/coarse.h"
#include "gallery/gallery.h"

typedef struct lk_checkup {
    lk_gallery *gallery;
    size_t faults;
    lk_gallery_fault_fn tell;
    void *user;
} lk_checkup;

static void check_note(lk_checkup *checkup, const char *format, ...) LK_PRINTF(2, 3);
static void check_note(lk_checkup *checkup, const char *format, ...)
{
    enum { TOLD = 100 };
    char line[512];
    va_list args;
    va_start(args, format);
    lk_vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (checkup->faults++ < TOLD && checkup->tell)
        checkup->tell(checkup->user, line);
}

/* SQLite's own look, a row a fault; "ok" is none. */
static lk_status check_structure(lk_checkup *checkup)
{
    lk_database *db = &checkup->gallery->database;
    sqlite3_stmt *rows;
    bool row;
    LK_TRY(lk_query(db, &rows, "PRAGMA integrity_check", ""));
    for (;;) {
        LK_TRY(lk_query_next(db, rows, &row));
        if (!row)
            return LK_OK;
        const char *line = (const char *)sqlite3_column_text(rows, 0);
        if (line && strcmp(line, "ok") != 0)
            check_note(checkup, "%s", line);
    }
}

/* Rows that point to nobody, or that nobody points to. */
static lk_status check_whole(lk_checkup *checkup, const char *what, const char *query)
{
    int64_t count;
    LK_TRY(lk_query_whole(&checkup->gallery->database, &count, 0, query, ""));
    if (count)
        check_note(checkup, "%lld %s", (long long)count, what);
    return LK_OK;
}

static lk_status check_links(lk_checkup *checkup)
{
    LK_TRY(check_whole(checkup, "faces of nobody",
                       "SELECT count(*) FROM face WHERE person NOT IN (SELECT id FROM person)"));
    LK_TRY(check_whole(checkup, "faces without a vector",
                       "SELECT count(*) FROM face WHERE id NOT IN (SELECT face FROM exact)"));
    LK_TRY(check_whole(checkup, "faces without a short copy",
                       "SELECT count(*) FROM face WHERE id NOT IN (SELECT face FROM coarse)"));
    LK_TRY(check_whole(checkup, "vectors of no face",
                       "SELECT count(*) FROM exact WHERE face NOT IN (SELECT id FROM face)"));
    return check_whole(checkup, "short copies of no face",
                       "SELECT count(*) FROM coarse WHERE face NOT IN (SELECT id FROM face)");
}

static bool check_is_finite(const float *x, size_t width)
{
    for (size_t i = 0; i < width; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static void check_vector(lk_checkup *checkup, int64_t face, const void *vector, size_t bytes,
                         const void *copy, size_t copy_bytes)
{
    const lk_gallery *gallery = checkup->gallery;
    float x[LK_GALLERY_MOST_WIDTH];
    uint8_t expected[sizeof(lk_coarse) + LK_GALLERY_MOST_WIDTH];
    if (!vector || bytes != gallery->width * sizeof *x) {
        check_note(checkup, "the vector of face %lld has %zu bytes, expected %zu", (long long)face,
                   bytes, gallery->width * sizeof *x);
        return;
    }
    memcpy(x, vector, bytes);
    if (!check_is_finite(x, gallery->width)) {
        check_note(checkup, "the vector of face %lld has a NaN or an infinity", (long long)face);
        return;
    }
    lk_coarse coarse = lk_coarse_make((int8_t *)expected + sizeof coarse, x, gallery->width,
                                      gallery->metric == LK_METRIC_COSINE);
    memcpy(expected, &coarse, sizeof coarse);
    if (!copy || copy_bytes != lk_coarse_bytes(gallery->width) ||
        memcmp(copy, expected, copy_bytes) != 0)
        check_note(checkup, "the short copy of face %lld is not that of its vector",
                   (long long)face);
}

static lk_status check_vectors(lk_checkup *checkup)
{
    lk_database *db = &checkup->gallery->database;
    sqlite3_stmt *rows;
    bool row;
    if (!checkup->gallery->fingerprint)
        return check_whole(checkup, "faces, and no word of what model they are",
                           "SELECT count(*) FROM face");
    LK_TRY(lk_query(db, &rows,
                    "SELECT exact.face, exact.vector, coarse.vector FROM exact JOIN coarse ON "
                    "coarse.face = exact.face",
                    ""));
    for (;;) {
        LK_TRY(lk_query_next(db, rows, &row));
        if (!row)
            return LK_OK;
        check_vector(checkup, sqlite3_column_int64(rows, 0), sqlite3_column_blob(rows, 1),
                     (size_t)sqlite3_column_bytes(rows, 1), sqlite3_column_blob(rows, 2),
                     (size_t)sqlite3_column_bytes(rows, 2));
    }
}

static lk_status check_all(lk_checkup *checkup)
{
    LK_TRY(lk_gallery_read_model(checkup->gallery));
    LK_TRY(check_structure(checkup));
    LK_TRY(check_links(checkup));
    return check_vectors(checkup);
}

lk_status lk_gallery_check(lk_gallery *gallery, size_t *faults, lk_gallery_fault_fn tell,
                           void *user)
{
    LK_REQUIRE(gallery, LK_ERROR_ARGUMENT, "lk_gallery_check: NULL argument");
    lk_checkup checkup = {.gallery = gallery, .tell = tell, .user = user};
    LK_TRY(lk_gallery_enter_to_read(gallery));
    LK_TRY(lk_gallery_leave_read(gallery, check_all(&checkup)));
    if (faults)
        *faults = checkup.faults;
    return LK_OK;
}
