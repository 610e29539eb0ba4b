#include "language.h"

#include <stdlib.h>
#include <string.h>

static const char *const languages[] = {"en", "de"};
enum { LANGUAGES = sizeof languages / sizeof *languages };

const char *cli_language_take(struct argp_state *state, const char *text)
{
    for (size_t i = 0; i < LANGUAGES; i++)
        if (strcmp(text, languages[i]) == 0)
            return languages[i];
    cli_usage(state, "--lang takes en or de, not '%s'", text);
    return NULL;
}

const char *cli_language_find(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *locale = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && (!locale || !*locale); i++)
        locale = getenv(names[i]);
    for (size_t i = 0; locale && i < LANGUAGES; i++)
        if (strncmp(locale, languages[i], 2) == 0 && (!locale[2] || strchr("_.@", locale[2])))
            return languages[i];
    return "en";
}
