/* The first stage: P-Net over all levels, in strips that the threads share. */
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "detect/detector.h"
#include "detect/nms.h"

enum { STRIP_HEIGHT = 64 }; /* where several threads work on an image */

typedef struct strips {
    lk_strip *strips;
    size_t count, capacity;
} strips;

/* Where piece `index` of `pieces` of nearly equal length begins. */
static size_t cut_at(size_t index, size_t pieces, size_t length)
{
    size_t steps = (length + LK_STRIP_STEP - 1) / LK_STRIP_STEP;
    return lk_smaller(index * steps / pieces * LK_STRIP_STEP, length);
}

/* Cuts one level into strips of nearly equal size. */
static lk_status cut_level(strips *out, const lk_level *level, size_t index, size_t max_height)
{
    size_t columns = (level->out_width + LK_STRIP_WIDTH - 1) / LK_STRIP_WIDTH;
    size_t rows = (level->out_height + max_height - 1) / max_height;
    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < columns; column++) {
            LK_TRY(lk_grow(&out->strips, &out->capacity, out->count + 1, sizeof *out->strips));
            out->strips[out->count++] =
                (lk_strip){.level = index,
                           .from_x = cut_at(column, columns, level->out_width),
                           .to_x = cut_at(column + 1, columns, level->out_width),
                           .from_y = cut_at(row, rows, level->out_height),
                           .to_y = cut_at(row + 1, rows, level->out_height)};
        }
    return LK_OK;
}

/* What the first stage holds. Every thread has its own list of cells a level, so
 * that the best of a level are the same however the strips fell to threads. */
typedef struct stage {
    const lk_detector *detector;
    const lk_workers *workers;
    const lk_image *image;
    lk_level *levels;
    size_t level_count;
    strips strips;
    lk_cells *cells; /* [workers][levels] */
} stage;

static void clear_stage(stage *s)
{
    for (size_t i = 0; s->cells && i < s->workers->count * s->level_count; i++)
        free(s->cells[i].cells);
    free(s->cells);
    free(s->strips.strips);
    free(s->levels);
}

static lk_status plan(stage *s)
{
    LK_TRY(lk_pyramid_create(&s->levels, &s->level_count, s->image->width, s->image->height,
                             &s->detector->options));
    LK_TRY(lk_alloc(&s->cells, s->workers->count * s->level_count, sizeof *s->cells));
    for (size_t i = 0; i < s->level_count; i++)
        LK_TRY(cut_level(&s->strips, &s->levels[i], i,
                         s->workers->count > 1 ? STRIP_HEIGHT : s->levels[i].out_height));
    return LK_OK;
}

static lk_status run_strips(stage *s)
{
    int failed = 0;
#pragma omp parallel for schedule(dynamic) num_threads((int)s->workers->count) reduction(| : failed)
    for (size_t i = 0; i < s->strips.count; i++) {
        const lk_strip *strip = &s->strips.strips[i];
        size_t thread = (size_t)omp_get_thread_num() % s->workers->count;
        lk_cells *cells = &s->cells[thread * s->level_count + strip->level];
        failed |=
            lk_pnet_run(&s->detector->pnet, s->detector->kernels, &s->workers->scratch[thread],
                        cells, s->image, &s->levels[strip->level], strip,
                        s->detector->options.thresholds[0]) != LK_OK;
    }
    LK_REQUIRE(!failed, LK_ERROR_MEMORY, "detection: out of memory");
    return LK_OK;
}

/* Moves the other threads' cells of a level to the first one's list. */
static lk_status propose_gather(stage *s, size_t level)
{
    lk_cells *all = &s->cells[level];
    for (size_t i = 1; i < s->workers->count; i++) {
        const lk_cells *more = &s->cells[i * s->level_count + level];
        if (!more->count)
            continue;
        LK_TRY(lk_grow(&all->cells, &all->capacity, all->count + more->count, sizeof *all->cells));
        memcpy(all->cells + all->count, more->cells, more->count * sizeof *all->cells);
        all->count += more->count;
    }
    lk_cells_sort(all);
    if (all->count > LK_CELLS_MAX)
        all->count = LK_CELLS_MAX;
    return LK_OK;
}

typedef struct candidates {
    lk_candidate *list;
    size_t count, capacity;
} candidates;

/* Appends a level's boxes, after suppression among themselves. */
static lk_status append_level(stage *s, candidates *out, size_t level)
{
    const lk_cells *cells = &s->cells[level];
    LK_TRY(propose_gather(s, level));
    LK_TRY(lk_grow(&out->list, &out->capacity, out->count + cells->count, sizeof *out->list));
    lk_candidate *mine = out->list + out->count;
    for (size_t i = 0; i < cells->count; i++) {
        const lk_cell *cell = &cells->cells[i];
        mine[i] = (lk_candidate){
            .box = lk_box_of_cell(cell->column, cell->row, (float)s->levels[level].scale),
            .score = cell->score};
        memcpy(mine[i].shift, cell->shift, sizeof cell->shift);
    }
    size_t count = cells->count;
    LK_TRY(lk_nms(mine, &count, 0.5, LK_NMS_UNION));
    out->count += count;
    return LK_OK;
}

static lk_status propose_collect(stage *s, candidates *out)
{
    for (size_t i = 0; i < s->level_count; i++)
        LK_TRY(append_level(s, out, i));
    LK_TRY(lk_nms(out->list, &out->count, 0.7, LK_NMS_UNION));
    for (size_t i = 0; i < out->count; i++) {
        lk_box moved = lk_box_regress(&out->list[i].box, out->list[i].shift, 0);
        out->list[i].box = lk_box_square(&moved);
    }
    return LK_OK;
}

static lk_status run_stage(stage *s, candidates *out)
{
    LK_TRY(plan(s));
    LK_TRY(run_strips(s));
    return propose_collect(s, out);
}

lk_status lk_propose(const lk_detector *detector, const lk_workers *workers, lk_candidate **out,
                     size_t *out_count, const lk_image *image)
{
    stage s = {.detector = detector, .workers = workers, .image = image};
    candidates found = {0};
    lk_status status = run_stage(&s, &found);
    clear_stage(&s);
    if (status != LK_OK) {
        free(found.list);
        return status;
    }
    *out = found.list;
    *out_count = found.count;
    return LK_OK;
}
