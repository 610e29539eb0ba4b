/* likeness/traits.h: what must be known of a model beside its weights: which faces it was
 * trained on, and how its vectors are compared.
 *
 * Three places say it, a later one before an earlier one: the kind of network; the
 * metadata of a safetensors file, as "likeness.model"; and for files of others a
 * FILE.json beside FILE, such as w.pt.json. Both hold the same JSON:
 *
 *   {"format": "likeness model", "version": 1, "size": 112, "align": "arcface"}
 *
 * with members named as those of lk_model_traits; what is not there is as the place
 * before has it, and a null is not known. A threshold of the place before does not
 * outlive another metric, nor its source another threshold. Names of choices are those of
 * lk_model_traits_table.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_TRAITS_H
#define LIKENESS_TRAITS_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/detect.h>
#include <likeness/image.h>
#include <likeness/options.h>
#include <likeness/weights.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The order of a network's three input planes. */
typedef enum lk_colours { LK_COLOURS_RGB = 0, LK_COLOURS_BGR = 1 } lk_colours;

/* Where the last word about a model was found. */
typedef enum lk_traits_source {
    LK_TRAITS_OF_KIND = 0, /* nowhere: what its kind of network usually takes */
    LK_TRAITS_IN_FILE = 1, /* in the file of weights */
    LK_TRAITS_BESIDE = 2   /* in FILE.json */
} lk_traits_source;

typedef struct lk_model_traits {
    size_t struct_size;  /* set by lk_model_traits_init */
    const char *name;    /* of the model, in words; NULL: not known */
    size_t size;         /* pixels of a face's side */
    size_t margin;       /* pixels of the crop around the box; 0 where faces are aligned */
    lk_pillow resize;    /* of faces that are not aligned */
    lk_align align;      /* where landmarks lie */
    lk_colours colours;  /* the order of its planes */
    double mean[3];      /* a plane is (value - mean) / deviation, in the planes' order */
    double deviation[3]; /* above 0 */
    size_t width;        /* numbers of a vector; 0: not known */
    bool unit;           /* whether a vector has length 1 */
    lk_metric metric;
    double threshold; /* of the distance by this metric, from which on two faces usually are
                       * taken for two people; 0: none is known */
    const char *threshold_source; /* who says so, in words; NULL: not known */
    lk_traits_source source;      /* of these; not written */
    const char *quantised_from;   /* of whole numbers: the SHA-256 of the file of weights that
                                   * they were made from, 64 digits; NULL: none, or not known */
} lk_model_traits;

/* Its rows, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_model_traits_table(void);
static inline void lk_model_traits_init(lk_model_traits *traits)
{
    memset(traits, 0, sizeof *traits);
    traits->struct_size = sizeof *traits;
    lk_options_defaults(lk_model_traits_table(), traits);
}

/* What is known of a weight file. Of one that nothing here reads, whose name ends in .onnx,
 * what FILE.json says. Ownership: lk_model_traits_destroy releases *out.
 * Errors: those of lk_tensors_open; LK_ERROR_FORMAT and LK_ERROR_LIMIT (what a file says is
 * not of the kind or range that is expected; the text names the file), LK_ERROR_MEMORY.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_model_traits_find(lk_model_traits **out, const char *path);
/* The same of an open file, or of tensors in memory. Threads: any. */
LK_API LK_MUST_USE lk_status lk_model_traits_of(lk_model_traits **out, const lk_tensors *tensors);
LK_API void lk_model_traits_destroy(lk_model_traits *traits);

/* Puts them into a set, from where lk_tensors_write_safetensors takes them into the file.
 * Errors: LK_ERROR_ARGUMENT (a member out of its range), LK_ERROR_MEMORY.
 * Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_model_traits_put(lk_tensors *tensors,
                                                 const lk_model_traits *traits);
/* Writes them into the file `path`.json, through a temporary name. Errors: as above, also
 * where `path` is an ONNX file that takes faces of another size; LK_ERROR_IO. Threads: any. */
LK_API LK_MUST_USE lk_status lk_model_traits_write(const lk_model_traits *traits, const char *path);
/* As JSON on one line. Ownership: *out is the caller's, lk_free releases it. Threads: any. */
LK_API LK_MUST_USE lk_status lk_model_traits_text(char **out, const lk_model_traits *traits);

#ifdef __cplusplus
}
#endif

#endif
