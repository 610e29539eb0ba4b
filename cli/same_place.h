/* A face that is found again in its photograph, perhaps by another detector. */
#ifndef LK_CLI_SAME_PLACE_H
#define LK_CLI_SAME_PLACE_H

#include "known.h"

/* The face of a photograph that lies where one lay, three tenths of both together or more;
 * SIZE_MAX: none. */
size_t cli_same_place(const cli_faced *photo, const lk_box *box);

#endif
