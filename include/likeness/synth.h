/* likeness/synth.h: synthetic people. A person is a set of numbers (the
 * identity), a photograph another (the photo); both together give an image and
 * the truth about it. Nobody rendered here exists, and the populations stand
 * for no real group (docs/synth.md).
 *
 * The same seed gives the same people and the same pixels on every machine with
 * IEEE arithmetic: the renderer calls no function of the C library whose last
 * bit may differ.
 *
 * People and populations never change and may be shared by threads.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_SYNTH_H
#define LIKENESS_SYNTH_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/image.h>
#include <likeness/options.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many parameters an identity and a photograph have. */
#define LK_SYNTH_IDENTITY_COUNT 78
#define LK_SYNTH_PHOTO_COUNT    48

/* What makes a person: lengths in millimetres, angles in degrees, the rest as
 * lk_synth_identity_parameter says. Plain numbers, so that a caller can mix two
 * people or change one feature. */
typedef struct lk_synth_identity {
    float values[LK_SYNTH_IDENTITY_COUNT];
    uint32_t seed; /* of what has no number: moles, strands, asymmetry */
} lk_synth_identity;

/* What makes a photograph of a person: pose, expression, light, lens, film. */
typedef struct lk_synth_photo {
    float values[LK_SYNTH_PHOTO_COUNT];
    uint32_t seed; /* of the background, the noise, the disorder of hair */
} lk_synth_photo;

/* One parameter: its name as in files, its unit, what it is when nothing is
 * said (a normal distribution cut off at low and high), and what it means. */
typedef struct lk_synth_parameter {
    const char *name, *unit;
    float mean, spread, low, high;
    const char *text;
} lk_synth_parameter;

/* Describes parameter `index`; NULL when there is none. The strings live as
 * long as the library. Threads: any. */
LK_API const lk_synth_parameter *lk_synth_identity_parameter(size_t index);
LK_API const lk_synth_parameter *lk_synth_photo_parameter(size_t index);

/* The index of a parameter by name, SIZE_MAX when there is none of that name.
 * Threads: any. */
LK_API size_t lk_synth_identity_find(const char *name);
LK_API size_t lk_synth_photo_find(const char *name);

/* A distribution over identities. */
typedef struct lk_synth_population lk_synth_population;

/* Opens a population: the built-in "A" or "B", "common" (what A and B have in
 * common), or else a text file of this form:
 *
 *     likeness population 1
 *     name hill people        # up to 64 bytes; a # starts a comment
 *     melanin 0.25 0.05       # a parameter, its mean and its spread
 *     nose_width 37 2.5
 *
 * Parameters that the file leaves out are as in "common". `difference` is the
 * dial: means and spreads are taken that far from the common ones to the
 * file's; 0 gives the common population, 1 the file's, up to 3 more than that.
 * Ownership: *out is the caller's. Errors: LK_ERROR_ARGUMENT for the dial;
 * LK_ERROR_IO, LK_ERROR_LIMIT (file over 64 KiB), LK_ERROR_FORMAT with file and
 * line. Threads: any; a population is immutable. */
LK_API LK_MUST_USE lk_status lk_synth_population_open(lk_synth_population **out,
                                                      const char *name_or_path, double difference);
/* The same from text in memory; `origin` stands for the path in error texts. Threads: any. */
LK_API LK_MUST_USE lk_status lk_synth_population_parse(lk_synth_population **out, const char *text,
                                                       size_t length, const char *origin,
                                                       double difference);
LK_API void lk_synth_population_close(lk_synth_population *population);
/* Borrowed. Threads: any. */
LK_API const char *lk_synth_population_name(const lk_synth_population *population);

/* Person `index` of a population under a seed; NULL population means "common".
 * Errors: none. Threads: any. */
LK_API void lk_synth_identity_sample(lk_synth_identity *out, const lk_synth_population *population,
                                     uint64_t seed, uint64_t index);
/* Photograph `index` of person `person` under a seed: drawn apart from the
 * identity, so that two people's first photographs are taken alike only by
 * chance. Errors: none. Threads: any. */
LK_API void lk_synth_photo_sample(lk_synth_photo *out, uint64_t seed, uint64_t person,
                                  uint64_t index);
/* A plain portrait: frontal, neutral, even light, no noise, no blur. Threads: any. */
LK_API void lk_synth_photo_init(lk_synth_photo *out);

/* What is true of a rendered image, in pixels from the top-left corner of the
 * image (0, 0 is the corner of the first pixel). */
typedef struct lk_synth_truth {
    float box[4];          /* x1, y1, x2, y2, drawn as MTCNN draws its boxes: brows to chin */
    float landmarks[5][2]; /* left eye, right eye (as seen), nose, left and right mouth corner */
} lk_synth_truth;

/* A person made solid: meshes and the shading that depends on them alone. */
typedef struct lk_synth_person lk_synth_person;

/* Values out of range are taken as the nearest in range; NaN is refused.
 * Ownership: *out is the caller's. Errors: LK_ERROR_NUMBER, LK_ERROR_MEMORY.
 * Threads: any; a person is immutable and can be shared. */
LK_API LK_MUST_USE lk_status lk_synth_person_create(lk_synth_person **out,
                                                    const lk_synth_identity *identity);
LK_API void lk_synth_person_destroy(lk_synth_person *person);

/* Renders a square photograph, `size` from 32 to 1024 pixels a side, without
 * JPEG. Ownership: *image is the caller's; `truth` may be NULL.
 * Errors: LK_ERROR_ARGUMENT, LK_ERROR_NUMBER, LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_synth_render(lk_image *image, lk_synth_truth *truth,
                                             const lk_synth_person *person,
                                             const lk_synth_photo *photo, size_t size);

/* A part of an album's people that comes from one population. */
typedef struct lk_synth_share {
    const lk_synth_population *population;
    double share; /* above 0, relative to the others' */
} lk_synth_share;

typedef struct lk_synth_album_options {
    size_t struct_size;    /* set by lk_synth_album_options_init */
    size_t people, photos; /* photos of each; default 10 and 10 */
    size_t size;           /* pixels a side; default 160 */
    uint64_t seed;         /* default 1 */
    uint64_t first_person; /* index of the first person, so that albums can be disjoint */
    bool png;              /* PNG files without JPEG's loss; default false */
    lk_progress_fn progress;
    void *user;
} lk_synth_album_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_synth_album_options_table(void);
static inline void lk_synth_album_options_init(lk_synth_album_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_synth_album_options_table(), options);
}

/* Writes an album: DIR/p0001/001.jpg and so on, and DIR/truth.csv, whole, when
 * all images are there: path, person, population, box, landmarks and all
 * parameters of every image. People are dealt to the populations by their
 * shares, largest remainder first, and interleaved. `shares` NULL means the
 * common population. Renders on all threads; the bytes do not depend on how
 * many. An album that was written into DIR before, whole or not, is removed first:
 * truth.csv and the photographs pNNNN/NNN.jpg and .png, nothing else. Holds the folder's
 * lock (lk_lock_folder).
 * Errors: LK_ERROR_ARGUMENT (also where DIR holds a folder pNNNN or a truth.csv and
 * no album), LK_ERROR_BUSY, LK_ERROR_IO, LK_ERROR_MEMORY, LK_ERROR_CANCELLED. Threads:
 * one at a time. */
LK_API LK_MUST_USE lk_status lk_synth_album_write(const char *directory,
                                                  const lk_synth_share *shares, size_t share_count,
                                                  const lk_synth_album_options *options);

#ifdef __cplusplus
}
#endif

#endif
