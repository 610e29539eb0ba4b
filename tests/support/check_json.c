/* Exits with 0 when every line of standard input is a JSON object. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    for (size_t number = 1; getline(&line, &room, stdin) >= 0; number++) {
        json_error_t error;
        json_t *value = json_loads(line, JSON_REJECT_DUPLICATES, &error);
        if (!json_is_object(value)) {
            printf("line %zu: %s\n", number, value ? "not an object" : error.text);
            return 1;
        }
        json_decref(value);
    }
    free(line);
    return 0;
}
