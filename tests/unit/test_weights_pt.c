/* State dicts in PyTorch's formats, built byte by byte: what is read, and what
 * is refused with which words. */
#include "pt_file.h"

static void a_contiguous_tensor_is_read_in_place(void **state)
{
    (void)state;
    lk_tensors *set;
    assert_ok(open_file(&set, file_with(&PLAIN, 12)));
    const lk_tensor *w = lk_tensors_find(set, "w");
    assert_non_null(w);
    assert_int_equal(w->rank, 2);
    assert_int_equal(w->shape[1], 4);
    assert_true(lk_tensor_sum(w) == 66.0);
    assert_null(set->entries[0].owned);
    lk_tensors_close(set);
}

/* Numbers are two's complement of as many bytes as are said. */
static void numbers_of_any_length_are_read(void **state)
{
    (void)state;
    for (long_bytes = 1; long_bytes <= 9; long_bytes++) {
        lk_tensors *set;
        tensor_text t = PLAIN;
        if (long_bytes == 9) {
            refuses(file_with(&t, 12), LK_ERROR_UNSUPPORTED, "an integer of 9 bytes");
            continue;
        }
        assert_ok(open_file(&set, file_with(&t, 12)));
        const lk_tensor *w = lk_tensors_find(set, "w");
        assert_true(w && w->shape[0] == 3 && w->shape[1] == 4 && lk_tensor_sum(w) == 66);
        lk_tensors_close(set);
        t.offset = -100;
        refuses(file_with(&t, 12), LK_ERROR_FORMAT, "starts at the negative element -100");
        t.offset = 127; /* the largest of a byte, and no sign */
        refuses(file_with(&t, 12), LK_ERROR_FORMAT, "reaches beyond");
    }
    long_bytes = 0;
}

static void a_strided_view_is_made_contiguous(void **state)
{
    (void)state;
    tensor_text t = PLAIN; /* columns 1 to 3 of the transposed 3 x 4 */
    t.offset = 1;
    t.shape[0] = 3, t.shape[1] = 3;
    t.strides[0] = 1, t.strides[1] = 4;
    lk_tensors *set;
    assert_ok(open_file(&set, file_with(&t, 12)));
    float out[9];
    assert_ok(lk_tensors_load_f32(set, "w", (size_t[]){3, 3}, 2, out));
    const float expected[9] = {1, 5, 9, 2, 6, 10, 3, 7, 11};
    assert_memory_equal(out, expected, sizeof out);
    lk_tensors_close(set);
}

static void views_beyond_their_storage_are_refused(void **state)
{
    (void)state;
    tensor_text t = PLAIN;
    t.offset = 1;
    refuses(file_with(&t, 12), LK_ERROR_FORMAT, "reaches beyond the 12 elements of its storage");
    t.offset = -1;
    refuses(file_with(&t, 12), LK_ERROR_FORMAT, "starts at the negative element -1");
    t = PLAIN;
    t.strides[0] = INT32_MAX;
    refuses(file_with(&t, 12), LK_ERROR_FORMAT, "reaches beyond");
    t = PLAIN;
    t.shape[0] = -3;
    refuses(file_with(&t, 12), LK_ERROR_FORMAT, "size 0 is not a number of zero or more");
    t = PLAIN;
    t.rank = 9;
    refuses(file_with(&t, 12), LK_ERROR_UNSUPPORTED, "has 9 axes, at most 8 are read");
}

static void storages_that_lie_about_their_size_are_refused(void **state)
{
    (void)state;
    refuses(file_with(&PLAIN, 11), LK_ERROR_FORMAT, "has 11 elements, its tensor expects 12");
    tensor_text t = PLAIN;
    t.storage_count = INT32_MAX;
    bytes *b = file_with(&t, 12);
    refuses(b, LK_ERROR_FORMAT, "has 12 elements, its tensor expects 2147483647");
    memcpy(b->data + b->size - 12 * 4 - 8, &(int64_t){INT32_MAX}, 8);
    refuses(b, LK_ERROR_FORMAT, "only 48 bytes are left");
    t = PLAIN;
    t.storage_count = -1;
    refuses(file_with(&t, 12), LK_ERROR_FORMAT, "has -1 elements");
}

