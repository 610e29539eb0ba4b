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
#include "gallery/load.h"

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

static void check_take_line(void *user, const char *line)
{
    check_note(user, "%s", line);
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

/* The fault without the file's name, which whoever tells it puts before it. */
static void check_note_error(lk_checkup *checkup)
{
    const char *text = lk_error_text(), *path = checkup->gallery->database.path;
    size_t length = strlen(path);
    bool named = strncmp(text, path, length) == 0 && strncmp(text + length, ": ", 2) == 0;
    check_note(checkup, "%s", named ? text + length + 2 : text);
}

static void check_vector(lk_checkup *checkup, int64_t face, lk_rows *rows)
{
    const lk_gallery *gallery = checkup->gallery;
    const lk_owner owner = {lk_row_whole(rows, 3), lk_row_text(rows, 4)};
    float x[LK_GALLERY_MOST_WIDTH];
    uint8_t expected[sizeof(lk_coarse) + LK_GALLERY_MOST_WIDTH], copy[sizeof expected];
    if (lk_secret_take_row(gallery, x, gallery->width * sizeof *x, LK_SECRET_EXACT, face, owner,
                           rows, 1) != LK_OK) {
        check_note_error(checkup);
        return;
    }
    if (!check_is_finite(x, gallery->width)) {
        check_note(checkup, "the vector of face %lld has a NaN or an infinity", (long long)face);
        return;
    }
    lk_coarse coarse = lk_coarse_make((int8_t *)expected + sizeof coarse, x, gallery->width,
                                      gallery->metric == LK_METRIC_COSINE);
    memcpy(expected, &coarse, sizeof coarse);
    if (lk_secret_take_row(gallery, copy, lk_coarse_bytes(gallery->width), LK_SECRET_COARSE, face,
                           owner, rows, 2) != LK_OK)
        check_note_error(checkup);
    else if (memcmp(copy, expected, lk_coarse_bytes(gallery->width)) != 0)
        check_note(checkup, "the short copy of face %lld is not that of its vector",
                   (long long)face);
}

static lk_status check_vectors(lk_checkup *checkup)
{
    lk_database *db = &checkup->gallery->database;
    lk_rows *rows;
    bool row;
    if (!checkup->gallery->fingerprint)
        return check_whole(checkup, "faces, and no word of what model they are",
                           "SELECT count(*) FROM face");
    LK_TRY(
        lk_query(db, &rows,
                 "SELECT exact.face, exact.vector, coarse.vector, face.person, (SELECT name FROM "
                 "person WHERE person.id = face.person) FROM exact JOIN coarse ON coarse.face = "
                 "exact.face JOIN face ON face.id = exact.face",
                 ""));
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
        if (!row)
            return LK_OK;
        check_vector(checkup, lk_row_whole(rows, 0), rows);
    }
}

static lk_status check_secret(lk_checkup *checkup)
{
    lk_gallery_level levels[LK_GALLERY_LEVELS];
    size_t count;
    int64_t unwiped;
    LK_TRY(lk_query_whole(&checkup->gallery->database, &unwiped, 0,
                          "SELECT count(*) FROM meta WHERE key = 'unwiped'", ""));
    if (unwiped)
        check_note(checkup,
                   "it was encrypted, and what was readable before may still lie in unused "
                   "parts of the file: wiping it was interrupted");
    lk_status status = lk_gallery_get_levels(checkup->gallery, levels, &count);
    if (status != LK_ERROR_DATABASE)
        return status;
    check_note_error(checkup);
    return LK_OK;
}

static lk_status check_stored(lk_checkup *checkup)
{
    size_t wrong;
    if (!checkup->gallery->fingerprint || checkup->faults)
        return LK_OK;
    LK_TRY(lk_gallery_load_compare(checkup->gallery, &wrong));
    if (wrong)
        check_note(checkup,
                   "%zu faces in %s-index beside it are not those of the gallery; it can be "
                   "removed",
                   wrong, checkup->gallery->database.path);
    return LK_OK;
}

static lk_status check_all(lk_checkup *checkup)
{
    LK_TRY(lk_gallery_read_model(checkup->gallery));
    LK_TRY(lk_database_check(&checkup->gallery->database, check_take_line, checkup));
    LK_TRY(check_links(checkup));
    LK_TRY(lk_secret_require(checkup->gallery));
    LK_TRY(check_secret(checkup));
    LK_TRY(check_vectors(checkup));
    return check_stored(checkup);
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
