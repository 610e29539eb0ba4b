/* What distances were found to mean. */
#include <math.h>

#include "base/error.h"
#include "gallery/gallery.h"

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

static lk_status calibration_set(lk_gallery *gallery, const lk_gallery_level *levels, size_t count)
{
    LK_TRY(lk_execute(&gallery->database, "DELETE FROM calibration", ""));
    for (size_t i = 0; i < count; i++)
        LK_TRY(calibration_add(gallery, &levels[i]));
    return LK_OK;
}

lk_status lk_gallery_set_levels(lk_gallery *gallery, const lk_gallery_level *levels, size_t count)
{
    LK_REQUIRE(gallery && (levels || count == 0) && count <= LK_GALLERY_LEVELS, LK_ERROR_ARGUMENT,
               "lk_gallery_set_levels: NULL argument, or more than %d levels", LK_GALLERY_LEVELS);
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            LK_REQUIRE(levels[i].target != levels[j].target, LK_ERROR_ARGUMENT,
                       "lk_gallery_set_levels: two levels of one target");
    LK_TRY(lk_gallery_enter(gallery));
    return lk_gallery_leave(gallery, calibration_set(gallery, levels, count));
}

static double calibration_number(sqlite3_stmt *rows, int column)
{
    return sqlite3_column_type(rows, column) == SQLITE_NULL ? (double)NAN
                                                            : sqlite3_column_double(rows, column);
}

static lk_gallery_rate calibration_rate(sqlite3_stmt *rows, int column)
{
    return (lk_gallery_rate){sqlite3_column_int(rows, column), calibration_number(rows, column + 1),
                             calibration_number(rows, column + 2),
                             calibration_number(rows, column + 3)};
}

lk_status lk_gallery_get_levels(lk_gallery *gallery, lk_gallery_level out[LK_GALLERY_LEVELS],
                                size_t *count)
{
    sqlite3_stmt *rows;
    bool row;
    size_t found = 0;
    LK_REQUIRE(gallery && out && count, LK_ERROR_ARGUMENT, "lk_gallery_get_levels: NULL argument");
    LK_TRY(lk_query(&gallery->database, &rows,
                    "SELECT * FROM calibration ORDER BY target DESC LIMIT 8", ""));
    for (;;) {
        LK_TRY(lk_query_next(&gallery->database, rows, &row));
        if (!row)
            break;
        out[found++] = (lk_gallery_level){.target = sqlite3_column_double(rows, 0),
                                          .threshold = sqlite3_column_double(rows, 1),
                                          .fmr = calibration_rate(rows, 2),
                                          .fnmr = calibration_rate(rows, 6),
                                          .people = (size_t)sqlite3_column_int64(rows, 10),
                                          .photos = (size_t)sqlite3_column_int64(rows, 11),
                                          .created = sqlite3_column_int64(rows, 12)};
    }
    *count = found;
    return LK_OK;
}