static void expansion_by_stride_zero_is_bounded(void **state)
{
    (void)state;
    tensor_text t = PLAIN;
    t.shape[0] = 1 << 20, t.shape[1] = 1 << 10;
    t.strides[0] = 0, t.strides[1] = 0;
    refuses(file_with(&t, 12), LK_ERROR_LIMIT, "the tensors would take more than 16");
    t.shape[0] = INT32_MAX, t.shape[1] = INT32_MAX, t.rank = 3, t.shape[2] = INT32_MAX;
    refuses(file_with(&t, 12), LK_ERROR_FORMAT, "its size overflows");
    t.rank = 2, t.shape[0] = 100, t.shape[1] = 3;
    lk_tensors *set;
    assert_ok(open_file(&set, file_with(&t, 12)));
    assert_int_equal(lk_tensors_get(set, 0)->count, 300);
    lk_tensors_close(set);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    bytes *b = file_with(&PLAIN, 12);
    for (size_t size = b->size; size-- > 0;) {
        b->size = size;
        lk_tensors *set = NULL;
        assert_int_not_equal(open_file(&set, b), LK_OK);
        assert_null(set);
    }
}

static void code_is_refused_by_name(void **state)
{
    (void)state;
    refuses(PICKLE("\x80\x02"
                   "cos\nsystem\nX\x02\0\0\0ls\x85R."),
            LK_ERROR_UNSUPPORTED,
            "x.pt: refuses to load global os.system: only state dicts are read");
    refuses(PICKLE("\x80\x02"
                   "cbuiltins\neval\nX\x01\0\0\0"
                   "1\x85R."),
            LK_ERROR_UNSUPPORTED, "refuses to load global builtins.eval");
    refuses(PICKLE("\x80\x04\x8c\x05posix\x8c\x06system\x93)R."), LK_ERROR_UNSUPPORTED,
            "refuses to load global posix.system");
    refuses(PICKLE("\x80\x02(ios\nsystem\n."), LK_ERROR_UNSUPPORTED,
            "refuses the pickle opcode 0x69 at byte");
    refuses(PICKLE("\x80\x02"
                   "ctorch\nFloatStorage\n)R."),
            LK_ERROR_UNSUPPORTED, "calls a storage class");
    refuses(PICKLE("\x80\x02})R."), LK_ERROR_FORMAT, "calls a dict with a tuple");
}

static void broken_stacks_are_refused(void **state)
{
    (void)state;
    refuses(PICKLE("\x80\x02t."), LK_ERROR_FORMAT, "no mark");
    refuses(PICKLE("\x80\x02R."), LK_ERROR_FORMAT, "stack is empty");
    refuses(PICKLE("\x80\x02}(K\x01s."), LK_ERROR_FORMAT, "stack is empty");
    refuses(PICKLE("\x80\x02}(K\x01u."), LK_ERROR_FORMAT, "key without a value");
    refuses(PICKLE("\x80\x02K\x01(K\x01K\x01u."), LK_ERROR_FORMAT, "not a dict");
    refuses(PICKLE("\x80\x02h\x05."), LK_ERROR_FORMAT, "memo entry 5, which is not there");
    refuses(PICKLE("\x80\x02}r\xff\xff\xff\x7f."), LK_ERROR_LIMIT, "memo entry 2147483647");
    refuses(PICKLE("\x80\x02}}."), LK_ERROR_FORMAT, "stops with 2 values");
    refuses(PICKLE("\x80\x02X\xff\xff\xff\xff."), LK_ERROR_FORMAT, "cut short");
    refuses(PICKLE("\x80\x02Q."), LK_ERROR_FORMAT, "stack is empty");
    refuses(PICKLE("\x80\x02K\x01Q."), LK_ERROR_FORMAT, "a persistent id is not");
    refuses(PICKLE("\x80\x09."), LK_ERROR_UNSUPPORTED, "protocol 9");
}

static void deep_nesting_and_endless_pushing_are_refused(void **state)
{
    (void)state;
    char marks[1000];
    memset(marks, '(', sizeof marks);
    refuses(file_with_pickle(marks, sizeof marks), LK_ERROR_LIMIT, "nested deeper than 256");
    size_t size = 3u << 20;
    char *nones = malloc(size);
    memset(nones, 'N', size);
    bytes *head = PICKLE("");
    memcpy(nones, head->data, head->size);
    lk_tensors *set;
    assert_fails(lk_tensors_open_bytes(&set, nones, size, "x.pt"), LK_ERROR_LIMIT,
                 "more than 1000000 values");
    free(nones);
}

