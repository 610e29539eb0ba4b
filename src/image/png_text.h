/* Which way is up, as a PNG's chunks have it. */
#ifndef LK_IMAGE_PNG_TEXT_H
#define LK_IMAGE_PNG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What has been found so far, 0 for nothing; starts zeroed. */
typedef struct lk_png_metadata {
    int exif;    /* of the chunk eXIf */
    int profile; /* of a text "Raw profile type exif", from before there was eXIf */
    int xmp;     /* of a text "XML:com.adobe.xmp" */
    bool profile_seen, xmp_seen;
} lk_png_metadata;

/* Looks into one chunk. At most one text of each kind is unpacked, to at most 1 MiB. */
void lk_png_look_into(lk_png_metadata *found, const char name[4], const uint8_t *data,
                      size_t count);

/* 1-8, or 0 where no chunk says anything. */
int lk_png_orientation(const lk_png_metadata *found);

#endif
