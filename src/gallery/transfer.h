/* People as text, in both directions. */
#ifndef LK_GALLERY_TRANSFER_H
#define LK_GALLERY_TRANSFER_H

#include <jansson.h>

#include "gallery/gallery.h"

enum {
    LK_TRANSFER_VERSION = 1,
    LK_TRANSFER_LINE = 1 << 20 /* bytes of a line at most */
};

#endif
