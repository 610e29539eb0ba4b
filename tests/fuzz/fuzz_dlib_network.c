/* dlib's network is larger than a fuzzer's inputs. Bytes that begin as its file does are
 * the file's; others are changes to a whole one: an offset among the bytes that are no
 * weights (2 bytes), what to put there, and in the end a length to cut it to. */
#include "fuzz.h"
#include "use_tensors.h"

#include <string.h>

#include "dlib_file.h"
#include "weights/tensors.h"

enum { CHANGE = 3, MOST_CHANGES = 64, WEIGHTS = 64 /* bytes of a field that is weights */ };

static dlib_file file;
static size_t *places; /* offsets of what is no weights */
static size_t place_count;

static void make_file(void)
{
    size_t start = 0;
    if (file.end_count)
        return;
    dlib_make_network(&file);
    places = calloc(file.end_count * WEIGHTS, sizeof *places);
    if (!places)
        abort();
    for (size_t i = 0; i < file.end_count; start = file.ends[i++])
        for (size_t at = start; at < file.ends[i] && file.ends[i] - start < WEIGHTS; at++)
            places[place_count++] = at;
}

static void open_network(const void *bytes, size_t count)
{
    lk_tensors *tensors;
    if (lk_tensors_open_bytes(&tensors, bytes, count, "f") != LK_OK) {
        check_error();
        return;
    }
    for (size_t i = 0; i < lk_tensors_count(tensors); i++) { /* both ends of each */
        const lk_tensor *tensor = lk_tensors_get(tensors, i);
        volatile uint8_t ends[2];
        if (lk_tensors_find(tensors, tensor->name) != tensor)
            abort();
        ends[0] = ((const uint8_t *)tensor->data)[0];
        ends[1] = ((const uint8_t *)tensor->data)[4 * tensor->count - 1];
        (void)ends;
    }
    lk_tensors_close(tensors);
}

static size_t number(const uint8_t *bytes)
{
    return bytes[0] | (size_t)bytes[1] << 8;
}

/* Opens the file with `count` changes, and takes them back. */
static void open_changed(const uint8_t *changes, size_t count, size_t length)
{
    char before[MOST_CHANGES];
    for (size_t i = 0; i < count; i++) {
        char *place = file.bytes.data + places[number(changes + i * CHANGE) % place_count];
        before[i] = *place;
        *place = (char)changes[i * CHANGE + 2];
    }
    open_network(file.bytes.data, length);
    for (size_t i = count; i-- > 0;)
        file.bytes.data[places[number(changes + i * CHANGE) % place_count]] = before[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    if (count >= 2 && bytes[0] == 1 && bytes[1] == 1) {
        open_network(bytes, count);
        return 0;
    }
    make_file();
    size_t changes = count / CHANGE < MOST_CHANGES ? count / CHANGE : MOST_CHANGES;
    const uint8_t *rest = bytes + changes * CHANGE;
    size_t left = count - changes * CHANGE;
    size_t length = left == 2 ? places[number(rest) % place_count] : file.bytes.count;
    open_changed(bytes, changes, length);
    return 0;
}
