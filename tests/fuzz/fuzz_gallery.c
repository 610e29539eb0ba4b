/* Any bytes as a gallery's database: an error, or an answer. */
#include "fuzz.h"

#include <string.h>

#include <likeness/gallery.h>

#include "memory_file.h"

static bool take_person(void *user, const lk_gallery_person *person)
{
    *(size_t *)user += strlen(person->name);
    return true;
}

static bool take_face(void *user, const lk_gallery_face *face)
{
    *(size_t *)user += strlen(face->source) + strlen(face->notes);
    return true;
}

static void use_gallery(lk_gallery *gallery)
{
    static float vector[LK_GALLERY_MOST_WIDTH] = {0.5f, -0.5f, 0.5f, 0.5f};
    lk_gallery_match matches[2];
    lk_gallery_level levels[LK_GALLERY_LEVELS];
    size_t found, bytes = 0;
    for (int by = 0; by < LK_GALLERY_BY_COUNT; by++) {
        (void)!lk_gallery_identify(gallery, matches, &found, vector, 1, 2, (lk_gallery_by)by);
        (void)!lk_gallery_verify(gallery, matches, "Ada", vector, (lk_gallery_by)by);
    }
    (void)!lk_gallery_people(gallery, take_person, &bytes);
    (void)!lk_gallery_faces(gallery, 0, take_face, &bytes);
    (void)!lk_gallery_get_levels(gallery, levels, &found);
    (void)!lk_gallery_check(gallery, &found, NULL, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    enum { FORMAT = 18, HEADER = 100 };
    lk_gallery *gallery;
    lk_gallery_options options;
    uint8_t *copy = malloc(count + 1);
    if (!copy)
        return 0;
    if (count)
        memcpy(copy, bytes, count);
    if (count >= HEADER)
        copy[FORMAT] = copy[FORMAT + 1] = 1; /* no log: none can lie beside a file in memory */
    memory_file file = memory_file_open(copy, count);
    lk_gallery_options_init(&options);
    options.read_only = true;
    options.wait = 0;
    if (lk_gallery_open(&gallery, file.path, &options) == LK_OK) {
        use_gallery(gallery);
        lk_gallery_close(gallery);
    }
    memory_file_close(&file);
    free(copy);
    return 0;
}
