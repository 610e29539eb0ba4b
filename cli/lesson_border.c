/* What padding at the border would change in a lesson whose boxes are facenet-pytorch's. */
#include <math.h>
#include <stdlib.h>

#include "lesson.h"

/* How far each box moves, in parts of its longer side. */
typedef struct border_run {
    const cli_lesson_set *set;
    double *moves;
    size_t count;
} border_run;

/* The corner that moves most. */
static double measure_move(const float before[4], const lk_box *after)
{
    const double corners[4] = {after->x1, after->y1, after->x2, after->y2};
    double side = fmax(corners[2] - corners[0], corners[3] - corners[1]), most = 0;
    for (size_t i = 0; i < 4; i++)
        most = fmax(most, fabs(corners[i] - before[i]));
    return most / side;
}

static void lesson_border_done(void *user, cli_photo *photo)
{
    border_run *run = user;
    const lk_lesson_image *image = &run->set->images[photo->index];
    if (!photo->problem && photo->faces.count && image->probability >= 0)
        run->moves[run->count++] = measure_move(image->box, &photo->faces.faces[0].box);
}

static void look_again(border_run *run, const cli_lesson_set *set, const cli_finder *finder,
                       const cli_detect_options *options)
{
    run->set = set;
    if (set->inputs.count)
        cli_photos_run(
            &(cli_photo_job){
                .finder = finder,
                .image = &options->image,
                .again = true,
                .done = lesson_border_done,
                .user = run,
            },
            set->inputs.files, set->inputs.count);
}

static int lesson_border_by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static cli_lesson_border sum_up(const border_run *run)
{
    cli_lesson_border border = {.faces = run->count};
    if (run->count == 0)
        return border;
    qsort(run->moves, run->count, sizeof *run->moves, lesson_border_by_size);
    border.median = run->moves[run->count / 2];
    for (size_t i = 0; i < run->count; i++)
        border.moved += run->moves[i] > 0.1;
    return border;
}

int cli_lesson_compare_border(cli_lesson *lesson, const cli_detect_options *options)
{
    cli_finder finder;
    cli_detect_options padded = *options;
    size_t photographs = lesson->people.inputs.count;
    if (options->box_count || options->mtcnn.border == LK_BORDER_PAD)
        return CLI_OK;
    padded.mtcnn.border = LK_BORDER_PAD;
    int status = cli_finder_load(&finder, &padded);
    if (status != CLI_OK)
        return status;
    for (size_t g = 0; g < lesson->group_count; g++)
        photographs += lesson->groups[g].inputs.count;
    border_run run = {.moves = cli_alloc(photographs, sizeof *run.moves)};
    look_again(&run, &lesson->people, &finder, options);
    for (size_t g = 0; g < lesson->group_count; g++)
        look_again(&run, &lesson->groups[g], &finder, options);
    lesson->border = sum_up(&run);
    free(run.moves);
    cli_finder_clear(&finder);
    return CLI_OK;
}
