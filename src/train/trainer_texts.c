/* Names in a run's folder, and lists of lines without a repetition. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "train/trainer.h"

lk_status lk_trainer_path(char **out, const char *run, const char *name)
{
    return lk_format(out, "%s/%s", run, name);
}

lk_status lk_trainer_append_text(lk_trainer_texts *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return LK_OK;
    LK_TRY(lk_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items));
    LK_TRY(lk_strdup(&list->items[list->count], text));
    list->count++;
    return LK_OK;
}

void lk_trainer_clear_texts(lk_trainer_texts *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (lk_trainer_texts){0};
}
