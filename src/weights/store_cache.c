/* Weights that torch.hub or facenet-pytorch have downloaded: used where they lie,
 * but checked like any other file. */
#include <stdlib.h>
#include <string.h>

#include <likeness/weights.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/onnx.h"
#include "weights/store.h"

static lk_status check_onnx(const char *path)
{
    lk_onnx *onnx;
    LK_TRY(lk_onnx_open(&onnx, path));
    lk_onnx_close(onnx);
    return LK_OK;
}

lk_status lk_store_check_weights(const char *path)
{
    lk_tensors *tensors;
    const char *ending = strrchr(path, '.');
    if (ending && strcmp(ending, ".onnx") == 0)
        return check_onnx(path);
    LK_TRY(lk_tensors_open(&tensors, path));
    size_t count = lk_tensors_count(tensors);
    lk_tensors_close(tensors);
    LK_REQUIRE(count > 0, LK_ERROR_FORMAT, "%s: holds no tensors", path);
    return LK_OK;
}

/* Unlike a file of the store, nobody has looked at one here before. */
static lk_status store_cache_check(const char *file, const char *path)
{
    if (!lk_checksum_is_known(file, path)) {
        LK_TRY(lk_store_check_weights(path));
        if (!lk_pin_of(file)) { /* trusted on first use, and remembered where that is possible */
            lk_status status = lk_checksum_verify(file, path);
            return status == LK_ERROR_IO ? LK_OK : status;
        }
    }
    return lk_checksum_check(file, path);
}

typedef struct search {
    const char *file;
    char *found, *problem;
} search;

/* Looks at ROOT BELOW/FOLDER/FILE; the first problem is kept. */
static lk_status try_folder(search *s, const char *root, const char *below, const char *folder)
{
    char *path;
    LK_TRY(lk_format(&path, "%s%s/%s/%s", root, below, folder, s->file));
    if (!lk_is_file(path)) {
        free(path);
        return LK_OK;
    }
    lk_status status = store_cache_check(s->file, path);
    if (status == LK_OK) {
        s->found = path;
        return LK_OK;
    }
    free(path);
    return s->problem ? LK_OK : lk_strdup(&s->problem, lk_error_text());
}

static lk_status try_root(search *s, const char *variable, const char *below)
{
    const char *root = getenv(variable);
    if (!root || !*root)
        return LK_OK;
    if (!s->found)
        LK_TRY(try_folder(s, root, below, "checkpoints"));
    return s->found ? LK_OK : try_folder(s, root, below, "hub/checkpoints");
}

static lk_status search_all(search *s)
{
    LK_TRY(try_root(s, "TORCH_HOME", ""));
    LK_TRY(try_root(s, "XDG_CACHE_HOME", "/torch"));
    return try_root(s, "HOME", "/.cache/torch");
}

lk_status lk_store_search_caches(char **out, char **problem, const char *file)
{
    search s = {.file = file};
    lk_status status = search_all(&s);
    if (s.found || status != LK_OK) {
        free(s.problem);
        s.problem = NULL;
    }
    *out = s.found;
    *problem = s.problem;
    return status;
}
