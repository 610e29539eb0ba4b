/* Of which model a gallery is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "gallery/approximate.h"
#include "gallery/gallery.h"
#include "gallery/levels.h"
#include "gallery/secret.h"

static lk_status model_compare(const lk_gallery *gallery, const lk_gallery_model *model)
{
    bool same = strcmp(gallery->fingerprint, model->fingerprint) == 0 &&
                gallery->width == model->width && gallery->metric == model->metric;
    LK_REQUIRE(same, LK_ERROR_ARGUMENT,
               "%s: holds vectors of the model %s, made as %s; those of %s, made as %s, cannot be "
               "compared with them",
               gallery->database.path, gallery->model_name, gallery->fingerprint, model->name,
               model->fingerprint);
    return LK_OK;
}

static lk_status model_clear(lk_gallery *gallery)
{
    LK_TRY(lk_secret_require(gallery));
    lk_gallery_forget_model(gallery);
    LK_TRY(lk_approximate_drop(gallery));
    LK_TRY(lk_levels_set(gallery, NULL, 0));
    return lk_execute(&gallery->database,
                      "DELETE FROM meta WHERE key IN ('model', 'model_name', 'width', 'metric', "
                      "'precision')",
                      "");
}

/* Of a gallery without a face another model can still be said. */
static lk_status model_drop(lk_gallery *gallery, const lk_gallery_model *model)
{
    int64_t faces;
    LK_TRY(lk_query_whole(&gallery->database, &faces, 0, "SELECT EXISTS(SELECT 1 FROM face)", ""));
    if (faces)
        return model_compare(gallery, model);
    return model_clear(gallery);
}

static lk_status model_insert(lk_gallery *gallery, const lk_gallery_model *model)
{
    lk_database *db = &gallery->database;
    LK_TRY(lk_execute(db, "INSERT INTO meta VALUES('model', ?)", "t", model->fingerprint));
    LK_TRY(lk_execute(db, "INSERT INTO meta VALUES('model_name', ?)", "t", model->name));
    char width[32], metric[32];
    snprintf(width, sizeof width, "%zu", model->width);
    snprintf(metric, sizeof metric, "%d", (int)model->metric);
    LK_TRY(lk_execute(db, "INSERT INTO meta VALUES('width', ?)", "t", width));
    LK_TRY(lk_execute(db, "INSERT INTO meta VALUES('metric', ?)", "t", metric));
    return model->precision
               ? lk_execute(db, "INSERT INTO meta VALUES('precision', ?)", "t", model->precision)
               : LK_OK;
}

lk_status lk_gallery_change_model(lk_gallery *gallery, const lk_gallery_model *model)
{
    LK_TRY(model_clear(gallery));
    LK_TRY(model_insert(gallery, model));
    return lk_gallery_read_model(gallery);
}

static lk_status model_write(lk_gallery *gallery, const lk_gallery_model *model)
{
    LK_TRY(lk_gallery_read_model(gallery));
    if (gallery->fingerprint)
        LK_TRY(model_drop(gallery, model));
    return gallery->fingerprint ? LK_OK : model_insert(gallery, model);
}

lk_status lk_gallery_check_model(const lk_gallery_model *model)
{
    enum { LONGEST = 1024, PRECISION = 64 };
    LK_REQUIRE(model->fingerprint && *model->fingerprint && model->name &&
                   strlen(model->fingerprint) <= LONGEST && strlen(model->name) <= LONGEST &&
                   (!model->precision || strlen(model->precision) <= PRECISION) &&
                   model->width >= 1 && model->width <= LK_GALLERY_MOST_WIDTH &&
                   (model->metric == LK_METRIC_EUCLIDEAN || model->metric == LK_METRIC_COSINE),
               LK_ERROR_ARGUMENT, "a gallery cannot be of such a model");
    return LK_OK;
}

static lk_status model_say(lk_gallery *gallery, const lk_gallery_model *model)
{
    LK_TRY(lk_gallery_enter(gallery));
    return lk_gallery_leave(gallery, model_write(gallery, model));
}

lk_status lk_gallery_use_model(lk_gallery *gallery, const lk_gallery_model *model)
{
    LK_REQUIRE(gallery && model, LK_ERROR_ARGUMENT, "lk_gallery_use_model: NULL argument");
    LK_TRY(lk_gallery_check_model(model));
    LK_TRY(lk_gallery_read_model(gallery));
    if (gallery->fingerprint && model_compare(gallery, model) == LK_OK)
        return LK_OK;
    if (gallery->fingerprint && gallery->options.read_only)
        return model_compare(gallery, model);
    LK_REQUIRE(!gallery->options.read_only, LK_ERROR_MISSING, "%s: nobody is enrolled in it yet",
               gallery->database.path);
    lk_status status = model_say(gallery, model);
    if (status == LK_ERROR_NETWORK && !gallery->begun) /* a server that was stopped just now */
        status = model_say(gallery, model);
    LK_TRY(status);
    return lk_gallery_read_model(gallery);
}
