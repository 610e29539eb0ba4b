/* Zip .pt, safetensors and .npy: written, read back, and refused when broken. */
#include <unistd.h>

#include "scratch.h"

#include <likeness/files.h>
#include <likeness/weights.h>

#include "weights/dtype.h"
#include "weights/tensors.h"

/* One tensor of every type, an empty one and a number without axes. */
static lk_tensors *every_type(void)
{
    lk_tensors *set;
    assert_ok(lk_tensors_create(&set));
    unsigned char data[64];
    for (int type = 0; type < LK_DTYPE_COUNT; type++) {
        char name[32];
        snprintf(name, sizeof name, "layer.%d.%s", 7 - type, lk_dtype_name((lk_dtype)type));
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = type == LK_BOOL ? i % 2 : (unsigned char)(i * 3 + (size_t)type);
        assert_ok(lk_tensors_add(set, name, (lk_dtype)type, data, (size_t[]){2, 3}, 2));
    }
    assert_ok(lk_tensors_add(set, "empty", LK_F32, NULL, (size_t[]){0, 5}, 2));
    assert_ok(lk_tensors_add(set, "steps", LK_I64, data, NULL, 0));
    return set;
}

static void assert_same(const lk_tensors *a, const lk_tensors *b)
{
    assert_int_equal(lk_tensors_count(a), lk_tensors_count(b));
    for (size_t i = 0; i < lk_tensors_count(a); i++) {
        const lk_tensor *x = lk_tensors_get(a, i), *y = lk_tensors_get(b, i);
        assert_string_equal(x->name, y->name);
        assert_int_equal(x->dtype, y->dtype);
        assert_int_equal(x->rank, y->rank);
        assert_memory_equal(x->shape, y->shape, x->rank * sizeof(size_t));
        if (x->count)
            assert_memory_equal(x->data, y->data, x->count * lk_dtype_size(x->dtype));
    }
}

typedef lk_status (*writer)(const lk_tensors *tensors, const char *path);

static void round_trip(writer write, const char *name)
{
    const char *path = join_path(scratch, name);
    lk_tensors *set = every_type(), *back;
    assert_ok(write(set, path));
    assert_ok(lk_tensors_open(&back, path));
    assert_same(set, back);
    assert_string_equal(lk_tensors_path(back), path);
    for (size_t i = 0; i < lk_tensors_count(back); i++)
        assert_null(back->entries[i].owned); /* all in place */
    lk_tensors_release_pages(back);
    assert_same(set, back);
    lk_tensors_close(back);
    lk_tensors_close(set);
}

static void pt_comes_back(void **state)
{
    (void)state;
    round_trip(lk_tensors_write_pt, "all.pt");
}

