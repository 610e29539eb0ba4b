/* Packed numbers kept in a file: what a model takes from it gives the same bits, and whatever
 * is wrong with it is found. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/build_id.h"
#include "nn/infer/keep.h"
#include "nn/infer/processor.h"
#include "nn/kept_sum.h"
#include "nn_layers.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/likeness-kept-XXXXXX",
             getenv("TMPDIR") && strlen(getenv("TMPDIR")) < 30 ? getenv("TMPDIR") : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/kept", folder);
    unlink(path);
    return rmdir(folder);
}

static const char *kept_path(void)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/kept", folder);
    return path;
}

static void write_bytes(const char *bytes, size_t count)
{
    unlink(kept_path());
    int fd = open(kept_path(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0 && write(fd, bytes, count) == (ssize_t)count);
    close(fd);
}

static char *read_bytes(size_t *count)
{
    struct stat info;
    int fd = open(kept_path(), O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    char *bytes = malloc((size_t)info.st_size + 1);
    assert_true(read(fd, bytes, (size_t)info.st_size) == info.st_size);
    close(fd);
    *count = (size_t)info.st_size;
    return bytes;
}

/* ---- models ---- */

static size_t every_layer(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_prelu(g, conv(g, conv_long(g, conv_winograd(g, x)), "p", 24, 3, 2, 1), "q");
    x = lk_nn_add_norm(g, lk_nn_add_relu(g, conv(g, x, "r", 24, 3, 1, 1)), "s", 1e-3);
    size_t each = lk_nn_add(g, &(lk_nn_layer){.op = LK_NN_CONV,
                                              .name = "each",
                                              .inputs = {x},
                                              .input_count = 1,
                                              .channels = 24,
                                              .kernel = {3, 3},
                                              .stride = {1, 1},
                                              .pad = {1, 1},
                                              .bias = true,
                                              .groups = 24});
    return lk_nn_add_linear(g, lk_nn_add_flatten(g, each), "t", 8, true);
}

static int loads; /* parameters that were asked for */

static lk_status count_loads(void *user, const char *name, const size_t *shape, size_t rank,
                             float *out)
{
    loads++;
    return made_up(user, name, shape, rank, out);
}

static lk_nn_model *declare(build_fn build, bool narrow, const char *key)
{
    lk_nn_graph graph = {0};
    lk_nn_model *model;
    lk_nn_kept *kept;
    lk_nn_add_output(&graph, build(&graph, lk_nn_add_input(&graph, 16)));
    assert_ok(lk_nn_model_declare(&model, &graph, 15, 14, count_loads, NULL));
    if (narrow)
        lk_nn_model_set_narrow(model);
    if (key && lk_nn_kept_open(&kept, kept_path(), key) == LK_OK)
        lk_nn_model_set_kept(model, kept);
    return model;
}

enum { MOST = 1 << 18 };

/* Of one image, three, and one again. */
static size_t run_all(float out[MOST], lk_nn_model *model)
{
    static const size_t counts[] = {1, 3, 1};
    lk_nn_session *session;
    lk_nn_shape shape = output_shape(model, 15, 14);
    size_t size = shape.channels * shape.height * shape.width, at = 0;
    float *input = random_input((size_t)3 * 16 * 15 * 14);
    assert_ok(lk_nn_session_create(&session, model));
    for (size_t i = 0; i < 3; i++) {
        float *to = out + at;
        at += counts[i] * size;
        assert_true(at <= MOST);
        assert_ok(run_session(session, &to, input, counts[i], (lk_nn_shape){16, 15, 14}));
    }
    lk_nn_session_destroy(session);
    free(input);
    return at;
}

