/* Changes a real file of dlib's in many ways, one at a time, and opens it: each must be a
 * named error or load, and what loads must be usable.
 *
 * usage: mutate_dlib network|predictor FILE COUNT SEED */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/likeness.h>

#include "align/predictor.h"
#include "base/random.h"
#include "weights/tensors.h"

typedef struct bytes {
    uint8_t *data;
    size_t count;
} bytes;

/* Offsets of what is no weights, for most changes. */
typedef struct place_list {
    size_t *at;
    size_t count;
} place_list;

typedef struct tally {
    size_t refused, loaded, ran, failed_late;
} tally;

static void fail(const char *what)
{
    fprintf(stderr, "mutate_dlib: %s: %s\n", what, lk_error_text());
    abort();
}

static void *need(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static bytes read_whole(const char *path)
{
    bytes b = {0};
    FILE *file = need(fopen(path, "rb"));
    fseek(file, 0, SEEK_END);
    b.count = (size_t)ftell(file);
    rewind(file);
    b.data = need(malloc(b.count));
    if (fread(b.data, 1, b.count, file) != b.count)
        abort();
    fclose(file);
    return b;
}

/* ---- what to change ---- */

static size_t below(lk_random *random, size_t bound)
{
    return (size_t)lk_random_below(random, bound);
}

/* Everything that no tensor of the honest file covers. */
static place_list find_places(const bytes *file, bool network)
{
    place_list p = {need(malloc(file->count * sizeof *p.at)), 0};
    uint8_t *covered = need(calloc(file->count, 1));
    lk_tensors *tensors = NULL;
    if (network && lk_tensors_open_bytes(&tensors, file->data, file->count, "f") != LK_OK)
        fail("the honest file");
    for (size_t i = 0; i < lk_tensors_count(tensors); i++) {
        const lk_tensor *tensor = lk_tensors_get(tensors, i);
        const uint8_t *data = tensor->data;
        if (data >= file->data && data < file->data + file->count)
            memset(covered + (data - file->data), 1, tensor->count * sizeof(float));
    }
    lk_tensors_close(tensors);
    for (size_t i = 0; i < file->count; i++)
        if (!covered[i])
            p.at[p.count++] = i;
    free(covered);
    return p;
}

static size_t choose_place(lk_random *random, const bytes *file, const place_list *places)
{
    switch (below(random, 8)) {
    case 0: return below(random, file->count);
    case 1: return places->at[below(random, places->count < 600 ? places->count : 600)];
    default: return places->at[below(random, places->count)];
    }
}

/* ---- changes that keep the length: in place, and taken back ---- */

enum { MOST_CHANGED = 16 };

typedef struct undo {
    size_t at[MOST_CHANGED];
    uint8_t before[MOST_CHANGED];
    size_t count;
} undo;

static void set(bytes *file, undo *u, size_t at, uint8_t value)
{
    if (at >= file->count || u->count == MOST_CHANGED)
        return;
    u->at[u->count] = at;
    u->before[u->count++] = file->data[at];
    file->data[at] = value;
}

static void take_back(bytes *file, const undo *u)
{
    for (size_t i = u->count; i-- > 0;)
        file->data[u->at[i]] = u->before[i];
}

/* A number's control byte and what follows it. */
static void overwrite(lk_random *random, bytes *file, undo *u, size_t at)
{
    static const uint8_t control[] = {0x00, 0x01, 0x04, 0x08, 0x09, 0x0f,
                                      0x7f, 0x80, 0x81, 0x88, 0xff};
    set(file, u, at, control[below(random, sizeof control)]);
    for (size_t more = below(random, 8); more > 0; more--)
        set(file, u, ++at, (uint8_t)below(random, 256));
}

static void change(lk_random *random, bytes *file, undo *u, const place_list *places)
{
    size_t at = choose_place(random, file, places);
    switch (below(random, 7)) {
    case 0:
    case 1: overwrite(random, file, u, at); break;
    case 2:
    case 3: set(file, u, at, (uint8_t)below(random, 256)); break;
    default: set(file, u, at, file->data[at] ^ (uint8_t)(1U << below(random, 8))); break;
    }
    for (size_t more = below(random, 3); more > 0; more--)
        set(file, u, choose_place(random, file, places), (uint8_t)below(random, 256));
}

/* ---- others: a copy, in memory of exactly its size ---- */

static bytes cut(lk_random *random, const bytes *file, const place_list *places)
{
    size_t at = choose_place(random, file, places);
    bytes copy = {need(malloc(at + !at)), at};
    memcpy(copy.data, file->data, at);
    return copy;
}

/* Some bytes out, or some in that stand elsewhere in the file. */
static bytes shift(lk_random *random, const bytes *file, const place_list *places, bool out)
{
    size_t at = choose_place(random, file, places), length = 1 + below(random, 40);
    if (out && length > file->count - at)
        length = file->count - at;
    size_t skipped = out ? length : 0, added = out ? 0 : length;
    bytes copy = {NULL, file->count - skipped + added};
    copy.data = need(malloc(copy.count));
    memcpy(copy.data, file->data, at);
    memcpy(copy.data + at, file->data + below(random, file->count - length), added);
    memcpy(copy.data + at + added, file->data + at + skipped, file->count - at - skipped);
    return copy;
}

/* ---- what becomes of it ---- */

/* An error has a reason, and it names the file. */
static void check_error(void)
{
    const char *text = lk_error_text();
    if (strncmp(text, "f: ", 3) != 0 || !text[3] || strchr(text, '\n'))
        fail("an error without a name or a reason");
}

static void run_network(const lk_tensors *tensors, tally *t)
{
    static uint8_t rgb[3 * LK_ALIGN_DLIB_SIZE * LK_ALIGN_DLIB_SIZE];
    const lk_image chip = {LK_ALIGN_DLIB_SIZE, LK_ALIGN_DLIB_SIZE, rgb};
    lk_embedder *embedder;
    float row[128];
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * i / 7);
    if (lk_embedder_create_from(&embedder, tensors, NULL) != LK_OK)
        fail("a network that loads is none");
    t->ran++;
    if (lk_embedder_run(embedder, row, &chip, 1) != LK_OK) {
        check_error();
        t->failed_late++;
    }
    lk_embedder_destroy(embedder);
}

