/* likeness/weights.h: named tensors in files (.pt, safetensors, .npy).
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_WEIGHTS_H
#define LIKENESS_WEIGHTS_H

#include <likeness/base.h>
#include <likeness/files.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LK_MAX_RANK = 8 };

typedef enum lk_dtype {
    LK_F32 = 0,
    LK_F64 = 1,
    LK_F16 = 2,
    LK_BF16 = 3,
    LK_I64 = 4,
    LK_I32 = 5,
    LK_U8 = 6,
    LK_BOOL = 7,
    LK_I8 = 8,
    LK_I16 = 9
} lk_dtype;

/* "float32" and so on; how many bytes an element takes. Threads: any. */
LK_API const char *lk_dtype_name(lk_dtype dtype);
LK_API size_t lk_dtype_size(lk_dtype dtype);

/* A tensor inside an lk_tensors, which owns every pointer here. The data are
 * contiguous, row-major, little-endian, and need not be aligned: read them with
 * lk_tensor_copy_f32 or memcpy. */
typedef struct lk_tensor {
    const char *name;
    lk_dtype dtype;
    size_t rank;
    size_t shape[LK_MAX_RANK];
    size_t count; /* elements */
    const void *data;
} lk_tensor;

/* A set of named tensors, in file order; from a file memory-mapped where the
 * layout allows. Immutable once filled, and then shared between threads. */
typedef struct lk_tensors lk_tensors;

/* Opens a state dict: PyTorch's legacy or zip .pt, or safetensors; the bytes
 * decide. Nothing in the file is executed: the unpickler knows the opcodes and
 * globals that a state dict needs and refuses the rest by name.
 * dlib's face recognition network (.dat) is opened, too, as the tensors of its layers.
 * The state dict may lie under "state_dict", "model_state_dict", "model", "net" or "weights"
 * beside other things (epochs, an optimiser, options, NumPy's numbers), and all its names may
 * begin with "module.", "_orig_mod.", "model." and the like, which are left out. All tensors
 * together may be twice as large as the file plus 16 MiB: views that would blow a
 * small file up are an LK_ERROR_LIMIT.
 * As long as the set is open the file must not be cut or written to in place: what it
 * lacks then is a SIGBUS, as of every mapped file. Replacing it by rename is safe.
 * Ownership: lk_tensors_close releases it. Errors: LK_ERROR_IO, LK_ERROR_FORMAT,
 * LK_ERROR_UNSUPPORTED, LK_ERROR_LIMIT, LK_ERROR_MEMORY, text begins with the
 * path. Threads: any. */
LK_API LK_MUST_USE lk_status lk_tensors_open(lk_tensors **out, const char *path);
LK_API void lk_tensors_close(lk_tensors *tensors);

/* How many tensors there are. Threads: any. */
LK_API size_t lk_tensors_count(const lk_tensors *tensors);
/* Borrowed; NULL when the index is not below the count / no such name. Threads: any. */
LK_API const lk_tensor *lk_tensors_get(const lk_tensors *tensors, size_t index);
LK_API const lk_tensor *lk_tensors_find(const lk_tensors *tensors, const char *name);
/* The path the set was opened from, "" for one made in memory. Borrowed. Threads: any. */
LK_API const char *lk_tensors_path(const lk_tensors *tensors);
/* What every name in the file began with and is left out here: "module." and the like, ""
 * where there was nothing. Borrowed. Threads: any. */
LK_API const char *lk_tensors_prefix(const lk_tensors *tensors);

/* Finds `name`, checks its shape, converts it to float32 (from any float type)
 * into out[product of shape]. A NaN or infinity is an error: LK_ERROR_NUMBER.
 * Errors: LK_ERROR_MISSING (no such name), LK_ERROR_SHAPE, LK_ERROR_NUMBER; each
 * text names the file, the tensor, what was found and what was expected. Threads: any. */
LK_API LK_MUST_USE lk_status lk_tensors_load_f32(const lk_tensors *tensors, const char *name,
                                                 const size_t *shape, size_t rank, float *out);

/* Converts one tensor's elements to float32 / float64, whatever its type. Threads: any. */
LK_API void lk_tensor_copy_f32(const lk_tensor *tensor, float *out);
LK_API void lk_tensor_copy_f64(const lk_tensor *tensor, double *out);

/* The sum of a tensor's elements in float64, added in their order. Threads: any. */
LK_API double lk_tensor_sum(const lk_tensor *tensor);

/* Lets the pages of a mapped file go once the weights have been copied out.
 * Threads: one at a time. */
LK_API void lk_tensors_release_pages(const lk_tensors *tensors);

/* Makes an empty set to fill and write. Threads: any. */
LK_API LK_MUST_USE lk_status lk_tensors_create(lk_tensors **out);
/* Adds a copy of `data` ([shape] of dtype). Errors: LK_ERROR_ARGUMENT for a
 * name that is there already, LK_ERROR_MEMORY. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_tensors_add(lk_tensors *tensors, const char *name, lk_dtype dtype,
                                            const void *data, const size_t *shape, size_t rank);

/* Makes a copy whose float32 and float64 tensors of rank 2 and more (filters) are
 * float16, each number rounded to the nearest; vectors (biases, batch norm) and
 * other types stay as they are. The reader widens float16 again. Errors:
 * LK_ERROR_NUMBER (a number that is nearer to 65536 than to float16's last, 65504, naming
 * its tensor), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_tensors_to_half(lk_tensors **out, const lk_tensors *tensors);

/* Writes a whole file, through a temporary name. The .pt file is PyTorch's zip
 * format: torch.load(path, weights_only=True) gives an OrderedDict; it holds at most
 * 25,000 tensors, more are LK_ERROR_LIMIT. Threads: any. */
LK_API LK_MUST_USE lk_status lk_tensors_write_safetensors(const lk_tensors *tensors,
                                                          const char *path);
LK_API LK_MUST_USE lk_status lk_tensors_write_pt(const lk_tensors *tensors, const char *path);

/* Reads an .npy file (versions 1-3, either order of axes and of bytes, floats,
 * integers, bools) as a set of one tensor whose name is "". As always its data are
 * row-major and little-endian; int8 becomes LK_F16, int16 and uint16 LK_I32,
 * uint32 LK_I64, uint64 LK_F64 (rounded beyond 2^53). Threads: any. */
LK_API LK_MUST_USE lk_status lk_npy_open(lk_tensors **out, const char *path);
/* Writes a whole .npy file, through a temporary name. Threads: any. */
LK_API LK_MUST_USE lk_status lk_npy_write(const char *path, lk_dtype dtype, const void *data,
                                          const size_t *shape, size_t rank);
/* Puts the array into an output, which the caller commits and which finds out then
 * whether all was written. Errors: LK_ERROR_ARGUMENT, LK_ERROR_UNSUPPORTED.
 * Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_npy_put(lk_output *output, lk_dtype dtype, const void *data,
                                        const size_t *shape, size_t rank);
/* Puts what stands before an array's numbers, which the caller writes after it, as they come.
 * Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_npy_begin(lk_output *output, lk_dtype dtype, const size_t *shape,
                                          size_t rank);

#ifdef __cplusplus
}
#endif

#endif
