/* The second and third stage: R-Net or O-Net on every candidate, in batches that
 * the threads share. */
#include <omp.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "detect/detector.h"

/* Drops the candidates that lie outside the image and finds the others' pixels.
 * (facenet-pytorch fails with an exception on such a box.) */
static size_t find_parts(lk_area_part *parts, lk_candidate *candidates, size_t count,
                         const lk_image *image, lk_border border)
{
    bool (*find)(lk_area_part *, const lk_box *, size_t, size_t) =
        border == LK_BORDER_PAD ? lk_box_window : lk_box_part;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (find(&parts[kept], &candidates[i].box, image->width, image->height))
            candidates[kept++] = candidates[i];
    return kept;
}

static size_t batch_size(size_t count, size_t workers)
{
    size_t share = (count + workers - 1) / workers;
    return share < LK_REFINER_BATCH ? share : LK_REFINER_BATCH;
}

static lk_status refine_run_batches(const lk_detector *detector, const lk_refiner *net,
                                    const lk_workers *workers, lk_candidate *candidates,
                                    const lk_area_part *parts, size_t count, const lk_image *image)
{
    int failed = 0;
    size_t batch = batch_size(count, workers->count);
#pragma omp parallel for schedule(dynamic) num_threads((int)workers->count) reduction(| : failed)
    for (size_t first = 0; first < count; first += batch) {
        size_t thread = (size_t)omp_get_thread_num() % workers->count;
        size_t left = count - first;
        failed |=
            lk_refiner_run(net, detector->kernels, &workers->scratch[thread], candidates + first,
                           image, parts + first, left < batch ? left : batch) != LK_OK;
    }
    LK_REQUIRE(!failed, LK_ERROR_MEMORY, "detection: out of memory");
    return LK_OK;
}

static size_t keep_above(lk_candidate *candidates, size_t count, float threshold)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (candidates[i].score > threshold)
            candidates[kept++] = candidates[i];
    return kept;
}

lk_status lk_refine(const lk_detector *detector, const lk_refiner *net, const lk_workers *workers,
                    lk_candidate *candidates, size_t *count, const lk_image *image, float threshold)
{
    lk_area_part *parts;
    if (*count == 0)
        return LK_OK;
    LK_TRY(lk_alloc(&parts, *count, sizeof *parts));
    size_t kept = find_parts(parts, candidates, *count, image, detector->options.border);
    lk_status status = LK_OK;
    if (kept)
        status = refine_run_batches(detector, net, workers, candidates, parts, kept, image);
    free(parts);
    if (status == LK_OK)
        *count = keep_above(candidates, kept, threshold);
    return status;
}
