#include "report/lesson/pieces.h"

#include <string.h>

#include "report/frame/shown.h"
#include "report/frame/template.h"

const char *lk_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

void lk_lesson_think_of(lk_buffer *html, const lk_buffer *question, const lk_buffer *answer)
{
    LK_FILL(html, "lesson/page#think", lk_markup("question", question),
            lk_markup("answer", answer));
}

void lk_lesson_think(lk_buffer *html, const char *question, const char *answer)
{
    lk_buffer asked = {0}, answered = {0};
    lk_template_add(&asked, question);
    lk_template_add(&answered, answer);
    lk_lesson_think_of(html, &asked, &answered);
    lk_buffer_clear(&asked);
    lk_buffer_clear(&answered);
}

static const char *pieces_label_of(const lk_lesson_image *image)
{
    return image->label ? image->label : "";
}

static void add_cell(lk_buffer *html, const lk_lesson_image *image, const char *address, bool photo)
{
    const lk_value file = lk_text("file", lk_file_name(image->path));
    const lk_value what = lk_text("what", photo ? "Photograph" : "Face crop");
    if (!address)
        LK_FILL(html, "lesson/page#none", file,
                lk_text("why", image->status == LK_ERROR_NO_FACE ? "no face" : "none"));
    else if (*pieces_label_of(image))
        LK_FILL(html, "lesson/page#image_of", lk_text("address", address), what, file,
                lk_text("label", image->label));
    else
        LK_FILL(html, "lesson/page#image", lk_text("address", address), what, file);
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

static void pieces_add_row(lk_buffer *html, const lk_lesson_image *images, size_t count,
                           char **addresses, bool photos)
{
    lk_buffer cells = {0};
    if (photos && *pieces_label_of(images))
        LK_FILL(html, "lesson/page#row", lk_text("label", images->label));
    for (size_t i = 0; i < count; i++)
        add_cell(&cells, &images[i], addresses[i], photos);
    LK_FILL(html, "lesson/page#grid", lk_markup("cells", &cells));
    lk_buffer_clear(&cells);
}

void lk_lesson_grid(lk_buffer *html, const lk_lesson_image *images, size_t count, char **addresses,
                    bool photos, bool rows)
{
    size_t shown = count_shown(images, count, addresses, photos), length;
    for (size_t i = 0; i < shown; i += length) {
        length = row_length(images + i, shown - i, rows);
        pieces_add_row(html, images + i, length, addresses + i, photos);
    }
    if (shown < count)
        LK_FILL(html, "lesson/page#more", lk_count("count", count - shown));
}

static void add_problem(lk_buffer *list, const lk_lesson_image *image)
{
    const char *problem = image->problem ? image->problem : lk_status_text(image->status);
    lk_buffer path = {0};
    lk_shown_path(&path, image->path, image->label);
    if (list->status == LK_OK)
        list->status = path.status;
    LK_FILL(list, "lesson/page#problem", lk_name("path", path.data), lk_shown("problem", problem));
    lk_buffer_clear(&path);
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
