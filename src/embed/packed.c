/* Which file of the folder is an embedder's. Its name is for one file of weights, precision,
 * network and processor; its key also says which build has written it, so that another one's
 * takes its place. */
#include "embed/packed.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <likeness/files.h>
#include <likeness/packed.h>

#include "base/build_id.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/simd.h"
#include "nn/dnnl/shim.h"
#include "nn/infer/keep.h"
#include "weights/store.h"

enum { HEX = LK_SHA256_TEXT - 1 };

void lk_packed_place_clear(lk_packed_place *place)
{
    free(place->folder);
    free(place->path);
    free(place->key);
    free(place->weights);
    free(place->digest);
    *place = (lk_packed_place){0};
}

static lk_status packed_digest(char **out, const char *weights, const char *given)
{
    char digest[LK_SHA256_TEXT];
    LK_REQUIRE(!given || (strlen(given) == HEX && strspn(given, "0123456789abcdef") == HEX),
               LK_ERROR_ARGUMENT, "packed_digest takes %d hexadecimal digits", HEX);
    if (given)
        return lk_strdup(out, given);
    LK_TRY(lk_sha256_file(digest, weights));
    return lk_strdup(out, digest);
}

lk_status lk_packed_place_begin(lk_packed_place *place, const char *weights,
                                const lk_embedder_options *options)
{
    char build[LK_BUILD_ID];
    if (!options->packed || !*options->packed || !lk_build_id(build))
        return LK_OK;
    LK_TRY(packed_digest(&place->digest, weights, options->packed_digest));
    LK_TRY(lk_strdup(&place->folder, options->packed));
    LK_TRY(lk_strdup(&place->weights, weights));
    place->limit = options->packed_limit;
    return LK_OK;
}

/* One line each, so that lk_packed_list can read them. */
static lk_status packed_name(lk_packed_place *place, uint64_t graph, const char *precision)
{
    char build[LK_BUILD_ID], dnnl[256], *machine;
    (void)lk_build_id(build);
    lk_dnnl_say(dnnl, sizeof dnnl);
    LK_TRY(lk_format(&machine, "%016llx, %s, %d", (unsigned long long)graph, dnnl,
                     (int)lk_simd_best()));
    uint64_t hash = lk_hash(LK_HASH_START, machine, strlen(machine));
    lk_status status = lk_format(&place->key, "weights %s\nprecision %s\nnetwork %s\nbuild %s",
                                 place->digest, precision, machine, build);
    if (status == LK_OK)
        status = lk_format(&place->path, "%s/%.16s-%s-%016llx" LK_PACKED_ENDING, place->folder,
                           place->digest, precision, (unsigned long long)hash);
    free(machine);
    return status;
}

lk_status lk_packed_place_find(bool *found, lk_packed_place *place, lk_nn_model *model,
                               lk_precision precision)
{
    lk_nn_kept *kept;
    *found = false;
    if (!place->folder)
        return LK_OK;
    LK_TRY(packed_name(place, lk_nn_graph_number(lk_nn_model_graph(model)),
                       lk_precision_name(precision)));
    if (lk_nn_kept_open(&kept, place->path, place->key) != LK_OK)
        return LK_OK; /* whatever is wrong with it: another is made */
    /* When it was last used; where that cannot be noted it goes earlier. */
    (void)utimensat(AT_FDCWD, place->path, NULL, AT_SYMLINK_NOFOLLOW);
    lk_nn_model_set_kept(model, kept);
    *found = true;
    return LK_OK;
}

/* What may be written: no disk is filled up for this. */
static lk_status packed_room(uint64_t *most, const lk_packed_place *place)
{
    struct statvfs disk;
    struct stat weights;
    *most = place->limit;
    if (statvfs(place->folder, &disk) == 0 && disk.f_bavail * disk.f_frsize / 2 < *most)
        *most = disk.f_bavail * disk.f_frsize / 2;
    LK_REQUIRE(stat(place->weights, &weights) != 0 || *most >= (uint64_t)weights.st_size / 2,
               LK_ERROR_LIMIT, "%s: has room for %llu bytes", place->folder,
               (unsigned long long)*most);
    return LK_OK;
}

/* What is no file of this user's would be written through, or keep its owner. */
static void packed_remove_foreign(const char *path)
{
    struct stat info;
    if (lstat(path, &info) == 0 && (!S_ISREG(info.st_mode) || info.st_uid != geteuid()))
        (void)unlink(path); /* or the next start does not believe it either */
}

/* With the folder's lock. */
static lk_status packed_keep(const lk_packed_place *place, lk_nn_model *model)
{
    char digest[LK_SHA256_TEXT];
    const char *slash = strrchr(place->weights, '/');
    uint64_t most;
    LK_TRY(packed_room(&most, place));
    if (lk_sha256_file(digest, place->weights) != LK_OK || strcmp(digest, place->digest) != 0)
        return LK_OK;
    packed_remove_foreign(place->path);
    LK_TRY(
        lk_nn_model_keep(model, place->path, place->key, slash ? slash + 1 : place->weights, most));
    return lk_packed_trim(place->folder, place->limit);
}

lk_status lk_packed_place_keep(const lk_packed_place *place, lk_nn_model *model)
{
    lk_lock *lock;
    if (!place->path || !lk_nn_keeps_less(model))
        return LK_OK;
    lk_status status = lk_lock_folder(&lock, place->folder, 0);
    if (status == LK_ERROR_BUSY)
        return LK_OK;
    LK_TRY(status);
    status = packed_keep(place, model);
    lk_lock_release(lock);
    return status;
}
