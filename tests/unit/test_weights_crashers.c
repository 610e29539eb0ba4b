/* The kept hostile files of tests/crashers, opened by path: each is one line of
 * error that names the file and the reason. Made by tools/weight_samples.py. */
#include "support.h"

#include <likeness/weights.h>

typedef struct hostile {
    const char *file;
    lk_status status;
    const char *text; /* behind "PATH: " */
} hostile;

static const hostile FILES[] = {
    {"pt/os_system.pt", LK_ERROR_UNSUPPORTED,
     "refuses to load global os.system: only state dicts are read"},
    {"pt/eval.pt", LK_ERROR_UNSUPPORTED,
     "refuses to load global builtins.eval: only state dicts are read"},
    {"pt/stack_global.pt", LK_ERROR_UNSUPPORTED,
     "refuses to load global posix.system: only state dicts are read"},
    {"pt/system_zip.pt", LK_ERROR_UNSUPPORTED,
     "refuses to load global posix.system: only state dicts are read"},
    {"pt/instance.pt", LK_ERROR_UNSUPPORTED, "refuses the pickle opcode 0x69 at byte "},
    {"pt/new_object.pt", LK_ERROR_UNSUPPORTED, "refuses the pickle opcode 0x81 at byte "},
    {"pt/module.pt", LK_ERROR_UNSUPPORTED,
     "refuses to load global torch.nn.modules.linear.Linear: only state dicts are read"},
    {"pt/sparse.pt", LK_ERROR_UNSUPPORTED,
     "refuses to load global torch._utils._rebuild_sparse_tensor: only state dicts are read"},
    {"pt/complex.pt", LK_ERROR_UNSUPPORTED,
     "refuses to load global torch.ComplexFloatStorage: only state dicts are read"},
    {"pt/huge_memo.pt", LK_ERROR_LIMIT,
     "the pickle has a memo entry 2147483647, at most 1000000 are read"},
    {"pt/deep.pt", LK_ERROR_LIMIT, "the pickle is nested deeper than 256 levels"},
    {"pt/deep_tuples.pt", LK_ERROR_UNSUPPORTED, "holds a tuple, expected a state dict"},
    {"pt/itself.pt", LK_ERROR_UNSUPPORTED, "entry \"me\" is a dict, expected a tensor"},
    {"pt/long_string.pt", LK_ERROR_FORMAT, "is cut short: the pickle ends at byte "},
    {"pt/epoch.pt", LK_ERROR_UNSUPPORTED, "entry \"epoch\" is an integer, expected a tensor"},
    {"pt/truncated_legacy.pt", LK_ERROR_FORMAT, "is cut short: storage \""},
    {"pt/truncated_pickle.pt", LK_ERROR_FORMAT, "is cut short: the pickle ends at byte 200"},
    {"pt/truncated.pt", LK_ERROR_FORMAT, "has no zip directory at its end: cut short?"},
    {"pt/storage_lies.pt", LK_ERROR_FORMAT, "storage \""},
    {"pt/no_storage.pt", LK_ERROR_FORMAT,
     "entry \"conv.weight\" has its data in storage \"0\", which is not there"},
    {"pt/short_storage.pt", LK_ERROR_FORMAT,
     "entry \"conv.weight\" has its data in storage \"0\" of 20 bytes, expected 6 elements"},
    {"pt/expanded.pt", LK_ERROR_LIMIT, "the tensors would take more than 167"},
    {"pt/compressed.pt", LK_ERROR_UNSUPPORTED,
     "zip member \"plain/data.pkl\" is compressed, expected it stored as PyTorch does"},
    {"pt/bomb.pt", LK_ERROR_UNSUPPORTED, "zip member \"a/data.pkl\" is compressed"},
    {"pt/big_endian.pt", LK_ERROR_UNSUPPORTED, "its numbers are not little-endian"},
    {"pt/photographs.pt", LK_ERROR_FORMAT, "is a zip file without data.pkl"},
    {"pt/empty.pt", LK_ERROR_FORMAT, "is empty"},
    {"pt/text.pt", LK_ERROR_FORMAT, "is an HTML page, as a server sends in place of a file"},
    {"safetensors/overlap.safetensors", LK_ERROR_FORMAT, "has overlapping tensors at data byte 4"},
    {"safetensors/hole.safetensors", LK_ERROR_FORMAT, "has a hole between tensors at data byte 8"},
    {"safetensors/beyond.safetensors", LK_ERROR_FORMAT,
     "tensor \"a\" lies at bytes 0 to 4000, the file has 12: cut short?"},
    {"safetensors/huge_header.safetensors", LK_ERROR_LIMIT,
     "says that its header has 4611686018427387904 bytes"},
    {"safetensors/long_header.safetensors", LK_ERROR_FORMAT,
     "is cut short: its header has 4000 bytes"},
    {"safetensors/overflow.safetensors", LK_ERROR_FORMAT, "tensor \"a\" has 0 bytes, its shape"},
    {"safetensors/twice.safetensors", LK_ERROR_FORMAT, "its header is not JSON: duplicate"},
    {"safetensors/deep.safetensors", LK_ERROR_FORMAT, "its header is not JSON: maximum parsing"},
    {"safetensors/float8.safetensors", LK_ERROR_UNSUPPORTED, "tensor \"a\" has the type F8_E4M3"},
    {"npy/object.npy", LK_ERROR_UNSUPPORTED, "has the type '|O', expected floats"},
    {"npy/complex.npy", LK_ERROR_UNSUPPORTED, "has the type '<c8', expected floats"},
    {"npy/short.npy", LK_ERROR_FORMAT, "has 16 bytes of data, its shape and type need 20"},
    {"npy/huge.npy", LK_ERROR_FORMAT, "'shape' is not a tuple of numbers"},
    {"npy/overflow.npy", LK_ERROR_FORMAT, "its size overflows"},
    {"npy/code.npy", LK_ERROR_UNSUPPORTED, "'descr' is not a simple type"},
    {"npy/header_beyond.npy", LK_ERROR_LIMIT, "has a header of 4294967295 bytes"},
};

