/* MTCNN: a cascade of three small networks (Zhang, Zhang, Li, Qiao: "Joint Face
 * Detection and Alignment using Multitask Cascaded Convolutional Networks", 2016).
 * P-Net proposes boxes at all sizes, R-Net and O-Net look closer at each and move
 * it; O-Net also finds the landmarks.
 *
 * It follows facenet-pytorch where that departs from the paper: boxes are not rounded
 * between stages; landmarks are relative to the box before O-Net moves it; the last
 * suppression divides by the smaller area. What reaches over the image's border is
 * padded with black, as in the paper's own program; facenet-pytorch cuts it off there
 * and stretches the rest, but lays the answer on the whole box, so that it misses the
 * face: LK_BORDER_SQUEEZE. It departs from facenet-pytorch where that fails: images of
 * different sizes, without a face, or smaller than any face are no error. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/apart.h"
#include "base/error.h"
#include "base/memory.h"
#include "detect/detector.h"
#include "detect/nms.h"

lk_status lk_workers_create(lk_workers *workers, size_t count)
{
    lk_workers made = {.count = count};
    LK_TRY(lk_alloc(&made.scratch, count, sizeof *made.scratch));
    lk_status status = LK_OK;
    for (size_t i = 0; i < count && status == LK_OK; i++)
        status = lk_scratch_create(&made.scratch[i]);
    if (status != LK_OK) {
        lk_workers_clear(&made);
        return status;
    }
    *workers = made;
    return LK_OK;
}

void lk_workers_clear(lk_workers *workers)
{
    for (size_t i = 0; i < workers->count; i++)
        lk_scratch_clear(&workers->scratch[i]);
    free(workers->scratch);
    *workers = (lk_workers){0};
}

static lk_status second_stage(const lk_detector *detector, const lk_workers *workers,
                              lk_candidate *list, size_t *count, const lk_image *image)
{
    LK_TRY(lk_refine(detector, &detector->rnet, workers, list, count, image,
                     detector->options.thresholds[1]));
    LK_TRY(lk_nms(list, count, 0.7, LK_NMS_UNION));
    for (size_t i = 0; i < *count; i++) {
        lk_box moved = lk_box_regress(&list[i].box, list[i].shift, 1);
        list[i].box = lk_box_square(&moved);
    }
    return LK_OK;
}

/* From parts of the box's sides to pixels of the image. */
static void place_landmarks(lk_candidate *candidate)
{
    const lk_box *box = &candidate->box;
    float width = box->x2 - box->x1 + 1, height = box->y2 - box->y1 + 1;
    for (size_t i = 0; i < 5; i++) {
        float *point = candidate->landmarks[i];
        point[0] = width * point[0] + box->x1 - 1;
        point[1] = height * point[1] + box->y1 - 1;
    }
}

static lk_status third_stage(const lk_detector *detector, const lk_workers *workers,
                             lk_candidate *list, size_t *count, const lk_image *image)
{
    LK_TRY(lk_refine(detector, &detector->onet, workers, list, count, image,
                     detector->options.thresholds[2]));
    for (size_t i = 0; i < *count; i++) {
        place_landmarks(&list[i]);
        list[i].box = lk_box_regress(&list[i].box, list[i].shift, 1);
    }
    return lk_nms(list, count, 0.7, LK_NMS_MIN);
}

typedef struct area_entry {
    float area;
    size_t index;
} area_entry;

/* Largest first; of equal areas the later one, as an ascending sort turned
 * around gives them. */
static int by_area(const void *a, const void *b)
{
    const area_entry *left = a, *right = b;
    if (left->area != right->area)
        return left->area > right->area ? -1 : 1;
    return left->index > right->index ? -1 : 1;
}

static lk_status make_faces(lk_faces *out, const lk_candidate *list, size_t count,
                            const lk_detector_options *options)
{
    area_entry *order;
    lk_faces made = {0};
    if (count == 0) {
        *out = made;
        return LK_OK;
    }
    LK_TRY(lk_alloc(&order, count, sizeof *order));
    for (size_t i = 0; i < count; i++)
        order[i] = (area_entry){lk_box_area(&list[i].box), i};
    if (options->select_largest)
        qsort(order, count, sizeof *order, by_area);
    made.count = options->max_faces && options->max_faces < count ? options->max_faces : count;
    lk_status status = lk_alloc(&made.faces, made.count, sizeof *made.faces);
    for (size_t i = 0; status == LK_OK && i < made.count; i++) {
        const lk_candidate *from = &list[order[i].index];
        made.faces[i] = (lk_face){.box = from->box, .probability = from->score};
        memcpy(made.faces[i].landmarks, from->landmarks, sizeof from->landmarks);
    }
    free(order);
    if (status == LK_OK)
        *out = made;
    return status;
}