static void check_same(build_fn build, bool narrow)
{
    static float without[MOST], with[MOST];
    unlink(kept_path());
    lk_nn_model *model = declare(build, narrow, NULL);
    size_t count = run_all(without, model);
    assert_true(lk_nn_keeps_less(model) || loads == 0);
    assert_ok(lk_nn_model_keep(model, kept_path(), "key", "note", UINT64_MAX));
    assert_false(lk_nn_keeps_less(model));
    lk_nn_model_destroy(model);

    loads = 0;
    model = declare(build, narrow, "key");
    assert_int_equal(run_all(with, model), count);
    assert_memory_equal(with, without, count * sizeof *with);
    assert_int_equal(loads, 0);
    assert_false(lk_nn_keeps_less(model));
    lk_nn_model_destroy(model);
}

static void what_is_kept_gives_the_same_bits(void **state)
{
    (void)state;
    for (int narrow = 0; narrow <= lk_nn_processor_narrows(); narrow++) {
        for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
            check_same(layers[i].build, narrow);
        check_same(every_layer, narrow);
    }
}

/* Where a part lies in the file of `size` bytes, which ends with the last of them. */
static size_t part_offset(lk_nn_kept *kept, const lk_nn_kept_part *part, size_t size)
{
    lk_nn_kept_part last;
    assert_true(lk_nn_kept_get(&last, kept, lk_nn_kept_count(kept) - 1));
    const char *end = (const char *)last.bytes + (last.size + 63) / 64 * 64;
    return size - (size_t)(end - (const char *)part->bytes);
}

/* Each part is damaged once: it is made anew, and the rest taken. */
static void a_damaged_part_is_made_anew(void **state)
{
    static float without[MOST], with[MOST];
    size_t size, again;
    lk_nn_kept *kept;
    lk_nn_kept_part part;
    (void)state;
    lk_nn_model *model = declare(every_layer, false, NULL);
    size_t count = run_all(without, model);
    assert_ok(lk_nn_model_keep(model, kept_path(), "key", "note", UINT64_MAX));
    lk_nn_model_destroy(model);
    char *bytes = read_bytes(&size);
    assert_ok(lk_nn_kept_open(&kept, kept_path(), "key"));
    assert_true(lk_nn_kept_count(kept) > 10);
    for (size_t i = 0; lk_nn_kept_get(&part, kept, i); i++) {
        char *byte = bytes + part_offset(kept, &part, size) + part.size / 2;
        *byte ^= 0x40;
        write_bytes(bytes, size);
        *byte ^= 0x40;
        model = declare(every_layer, false, "key");
        assert_int_equal(run_all(with, model), count);
        assert_memory_equal(with, without, count * sizeof *with);
        assert_true(lk_nn_keeps_less(model));
        assert_ok(lk_nn_model_keep(model, kept_path(), "key", "note", UINT64_MAX));
        lk_nn_model_destroy(model);
        free(read_bytes(&again));
        assert_int_equal(again, size);
    }
    lk_nn_kept_close(kept);
    free(bytes);
}

/* ---- the file ---- */

static const char words[3][70] = {"a part", "another one", "and the last, of more than one line"};

static char *make_file(size_t *size)
{
    lk_nn_kept_part parts[3];
    for (uint32_t i = 0; i < 3; i++)
        parts[i] = (lk_nn_kept_part){{i, 7, 99 + i}, words[i], 1 + (size_t)34 * i};
    assert_ok(lk_nn_kept_write(kept_path(), "a key", "a\nnote", parts, 3));
    return read_bytes(size);
}

