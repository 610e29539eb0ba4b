/* The language of a page: --lang, else the locale's. */
#ifndef LK_CLI_LANGUAGE_H
#define LK_CLI_LANGUAGE_H

#include "cli.h"

#define CLI_LANGUAGE_OPTION(key)                                                                   \
    {                                                                                              \
        "lang", key, "en|de", 0,                                                                   \
            "The language of the page (default: the locale's, if it is one of these, else "        \
            "English)",                                                                            \
            0                                                                                      \
    }

/* What --lang takes; another language is wrong usage. */
const char *cli_language_take(struct argp_state *state, const char *text);
/* The locale's language, where the pages speak it, else "en". */
const char *cli_language_find(void);

#endif