static void try_network(const bytes *file, tally *t)
{
    enum { EVERY = 100 }; /* of those that load is run, too */
    lk_tensors *tensors;
    volatile uint8_t ends[2];
    if (lk_tensors_open_bytes(&tensors, file->data, file->count, "f") != LK_OK) {
        check_error();
        t->refused++;
        return;
    }
    for (size_t i = 0; i < lk_tensors_count(tensors); i++) {
        const lk_tensor *tensor = lk_tensors_get(tensors, i);
        ends[0] = ((const uint8_t *)tensor->data)[0];
        ends[1] = ((const uint8_t *)tensor->data)[4 * tensor->count - 1];
    }
    (void)ends;
    if (t->loaded++ % EVERY == 0 && lk_tensors_find(tensors, "stem.affine.weight"))
        run_network(tensors, t);
    lk_tensors_close(tensors);
}

static void try_predictor(const bytes *file, tally *t)
{
    static const lk_dlib_box boxes[] = {{3, 4, 30, 31}, {-20, -9, 50, 70}, {5, 5, 5, 5}};
    static uint8_t rgb[3 * 40 * 30];
    const lk_image image = {40, 30, rgb};
    lk_dlib_predictor *predictor;
    lk_dlib_points points;
    lk_image chip;
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * i / 7);
    if (lk_dlib_predictor_open_bytes(&predictor, file->data, file->count, "f") != LK_OK) {
        check_error();
        t->refused++;
        return;
    }
    t->loaded++;
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++, t->ran++)
        if (lk_dlib_predict(predictor, &points, &image, &boxes[i]) != LK_OK) {
            check_error();
            t->failed_late++;
        } else if (lk_dlib_chip(&chip, &image, &points) == LK_OK) {
            lk_image_clear(&chip);
        }
    lk_dlib_predictor_close(predictor);
}

static void try_one(lk_random *random, bytes *file, const place_list *places,
                    void (*try)(const bytes *, tally *), tally *t)
{
    undo u = {.count = 0};
    size_t kind = below(random, 20);
    if (kind < 3) {
        bytes copy = kind == 0 ? cut(random, file, places) : shift(random, file, places, kind == 1);
        try(&copy, t);
        free(copy.data);
        return;
    }
    change(random, file, &u, places);
    try(file, t);
    take_back(file, &u);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: mutate_dlib network|predictor FILE COUNT SEED\n");
        return 2;
    }
    bool network = strcmp(argv[1], "network") == 0;
    size_t count = strtoull(argv[3], NULL, 10);
    bytes file = read_whole(argv[2]);
    place_list where = find_places(&file, network);
    tally t = {0};
    for (size_t i = 0; i < count; i++) {
        lk_random random;
        lk_random_init(&random, strtoull(argv[4], NULL, 10), i);
        try_one(&random, &file, &where, network ? try_network : try_predictor, &t);
        if ((i + 1) % 1000 == 0)
            fprintf(stderr, "%s: %zu of %zu\n", argv[1], i + 1, count);
    }
    printf("%s: %zu changed files: %zu refused by name, %zu loaded; %zu runs of those, %zu refused "
           "by name\n",
           argv[1], count, t.refused, t.loaded, t.ran, t.failed_late);
    free(where.at);
    free(file.data);
    return 0;
}