static void a_pt_file_holds_so_many_tensors(void **state)
{
    (void)state;
    lk_tensors *set, *back;
    const char *path = join_path(scratch, "many.pt");
    assert_ok(lk_tensors_create(&set));
    for (int i = 0; i <= 25000; i++) {
        if (i == 25000) {
            assert_ok(lk_tensors_write_pt(set, path));
            assert_ok(lk_tensors_open(&back, path));
            assert_int_equal(lk_tensors_count(back), 25000);
            lk_tensors_close(back);
        }
        char name[16];
        snprintf(name, sizeof name, "%06d", i);
        const size_t shape[LK_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
        assert_ok(lk_tensors_add(set, name, LK_U8, "", shape, LK_MAX_RANK));
    }
    assert_fails(lk_tensors_write_pt(set, path), LK_ERROR_LIMIT,
                 "many.pt: 25001 tensors, at most 25000 fit into a .pt file");
    lk_tensors_close(set);
}

static void safetensors_come_back(void **state)
{
    (void)state;
    round_trip(lk_tensors_write_safetensors, "all.safetensors");
}

/* Reads a whole file into new memory. */
static unsigned char *slurp(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size + 1);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

typedef lk_status (*opener)(lk_tensors **out, const void *bytes, size_t count, const char *name);

/* Every shorter file is refused and leaves the output alone. */
static void refuses_truncation(const unsigned char *bytes, size_t size, opener open)
{
    for (size_t cut = size; cut-- > 0;) {
        unsigned char *copy = malloc(cut ? cut : 1); /* exact, for the sanitizer */
        memcpy(copy, bytes, cut);
        lk_tensors *set = NULL;
        lk_status status = open(&set, copy, cut, "x");
        if (status == LK_OK)
            fail_msg("the first %zu of %zu bytes are accepted", cut, size);
        assert_null(set);
        free(copy);
    }
}

static void truncated_files_are_refused(void **state)
{
    (void)state;
    lk_tensors *set = every_type();
    const char *names[] = {"cut.pt", "cut.safetensors"};
    writer writers[] = {lk_tensors_write_pt, lk_tensors_write_safetensors};
    for (int i = 0; i < 2; i++) {
        const char *path = join_path(scratch, names[i]);
        size_t size;
        assert_ok(writers[i](set, path));
        unsigned char *bytes = slurp(path, &size);
        refuses_truncation(bytes, size, lk_tensors_open_bytes);
        free(bytes);
    }
    lk_tensors_close(set);
}

/* PyTorch maps such a file: each member's bytes begin at a multiple of 64, behind the extra
 * field that it pads with, and lie there as they are. */
static void members_of_a_pt_lie_as_pytorch_maps_them(void **state)
{
    (void)state;
    enum { HEADER = 30, ALIGNMENT = 64 };
    const char *path = join_path(scratch, "mapped.pt");
    lk_tensors *set = every_type();
    assert_ok(lk_tensors_write_pt(set, path));
    size_t size, members = 0, tensors = lk_tensors_count(set);
    lk_tensors_close(set);
    unsigned char *bytes = slurp(path, &size);
    for (size_t at = 0; at + HEADER < size; at++) {
        if (memcmp(bytes + at, "PK\3\4", 4) != 0)
            continue;
        const unsigned char *h = bytes + at;
        size_t name = h[26] | (size_t)h[27] << 8, extra = h[28] | (size_t)h[29] << 8;
        const unsigned char *field = h + HEADER + name;
        assert_int_equal(h[8] | h[9], 0); /* stored, not packed */
        assert_int_equal((at + HEADER + name + extra) % ALIGNMENT, 0);
        while (memcmp(field, "FB", 2) != 0 && field + 4 < h + HEADER + name + extra)
            field += 4 + (field[2] | (size_t)field[3] << 8);
        assert_memory_equal(field, "FB", 2);
        assert_true(field + 4 + (field[2] | (size_t)field[3] << 8) == h + HEADER + name + extra);
        members++;
    }
    assert_true(members >= tensors);
    free(bytes);
}

/* The bytes of a small .pt file, with `from` replaced by `to` everywhere. */
static void pt_with(const char *from, const char *to, lk_status expected, const char *text)
{
    const char *path = join_path(scratch, "small.pt");
    lk_tensors *set;
    assert_ok(lk_tensors_create(&set));
    assert_ok(lk_tensors_add(set, "w", LK_F32, "0123456789ab", (size_t[]){3}, 1));
    assert_ok(lk_tensors_write_pt(set, path));
    lk_tensors_close(set);
    size_t size, length = strlen(from), found = 0;
    unsigned char *bytes = slurp(path, &size);
    assert_int_equal(length, strlen(to));
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(bytes + i, from, length) == 0) {
            memcpy(bytes + i, to, length);
            found++;
        }
    assert_true(found > 0);
    assert_fails(lk_tensors_open_bytes(&set, bytes, size, "x.pt"), expected, text);
    free(bytes);
}

static void changed_pt_files_are_refused(void **state)
{
    (void)state;
    pt_with("data.pkl", "date.pkl", LK_ERROR_FORMAT, "x.pt: is a zip file without data.pkl");
    pt_with("archive/data/0", "archive/data/1", LK_ERROR_FORMAT,
            "entry \"w\" has its data in storage \"0\", which is not there");
    pt_with("little", "bigger", LK_ERROR_UNSUPPORTED, "not little-endian");
    pt_with("FloatStorage", "QInt8Storage", LK_ERROR_UNSUPPORTED,
            "refuses to load global torch.QInt8Storage");
    pt_with("FloatStorage\n", "HalfStorage\n\n", LK_ERROR_UNSUPPORTED, "opcode 0x0a");
    pt_with("_rebuild_tensor_v2", "_rebuild_sparse_te", LK_ERROR_UNSUPPORTED,
            "refuses to load global torch._utils._rebuild_sparse_te");
}