static void what_is_no_state_dict_is_refused(void **state)
{
    (void)state;
    refuses(PICKLE("\x80\x02K\x07.\x80\x02]."), LK_ERROR_UNSUPPORTED,
            "holds an integer, expected a state dict");
    refuses(PICKLE("\x80\x02}X\x05\0\0\0epochK\x03s.\x80\x02]."), LK_ERROR_UNSUPPORTED,
            "entry \"epoch\" is an integer, expected a tensor");
    refuses(PICKLE("\x80\x02}K\x05K\x03s.\x80\x02]."), LK_ERROR_FORMAT, "expected a string");
    refuses(PICKLE("\x80\x02}.\x80\x02}."), LK_ERROR_FORMAT, "the storage keys are a dict");
    refuses(PICKLE("\x80\x02}.\x80\x02]X\x01\0\0\0za."), LK_ERROR_FORMAT,
            "storage \"z\" has data but is of no tensor");
    lk_tensors *set;
    assert_fails(lk_tensors_open_bytes(&set, "\xff\xd8\xff", 3, "x.pt"), LK_ERROR_FORMAT,
                 "x.pt: is neither a PyTorch .pt nor a safetensors file");
    assert_ok(open_file(&set, PICKLE("\x80\x02}.\x80\x02].")));
    assert_int_equal(lk_tensors_count(set), 0);
    lk_tensors_close(set);
}

/* {"state_dict": {...}, "epoch": 3}, and the same name twice. */
static void a_wrapped_state_dict_is_read(void **state)
{
    (void)state;
    static bytes b;
    put_head(&b);
    PUT(&b, "\x80\x02}(");
    put_string(&b, "state_dict");
    PUT(&b, "}(");
    put_tensor(&b, &PLAIN);
    PUT(&b, "u");
    put_string(&b, "epoch");
    put_int(&b, 3);
    PUT(&b, "u.");
    put_keys(&b, "10");
    put_number(&b, 12, 8);
    for (int i = 0; i < 12; i++)
        put(&b, &(float){1}, sizeof(float));
    lk_tensors *set;
    assert_ok(open_file(&set, &b));
    assert_int_equal(lk_tensors_count(set), 1);
    assert_true(lk_tensor_sum(lk_tensors_find(set, "w")) == 12.0);
    lk_tensors_close(set);
}

static void names_must_be_unique_and_reasonable(void **state)
{
    (void)state;
    static bytes b;
    put_head(&b);
    PUT(&b, "\x80\x02}(");
    put_tensor(&b, &PLAIN);
    put_tensor(&b, &PLAIN);
    PUT(&b, "u.");
    put_keys(&b, "10");
    put_number(&b, 12, 8);
    for (int i = 0; i < 12; i++)
        put(&b, &(float){1}, sizeof(float));
    refuses(&b, LK_ERROR_FORMAT, "two tensors have the name \"w\"");
    char name[1500];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    tensor_text t = PLAIN;
    t.name = name;
    refuses(file_with(&t, 12), LK_ERROR_LIMIT, "name has 1499 bytes, at most 1000");
}

static bytes *corpus_file(const char *name)
{
    static bytes b;
    char relative[100];
    snprintf(relative, sizeof relative, "fuzz/corpus/pt/%s", name);
    FILE *file = fopen(test_file(relative), "rb");
    assert_non_null(file);
    b.size = fread(b.data, 1, sizeof b.data, file);
    fclose(file);
    return &b;
}

/* Adds to the four bytes at `at` behind each of the zip's records of one kind. */
static void move_offsets(bytes *b, const char *record, size_t at, unsigned char by)
{
    for (size_t i = 0; i + at + 4 <= b->size; i++)
        if (memcmp(b->data + i, record, 4) == 0) {
            unsigned low = b->data[i + at] + by;
            b->data[i + at] = (unsigned char)low;
            b->data[i + at + 1] = (unsigned char)(b->data[i + at + 1] + (low >> 8));
        }
}

/* A zip archive behind bytes of its own, which all its offsets count in. */
static bytes *shifted_archive(unsigned char by)
{
    bytes *b = corpus_file("plain.pt");
    memmove(b->data + by, b->data, b->size);
    memset(b->data, 0, by);
    memcpy(b->data, "PK\3\4", 4);
    b->size += by;
    move_offsets(b, "PK\1\2", 42, by);
    move_offsets(b, "PK\5\6", 16, by);
    move_offsets(b, "PK\6\6", 48, by);
    move_offsets(b, "PK\6\7", 8, by);
    return b;
}

