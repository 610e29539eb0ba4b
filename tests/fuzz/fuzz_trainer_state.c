/* Any bytes as the state of a training run. What is accepted can be written, and
 * reads back as the same text. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "train/trainer.h"

static char *rewrite(const char *text)
{
    char *out = NULL;
    lk_trainer_saved saved = {0};
    if (lk_trainer_read_state(&saved, text, "fuzz") == LK_OK &&
        lk_trainer_write_state(&out, &saved) != LK_OK)
        abort();
    lk_trainer_clear_saved(&saved);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    char *text = malloc(count + 1);
    if (!text)
        return 0;
    memcpy(text, bytes, count);
    text[count] = '\0';
    char *once = rewrite(text);
    char *twice = once ? rewrite(once) : NULL;
    if (once && (!twice || strcmp(once, twice) != 0))
        abort();
    free(twice);
    free(once);
    free(text);
    return 0;
}