/* A safetensors file of this header and `count` data bytes. */
static void refuses_header(const char *header, size_t count, lk_status status, const char *text)
{
    static unsigned char file[4096];
    size_t length = strlen(header);
    memset(file, 0, sizeof file);
    memcpy(file, &(uint64_t){length}, 8);
    memcpy(file + 8, header, length);
    lk_tensors *set;
    assert_fails(lk_tensors_open_bytes(&set, file, 8 + length + count, "x.safetensors"), status,
                 text);
}

static void lying_safetensors_are_refused(void **state)
{
    (void)state;
    refuses_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
                   LK_ERROR_FORMAT, "tensor \"a\" has 4 bytes");
    refuses_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4,
                   LK_ERROR_FORMAT, "lies at bytes 4 to 0");
    refuses_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4,
                   LK_ERROR_FORMAT, "cut short");
    refuses_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4,
                   LK_ERROR_FORMAT, "size 0 is not a number");
    refuses_header("{\"a\":{\"dtype\":\"F8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
                   LK_ERROR_UNSUPPORTED, "has the type F8");
    refuses_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],"
                   "\"data_offsets\":[0,0]}}",
                   0, LK_ERROR_FORMAT, "need another number");
    refuses_header("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                   "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}",
                   6, LK_ERROR_FORMAT, "overlapping tensors at data byte 2");
    refuses_header("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                   "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[5,9]}}",
                   9, LK_ERROR_FORMAT, "a hole between tensors at data byte 4");
    refuses_header("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 5,
                   LK_ERROR_FORMAT, "has 5 data bytes, its tensors take 4");
    refuses_header("{\"a\":1,\"a\":2}", 0, LK_ERROR_FORMAT, "duplicate object key");
    refuses_header("{\"a\":1}", 0, LK_ERROR_FORMAT, "tensor \"a\" is not an object");
    refuses_header("{\"a\":", 0, LK_ERROR_FORMAT, "is not JSON");
    lk_tensors *set;
    assert_fails(lk_tensors_open_bytes(&set, "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, "x"),
                 LK_ERROR_LIMIT, "header has 18446744073709551615 bytes");
    assert_fails(lk_tensors_open_bytes(&set, "\xff\0\0\0\0\0\0\0{}", 10, "x"), LK_ERROR_FORMAT,
                 "cut short");
}

static void npy_comes_back(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "a.npy");
    const size_t shapes[3][3] = {{2, 3, 4}, {24}, {0}};
    const size_t ranks[3] = {3, 1, 0};
    double data[24];
    for (int i = 0; i < 24; i++)
        data[i] = i * 0.5;
    for (int i = 0; i < 3; i++) {
        lk_tensors *set;
        assert_ok(lk_npy_write(path, LK_F64, data, shapes[i], ranks[i]));
        assert_ok(lk_npy_open(&set, path));
        const lk_tensor *array = lk_tensors_find(set, "");
        assert_int_equal(array->rank, ranks[i]);
        assert_int_equal(array->count, i < 2 ? 24 : 1);
        assert_memory_equal(array->shape, shapes[i], ranks[i] * sizeof(size_t));
        assert_memory_equal(array->data, data, array->count * sizeof *data);
        lk_tensors_close(set);
        size_t size;
        unsigned char *bytes = slurp(path, &size);
        assert_int_equal(size % 64, i < 2 ? 0 : 8); /* the header fills 64s */
        refuses_truncation(bytes, size, lk_npy_open_bytes);
        free(bytes);
    }
    assert_fails(lk_npy_write(path, LK_BF16, data, shapes[1], 1), LK_ERROR_UNSUPPORTED,
                 "has no type for bfloat16");
}

