/* State dicts in PyTorch's older format, built byte by byte. */
#ifndef LK_TESTS_PT_FILE_H
#define LK_TESTS_PT_FILE_H

#include "support.h"

#include <likeness/weights.h>

#include "weights/tensors.h"

/* A file in the making. */
typedef struct bytes {
    unsigned char data[65536];
    size_t size;
} bytes;

static inline void put(bytes *b, const void *data, size_t size)
{
    assert_true(b->size + size <= sizeof b->data);
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

/* A string literal with its zero bytes, without the last one. */
#define PUT(b, literal) put((b), (literal), sizeof(literal) - 1)

static inline void put_number(bytes *b, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = i < sizeof number ? (unsigned char)(number >> (8 * i)) : 0;
        put(b, &byte, 1);
    }
}

static inline void put_string(bytes *b, const char *text)
{
    PUT(b, "X");
    put_number(b, strlen(text), 4);
    put(b, text, strlen(text));
}

/* Bytes of a whole number in a pickle of its own length; 0: as "J" has it, four. */
static size_t long_bytes;

static inline void put_int(bytes *b, int32_t number)
{
    if (long_bytes == 0) {
        PUT(b, "J");
        put_number(b, (uint32_t)number, 4);
        return;
    }
    PUT(b, "\x8a");
    put_number(b, long_bytes, 1);
    put_number(b, (uint64_t)(int64_t)number, long_bytes);
}

/* The three pickles in front of the state dict. */
static inline void put_head(bytes *b)
{
    PUT(b, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.");
    PUT(b, "\x80\x02M\xe9\x03.");
    PUT(b, "\x80\x02}");
    put_string(b, "little_endian");
    PUT(b, "\x88s.");
}

static inline void put_tuple(bytes *b, const int32_t *numbers, size_t count)
{
    PUT(b, "(");
    for (size_t i = 0; i < count; i++)
        put_int(b, numbers[i]);
    PUT(b, "t");
}

typedef struct tensor_text {
    const char *name, *type, *key;
    int32_t storage_count, offset;
    size_t rank;
    int32_t shape[9], strides[9];
} tensor_text;

/* key, value of a dict. */
static inline void put_tensor(bytes *b, const tensor_text *t)
{
    put_string(b, t->name);
    PUT(b, "ctorch._utils\n_rebuild_tensor_v2\n((");
    put_string(b, "storage");
    PUT(b, "ctorch\n");
    put(b, t->type, strlen(t->type));
    PUT(b, "\n");
    put_string(b, t->key);
    put_string(b, "cpu");
    put_int(b, t->storage_count);
    PUT(b, "NtQ");
    put_int(b, t->offset);
    put_tuple(b, t->shape, t->rank);
    put_tuple(b, t->strides, t->rank);
    PUT(b, "\x89"
           "ccollections\nOrderedDict\n)RtR");
}

static inline void put_keys(bytes *b, const char *key)
{
    PUT(b, "\x80\x02]");
    put_string(b, key);
    PUT(b, "a.");
}

/* A file with one tensor whose storage holds 0, 1, 2, ... as float32. */
static inline bytes *file_with(const tensor_text *t, size_t stored)
{
    static bytes file;
    file.size = 0;
    put_head(&file);
    PUT(&file, "\x80\x02}(");
    put_tensor(&file, t);
    PUT(&file, "u.");
    put_keys(&file, t->key);
    put_number(&file, stored, 8);
    for (size_t i = 0; i < stored; i++)
        put(&file, &(float){(float)i}, sizeof(float));
    return &file;
}

static inline bytes *file_with_pickle(const char *pickle, size_t size)
{
    static bytes file;
    file.size = 0;
    put_head(&file);
    put(&file, pickle, size);
    return &file;
}

#define PICKLE(literal) file_with_pickle((literal), sizeof(literal) - 1)

static inline lk_status open_file(lk_tensors **out, const bytes *b)
{
    /* A copy of just the size, so that the sanitizer sees a read beyond it. */
    static unsigned char *copy;
    free(copy);
    copy = malloc(b->size ? b->size : 1);
    memcpy(copy, b->data, b->size);
    return lk_tensors_open_bytes(out, copy, b->size, "x.pt");
}

static inline void refuses(const bytes *b, lk_status status, const char *text)
{
    lk_tensors *untouched = (lk_tensors *)b, *set = untouched;
    assert_fails(open_file(&set, b), status, text);
    assert_ptr_equal(set, untouched);
    assert_int_equal(strncmp(lk_error_text(), "x.pt: ", 6), 0);
}

static const tensor_text PLAIN = {.name = "w",
                                  .type = "FloatStorage",
                                  .key = "10",
                                  .storage_count = 12,
                                  .rank = 2,
                                  .shape = {3, 4},
                                  .strides = {4, 1}};

#endif