static const char *crasher(const char *file)
{
    char relative[256];
    snprintf(relative, sizeof relative, "crashers/%s", file);
    return test_file(relative);
}

static void hostile_files_are_named_with_their_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        const char *path = crasher(FILES[i].file);
        char expected[5000];
        snprintf(expected, sizeof expected, "%s: %s", path, FILES[i].text);
        lk_tensors *set = NULL;
        lk_status status = strncmp(FILES[i].file, "npy/", 4) == 0 ? lk_npy_open(&set, path)
                                                                  : lk_tensors_open(&set, path);
        if (status != FILES[i].status)
            fail_msg("%s: status %d, expected %d", FILES[i].file, status, FILES[i].status);
        if (strncmp(lk_error_text(), expected, strlen(expected)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", lk_error_text(), expected);
        assert_null(set);
    }
}

/* Files that open, and whose weights are not what a network asks for. */
static const hostile WEIGHTS[] = {
    {"pt/renamed.pt", LK_ERROR_MISSING, "has no tensor \"conv.weight\" among its 1"},
    {"pt/shape.pt", LK_ERROR_SHAPE, "tensor \"conv.weight\" has the shape [3,2], expected [2,3]"},
    {"pt/nan.pt", LK_ERROR_NUMBER,
     "tensor \"conv.weight\" has nan at element 0, expected finite numbers"},
    {"pt/nan_legacy.pt", LK_ERROR_NUMBER, "tensor \"conv.weight\" has nan at element 0"},
    {"safetensors/nan.safetensors", LK_ERROR_NUMBER, "tensor \"conv.weight\" has "},
};

static void weights_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof WEIGHTS / sizeof *WEIGHTS; i++) {
        const char *path = crasher(WEIGHTS[i].file);
        lk_tensors *set;
        float out[6];
        assert_ok(lk_tensors_open(&set, path));
        assert_fails(lk_tensors_load_f32(set, "conv.weight", (size_t[]){2, 3}, 2, out),
                     WEIGHTS[i].status, WEIGHTS[i].text);
        assert_int_equal(strncmp(lk_error_text(), path, strlen(path)), 0);
        lk_tensors_close(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_files_are_named_with_their_reason),
        cmocka_unit_test(weights_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
