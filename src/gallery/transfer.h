/* People as text, in both directions. */
#ifndef LK_GALLERY_TRANSFER_H
#define LK_GALLERY_TRANSFER_H

#include <jansson.h>

#include "gallery/gallery.h"

enum {
    LK_TRANSFER_VERSION = 1,
    LK_TRANSFER_LINE = 1 << 20 /* bytes of a line at most */
};

/* ---- the words of its lines ---- */

/* What lines begin with: the first one, that of a person, of a face. */
#define LK_TRANSFER_GALLERY "likeness_gallery"
#define LK_TRANSFER_MODEL   "model"
#define LK_TRANSFER_PERSON  "person"
#define LK_TRANSFER_FACE_OF "face_of"
/* Of the model. */
#define LK_TRANSFER_FINGERPRINT "fingerprint"
#define LK_TRANSFER_NAME        "name"
#define LK_TRANSFER_WIDTH       "width"
#define LK_TRANSFER_METRIC      "metric"
#define LK_TRANSFER_PRECISION   "precision"
/* Of a person and of a face. */
#define LK_TRANSFER_ID            "id"
#define LK_TRANSFER_CREATED       "created"
#define LK_TRANSFER_SOURCE        "source"
#define LK_TRANSFER_SOURCE_BASE64 "source_base64"
#define LK_TRANSFER_DIGEST        "sha256"
#define LK_TRANSFER_BOX           "box"
#define LK_TRANSFER_PROB          "prob"
#define LK_TRANSFER_QUALITY       "quality"
#define LK_TRANSFER_NOTES         "notes"
#define LK_TRANSFER_VECTOR        "vector"

#endif