/* An .npy file of version 1 or 2 with this header and these bytes of data. */
static lk_status open_npy_with(lk_tensors **set, int version, const char *header, const void *data,
                               size_t count)
{
    static unsigned char file[1024];
    size_t length = strlen(header), start = version == 1 ? 10 : 12;
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (unsigned char)version;
    file[7] = 0;
    memcpy(file + 8, &(uint32_t){(uint32_t)length}, 4);
    memcpy(file + start, header, length);
    memcpy(file + start + length, data, count);
    return lk_npy_open_bytes(set, file, start + length + count, "x.npy");
}

static lk_status open_npy(lk_tensors **set, int version, const char *header, size_t count)
{
    unsigned char ones[64];
    memset(ones, 1, sizeof ones);
    return open_npy_with(set, version, header, ones, count);
}

/* Every kind of number that NumPy writes, in both byte orders. The second number
 * of each is the first backwards or so; the type is what it is read as. */
static void npy_has_numbers_of_every_kind(void **state)
{
    (void)state;
    static const struct {
        const char *descr, *data;
        size_t size;
        lk_dtype dtype;
        double values[2];
    } kinds[] = {
        {"<f2", "\0\x3c\0\xc1", 2, LK_F16, {1, -2.5}},
        {">f2", "\x3c\0\xc1\0", 2, LK_F16, {1, -2.5}},
        {">f4", "\x3f\x80\0\0\xc0\x20\0\0", 4, LK_F32, {1, -2.5}},
        {">f8", "\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", 8, LK_F64, {1, -2.5}},
        {"|i1", "\x7f\x80", 1, LK_F16, {127, -128}},
        {"|u1", "\x7f\x80", 1, LK_U8, {127, 128}},
        {"<i2", "\1\0\xfe\xff", 2, LK_I32, {1, -2}},
        {">i2", "\0\1\xff\xfe", 2, LK_I32, {1, -2}},
        {"<u2", "\1\0\xfe\xff", 2, LK_I32, {1, 65534}},
        {">u2", "\0\1\xff\xfe", 2, LK_I32, {1, 65534}},
        {">i4", "\0\0\0\1\xff\xff\xff\xfe", 4, LK_I32, {1, -2}},
        {"<u4", "\1\0\0\0\xfe\xff\xff\xff", 4, LK_I64, {1, 4294967294}},
        {">u4", "\0\0\0\1\xff\xff\xff\xfe", 4, LK_I64, {1, 4294967294}},
        {">i8", "\0\0\0\0\0\0\0\1\xff\xff\xff\xff\xff\xff\xff\xfe", 8, LK_I64, {1, -2}},
        {"<u8", "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80", 8, LK_F64, {1, 0x1p63}},
        {">u8", "\0\0\0\0\0\0\0\1\x80\0\0\0\0\0\0\0", 8, LK_F64, {1, 0x1p63}},
        {"|b1", "\1\0", 1, LK_BOOL, {1, 0}},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        lk_tensors *set;
        char header[128];
        double values[2];
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }",
                 kinds[i].descr);
        assert_ok(open_npy_with(&set, 1, header, kinds[i].data, 2 * kinds[i].size));
        const lk_tensor *array = lk_tensors_get(set, 0);
        assert_int_equal(array->dtype, kinds[i].dtype);
        lk_tensor_copy_f64(array, values);
        if (memcmp(values, kinds[i].values, sizeof values) != 0)
            fail_msg("%s: %g and %g", kinds[i].descr, values[0], values[1]);
        lk_tensors_close(set);
    }
}

/* Fortran order: the first axis is the fastest. The set is in C order. */
static void npy_in_fortran_order(void **state)
{
    (void)state;
    static const char *const descr[] = {"|u1", "|i1"}; /* as it is; converted */
    for (size_t i = 0; i < 2; i++) {
        lk_tensors *set;
        char header[128];
        double values[6];
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': True, 'shape': (2, 3), }",
                 descr[i]);
        assert_ok(open_npy_with(&set, 1, header, "\0\3\1\4\2\5", 6));
        const lk_tensor *array = lk_tensors_get(set, 0);
        assert_int_equal(array->shape[1], 3);
        lk_tensor_copy_f64(array, values);
        for (int k = 0; k < 6; k++)
            assert_true(values[k] == k);
        lk_tensors_close(set);
    }
    lk_tensors *set;
    assert_ok(open_npy(&set, 1, "{'descr': '>i2', 'fortran_order': True, 'shape': (0, 3), }", 0));
    assert_int_equal(lk_tensors_get(set, 0)->count, 0);
    lk_tensors_close(set);
}

