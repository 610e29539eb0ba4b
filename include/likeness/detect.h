/* likeness/detect.h: face detection by MTCNN, or YuNet.
 *
 * A detector never changes and may be shared by threads.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_DETECT_H
#define LIKENESS_DETECT_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/image.h>
#include <likeness/options.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Corners in pixels from the top-left corner of the image; x2, y2 are the far
 * edge. A box may reach over the image's border. */
typedef struct lk_box {
    float x1, y1, x2, y2;
} lk_box;

/* One detected face. Landmarks: left eye, right eye, nose, left and right mouth
 * corner as the viewer sees them; [5][x, y] in pixels. */
typedef struct lk_face {
    lk_box box;
    float probability;
    float landmarks[5][2];
} lk_face;

/* The faces of one image; `faces` is the library's memory, released by
 * lk_faces_clear. No face is count 0, not an error. */
typedef struct lk_faces {
    lk_face *faces;
    size_t count;
} lk_faces;

/* Releases what is in it. Threads: any. */
LK_API void lk_faces_clear(lk_faces *faces);

typedef enum lk_selection {
    LK_SELECT_LARGEST = 0,
    LK_SELECT_PROBABILITY = 1,
    LK_SELECT_LARGEST_OVER_THRESHOLD = 2,
    LK_SELECT_CENTER_WEIGHTED_SIZE = 3
} lk_selection;

/* What R-Net and O-Net see of a candidate that reaches over the image's border. */
typedef enum lk_border {
    LK_BORDER_PAD = 0,    /* all of it, black outside the image: what they say of it then
                             lies where the face is */
    LK_BORDER_SQUEEZE = 1 /* what is left inside, stretched to a square: facenet-pytorch's
                             boxes and landmarks, which lie beside such a face */
} lk_border;

/* facenet-pytorch's options, under its names, with its defaults; and what it does
 * otherwise, behind them. */
typedef struct lk_detector_options {
    size_t struct_size;        /* set by lk_detector_options_init */
    size_t min_face_size;      /* pixels, 20 */
    float thresholds[3];       /* .6 .7 .7: P-Net, R-Net, O-Net */
    double factor;             /* .709, between pyramid levels; at most .99 */
    bool select_largest;       /* true: faces come largest first; false: most probable first */
    lk_selection selection;    /* LK_SELECT_LARGEST */
    float selection_threshold; /* .9, of largest_over_threshold */
    double center_weight;      /* 2, of center_weighted_size */
    size_t max_faces;          /* an image's faces kept at most; 0: no limit */
    lk_border border;          /* LK_BORDER_PAD; facenet-pytorch's own is LK_BORDER_SQUEEZE */
} lk_detector_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_detector_options_table(void);
static inline void lk_detector_options_init(lk_detector_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_detector_options_table(), options);
}

/* A loaded detector: immutable, shared between threads. */
typedef struct lk_detector lk_detector;

/* Loads pnet.pt, rnet.pt and onet.pt (or the same names as .safetensors) from a
 * directory; or YuNet, a second detector, from a file that ends in .onnx or from a directory
 * that holds face_detection_yunet_2023mar_int8bq.onnx. YuNet sees faces of up to some
 * hundred pixels, photographs of more than 2048 pixels shrunk; of the options it has the
 * smallest face, the last of the thresholds (OpenCV takes .9) and all about selection.
 * `options` NULL: the defaults.
 * Errors: LK_ERROR_MISSING, LK_ERROR_ARGUMENT and those of lk_tensors_open and
 * lk_tensors_load_f32. Threads: any. */
LK_API LK_MUST_USE lk_status lk_detector_create(lk_detector **out, const char *directory,
                                                const lk_detector_options *options);
LK_API void lk_detector_destroy(lk_detector *detector);

/* Finds all faces of one image, largest box first (see select_largest). An image
 * too small for min_face_size has none. Memory beside the image is a few hundred
 * kilobytes a thread plus the candidate boxes, of which the best 262,144 a
 * pyramid level are kept.
 * Ownership: *out is overwritten and belongs to the caller.
 * Errors: LK_ERROR_ARGUMENT, LK_ERROR_MEMORY. Threads: any, each its own call.
 * Source: Zhang et al. 2016; facenet-pytorch models/utils/detect_face.py. */
LK_API LK_MUST_USE lk_status lk_detector_detect(const lk_detector *detector, lk_faces *out,
                                                const lk_image *image);

/* The same for images of any sizes; out[image_count]. Parallel over images. On
 * failure every entry of `out` is empty. Threads: any. */
