/* likeness/align.h: five landmarks of a face and the aligned face that they give, as
 * dlib's face recognition network wants it.
 *
 * A predictor never changes and may be shared by threads.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_ALIGN_H
#define LIKENESS_ALIGN_H

#include <likeness/base.h>
#include <likeness/detect.h>
#include <likeness/image.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LK_DLIB_CHIP_SIZE = LK_ALIGN_DLIB_SIZE };

/* Pixels of the first and the last column and row, counted from 0; it may reach over
 * the border of the image. */
typedef struct lk_dlib_box {
    int32_t left, top, right, bottom;
} lk_dlib_box;

/* [x, y] in pixels, whole numbers, in dlib's order, left and right as the viewer sees
 * them: right eye's outer and inner corner, left eye's outer and inner corner, the point
 * below the nose. */
typedef struct lk_dlib_points {
    float at[5][2];
} lk_dlib_points;

/* A loaded predictor of landmarks: immutable, shared between threads. */
typedef struct lk_dlib_predictor lk_dlib_predictor;

/* Loads dlib's shape_predictor_5_face_landmarks.dat, or another predictor of five points.
 * Nothing of the file is believed unchecked. Ownership: lk_dlib_predictor_close releases
 * it. Errors: LK_ERROR_IO, LK_ERROR_FORMAT, LK_ERROR_UNSUPPORTED (not five points),
 * LK_ERROR_LIMIT, LK_ERROR_NUMBER, LK_ERROR_MEMORY; each text begins with the path.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_dlib_predictor_open(lk_dlib_predictor **out, const char *path);
LK_API void lk_dlib_predictor_close(lk_dlib_predictor *predictor);

/* Finds the five points of the face in the box, a square as dlib's detector gives it
 * (lk_dlib_box_of_face makes one of MTCNN's landmarks); pixels beyond the border are 0.
 * Errors: LK_ERROR_ARGUMENT, LK_ERROR_NUMBER (the file's numbers overflow).
 * Source: Kazemi, Sullivan 2014; dlib.net (dlib's description). Threads: any. */
LK_API LK_MUST_USE lk_status lk_dlib_predict(const lk_dlib_predictor *predictor,
                                             lk_dlib_points *points, const lk_image *image,
                                             const lk_dlib_box *box);

/* The box that dlib's detector would give, about, from MTCNN's landmarks.
 * Errors: LK_ERROR_NUMBER for landmarks that are no numbers, or far away. Threads: any. */
LK_API LK_MUST_USE lk_status lk_dlib_box_of_face(lk_dlib_box *out, const lk_face *face);

/* Cuts the aligned face out, 150 x 150 pixels: turned and scaled so that the points come
 * as near as they can to where the network expects them; what lies outside the image is
 * black. Large faces are shrunk by halves first. Ownership: *out is the caller's.
 * Errors: LK_ERROR_ARGUMENT (all points in one place), LK_ERROR_NUMBER, LK_ERROR_MEMORY.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_dlib_chip(lk_image *out, const lk_image *image,
                                          const lk_dlib_points *points);

/* From MTCNN's landmarks to the aligned face: lk_dlib_box_of_face, lk_dlib_predict and
 * lk_dlib_chip in one call. Ownership: *out is the caller's. Errors: theirs. Threads: any. */
LK_API LK_MUST_USE lk_status lk_dlib_align(const lk_dlib_predictor *predictor, lk_image *out,
                                           const lk_image *image, const lk_face *face);

#ifdef __cplusplus
}
#endif

#endif