static void strange_npy_headers(void **state)
{
    (void)state;
    lk_tensors *set;
    assert_ok(open_npy(&set, 2, "{\"shape\": (2,2), \"fortran_order\": False, 'descr':'|u1'}", 4));
    assert_int_equal(lk_tensors_get(set, 0)->count, 4);
    lk_tensors_close(set);
    assert_fails(open_npy(&set, 1, "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,), }", 4),
                 LK_ERROR_FORMAT, "neither True nor False");
    static const char *const strange[] = {"<c8", "<f16", "<U4", "f4", "<i3", "|V2", "=f4"};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        char header[128], text[64];
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (1,), }",
                 strange[i]);
        snprintf(text, sizeof text, "has the type '%s', expected floats", strange[i]);
        assert_fails(open_npy(&set, 1, header, 16), LK_ERROR_UNSUPPORTED, text);
    }
    assert_fails(open_npy(&set, 1, "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 4),
                 LK_ERROR_UNSUPPORTED, "has the type '|O'");
    assert_fails(open_npy(&set, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 4),
                 LK_ERROR_FORMAT, "has 4 bytes of data, its shape and type need 8");
    assert_fails(open_npy(&set, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1), }", 4),
                 LK_ERROR_FORMAT, "not a tuple of numbers");
    assert_fails(open_npy(&set, 1,
                          "{'descr': '<f4', 'fortran_order': False, "
                          "'shape': (9223372036854775807, 9223372036854775807), }",
                          4),
                 LK_ERROR_FORMAT, "size overflows");
    assert_fails(open_npy(&set, 1, "{'descr': '<f4', 'evil': False}", 4), LK_ERROR_FORMAT,
                 "unexpected key 'evil'");
    assert_fails(open_npy(&set, 1, "{'descr': '<f4'}", 4), LK_ERROR_FORMAT, "lacks");
    assert_fails(open_npy(&set, 9, "{}", 4), LK_ERROR_UNSUPPORTED, "version 9");
    assert_fails(lk_npy_open_bytes(&set, "PK\3\4", 4, "x.npy"), LK_ERROR_FORMAT,
                 "x.npy: is not an .npy file");
}

static void a_failed_write_leaves_nothing(void **state)
{
    (void)state;
    lk_tensors *set;
    assert_ok(lk_tensors_create(&set));
    assert_ok(lk_tensors_add(set, "\xff\xfe", LK_F32, "1234", (size_t[]){1}, 1));
    const char *path = join_path(scratch, "bad.safetensors");
    assert_fails(lk_tensors_write_safetensors(set, path), LK_ERROR_UNSUPPORTED, "not UTF-8?");
    assert_int_equal(access(path, F_OK), -1);
    assert_fails(lk_tensors_write_pt(set, "/proc/none/x.pt"), LK_ERROR_IO, "/proc/none");
    assert_fails(lk_tensors_write_pt(set, "-"), LK_ERROR_ARGUMENT, "standard output");
    lk_tensors_close(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pt_comes_back),
        cmocka_unit_test(members_of_a_pt_lie_as_pytorch_maps_them),
        cmocka_unit_test(a_pt_file_holds_so_many_tensors),
        cmocka_unit_test(safetensors_come_back),
        cmocka_unit_test(truncated_files_are_refused),
        cmocka_unit_test(changed_pt_files_are_refused),
        cmocka_unit_test(lying_safetensors_are_refused),
        cmocka_unit_test(npy_comes_back),
        cmocka_unit_test(npy_has_numbers_of_every_kind),
        cmocka_unit_test(npy_in_fortran_order),
        cmocka_unit_test(strange_npy_headers),
        cmocka_unit_test(a_failed_write_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
