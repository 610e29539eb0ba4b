/* The inside of lk_tensors, for the readers of each file format. */
#ifndef LK_WEIGHTS_TENSORS_H
#define LK_WEIGHTS_TENSORS_H

#include <likeness/weights.h>

#include "weights/mapping.h"

enum {
    LK_MAX_TENSORS = 100000,     /* in a file; the largest published models have thousands */
    LK_MAX_TENSOR_NAME = 1000,   /* bytes */
    LK_EXPANSION_SLACK = 1 << 24 /* bytes, see lk_tensors_append */
};

typedef struct lk_tensor_entry {
    lk_tensor tensor;
    void *owned; /* the data, when they do not lie in the mapping; else NULL */
} lk_tensor_entry;

struct lk_tensors {
    char *path;
    char *model; /* what the file's metadata say of the model, JSON; NULL: nothing */
    lk_mapping mapping;
    lk_tensor_entry *entries;
    size_t count, capacity;
    size_t *by_name; /* positions in entries, sorted by name */
    size_t by_name_capacity;
    size_t total_bytes; /* of all tensors as the caller sees them */
    size_t name_bytes;  /* of all names */
    char prefix[64];    /* that was taken off all names */
};

/* A tensor as a file describes it, before anything about it is believed. */
typedef struct lk_tensor_view {
    const char *name; /* not terminated */
    size_t name_length;
    lk_dtype dtype;
    size_t rank;
    size_t shape[LK_MAX_RANK];
    size_t strides[LK_MAX_RANK]; /* elements */
    const uint8_t *storage;
    size_t storage_count; /* elements of dtype in the storage */
    size_t offset;        /* element of the storage where the tensor starts */
} lk_tensor_view;

/* A set for the bytes of a file. `mapping` belongs to the set from here on, also
 * on failure. */
lk_status lk_tensors_start(lk_tensors **out, const char *path, lk_mapping mapping) LK_MUST_USE;

/* Checks that the view lies within its storage and appends it: in place when
 * it is contiguous, otherwise as a contiguous copy. All tensors together may be
 * twice as large as the file (weights tied to each other share their bytes)
 * plus 16 MiB, and their names as large as the file, so that a few bytes cannot
 * stand for gigabytes. The texts do not name the file. */
lk_status lk_tensors_append(lk_tensors *tensors, const lk_tensor_view *view) LK_MUST_USE;

/* Sorts the names after the last append; two equal names are an error. */
lk_status lk_tensors_finish(lk_tensors *tensors) LK_MUST_USE;

/* Takes off what wrappers put in front of every name ("module.", "model."), before
 * lk_tensors_finish. */
void lk_tensors_strip_prefix(lk_tensors *tensors);

/* What a file is that is none of ours, and what to do: a page, a pointer, an archive. */
lk_status lk_weights_refuse(const lk_mapping *mapping) LK_MUST_USE;
/* Only of what is known for what it is, and never a network; else LK_OK. */
lk_status lk_weights_refuse_known(const lk_mapping *mapping) LK_MUST_USE;

/* The strides of a contiguous tensor. */
void lk_contiguous_strides(lk_tensor_view *view);

/* Fill an empty set from the bytes of its mapping; the texts do not name the
 * file. */
lk_status lk_pt_legacy_read(lk_tensors *tensors) LK_MUST_USE;
lk_status lk_pt_zip_read(lk_tensors *tensors) LK_MUST_USE;
lk_status lk_safetensors_read(lk_tensors *tensors) LK_MUST_USE;
lk_status lk_dlib_read(lk_tensors *tensors) LK_MUST_USE;
lk_status lk_npy_read(lk_tensors *tensors) LK_MUST_USE;

/* lk_tensors_write_safetensors, and returns once the file is on the disk, whole even
 * after a power cut. */
lk_status lk_tensors_write_durably(const lk_tensors *tensors, const char *path) LK_MUST_USE;

/* Whether the bytes begin like that format. */
bool lk_pt_legacy_detect(const lk_mapping *mapping);
bool lk_pt_zip_detect(const lk_mapping *mapping);
bool lk_safetensors_detect(const lk_mapping *mapping);
bool lk_dlib_detect(const lk_mapping *mapping);

/* lk_tensors_open and lk_npy_open on bytes that outlive the set; `name` stands
 * for the path. What the fuzz targets call. */
lk_status lk_tensors_open_bytes(lk_tensors **out, const void *bytes, size_t count,
                                const char *name) LK_MUST_USE;
lk_status lk_npy_open_bytes(lk_tensors **out, const void *bytes, size_t count,
                            const char *name) LK_MUST_USE;

#endif
