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

/* What a predictor of five points is made of, and what is wrong with it. */
typedef struct dlib_predictor_size {
    size_t cascades, trees, splits, values;
    size_t rows;          /* of shapes: 10 */
    size_t more_leaves;   /* than splits + 1 */
    size_t more_splits;   /* in the last tree */
    size_t more_deltas;   /* than anchors */
    bool anchor, split;   /* the first one of these lies one beyond the last */
    bool one_place, huge; /* the first shape's points; numbers of leaves */
} dlib_predictor_size;

/* A predictor of that size with made-up numbers. */
void dlib_make_predictor(dlib_file *file, const dlib_predictor_size *size);

/* A whole face recognition network. */
void dlib_make_network(dlib_file *file);
/* Number `index` of the tensor of that layer ("stem.conv"), as it lies in the file. */
float dlib_number(const char *layer, size_t index, size_t fan_in);
void dlib_clear(dlib_file *file);

#endif
