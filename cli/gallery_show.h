/* What `likeness gallery` says. Each returns an exit status. */
#ifndef LK_CLI_GALLERY_SHOW_H
#define LK_CLI_GALLERY_SHOW_H

#include "cli.h"

int gallery_list(lk_gallery *gallery, bool json);
int gallery_show(lk_gallery *gallery, const char *name, bool json);
int gallery_stats(lk_gallery *gallery, bool json);
int gallery_check(lk_gallery *gallery, bool json);

#endif
