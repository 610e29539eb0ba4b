/* A passphrase, typed at the terminal and not shown. */
#ifndef LK_CLI_PASSPHRASE_H
#define LK_CLI_PASSPHRASE_H

#include "cli.h"

/* Whether there is a terminal to ask at. */
bool cli_passphrase_can_ask(void);
/* Asks for it; with `twice` once more, and both must be the same. On failure reports it and
 * returns an exit status. The caller destroys *out. */
int cli_passphrase_ask(lk_gallery_key **out, bool twice);

#endif