static void parts_come_back(void **state)
{
    size_t size;
    struct stat info;
    lk_nn_kept *kept;
    char key[LK_NN_KEPT_KEY];
    (void)state;
    free(make_file(&size));
    assert_int_equal(stat(kept_path(), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_ok(lk_nn_kept_open(&kept, kept_path(), "a key"));
    for (uint32_t i = 0; i < 3; i++) {
        const void *found =
            lk_nn_kept_find(kept, (lk_nn_part_name){i, 7, 99 + i}, 1 + (size_t)34 * i);
        assert_non_null(found);
        assert_int_equal((uintptr_t)found % 64, 0);
        assert_memory_equal(found, words[i], 1 + (size_t)34 * i);
        assert_true(lk_nn_kept_holds(kept, found));
    }
    assert_null(lk_nn_kept_find(kept, (lk_nn_part_name){1, 7, 99}, 35));
    assert_null(lk_nn_kept_find(kept, (lk_nn_part_name){1, 7, 100}, 34));
    assert_false(lk_nn_kept_holds(kept, words) || lk_nn_kept_is_damaged(kept));
    lk_nn_kept_close(kept);
    assert_int_equal(lk_nn_kept_open(&kept, kept_path(), "a ke"), LK_ERROR_BUSY);
    assert_int_equal(lk_nn_kept_open(&kept, kept_path(), "a key2"), LK_ERROR_BUSY);
    assert_ok(lk_nn_kept_read_key(key, kept_path()));
    assert_string_equal(key, "a key\nfile a note");
}

/* Every part as it was, or none: never other bytes. */
static void check_parts(const char *what, size_t at)
{
    lk_nn_kept *kept;
    if (lk_nn_kept_open(&kept, kept_path(), "a key") != LK_OK)
        return;
    for (uint32_t i = 0; i < 3; i++) {
        size_t size = 1 + (size_t)34 * i;
        const void *found = lk_nn_kept_find(kept, (lk_nn_part_name){i, 7, 99 + i}, size);
        if (found && memcmp(found, words[i], size) != 0)
            fail_msg("%s %zu: part %u has other bytes", what, at, i);
    }
    lk_nn_kept_close(kept);
}

static void every_changed_byte_and_every_cut_is_found(void **state)
{
    size_t size;
    char *bytes = make_file(&size);
    (void)state;
    for (size_t i = 0; i < size; i++) {
        for (int bit = 0; bit < 8; bit += 7) {
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
            write_bytes(bytes, size);
            check_parts("byte", i);
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
        }
        write_bytes(bytes, i);
        lk_nn_kept *kept;
        assert_int_not_equal(lk_nn_kept_open(&kept, kept_path(), "a key"), LK_OK);
    }
    char *more = calloc(1, size + 64);
    memcpy(more, bytes, size);
    write_bytes(more, size + 64);
    lk_nn_kept *kept;
    assert_int_equal(lk_nn_kept_open(&kept, kept_path(), "a key"), LK_ERROR_FORMAT);
    free(more);
    free(bytes);
}

enum { SUM = 32, LINE = 64 };

/* With a checksum that fits, so that the numbers themselves are looked at. */
static lk_status open_changed(const char *bytes, size_t size, size_t at, uint64_t value)
{
    size_t front = 3 * LINE + 64; /* header, key, and a table of two lines */
    char *copy = malloc(size);
    memcpy(copy, bytes, size);
    memcpy(copy + at, &value, sizeof value);
    memset(copy + SUM, 0, 8);
    uint64_t sum = lk_nn_kept_sum(LK_NN_KEPT_SEED, copy, LINE);
    sum = lk_nn_kept_sum(sum, copy + LINE, front - LINE);
    memcpy(copy + SUM, &sum, sizeof sum);
    write_bytes(copy, size);
    lk_nn_kept *kept;
    lk_status status = lk_nn_kept_open(&kept, kept_path(), "a key");
    if (status == LK_OK)
        lk_nn_kept_close(kept);
    free(copy);
    return status;
}

static void sizes_and_places_are_not_believed(void **state)
{
    static const uint64_t wild[] = {0,
                                    1,
                                    63,
                                    65,
                                    1 << 20,
                                    UINT32_MAX,
                                    INT64_MAX,
                                    UINT64_MAX,
                                    UINT64_MAX - 63,
                                    (uint64_t)1 << 63};
    enum { TABLE = 2 * LINE, ENTRY = 40, OFFSET = 16, BYTES = 24 };
    size_t size;
    char *bytes = make_file(&size);
    (void)state;
    uint64_t right;
    memcpy(&right, bytes + TABLE + OFFSET, sizeof right);
    assert_int_equal(right, 4 * LINE);
    assert_ok(open_changed(bytes, size, TABLE + OFFSET, right));
    for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
        for (size_t field = 8; field < SUM; field += 8)
            assert_int_not_equal(open_changed(bytes, size, field, wild[i]), LK_OK);
        for (size_t k = 0; k < 3; k++) {
            assert_int_not_equal(open_changed(bytes, size, TABLE + k * ENTRY + OFFSET, wild[i]),
                                 LK_OK);
            /* what ends in the same line is the same place */
            if (wild[i] == 0 || wild[i] > 70)
                assert_int_not_equal(open_changed(bytes, size, TABLE + k * ENTRY + BYTES, wild[i]),
                                     LK_OK);
        }
    }
    free(bytes);
}

static void what_others_can_write_is_not_taken(void **state)
{
    size_t size;
    lk_nn_kept *kept;
    char other[160];
    (void)state;
    free(make_file(&size));
    assert_int_equal(chmod(kept_path(), 0620), 0);
    assert_int_equal(lk_nn_kept_open(&kept, kept_path(), "a key"), LK_ERROR_FORMAT);
    assert_int_equal(chmod(kept_path(), 0602), 0);
    assert_int_equal(lk_nn_kept_open(&kept, kept_path(), "a key"), LK_ERROR_FORMAT);
    assert_int_equal(chmod(kept_path(), 0644), 0);
    assert_ok(lk_nn_kept_open(&kept, kept_path(), "a key"));
    lk_nn_kept_close(kept);
    if (geteuid() == 0) {
        assert_int_equal(chown(kept_path(), 65534, 65534), 0);
        assert_int_equal(lk_nn_kept_open(&kept, kept_path(), "a key"), LK_ERROR_FORMAT);
        assert_int_equal(chown(kept_path(), 0, 0), 0);
    }
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(symlink(kept_path(), other), 0);
    assert_int_equal(lk_nn_kept_open(&kept, other, "a key"), LK_ERROR_IO);
    unlink(other);
    assert_int_equal(mkfifo(other, 0600), 0);
    assert_int_equal(lk_nn_kept_open(&kept, other, "a key"), LK_ERROR_FORMAT);
    unlink(other);
    assert_int_equal(lk_nn_kept_open(&kept, other, "a key"), LK_ERROR_MISSING);
}

/* Two changes of the same bit, far from each other, do not make up for each other. */
static void the_sum_sees_two_changes(void **state)
{
    enum { BYTES = 3 << 18 };
    char *bytes = calloc(1, BYTES);
    uint64_t sum = lk_nn_kept_sum_blocks(bytes, BYTES);
    (void)state;
    for (size_t distance = 64; distance < BYTES / 2; distance *= 2)
        for (int bit = 0; bit < 64; bit += 9) {
            size_t at[2] = {64 + (size_t)bit / 8, 64 + (size_t)bit / 8 + distance};
            for (int i = 0; i < 2; i++)
                bytes[at[i]] = (char)(1 << bit % 8);
            assert_true(lk_nn_kept_sum_blocks(bytes, BYTES) != sum);
            bytes[at[0]] = bytes[at[1]] = 0;
        }
    assert_true(lk_nn_kept_sum_blocks(bytes, BYTES - 1) != sum);
    free(bytes);
}

static void a_build_has_a_number(void **state)
{
    char id[LK_BUILD_ID] = "";
    (void)state;
    if (!lk_build_id(id)) {
        print_message("SKIPPED: the linker gives this program no build id\n");
        return;
    }
    assert_true(strlen(id) >= 8 && strspn(id, "0123456789abcdef") == strlen(id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_gives_the_same_bits),
        cmocka_unit_test(a_damaged_part_is_made_anew),
        cmocka_unit_test(parts_come_back),
        cmocka_unit_test(every_changed_byte_and_every_cut_is_found),
        cmocka_unit_test(sizes_and_places_are_not_believed),
        cmocka_unit_test(what_others_can_write_is_not_taken),
        cmocka_unit_test(the_sum_sees_two_changes),
        cmocka_unit_test(a_build_has_a_number),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
