#include "model_json.h"

#include <string.h>

#include "json.h"

json_t *cli_model_json(const lk_model_traits *traits)
{
    char *text = NULL;
    if (lk_model_traits_text(&text, traits) != LK_OK)
        cli_out_of_memory();
    json_t *object = cli_json_parse(text, strlen(text));
    lk_free(text);
    if (!object)
        cli_out_of_memory();
    json_object_del(object, "format");
    json_object_del(object, "version");
    return object;
}
