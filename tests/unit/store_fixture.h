/* What the tests of the store share: a store in an empty folder, a mirror on the
 * loopback interface, files and archives of known bytes. */
#ifndef LK_TESTS_STORE_FIXTURE_H
#define LK_TESTS_STORE_FIXTURE_H

#include <minizip/zip.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loopback.h"
#include "support.h"

#include <likeness/files.h>
#include <likeness/store.h>
#include <likeness/weights.h>

#include "weights/download.h"
#include "weights/store.h"

#define WEIGHTS "20180402-114759-vggface2.pt"

static char scratch[] = "/tmp/likeness-store-XXXXXX";
static char store[256];
static loopback server;
static unsigned char *weights;
static size_t weights_size;

static inline unsigned char *slurp(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size + 1);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    bytes[*size] = '\0';
    fclose(file);
    return bytes;
}

static inline void spill(const char *path, const void *bytes, size_t size)
{
    lk_output *output;
    assert_ok(lk_output_open(&output, path));
    lk_output_write(output, bytes, size);
    assert_ok(lk_output_commit(output));
}

static inline void make_weights(void)
{
    static float values[5000];
    for (size_t i = 0; i < 5000; i++)
        values[i] = (float)i;
    const char *path = join_path(scratch, "made.pt");
    lk_tensors *set;
    assert_ok(lk_tensors_create(&set));
    assert_ok(lk_tensors_add(set, "w", LK_F32, values, (size_t[]){5000}, 1));
    assert_ok(lk_tensors_write_pt(set, path));
    lk_tensors_close(set);
    weights = slurp(path, &weights_size);
}

static inline int begin(void **state)
{
    (void)state;
    if (!mkdtemp(scratch))
        return -1;
    snprintf(store, sizeof store, "%s/likeness", scratch);
    setenv("XDG_CACHE_HOME", scratch, 1);
    setenv("HOME", scratch, 1);
    setenv("NO_PROXY", "127.0.0.1", 1);
    setenv("no_proxy", "127.0.0.1", 1);
    unsetenv("TORCH_HOME");
    setenv("LIKENESS_MIRROR_UNPINNED", "1", 1); /* no weights here are the published ones */
    make_weights();
    loopback_start(&server);
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    loopback_stop(&server);
    lk_remove_tree(scratch);
    free(weights);
    return 0;
}

/* An empty store, a server that has the weights, and little patience with it. */
static inline int fresh(void **state)
{
    (void)state;
    lk_remove_tree(store);
    unsetenv("TORCH_HOME");
    server.body = weights;
    server.size = weights_size;
    server.before = 0;
    server.tag = "\"one\"";
    server.dates = NULL;
    lk_download_patience =
        (lk_patience){.stall_seconds = 1, .tries = 3, .first_wait = 1, .most_wait = 3000};
    return 0;
}

static inline void use_mirror(const char *path)
{
    char address[128];
    snprintf(address, sizeof address, "http://127.0.0.1:%u/%s", server.port, path);
    setenv("LIKENESS_MIRROR", address, 1);
}

static inline void play(loopback_script script)
{
    use_mirror("play");
    server.played = 0;
    server.script = script;
}

/* The mirror answers in these ways, one a request, and goes on in the last. Its address
 * stays the same. */
#define PLAY(...) play((loopback_script){{__VA_ARGS__}})

static inline void pulls(const char *name, const char *place)
{
    char *path;
    assert_ok(lk_store_pull(&path, name, NULL, NULL, NULL));
    assert_string_equal(path, join_path(store, place));
    lk_free(path);
    assert_ok(lk_store_find(&path, name));
    assert_string_equal(path, join_path(store, place));
    lk_free(path);
}

static inline void pull_fails(const char *name, lk_status status, const char *text)
{
    char *untouched = store, *path = untouched;
    assert_fails(lk_store_pull(&path, name, NULL, NULL, NULL), status, text);
    assert_ptr_equal(path, untouched);
}

static inline void assert_whole(const char *place)
{
    size_t size;
    unsigned char *bytes = slurp(join_path(store, place), &size);
    assert_int_equal(size, weights_size);
    assert_memory_equal(bytes, weights, size);
    free(bytes);
}

static inline bool is_there(const char *place)
{
    return access(join_path(store, place), F_OK) == 0;
}

/* Adds an entry to an open zip file. */
static inline void add_bytes_to_zip(zipFile zip, const char *name, unsigned long mode,
                                    const void *bytes, size_t size)
{
    const zip_fileinfo info = {.external_fa = mode << 16};
    assert_int_equal(zipOpenNewFileInZip4_64(zip, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED,
                                             9, 0, -MAX_WBITS, DEF_MEM_LEVEL, 0, NULL, 0, 3 << 8, 0,
                                             0),
                     ZIP_OK);
    assert_int_equal(zipWriteInFileInZip(zip, bytes, (unsigned)size), ZIP_OK);
    assert_int_equal(zipCloseFileInZip(zip), ZIP_OK);
}

/* Likewise, of zeros. */
static inline void add_to_zip(zipFile zip, const char *name, unsigned long mode, size_t size)
{
    unsigned char *zeros = calloc(size + 1, 1);
    add_bytes_to_zip(zip, name, mode, zeros, size);
    free(zeros);
}

/* A zip file of small files with these names; NULL ends them. */
static inline void make_zip_of(const char *path, const char *const *names)
{
    zipFile zip = zipOpen64(path, APPEND_STATUS_CREATE);
    for (; *names; names++)
        add_to_zip(zip, *names, S_IFREG | 0644, 300);
    assert_int_equal(zipClose(zip, NULL), ZIP_OK);
}

static inline void make_zip(const char *path, const char *name, unsigned long mode, size_t size)
{
    zipFile zip = zipOpen64(path, APPEND_STATUS_CREATE);
    add_to_zip(zip, name, mode, size);
    assert_int_equal(zipClose(zip, NULL), ZIP_OK);
}

#endif
