/* A gallery's faces, and where their photographs are now. */
#ifndef LK_CLI_REEMBED_H
#define LK_CLI_REEMBED_H

#include "inputs.h"

typedef struct reembed_face {
    int64_t id;
    lk_box box;
    size_t photo, next; /* the next face of the photograph; SIZE_MAX: none */
    bool done;
} reembed_face;

typedef struct reembed_photo {
    char *source;
    uint8_t digest[LK_GALLERY_DIGEST];
    bool has_digest;
    const char *why; /* it is of no use */
    size_t first;    /* of its faces; SIZE_MAX: none, it is another's photograph again */
    lk_file file;    /* where it is now; path NULL: not wanted, or not found */
} reembed_photo;

/* A photograph among the paths that were named. */
typedef struct reembed_found {
    uint8_t digest[LK_GALLERY_DIGEST];
    const lk_file *file;
} reembed_found;

/* Zero-initialise. */
typedef struct reembed_search {
    reembed_face *faces; /* in the order of their numbers */
    size_t face_count, face_capacity;
    reembed_photo *photos;
    size_t photo_count, photo_capacity;
    reembed_found *found;
    size_t found_count;
} reembed_search;

/* All faces of the gallery. On failure reports it and returns an exit status. */
int reembed_take_faces(reembed_search *search, lk_gallery *gallery);
/* The face of a number; NULL: none. */
reembed_face *reembed_face_of(const reembed_search *search, int64_t id);
/* Reads what lies below the paths. */
void reembed_look_below(reembed_search *search, const cli_inputs *inputs);
/* The photographs, each once, of which a face is not done, and that are found: their files
 * into files[photo_count], their numbers into photos[photo_count]. Returns how many. */
size_t reembed_list(reembed_search *search, lk_file *files, size_t *photos);
void reembed_search_clear(reembed_search *search);

#endif
