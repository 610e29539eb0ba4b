/* PyTorch's legacy .pt format (torch.save before 1.6, and all of
 * facenet-pytorch's published files): five pickles in a row,
 *
 *   magic number, protocol version 1001, dict about the machine,
 *   the state dict, list of storage keys in the order of the data,
 *
 * then for each key eight bytes with the number of elements and the elements.
 * Source: PyTorch, torch/serialization.py, _legacy_save (behaviour). */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "weights/state_dict.h"
#include "weights/tensors.h"

/* The pickle of 0x1950a86a20f9469cfc6c. */
static const uint8_t MAGIC[] = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};

/* A storage that the pickle speaks of, and where its bytes turned out to be. */
typedef struct placed_storage {
    const lk_value *storage;
    const uint8_t *bytes; /* NULL: not in the list of keys */
} placed_storage;

typedef struct storage_table {
    placed_storage *items; /* sorted by key, each key once */
    size_t count, capacity;
} storage_table;

bool lk_pt_legacy_detect(const lk_mapping *mapping)
{
    return mapping->size >= sizeof MAGIC && memcmp(mapping->bytes, MAGIC, sizeof MAGIC) == 0;
}

/* One key is usually one value, to which all that name it refer. */
static int compare_strings(const lk_value *a, const lk_value *b)
{
    if (a == b)
        return 0;
    size_t la = a->as.string.length, lb = b->as.string.length;
    int order = memcmp(a->as.string.bytes, b->as.string.bytes, la < lb ? la : lb);
    return order ? order : (la > lb) - (la < lb);
}

static int compare_keys(const void *a, const void *b)
{
    const placed_storage *x = a, *y = b;
    return compare_strings(x->storage->as.storage.key, y->storage->as.storage.key);
}

static placed_storage *find_placed(const storage_table *table, const lk_value *key)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_strings(table->items[middle].storage->as.storage.key, key);
        if (order == 0)
            return &table->items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* One entry a key. A storage that is named twice must be described alike. */
static lk_status sort_table(storage_table *table)
{
    if (table->count == 0)
        return LK_OK;
    qsort(table->items, table->count, sizeof *table->items, compare_keys);
    size_t kept = 0;
    for (size_t i = 1; i < table->count; i++) {
        const lk_value *last = table->items[kept].storage, *next = table->items[i].storage;
        if (compare_strings(last->as.storage.key, next->as.storage.key) != 0) {
            table->items[++kept] = table->items[i];
            continue;
        }
        LK_REQUIRE(last->as.storage.count == next->as.storage.count &&
                       last->as.storage.dtype == next->as.storage.dtype,
                   LK_ERROR_FORMAT, "describes one storage in two ways");
    }
    table->count = kept + 1;
    return LK_OK;
}

/* Every storage that a pickle spoke of, whether or not a tensor uses it: its
 * bytes are in the file, and only the pickle knows how many. */
static lk_status gather_storages(storage_table *table, const lk_pickle *pickle)
{
    size_t count = pickle->storages.count;
    LK_TRY(lk_grow(&table->items, &table->capacity, count, sizeof *table->items));
    for (size_t i = 0; i < count; i++)
        table->items[i] = (placed_storage){.storage = pickle->storages.items[i]};
    table->count = count;
    return sort_table(table);
}

