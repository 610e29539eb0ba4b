/* What a gallery's calibration says of a threshold, in words. */
#ifndef LK_CLI_LEVELS_H
#define LK_CLI_LEVELS_H

#include <jansson.h>

#include "cli.h"

/* The level of a threshold: the one that has it, or else the strictest that is no stricter:
 * its rate is no less. NULL: none. */
const lk_gallery_level *cli_levels_of(const lk_gallery_level *levels, size_t count,
                                      double threshold);
/* The strictest level whose rate of false matches was estimated; NULL: none. */
const lk_gallery_level *cli_levels_usual(const lk_gallery_level *levels, size_t count);

/* Lines about one level: how many strangers pass, and of a person's own photographs how
 * many do not. `faces`: what a photograph is compared with. */
void cli_level_tell(const lk_gallery_level *level, size_t faces);
/* The same as JSON; null without a level. */
json_t *cli_level_json(const lk_gallery_level *level);
/* All levels, on lines of their own. */
void cli_levels_tell(const lk_gallery_level *levels, size_t count, bool json);

#endif
