/* PyTorch's zip .pt format (torch.save since 1.6): an archive of stored members
 *
 *   NAME/data.pkl    the state dict, its storages named by persistent ids
 *   NAME/data/KEY    the elements of storage KEY
 *   NAME/byteorder   "little" (since 2.1; absent means little)
 *   NAME/version     of the format
 *
 * The tensors stay where they are in the mapped file. Checksums of the members
 * are not verified: the store verifies whole files.
 * Source: PyTorch, torch/serialization.py, _save (behaviour). */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "weights/archive.h"
#include "weights/state_dict.h"
#include "weights/tensors.h"

typedef struct pt_zip {
    lk_archive archive;
    char prefix[LK_ARCHIVE_MAX_NAME + 1]; /* "NAME/" */
} pt_zip;

bool lk_pt_zip_detect(const lk_mapping *mapping)
{
    return mapping->size >= 4 && memcmp(mapping->bytes, "PK\3\4", 4) == 0;
}

/* The member NAME/MIDDLE REST; `rest` need not be terminated. */
static const lk_archive_member *find(const pt_zip *file, const char *middle, const char *rest,
                                     size_t rest_length)
{
    char name[2 * LK_ARCHIVE_MAX_NAME + 2];
    if (rest_length > LK_ARCHIVE_MAX_NAME / 2 || memchr(rest, '\0', rest_length))
        return NULL;
    snprintf(name, sizeof name, "%s%s%.*s", file->prefix, middle, (int)rest_length, rest);
    return lk_archive_find(&file->archive, name);
}

/* The one member that is called SOMETHING/data.pkl gives the prefix. */
static lk_status find_prefix(pt_zip *file)
{
    static const char WANTED[] = "/data.pkl";
    for (size_t i = 0; i < file->archive.count; i++) {
        const char *name = file->archive.members[i].name;
        const char *slash = strchr(name, '/');
        if (!slash || strcmp(slash, WANTED) != 0)
            continue;
        memcpy(file->prefix, name, (size_t)(slash - name) + 1);
        return LK_OK;
    }
    return lk_fail(LK_ERROR_FORMAT, "is a zip file without data.pkl: not made by torch.save");
}

static lk_status check_byte_order(const pt_zip *file)
{
    const lk_archive_member *order = find(file, "byteorder", "", 0);
    LK_REQUIRE(!order || (order->size == 6 && memcmp(order->bytes, "little", 6) == 0),
               LK_ERROR_UNSUPPORTED, "its numbers are not little-endian");
    return LK_OK;
}

static lk_status pt_zip_find_storage(void *user, const lk_value *storage, const uint8_t **out)
{
    const lk_value *key = storage->as.storage.key;
    const lk_archive_member *member =
        find(user, "data/", key->as.string.bytes, key->as.string.length);
    LK_REQUIRE(member, LK_ERROR_FORMAT, "has its data in storage \"%s\", which is not there",
               LK_SHORT_OF(key->as.string.bytes, key->as.string.length, 80));
    size_t bytes;
    LK_REQUIRE(
        lk_mul(storage->as.storage.count, lk_dtype_size(storage->as.storage.dtype), &bytes) &&
            bytes == member->size,
        LK_ERROR_FORMAT,
        "has its data in storage \"%s\" of %zu bytes, expected %zu "
        "elements of %s",
        LK_SHORT_OF(key->as.string.bytes, key->as.string.length, 80), member->size,
        storage->as.storage.count, lk_dtype_name(storage->as.storage.dtype));
    *out = member->bytes;
    return LK_OK;
}

static lk_status pt_zip_read_dict(lk_tensors *tensors, pt_zip *file, lk_pickle *pickle)
{
    LK_TRY(find_prefix(file));
    LK_TRY(check_byte_order(file));
    const lk_archive_member *member = find(file, "data.pkl", "", 0);
    lk_cursor cursor = {.bytes = member->bytes, .size = member->size};
    const lk_value *root;
    LK_TRY(lk_pickle_load(pickle, &cursor, &root));
    LK_REQUIRE(cursor.at == cursor.size, LK_ERROR_FORMAT,
               "has %zu bytes after its pickle, expected the end of data.pkl",
               cursor.size - cursor.at);
    return lk_state_dict_read(tensors, root, pt_zip_find_storage, file);
}

lk_status lk_pt_zip_read(lk_tensors *tensors)
{
    pt_zip file = {0};
    LK_TRY(lk_archive_open(&file.archive, tensors->mapping.bytes, tensors->mapping.size));
    lk_pickle pickle = {0};
    lk_status status = pt_zip_read_dict(tensors, &file, &pickle);
    lk_pickle_clear(&pickle);
    lk_archive_close(&file.archive);
    return status;
}