/* Takes the count and the elements of one storage off the cursor. */
static lk_status place_storage(storage_table *table, lk_cursor *cursor, const lk_value *key)
{
    LK_REQUIRE(key->kind == LK_VALUE_STRING, LK_ERROR_FORMAT,
               "the key of a storage is %s, expected a string", lk_value_kind_name(key->kind));
    const char *name = LK_SHORT_OF(key->as.string.bytes, key->as.string.length, 80);
    placed_storage *placed = find_placed(table, key);
    LK_REQUIRE(placed && !placed->bytes, LK_ERROR_FORMAT, "storage \"%s\" has data but is %s", name,
               placed ? "listed twice" : "of no tensor");
    uint64_t count;
    LK_REQUIRE(lk_cursor_number(cursor, 8, &count), LK_ERROR_FORMAT,
               "is cut short: it ends at byte %zu, before storage \"%s\"", cursor->size, name);
    size_t expected = placed->storage->as.storage.count, bytes;
    LK_REQUIRE(count == expected, LK_ERROR_FORMAT,
               "storage \"%s\" has %llu elements, its tensor expects %zu", name,
               (unsigned long long)count, expected);
    LK_REQUIRE(lk_mul(expected, lk_dtype_size(placed->storage->as.storage.dtype), &bytes) &&
                   lk_cursor_take(cursor, bytes, &placed->bytes),
               LK_ERROR_FORMAT,
               "is cut short: storage \"%s\" has %zu elements and only %zu bytes are left", name,
               expected, cursor->size - cursor->at);
    return LK_OK;
}

static lk_status place_all(storage_table *table, lk_cursor *cursor, const lk_value *keys)
{
    LK_REQUIRE(keys->kind == LK_VALUE_LIST, LK_ERROR_FORMAT,
               "the storage keys are %s, expected a list", lk_value_kind_name(keys->kind));
    for (size_t i = 0; i < keys->as.list.count; i++)
        LK_TRY(place_storage(table, cursor, keys->as.list.items[i]));
    return LK_OK;
}

static lk_status pt_legacy_find_storage(void *user, const lk_value *storage, const uint8_t **out)
{
    const lk_value *key = storage->as.storage.key;
    const placed_storage *placed = find_placed(user, key);
    LK_REQUIRE(placed && placed->bytes, LK_ERROR_FORMAT,
               "has its data in storage \"%s\", which "
               "the file does not list",
               LK_SHORT_OF(key->as.string.bytes, key->as.string.length, 80));
    *out = placed->bytes;
    return LK_OK;
}

static lk_status check_version(const lk_value *version)
{
    LK_REQUIRE(version->kind == LK_VALUE_INTEGER && version->as.integer == 1001,
               LK_ERROR_UNSUPPORTED, "is not of PyTorch's protocol 1001");
    return LK_OK;
}

static lk_status check_machine(const lk_value *machine)
{
    const lk_value *little =
        machine->kind == LK_VALUE_DICT ? lk_value_dict_get(machine, "little_endian") : NULL;
    LK_REQUIRE(little && little->kind == LK_VALUE_BOOL && little->as.integer, LK_ERROR_UNSUPPORTED,
               "does not say that its numbers are little-endian");
    return LK_OK;
}

static lk_status pt_legacy_read_all(lk_tensors *tensors, lk_pickle *pickle, storage_table *table)
{
    lk_cursor cursor = {
        .bytes = tensors->mapping.bytes, .size = tensors->mapping.size, .at = sizeof MAGIC};
    const lk_value *version, *machine, *root, *keys;
    LK_TRY(lk_pickle_load(pickle, &cursor, &version));
    LK_TRY(check_version(version));
    LK_TRY(lk_pickle_load(pickle, &cursor, &machine));
    LK_TRY(check_machine(machine));
    LK_TRY(lk_pickle_load(pickle, &cursor, &root));
    LK_TRY(lk_pickle_load(pickle, &cursor, &keys));
    LK_TRY(gather_storages(table, pickle));
    LK_TRY(place_all(table, &cursor, keys));
    LK_REQUIRE(cursor.at == cursor.size, LK_ERROR_FORMAT,
               "has %zu bytes after its last storage, expected its end", cursor.size - cursor.at);
    return lk_state_dict_read(tensors, root, pt_legacy_find_storage, table);
}

lk_status lk_pt_legacy_read(lk_tensors *tensors)
{
    lk_pickle pickle = {0};
    storage_table table = {0};
    lk_status status = pt_legacy_read_all(tensors, &pickle, &table);
    free(table.items);
    lk_pickle_clear(&pickle);
    return status;
}
