/* likeness/quality.h: what photographs are like before anything is concluded from them:
 * size, pose, light and sharpness of a face, JPEG's loss, duplicates, and groups thinned to
 * be alike.
 *
 * None of these numbers is a verdict. They say in what the photographs of groups differ
 * besides the people in them.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_QUALITY_H
#define LIKENESS_QUALITY_H

#include <likeness/base.h>
#include <likeness/detect.h>
#include <likeness/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The side in pixels of the square that a face is resized to before its sharpness is
 * measured, so that large photographs and small ones can be compared. */
enum { LK_QUALITY_SIDE = 112 };

/* A face in its photograph. NaN: not known. */
typedef struct lk_quality {
    double face_size;    /* pixels: the mean of the box's width and height */
    double eye_distance; /* pixels between the landmarks of the eyes */
    /* How far the nose lies beside the middle of the eyes, along the line through them, in
     * distances of the eyes: about 0 from the front, positive towards the viewer's right.
     * It grows with the turn of the head and is no angle. */
    double yaw;
    double roll;       /* degrees from the horizontal of the line through the eyes, clockwise */
    double brightness; /* mean luma of the box, 0 to 255 */
    double contrast;   /* standard deviation of it */
    double sharpness;  /* variance of the Laplacian of the luma at LK_QUALITY_SIDE squared */
    double inside;     /* share of the box that lies in the photograph: below 1 it is cut */
} lk_quality;

/* Measures a face, of which the box and the landmarks are read (landmarks that are all 0, as
 * of a box from a table, count as not known); `face` NULL: the whole image is the face. Luma is
 * .299 R + .587 G + .114 B, and what of the box lies outside the image is left out.
 * Errors: LK_ERROR_ARGUMENT (a box that is empty, no number, or outside the image),
 * LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_quality_measure(lk_quality *out, const lk_image *image,
                                                const lk_face *face);

/* The quality from 1 to 100 at which the Independent JPEG Group's library would have written a
 * file's first quantisation table, or the nearest to it; 0 for bytes that are no JPEG or have no
 * table before the image. Programs with tables of their own are given the number that is
 * nearest. Threads: any. */
LK_API int lk_quality_jpeg(const void *bytes, size_t count);

/* By what a picture of a face is known again. */
enum { LK_PRINT_SIDE = 16 };
typedef struct lk_print {
    uint8_t bytes[32];  /* SHA-256 of the file; zeros: not known */
    uint8_t pixels[32]; /* lk_print_make's: SHA-256 of the photograph's size and pixels */
    uint64_t hash;      /* signs of the lowest cosine frequencies of the face's luma */
    uint8_t thumbnail[LK_PRINT_SIDE * LK_PRINT_SIDE]; /* the face's luma */
    uint32_t face;                                    /* number of the face in its photograph */
} lk_print;

/* Fills in pixels, hash and thumbnail, of the face's box as in lk_quality_measure; the rest is
 * the caller's. Errors: those of lk_quality_measure, LK_ERROR_INTERNAL. Threads: any. */
LK_API LK_MUST_USE lk_status lk_print_make(lk_print *out, const lk_image *image,
                                           const lk_face *face);

typedef enum lk_same {
    LK_SAME_BYTES = 1,   /* the files are equal */
    LK_SAME_PIXELS = 2,  /* the pixels are */
    LK_SAME_PICTURE = 3, /* the faces' pictures nearly are: one photograph stored twice, at
                            another size or quality, or cut otherwise */
    LK_SAME_VECTOR = 4   /* the embeddings are (lk_same_rows) */
} lk_same;

/* Two pictures that are one, by their numbers; first < second. */
typedef struct lk_duplicate {
    size_t first, second;
    lk_same how;        /* the strictest that holds */
    double correlation; /* of the two thumbnails; 1 for what is equal, NaN for vectors */
} lk_duplicate;

/* Finds pictures that are there more than once: each that is not the first of its kind, once,
 * with the first one, in ascending order of `second`. Pictures are nearly equal where at most
 * 10 of 64 bits of their hashes differ and their thumbnails correlate with at least .98.
 * Ownership: *out is the caller's, lk_free releases it (also where *out_count is 0).
 * Errors: LK_ERROR_MEMORY. Time: count² / 2 comparisons of hashes, on all threads.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_duplicates_find(lk_duplicate **out, size_t *out_count,
                                                const lk_print *prints, size_t count);

/* The same for rows x[n, d] that lie at most `distance` from an earlier one: for tables without
 * their photographs. Errors: LK_ERROR_NUMBER (a row that is not finite), LK_ERROR_MEMORY.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_same_rows(lk_duplicate **out, size_t *out_count, const double *x,
                                          size_t n, size_t d, double distance);

/* Thins groups until they are alike in the distribution of k measures: each is cut into `bins`
 * parts at the quantiles of all n together, the cells are their combinations, and of each cell
 * every group keeps as many, drawn by `seed`, as the group that has the fewest there.
 * keep[n] becomes true for those that stay; what has a NaN among its measures does not.
 * values[n, k], groups[n] below group_count. Errors: LK_ERROR_ARGUMENT (no measure, or more than
 * 8; bins not from 2 to 100; a group number too large), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_quality_match(bool *keep, const double *values,
                                              const size_t *groups, size_t n, size_t k,
                                              size_t group_count, size_t bins, uint64_t seed);

#ifdef __cplusplus
}
#endif

#endif
