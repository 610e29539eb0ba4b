#include "measured.h"

#include <stdlib.h>
#include <string.h>

/* The usual gallery may be of another model, or of no use: then it is as if there were none. */
static int measured_open(lk_gallery **out, const cli_gallery_options *o)
{
    lk_gallery_options how;
    bool named = o->path || o->key_file || o->passphrase_file;
    *out = NULL;
    if (named) {
        int status = cli_gallery_open(out, o, CLI_GALLERY_READ);
        return status == CLI_OK ? cli_gallery_need_key(*out, o) : status;
    }
    char *place = cli_gallery_place(NULL);
    lk_gallery_options_init(&how);
    how.read_only = true;
    if (lk_gallery_open(out, place, &how) != LK_OK)
        *out = NULL;
    free(place);
    return CLI_OK;
}

static int measured_of_model(bool *same, const char *fingerprint,
                             const cli_network_options *weights, const lk_embedder *network,
                             const lk_extract_options *crop)
{
    char *own = NULL;
    int status = cli_known_fingerprint(&own, weights, network, crop);
    *same = status == CLI_OK && strcmp(own, fingerprint) == 0;
    free(own);
    return status;
}

int cli_measured_read(cli_measured *out, const cli_gallery_options *o,
                      const cli_network_options *weights, const lk_embedder *network,
                      const lk_extract_options *crop)
{
    lk_gallery *gallery;
    lk_gallery_model model;
    bool same = false;
    out->count = 0;
    int status = measured_open(&gallery, o);
    /* of an encrypted one that no key was given for nothing can be trusted */
    if (status == CLI_OK && gallery && lk_gallery_get_model(gallery, &model) &&
        lk_gallery_get_levels(gallery, out->levels, &out->count) != LK_OK) {
        out->count = 0;
        status = o->path ? cli_fail(LK_ERROR_DATABASE) : CLI_OK;
    }
    if (status == CLI_OK && out->count)
        status = measured_of_model(&same, model.fingerprint, weights, network, crop);
    if (!same)
        out->count = 0;
    lk_gallery_close(gallery);
    return status;
}
