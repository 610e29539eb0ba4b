/* likeness data: the photographs that the lesson works on. */
#include <stdint.h>

#include "store.h"

static const char doc[] =
    "Lists the data sets that the store knows, or gets them. A download that was cut off is "
    "continued; what arrives is unpacked safely and kept in ~/.cache/likeness/data (or "
    "$XDG_CACHE_HOME/likeness/data). Mind the licences: both sets are for research."
    "\vExample:\n"
    "  likeness data pull faces face-sample\n";

int cmd_data(int argc, char **argv)
{
    cli_store_options o = {0};
    static const cli_part parts[] = {{&cli_store_argp, 0}, {0}};
    const struct argp argp = {.args_doc = "list\npull NAME...", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    if (cli_store_is(&o, "list", 0, 0))
        return cli_store_list(&o, LK_STORE_DATA);
    if (cli_store_is(&o, "pull", 1, SIZE_MAX))
        return cli_store_pull(&o, LK_STORE_DATA);
    return cli_store_unknown(&o, "data", "the actions are list and pull");
}
