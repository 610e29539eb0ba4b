/* The second and third stage: R-Net or O-Net on every candidate, in batches that
 * the threads share. */
#include <omp.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "detect/detector.h"

/* Drops the candidates that lie outside the image and finds the others' pixels.
 * (facenet-pytorch fails with an exception on such a box.) */
static size_t find_windows(lk_window *windows, lk_candidate *candidates, size_t count,
                           const lk_image *image, lk_border border)
{
    bool (*find)(lk_area_part *, const lk_box *, size_t, size_t) =
        border == LK_BORDER_PAD ? lk_box_window : lk_box_part;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (find(&windows[kept].part, &candidates[i].box, image->width, image->height)) {
            windows[kept].candidate = kept;
            candidates[kept++] = candidates[i];
        }
    return kept;
}

/* Along bands of the image, so that most of a window's pixels lie in the cache already. */
static int by_band(const void *a, const void *b)
{
    enum { BAND = 128 };
    const lk_area_part *left = &((const lk_window *)a)->part;
    const lk_area_part *right = &((const lk_window *)b)->part;
    ptrdiff_t left_x = 2 * left->x + (ptrdiff_t)left->width;
    ptrdiff_t right_x = 2 * right->x + (ptrdiff_t)right->width;
    ptrdiff_t left_band = (left->y + (ptrdiff_t)left->height / 2) / BAND;
    ptrdiff_t right_band = (right->y + (ptrdiff_t)right->height / 2) / BAND;
    if (left_band != right_band)
        return left_band < right_band ? -1 : 1;
    return left_x < right_x ? -1 : left_x > right_x;
}

/* As many batches for each worker, of nearly equal size, so that none waits for the other. */
static size_t refine_count_batches(size_t count, size_t workers)
{
    size_t least = (count + LK_REFINER_BATCH - 1) / LK_REFINER_BATCH;
    return lk_smaller((least + workers - 1) / workers * workers, count);
}

static lk_status refine_run_batches(const lk_detector *detector, const lk_refiner *net,
                                    const lk_workers *workers, lk_candidate *candidates,
                                    const lk_window *windows, size_t count, const lk_image *image)
{
    int failed = 0;
    size_t batches = refine_count_batches(count, workers->count);
#pragma omp parallel for schedule(dynamic) num_threads((int)workers->count) reduction(| : failed)
    for (size_t batch = 0; batch < batches; batch++) {
        size_t thread = (size_t)omp_get_thread_num() % workers->count;
        size_t first = batch * count / batches, end = (batch + 1) * count / batches;
        failed |= lk_refiner_run(net, detector->kernels, &workers->scratch[thread], candidates,
                                 image, windows + first, end - first) != LK_OK;
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
    lk_window *windows;
    if (*count == 0)
        return LK_OK;
    LK_TRY(lk_alloc(&windows, *count, sizeof *windows));
    size_t kept = find_windows(windows, candidates, *count, image, detector->options.border);
    if (kept)
        qsort(windows, kept, sizeof *windows, by_band);
    lk_status status = LK_OK;
    if (kept)
        status = refine_run_batches(detector, net, workers, candidates, windows, kept, image);
    free(windows);
    if (status == LK_OK)
        *count = keep_above(candidates, kept, threshold);
    return status;
}
