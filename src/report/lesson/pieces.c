#include "report/lesson/pieces.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "report/frame/parts.h"
#include "report/frame/shown.h"
#include "report/frame/template.h"

const char *lk_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

void lk_lesson_think_of(lk_buffer *html, const char *key, const lk_buffer *question,
                        const lk_buffer *answer)
{
    lk_buffer room = {0};
    lk_part_room(&room, key, question);
    LK_FILL(html, "lesson/page#think", lk_markup("question", question), lk_markup("room", &room),
            lk_markup("answer", answer));
    lk_buffer_clear(&room);
}

void lk_lesson_think(lk_buffer *html, const char *question, const char *answer)
{
    lk_buffer asked = {0}, answered = {0};
    char key[64];
    snprintf(key, sizeof key, "%s", strchr(question, '/') + 1);
    *strchr(key, '#') = '-';
    lk_template_add(&asked, question);
    lk_template_add(&answered, answer);
    lk_lesson_think_of(html, key, &asked, &answered);
    lk_buffer_clear(&asked);
    lk_buffer_clear(&answered);
}

static const char *pieces_label_of(const lk_lesson_image *image)
{
    return image->label ? image->label : "";
}

/* A grid's images: what their elements are called, and which kind they are. */
typedef struct pieces_grid {
    const char *id;
    bool photos;
} pieces_grid;

static void add_cell(lk_buffer *html, const pieces_grid *grid, const lk_lesson_image *image,
                     size_t number, const char *address)
{
    char id[64];
    snprintf(id, sizeof id, "%s-%zu", grid->id, number);
    const lk_value file = lk_text("file", lk_file_name(image->path));
    const lk_value what = lk_said("what", grid->photos ? "Photograph" : "Face crop");
    if (!address)
        LK_FILL(html, "lesson/page#none", file,
                lk_said("why", image->status == LK_ERROR_NO_FACE ? "no face" : "none"));
    else if (*pieces_label_of(image))
        LK_FILL(html, "lesson/page#image_of", lk_text("id", id), lk_text("address", address), what,
                file, lk_text("label", LK_SHORT(image->label, 80)));
    else
        LK_FILL(html, "lesson/page#image", lk_text("id", id), lk_text("address", address), what,
                file);
}

/* Images without a copy at the end of a large set are counted, not drawn. */
static size_t count_shown(const lk_lesson_image *images, size_t count, char **addresses,
                          bool photos)
{
    size_t shown = count;
    while (shown > 0 && !addresses[shown - 1] &&
           (photos ? images[shown - 1].photo.rgb : images[shown - 1].crop.rgb))
        shown--;
    return shown;
}

/* How many of the images make the first row. */
static size_t row_length(const lk_lesson_image *images, size_t count, bool rows)
{
    size_t length = 1;
    while (length < count &&
           !(rows && strcmp(pieces_label_of(&images[length]), pieces_label_of(images)) != 0))
        length++;
    return length;
}

static void pieces_add_row(lk_buffer *html, const pieces_grid *grid, const lk_lesson_image *images,
                           char **addresses, size_t first, size_t count)
{
    lk_buffer cells = {0};
    if (grid->photos && *pieces_label_of(&images[first]))
        LK_FILL(html, "lesson/page#row", lk_text("label", LK_SHORT(images[first].label, 200)));
    for (size_t i = first; i < first + count; i++)
        add_cell(&cells, grid, &images[i], i, addresses[i]);
    LK_FILL(html, "lesson/page#grid", lk_markup("cells", &cells));
    lk_buffer_clear(&cells);
}

void lk_lesson_grid(lk_buffer *html, const char *id, const lk_lesson_image *images, size_t count,
                    char **addresses, bool photos, bool rows)
{
    const pieces_grid grid = {id, photos};
    lk_buffer pictures = {0};
    size_t shown = count_shown(images, count, addresses, photos), length;
    for (size_t i = 0; i < shown; i += length) {
        length = row_length(images + i, shown - i, rows);
        pieces_add_row(&pictures, &grid, images, addresses, i, length);
    }
    lk_part_names(html, &pictures);
    if (shown < count)
        LK_FILL(html, "lesson/page#more", lk_count("count", count - shown));
    lk_buffer_clear(&pictures);
}

static void add_problem(lk_buffer *list, const lk_lesson_image *image)
{
    const char *problem = image->problem ? image->problem : lk_status_text(image->status);
    lk_buffer path = {0}, why = {0};
    lk_shown_path(&path, image->path, image->label);
    if (list->status == LK_OK)
        list->status = path.status;
    if (lk_is_said(problem))
        lk_say(&why, problem);
    else
        LK_FILL(&why, "lesson/page#problem_text", lk_shown("problem", problem));
    LK_FILL(list, "lesson/page#problem", lk_name("path", path.data), lk_markup("problem", &why));
    lk_buffer_clear(&path);
    lk_buffer_clear(&why);
}

void lk_lesson_problems(lk_buffer *html, const lk_lesson_image *images, size_t count)
{
    enum { MOST = 50 };
    lk_buffer list = {0};
    size_t problems = 0;
    for (size_t i = 0; i < count; i++)
        if (images[i].status != LK_OK && problems++ < MOST)
            add_problem(&list, &images[i]);
    if (problems > MOST)
        LK_FILL(&list, "lesson/page#more_problems", lk_count("count", problems - MOST));
    if (problems)
        LK_FILL(html, "lesson/page#problems", lk_markup("problems", &list));
    lk_buffer_clear(&list);
}