/* torch.save writes none of these: whatever they are, they are not the weights'. */
static void bytes_around_a_state_dict_are_refused(void **state)
{
    (void)state;
    lk_tensors *set;
    bytes *b = file_with(&PLAIN, 12);
    PUT(b, "\0");
    refuses(b, LK_ERROR_FORMAT, "has 1 bytes after its last storage, expected its end");
    b = corpus_file("plain_legacy.pt");
    assert_ok(open_file(&set, b));
    lk_tensors_close(set);
    PUT(b, "more");
    refuses(b, LK_ERROR_FORMAT, "has 4 bytes after its last storage, expected its end");

    b = corpus_file("plain.pt");
    assert_ok(open_file(&set, b));
    lk_tensors_close(set);
    size_t whole = b->size;
    PUT(b, "more");
    refuses(b, LK_ERROR_FORMAT, "does not end with its zip directory");
    b->data[whole - 2] = 4; /* the same bytes as the archive's comment */
    refuses(b, LK_ERROR_FORMAT, "does not end with its zip directory");
    b = corpus_file("plain.pt");
    put(b, b->data, whole); /* an archive behind an archive */
    refuses(b, LK_ERROR_FORMAT, "its zip directory is not where its end says");
    refuses(shifted_archive(64), LK_ERROR_FORMAT,
            "begins with bytes that are not in its zip directory");
    b = corpus_file("plain.pt");
    unsigned char *last = memmem(b->data, b->size, "q\x15u.", 4);
    assert_non_null(last);
    memcpy(last, "u.", 2); /* in the place of a put, which nothing needs */
    refuses(b, LK_ERROR_FORMAT, "has 2 bytes after its pickle, expected the end of data.pkl");
}

static void keys_and_steps_are_limited(void **state)
{
    (void)state;
    lk_tensors *set;
    char key[257];
    tensor_text t = PLAIN;
    memset(key, '1', sizeof key);
    key[255] = '\0';
    t.key = key;
    assert_ok(open_file(&set, file_with(&t, 12)));
    lk_tensors_close(set);
    key[255] = '1';
    key[256] = '\0';
    refuses(file_with(&t, 12), LK_ERROR_LIMIT,
            "the name of a storage has 256 bytes, at most 255 are read");

    const size_t steps = 8000001, size = 72 + 2 * steps;
    const bytes *head = PICKLE("\x80\x02N");
    unsigned char *puts = malloc(size);
    memcpy(puts, head->data, head->size);
    for (size_t i = head->size; i + 1 < size; i += 2)
        memcpy(puts + i, "q", 2);
    assert_fails(lk_tensors_open_bytes(&set, puts, size, "x.pt"), LK_ERROR_LIMIT,
                 "x.pt: the pickle has more than 8000000 steps");
    free(puts);
}

/* One long name, to which many entries of the dict refer. */
static void names_take_no_more_than_the_file(void **state)
{
    (void)state;
    bytes *b = PICKLE("\x80\x02}(");
    char name[1001];
    memset(name, 'n', 1000);
    name[1000] = '\0';
    put_tensor(b, &PLAIN);
    PUT(b, "q\1");
    put_string(b, name);
    PUT(b, "q\0h\1h\0h\1h\0h\1u.");
    put_keys(b, "10");
    put_number(b, 12, 8);
    for (int i = 0; i < 12; i++)
        put(b, &(float){1}, sizeof(float));
    refuses(b, LK_ERROR_FORMAT, "the names of the tensors take more than the ");
}

static void missing_and_strange_files_are_named(void **state)
{
    (void)state;
    lk_tensors *set;
    assert_fails(lk_tensors_open(&set, "/nonexistent/w.pt"), LK_ERROR_IO,
                 "/nonexistent/w.pt: No such file or directory");
    assert_fails(lk_tensors_open(&set, "/tmp"), LK_ERROR_IO,
                 "/tmp: is a directory, expected a file");
    assert_fails(lk_tensors_open(&set, "/dev/null"), LK_ERROR_IO, "/dev/null: is a device");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_contiguous_tensor_is_read_in_place),
        cmocka_unit_test(numbers_of_any_length_are_read),
        cmocka_unit_test(a_strided_view_is_made_contiguous),
        cmocka_unit_test(views_beyond_their_storage_are_refused),
        cmocka_unit_test(storages_that_lie_about_their_size_are_refused),
        cmocka_unit_test(expansion_by_stride_zero_is_bounded),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(code_is_refused_by_name),
        cmocka_unit_test(broken_stacks_are_refused),
        cmocka_unit_test(deep_nesting_and_endless_pushing_are_refused),
        cmocka_unit_test(what_is_no_state_dict_is_refused),
        cmocka_unit_test(a_wrapped_state_dict_is_read),
        cmocka_unit_test(names_must_be_unique_and_reasonable),
        cmocka_unit_test(bytes_around_a_state_dict_are_refused),
        cmocka_unit_test(keys_and_steps_are_limited),
        cmocka_unit_test(names_take_no_more_than_the_file),
        cmocka_unit_test(missing_and_strange_files_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
