/* What keeps a photograph from being enrolled. */
#ifndef LK_CLI_ENROLL_H
#define LK_CLI_ENROLL_H

#include <jansson.h>

#include "known.h"

/* Reasons, each by itself enough; --force overrides those from ENROLL_SEVERAL on. */
typedef enum enroll_reason {
    ENROLL_UNREADABLE = 0, /* no photograph */
    ENROLL_NO_FACE,
    ENROLL_SEVERAL, /* faces, of which one would be taken */
    ENROLL_UNSURE,  /* the detector is not sure that this is a face */
    ENROLL_SMALL,   /* fewer pixels than a network has use for */
    ENROLL_CUT,     /* by the photograph's border */
    ENROLL_TURNED,  /* too far from the front */
    ENROLL_BLURRED,
    ENROLL_DARK,
    ENROLL_BRIGHT,
    ENROLL_FLAT,    /* without contrast */
    ENROLL_UNLIKE,  /* the person's other faces */
    ENROLL_ANOTHER, /* nearer to another person than half the threshold, and than to them */
    ENROLL_REASONS
} enroll_reason;

/* "several-faces". */
const char *enroll_reason_name(enroll_reason reason);

/* What was found against one photograph: a bit a reason, and what to say of each. */
typedef struct enroll_verdict {
    unsigned reasons;
    char *words[ENROLL_REASONS];
} enroll_verdict;

void enroll_verdict_clear(enroll_verdict *verdict);
/* Takes the words over. */
void enroll_object(enroll_verdict *verdict, enroll_reason reason, char *words);
/* The names of its reasons with commas between them; the caller frees it. */
char *enroll_verdict_names(const enroll_verdict *verdict);

/* What the photograph says by itself. */
void enroll_look(enroll_verdict *verdict, const cli_faced *photo);
/* What the gallery says of a face that is to be `name`'s: `nearest` are the two people
 * nearest to it, of whom one may be that person. Errors: the gallery's. */
lk_status enroll_compare(enroll_verdict *verdict, lk_gallery *gallery, const char *name,
                         const float *vector, const lk_gallery_match *nearest, size_t count,
                         double threshold);

#endif
