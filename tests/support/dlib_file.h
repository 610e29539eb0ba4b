/* dlib's files as the tests make them: the published architecture with made-up numbers. */
#ifndef LK_TESTS_DLIB_FILE_H
#define LK_TESTS_DLIB_FILE_H

#include "base/buffer.h"

/* A file under construction. `ends` are the offsets at which fields end. */
typedef struct dlib_file {
    lk_buffer bytes;
    size_t *ends;
    size_t end_count, end_capacity;
    bool newer; /* the layers' newer versions */
} dlib_file;

void dlib_int(dlib_file *file, int64_t value);
void dlib_bool(dlib_file *file, bool value);
void dlib_string(dlib_file *file, const char *text);
void dlib_float(dlib_file *file, float value);
void dlib_shape(dlib_file *file, int version, const size_t shape[4]);

/* A whole face recognition network. */
void dlib_make_network(dlib_file *file);
/* Number `index` of the tensor of that layer ("stem.conv"), as it lies in the file. */
float dlib_number(const char *layer, size_t index, size_t fan_in);
void dlib_clear(dlib_file *file);

#endif