LK_API LK_MUST_USE lk_status lk_detector_detect_batch(const lk_detector *detector, lk_faces *out,
                                                      const lk_image *images, size_t image_count);

/* Picks one face by the detector's selection: *out_index is an index into
 * faces. Errors: LK_ERROR_NO_FACE when there is none (or none over the
 * threshold). Threads: any. */
LK_API LK_MUST_USE lk_status lk_detector_select(const lk_detector *detector, size_t *out_index,
                                                const lk_faces *faces, const lk_image *image);

/* Cuts a face out, size x size pixels: `margin` is in pixels of the result.
 * Source: facenet-pytorch extract_face. Threads: any. */
LK_API LK_MUST_USE lk_status lk_face_crop(lk_image *out, const lk_image *image, const lk_box *box,
                                          size_t size, size_t margin);
/* The same, resized as a version of Pillow does it; lk_face_crop takes LK_PILLOW_12.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_face_crop_pillow(lk_image *out, const lk_image *image,
                                                 const lk_box *box, size_t size, size_t margin,
                                                 lk_pillow version);

/* Where a face's landmarks lie after it has been aligned. */
typedef enum lk_align {
    LK_ALIGN_NONE = 0,    /* not at all: cut out by its box */
    LK_ALIGN_ARCFACE = 1, /* five points of 112 x 112 pixels, as the ArcFace family and SFace
                             have them; of other sizes in proportion */
    LK_ALIGN_DLIB = 2     /* dlib's 150 x 150 pixels, by five points that its predictor finds
                             from these: lk_dlib_align (likeness/align.h) */
} lk_align;

enum { LK_ALIGN_ARCFACE_SIZE = 112, LK_ALIGN_DLIB_SIZE = 150 };

/* Of likeness/align.h. */
typedef struct lk_dlib_predictor lk_dlib_predictor;

/* Turns, scales and moves a face so that its landmarks, all that is read of it, come as
 * near to the template's as a similarity without reflection takes them, in the sense of least
 * squares; size x size pixels, bilinear, rounded to nearest, black outside the image; all but
 * bit for bit OpenCV 5's alignCrop.
 * Ownership: *out is overwritten and belongs to the caller.
 * Errors: LK_ERROR_ARGUMENT (no template of that number, or dlib's; a landmark that is not a
 * number; landmarks that all lie at one point, or say no direction; a face outside the image),
 * LK_ERROR_MEMORY. Threads: any. Source: Umeyama 1991. */
LK_API LK_MUST_USE lk_status lk_face_align(lk_image *out, const lk_image *image,
                                           const lk_face *face, lk_align align, size_t size);

/* facenet-pytorch's options of cutting out, under its names, with its defaults; which
 * Pillow it runs on; and alignment, which it does not know. */
typedef struct lk_extract_options {
    size_t struct_size; /* set by lk_extract_options_init */
    size_t image_size;  /* pixels, 160: the crop's side */
    size_t margin;      /* pixels of the result, 0 */
    bool post_process;  /* true: (value - 127.5) / 128; false: values 0-255 */
    bool keep_all;      /* false: the one face that the detector's selection picks */
    lk_pillow resize;   /* LK_PILLOW_12; of faces that are not aligned */
    lk_align align;     /* LK_ALIGN_NONE; others have no margin */
    const lk_dlib_predictor *predictor; /* for LK_ALIGN_DLIB, whose image_size is 150; the
                                           caller's, not copied; NULL */
} lk_extract_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_extract_options_table(void);
static inline void lk_extract_options_init(lk_extract_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_extract_options_table(), options);
}

/* Cut-out faces, ready for a network; the library's memory, released by
 * lk_crops_clear. */
typedef struct lk_crops {
    float *values;  /* [count, 3, size, size] NCHW f32 */
    lk_face *faces; /* [count], where each was found */
    size_t count, size;
} lk_crops;

/* Releases what is in it. Threads: any. */
LK_API void lk_crops_clear(lk_crops *crops);

/* Detects, selects and cuts out in one call. `options` NULL: the defaults.
 * Ownership: *out is overwritten and belongs to the caller.
 * Errors: LK_ERROR_NO_FACE, and those of lk_detector_detect, lk_face_crop, lk_face_align
 * and lk_dlib_align.
 * Source: facenet-pytorch MTCNN.forward. Threads: any. */
LK_API LK_MUST_USE lk_status lk_detector_extract(const lk_detector *detector, lk_crops *out,
                                                 const lk_image *image,
                                                 const lk_extract_options *options);

#ifdef __cplusplus
}
#endif

#endif
