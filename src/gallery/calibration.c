/* What distances were found to mean. */
#include <math.h>

#include <string.h>

#include "base/error.h"
#include "gallery/gallery.h"
#include "gallery/levels.h"
#include "gallery/secret.h"

static lk_gallery_rate calibration_rate(lk_rows *rows, int column)
{
    return (lk_gallery_rate){(int)lk_row_whole(rows, column), lk_row_real(rows, column + 1),
                             lk_row_real(rows, column + 2), lk_row_real(rows, column + 3)};
}

static lk_status calibration_read(lk_gallery *gallery, lk_gallery_level out[LK_GALLERY_LEVELS],
                                  size_t *count)
{
    lk_rows *rows;
    bool row;
    size_t found = 0;
    LK_TRY(lk_query(&gallery->database, &rows,
                    "SELECT * FROM calibration ORDER BY target DESC LIMIT 8", ""));
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
        if (!row)
            break;
        out[found++] = (lk_gallery_level){.target = lk_row_real(rows, 0),
                                          .threshold = lk_row_real(rows, 1),
                                          .fmr = calibration_rate(rows, 2),
                                          .fnmr = calibration_rate(rows, 6),
                                          .people = (size_t)lk_row_whole(rows, 10),
                                          .photos = (size_t)lk_row_whole(rows, 11),
                                          .created = lk_row_whole(rows, 12)};
    }
    *count = found;
    return LK_OK;
}

/* ---- a mark on them ---- */

enum { LEVEL_NUMBERS = 13 };

/* One way to write a number, a NaN too. */
static double calibration_plain(double value)
{
    return isnan(value) ? (double)NAN : value;
}

static size_t calibration_numbers(double *out, const lk_gallery_level *levels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const lk_gallery_level *l = &levels[i];
        const double row[LEVEL_NUMBERS] = {
            l->target,         l->threshold,      l->fmr.state,      l->fmr.rate, l->fmr.low,
            l->fmr.high,       l->fnmr.state,     l->fnmr.rate,      l->fnmr.low, l->fnmr.high,
            (double)l->people, (double)l->photos, (double)l->created};
        for (size_t j = 0; j < LEVEL_NUMBERS; j++)
            out[i * LEVEL_NUMBERS + j] = calibration_plain(row[j]);
    }
    return count * LEVEL_NUMBERS * sizeof *out;
}

static void calibration_mark(uint8_t out[LK_SEAL_MARK], const lk_seal *seal,
                             const lk_gallery_level *levels, size_t count)
{
    double numbers[LK_GALLERY_LEVELS * LEVEL_NUMBERS];
    size_t bytes = calibration_numbers(numbers, levels, count);
    lk_seal_mark(seal, out, numbers, bytes);
}

lk_status lk_levels_put_mark(lk_gallery *gallery, const lk_seal *seal)
{
    lk_gallery_level levels[LK_GALLERY_LEVELS];
    uint8_t mark[LK_SEAL_MARK];
    size_t count;
    if (!seal)
        return lk_execute(&gallery->database, "DELETE FROM meta WHERE key = 'levels_mark'", "");
    LK_TRY(calibration_read(gallery, levels, &count));
    calibration_mark(mark, seal, levels, count);
    return lk_execute(&gallery->database,
                      "INSERT INTO meta VALUES('levels_mark', ?) ON CONFLICT(key) DO UPDATE SET "
                      "value = excluded.value",
                      "b", (const void *)mark, sizeof mark);
}

static lk_status calibration_check_mark(lk_gallery *gallery, const lk_gallery_level *levels,
                                        size_t count)
{
    lk_database *db = &gallery->database;
    lk_rows *rows;
    bool row, same = false;
    uint8_t mark[LK_SEAL_MARK];
    LK_TRY(lk_secret_require(gallery));
    calibration_mark(mark, gallery->seal, levels, count);
    LK_TRY(lk_query(db, &rows, "SELECT value FROM meta WHERE key = 'levels_mark'", ""));
    LK_TRY(lk_query_next(rows, &row));
    if (row) {
        size_t length;
        const void *kept = lk_row_bytes(rows, 0, &length);
        same = kept && length == LK_SEAL_MARK && memcmp(kept, mark, sizeof mark) == 0;
        lk_query_end(rows);
    }
    LK_REQUIRE(same, LK_ERROR_DATABASE, "%s: damaged: what was measured of thresholds was changed",
               db->path);
    return LK_OK;
}

lk_status lk_gallery_get_levels(lk_gallery *gallery, lk_gallery_level out[LK_GALLERY_LEVELS],
                                size_t *count)
{
    size_t found;
    LK_REQUIRE(gallery && out && count, LK_ERROR_ARGUMENT, "lk_gallery_get_levels: NULL argument");
    LK_TRY(calibration_read(gallery, out, &found));
    if (gallery->sealed)
        LK_TRY(calibration_check_mark(gallery, out, found));
    *count = found;
    return LK_OK;
}

/* ---- setting them ---- */

static lk_status calibration_add(lk_gallery *gallery, const lk_gallery_level *level)
{
    LK_REQUIRE(isfinite(level->target) && isfinite(level->threshold), LK_ERROR_ARGUMENT,
               "%s: a threshold that is no number", gallery->database.path);
    return lk_execute(&gallery->database,
                      "INSERT INTO calibration VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      "rrirrrirrriii", level->target, level->threshold, (int64_t)level->fmr.state,
                      level->fmr.rate, level->fmr.low, level->fmr.high, (int64_t)level->fnmr.state,
                      level->fnmr.rate, level->fnmr.low, level->fnmr.high, (int64_t)level->people,
                      (int64_t)level->photos, level->created ? level->created : lk_gallery_now());
}

lk_status lk_levels_set(lk_gallery *gallery, const lk_gallery_level *levels, size_t count)
{
    LK_TRY(lk_execute(&gallery->database, "DELETE FROM calibration", ""));
    for (size_t i = 0; i < count; i++)
        LK_TRY(calibration_add(gallery, &levels[i]));
    return gallery->sealed ? lk_levels_put_mark(gallery, gallery->seal) : LK_OK;
}

lk_status lk_gallery_set_levels(lk_gallery *gallery, const lk_gallery_level *levels, size_t count)
{
    LK_REQUIRE(gallery && (levels || count == 0) && count <= LK_GALLERY_LEVELS, LK_ERROR_ARGUMENT,
               "lk_gallery_set_levels: NULL argument, or more than %d levels", LK_GALLERY_LEVELS);
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            LK_REQUIRE(levels[i].target != levels[j].target, LK_ERROR_ARGUMENT,
                       "lk_gallery_set_levels: two levels of one target");
    LK_TRY(lk_secret_require(gallery));
    LK_TRY(lk_gallery_enter(gallery));
    return lk_gallery_leave(gallery, lk_levels_set(gallery, levels, count));
}
