/* What the script is told of the images, and how to do a step by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/frame/shown.h"
#include "report/frame/template.h"
#include "report/lesson/pieces.h"

/* The element that shows an image: a photograph of the people, a crop of a group. NULL: it
 * is not drawn. */
static lk_status hand_find_element(char **out, const lk_lesson_image *image,
                                   const lk_lesson *lesson)
{
    enum { MOST = 600 }; /* as the thumbnails */
    size_t at = (size_t)(image - lesson->people);
    *out = NULL;
    if (lesson->people && image >= lesson->people && at < lesson->people_count)
        return at < MOST ? lk_format(out, "photo-%zu", at) : LK_OK;
    for (size_t g = 0; g < lesson->group_count; g++) {
        const lk_lesson_group *group = &lesson->groups[g];
        at = (size_t)(image - group->images);
        if (image >= group->images && at < group->count)
            return at < MOST ? lk_format(out, "group-%zu-%zu", g, at) : LK_OK;
    }
    return LK_OK;
}

static lk_status hand_fill(lk_lesson_names *out, const lk_lesson_image *const *images, size_t count,
                           const lk_lesson *lesson)
{
    LK_TRY(lk_alloc(&out->names, count, sizeof *out->names));
    LK_TRY(lk_alloc(&out->ids, count, sizeof *out->ids));
    out->images =
        (lk_part_images){(const char *const *)out->names, (const char *const *)out->ids, count};
    for (size_t i = 0; i < count; i++) {
        lk_buffer path = {0};
        lk_shown_path(&path, images[i]->path, images[i]->label);
        out->names[i] = path.data;
        LK_TRY(path.status);
        LK_TRY(hand_find_element(&out->ids[i], images[i], lesson));
    }
    return LK_OK;
}

lk_status lk_lesson_list(lk_lesson_names *out, const lk_lesson_image *const *images, size_t count,
                         const lk_lesson *lesson)
{
    lk_lesson_names made = {0};
    lk_status status = hand_fill(&made, images, count, lesson);
    if (status == LK_OK)
        *out = made;
    else
        lk_lesson_list_clear(&made);
    return status;
}

void lk_lesson_list_clear(lk_lesson_names *list)
{
    for (size_t i = 0; i < list->images.count; i++) {
        free(list->names[i]);
        free(list->ids[i]);
    }
    free(list->names);
    free(list->ids);
    *list = (lk_lesson_names){0};
}

/* The files of a section's C, headers first. */
static void hand_add_files(lk_buffer *files, const char *section)
{
    static const char *const endings[] = {"h", "c"};
    char fragment[64];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        lk_buffer text = {0};
        snprintf(fragment, sizeof fragment, "lesson/hand#%s_%s", section, endings[i]);
        if (!lk_template_has(fragment))
            continue;
        lk_template_add(&text, fragment);
        LK_FILL(files, "lesson/hand#file", lk_markup("text", &text));
        lk_buffer_clear(&text);
    }
}

void lk_lesson_by_hand(lk_buffer *html, const lk_lesson_page_data *page, const char *section)
{
    const lk_lesson *l = page->lesson;
    lk_buffer lines = {0}, files = {0}, code = {0};
    for (size_t i = 0; i < l->command_count; i++)
        if (strcmp(l->commands[i].section, section) == 0)
            LK_FILL(&lines, "lesson/hand#line", lk_text("command", l->commands[i].command));
    hand_add_files(&files, section);
    if (files.count)
        LK_FILL(&code, "lesson/hand#code", lk_markup("files", &files));
    if (lines.count)
        LK_FILL(html, "lesson/hand#hand", lk_markup("lines", &lines), lk_markup("code", &code));
    lk_buffer_clear(&lines);
    lk_buffer_clear(&files);
    lk_buffer_clear(&code);
}