/* Faces of at least the smallest size that is looked for. */
static void keep_large(lk_candidate *list, size_t *count, size_t least)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        const lk_box *box = &list[i].box;
        if (fminf(box->x2 - box->x1, box->y2 - box->y1) >= (float)least)
            list[kept++] = list[i];
    }
    *count = kept;
}

static lk_status run_yunet(const lk_detector *detector, lk_faces *out, const lk_image *image)
{
    lk_candidate *list = NULL;
    size_t count = 0;
    LK_TRY(lk_yunet_run(detector->yunet, &list, &count, image, detector->options.thresholds[2]));
    keep_large(list, &count, detector->options.min_face_size);
    lk_status status = make_faces(out, list, count, &detector->options);
    free(list);
    return status;
}

static lk_status run_stages(const lk_detector *detector, const lk_workers *workers, lk_faces *out,
                            const lk_image *image)
{
    lk_candidate *list = NULL;
    size_t count = 0;
    if (detector->yunet)
        return run_yunet(detector, out, image);
    LK_TRY(lk_propose(detector, workers, &list, &count, image));
    lk_status status = second_stage(detector, workers, list, &count, image);
    if (status == LK_OK)
        status = third_stage(detector, workers, list, &count, image);
    if (status == LK_OK)
        status = make_faces(out, list, count, &detector->options);
    free(list);
    return status;
}

static lk_status check_image(const lk_image *image)
{
    LK_REQUIRE(image && image->rgb && image->width && image->height, LK_ERROR_ARGUMENT,
               "detection: the image is empty");
    return LK_OK;
}

lk_status lk_detector_detect(const lk_detector *detector, lk_faces *out, const lk_image *image)
{
    lk_workers workers;
    LK_REQUIRE(detector && out, LK_ERROR_ARGUMENT, "detection: no detector or no output");
    LK_TRY(check_image(image));
    LK_TRY(lk_workers_create(&workers, omp_in_parallel() ? 1 : lk_threads_get()));
    lk_status status = run_stages(detector, &workers, out, image);
    lk_workers_clear(&workers);
    return status;
}

/* Each thread takes whole images; none of them starts threads of its own. */
static lk_status detect_each(const lk_detector *detector, const lk_workers *workers, lk_faces *out,
                             const lk_image *images, size_t image_count)
{
    int worst = LK_OK;
#pragma omp parallel for schedule(dynamic) num_threads((int)workers->count) reduction(max : worst)
    for (size_t i = 0; i < image_count; i++) {
        size_t thread = (size_t)omp_get_thread_num() % workers->count;
        lk_workers alone = {&workers->scratch[thread], 1};
        int status = (int)run_stages(detector, &alone, &out[i], &images[i]);
        worst = status > worst ? status : worst;
    }
    LK_REQUIRE(worst == LK_OK, (lk_status)worst, "detection: %s", lk_status_text((lk_status)worst));
    return LK_OK;
}

lk_status lk_detector_detect_batch(const lk_detector *detector, lk_faces *out,
                                   const lk_image *images, size_t image_count)
{
    lk_workers workers;
    LK_REQUIRE(detector && (image_count == 0 || (out && images)), LK_ERROR_ARGUMENT,
               "detection: no detector, no images or no output");
    for (size_t i = 0; i < image_count; i++)
        out[i] = (lk_faces){0};
    for (size_t i = 0; i < image_count; i++)
        LK_TRY(check_image(&images[i]));
    if (image_count == 1)
        return lk_detector_detect(detector, out, images);
    size_t threads = omp_in_parallel() ? 1 : lk_threads_get();
    LK_TRY(
        lk_workers_create(&workers, threads < image_count || !image_count ? threads : image_count));
    lk_status status = detect_each(detector, &workers, out, images, image_count);
    lk_workers_clear(&workers);
    for (size_t i = 0; status != LK_OK && i < image_count; i++)
        lk_faces_clear(&out[i]);
    return status;
}

void lk_faces_clear(lk_faces *faces)
{
    if (!faces)
        return;
    free(faces->faces);
    *faces = (lk_faces){0};
}
