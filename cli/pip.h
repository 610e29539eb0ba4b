/* Python packages by way of pip. */
#ifndef LK_CLI_PIP_H
#define LK_CLI_PIP_H

#include "cli.h"

/* For lk_store_pull: where pip says that a package is installed, or the wheel that it
 * downloads. pip is started without a shell and in an empty folder, reads nothing, says
 * nothing to the user, and installs and builds nothing. `user` is not used. */
bool cli_pip_fetch(void *user, const lk_store_package *package, lk_store_form form,
                   const char *folder, char *out, size_t room);

#endif
