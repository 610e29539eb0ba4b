/* By what a picture of a face is known again: its pixels, and what is left of them when it is
 * stored at another size or quality. */
#include <math.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/error.h"
#include "quality/luma.h"

enum { FINE = 32, LOW = 8 }; /* the hash: LOW x LOW frequencies of FINE x FINE pixels */

static lk_status digest_pixels(uint8_t out[32], const lk_image *image)
{
    const uint64_t size[2] = {image->width, image->height};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
                EVP_DigestUpdate(context, size, sizeof size) &&
                EVP_DigestUpdate(context, image->rgb, 3 * image->width * image->height) &&
                EVP_DigestFinal_ex(context, out, NULL);
    EVP_MD_CTX_free(context);
    LK_REQUIRE(good, LK_ERROR_INTERNAL, "SHA-256 of a photograph failed");
    return LK_OK;
}

static double frequency(const double *luma, size_t u, size_t v, double cosines[LOW][FINE])
{
    double sum = 0;
    for (size_t y = 0; y < FINE; y++)
        for (size_t x = 0; x < FINE; x++)
            sum += luma[y * FINE + x] * cosines[u][x] * cosines[v][y];
    return sum;
}

/* Signs of the frequencies but the lowest, which is the brightness and says nothing. */
static uint64_t hash_of(const double *luma)
{
    double cosines[LOW][FINE];
    uint64_t hash = 0;
    for (size_t u = 0; u < LOW; u++)
        for (size_t x = 0; x < FINE; x++)
            cosines[u][x] = cos(3.14159265358979323846 * (double)u * ((double)x + .5) / FINE);
    for (size_t i = 1; i < (size_t)LOW * LOW; i++)
        if (frequency(luma, i % LOW, i / LOW, cosines) > 0)
            hash |= UINT64_C(1) << i;
    return hash;
}

lk_status lk_print_make(lk_print *out, const lk_image *image, const lk_face *face)
{
    double fine[FINE * FINE], coarse[LK_PRINT_SIDE * LK_PRINT_SIDE];
    uint8_t digest[32];
    lk_part part;
    LK_REQUIRE(out && image, LK_ERROR_ARGUMENT, "NULL where a photograph is to be known again");
    LK_TRY(lk_part_of(&part, image, face));
    LK_TRY(lk_luma_of(fine, image, &part, FINE));
    LK_TRY(lk_luma_of(coarse, image, &part, LK_PRINT_SIDE));
    LK_TRY(digest_pixels(digest, image));
    memcpy(out->pixels, digest, sizeof digest);
    out->hash = hash_of(fine);
    for (size_t i = 0; i < sizeof out->thumbnail; i++)
        out->thumbnail[i] = (uint8_t)lround(coarse[i]);
    return LK_OK;
}
