#include "gallery/seal.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <likeness/files.h>

#include "base/error.h"

_Static_assert(LK_SEAL_SALT == crypto_pwhash_SALTBYTES, "Argon2id's salt");
_Static_assert(LK_SEAL_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(LK_SEAL_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(LK_SEAL_TAG == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

/* All three lie in memory of libsodium's that is locked, fenced and wiped. */
struct lk_gallery_key {
    lk_gallery_secret kind;
    uint8_t digest[crypto_generichash_BYTES_MAX]; /* of a file */
    char text[LK_GALLERY_PASSPHRASE_BYTES];
    size_t length;
};

struct lk_seal {
    uint8_t master[LK_SEAL_KEY], vectors[LK_SEAL_KEY], marks[LK_SEAL_KEY];
};

enum { SEAL_VERSION = 1, SEAL_VECTORS = 1, SEAL_MARKS = 2 };

/* A hostile row must not make us work for hours. */
enum { SEAL_MOST_OPERATIONS = 16, SEAL_MOST_MEMORY = 1 << 30 };

static lk_status seal_allocate(void *out, size_t bytes)
{
    LK_REQUIRE(sodium_init() >= 0, LK_ERROR_INTERNAL, "libsodium cannot begin");
    void *memory = sodium_malloc(bytes);
    LK_REQUIRE(memory, LK_ERROR_MEMORY, "no memory for a key");
    sodium_memzero(memory, bytes);
    *(void **)out = memory;
    return LK_OK;
}

void lk_seal_forget(void *memory, size_t bytes)
{
    sodium_memzero(memory, bytes);
}

/* ---- the user's key ---- */

static lk_status seal_digest_file(lk_gallery_key *key, const char *path)
{
    char *bytes;
    LK_TRY(lk_input_read(&bytes, &key->length, path, LK_GALLERY_KEY_MOST));
    crypto_generichash(key->digest, sizeof key->digest, (const uint8_t *)bytes, key->length, NULL,
                       0);
    sodium_memzero(bytes, key->length);
    free(bytes);
    LK_REQUIRE(key->length >= LK_GALLERY_KEY_LEAST, LK_ERROR_ARGUMENT,
               "%s: %zu bytes, no key: a key file has at least %d, best random ones", path,
               key->length, LK_GALLERY_KEY_LEAST);
    return LK_OK;
}

lk_status lk_gallery_key_read(lk_gallery_key **out, const char *path)
{
    lk_gallery_key *key;
    LK_REQUIRE(out && path, LK_ERROR_ARGUMENT, "lk_gallery_key_read: NULL argument");
    LK_TRY(seal_allocate(&key, sizeof *key));
    key->kind = LK_GALLERY_KEY_FILE;
    lk_status status = seal_digest_file(key, path);
    if (status == LK_OK)
        *out = key;
    else
        lk_gallery_key_destroy(key);
    return status;
}

lk_status lk_gallery_key_passphrase(lk_gallery_key **out, const char *text, size_t length)
{
    lk_gallery_key *key;
    LK_REQUIRE(out && text && length && length <= LK_GALLERY_PASSPHRASE_BYTES, LK_ERROR_ARGUMENT,
               "a passphrase has 1 to %d bytes", LK_GALLERY_PASSPHRASE_BYTES);
    LK_TRY(seal_allocate(&key, sizeof *key));
    key->kind = LK_GALLERY_PASSPHRASE;
    memcpy(key->text, text, length);
    key->length = length;
    *out = key;
    return LK_OK;
}

void lk_gallery_key_destroy(lk_gallery_key *key)
{
    sodium_free(key); /* NULL is nothing to it */
}

/* ---- the row ---- */

typedef struct lk_seal_head {
    lk_gallery_secret how;
    uint32_t operations;
    uint64_t memory;
    const uint8_t *salt;
} lk_seal_head;

/* Numbers stand low byte first. */
static uint64_t seal_take_number(const uint8_t *bytes, size_t count)
{
    uint64_t number = 0;
    while (count--)
        number = number << 8 | bytes[count];
    return number;
}

static void seal_put_number(uint8_t *bytes, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
}

static lk_seal_head seal_take_head(const uint8_t *row)
{
    bool known = row[0] == SEAL_VERSION &&
                 (row[1] == LK_GALLERY_KEY_FILE || row[1] == LK_GALLERY_PASSPHRASE);
    return (lk_seal_head){known ? (lk_gallery_secret)row[1] : LK_GALLERY_PLAIN,
                          (uint32_t)seal_take_number(row + 2, 4), seal_take_number(row + 6, 8),
                          row + 14};
}

static void seal_make_head(uint8_t *row, lk_gallery_secret how)
{
    bool slow = how == LK_GALLERY_PASSPHRASE;
    row[0] = SEAL_VERSION;
    row[1] = (uint8_t)how;
    seal_put_number(row + 2, 4, slow ? crypto_pwhash_OPSLIMIT_MODERATE : 0);
    seal_put_number(row + 6, 8, slow ? crypto_pwhash_MEMLIMIT_MODERATE : 0);
    randombytes_buf(row + 14, LK_SEAL_SALT);
}

lk_gallery_secret lk_seal_secret_of(const uint8_t row[LK_SEAL_ROW])
{
    return seal_take_head(row).how;
}

static lk_status seal_stretch(uint8_t *out, const lk_seal_head *head, const lk_gallery_key *key)
{
    LK_REQUIRE(head->operations >= crypto_pwhash_OPSLIMIT_MIN &&
                   head->operations <= SEAL_MOST_OPERATIONS &&
                   head->memory >= crypto_pwhash_MEMLIMIT_MIN && head->memory <= SEAL_MOST_MEMORY,
               LK_ERROR_DATABASE, "damaged: it does not say how a key is made of a passphrase");
    int failed =
        crypto_pwhash(out, LK_SEAL_KEY, key->text, key->length, head->salt, head->operations,
                      (size_t)head->memory, crypto_pwhash_ALG_ARGON2ID13);
    LK_REQUIRE(!failed, LK_ERROR_MEMORY, "no memory (%.0f MB) to make a key of a passphrase",
               (double)head->memory / 1e6);
    return LK_OK;
}

/* What the gallery's key is under. */
static lk_status seal_outer_key(uint8_t *out, const lk_seal_head *head, const lk_gallery_key *key)
{
    LK_REQUIRE(head->how != LK_GALLERY_PLAIN, LK_ERROR_DATABASE,
               "encrypted in a way that this likeness does not know, or damaged");
    LK_REQUIRE(key->kind == head->how, LK_ERROR_ARGUMENT, "it is encrypted with a %s, not a %s",
               head->how == LK_GALLERY_PASSPHRASE ? "passphrase" : "key file",
               key->kind == LK_GALLERY_PASSPHRASE ? "passphrase" : "key file");
    if (head->how == LK_GALLERY_PASSPHRASE)
        return seal_stretch(out, head, key);
    crypto_generichash(out, LK_SEAL_KEY, key->digest, sizeof key->digest, head->salt, LK_SEAL_SALT);
    return LK_OK;
}

static void seal_derive(lk_seal *seal)
{
    static const char context[crypto_kdf_CONTEXTBYTES + 1] = "lkgallry";
    crypto_kdf_derive_from_key(seal->vectors, LK_SEAL_KEY, SEAL_VECTORS, context, seal->master);
    crypto_kdf_derive_from_key(seal->marks, LK_SEAL_KEY, SEAL_MARKS, context, seal->master);
}

static lk_status seal_wrap(const lk_seal *seal, uint8_t *row, uint8_t *outer,
                           const lk_gallery_key *key)
{
    const lk_seal_head head = seal_take_head(row);
    uint8_t *nonce = row + LK_SEAL_HEAD;
    LK_TRY(seal_outer_key(outer, &head, key));
    randombytes_buf(nonce, LK_SEAL_NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + LK_SEAL_NONCE, NULL, seal->master,
                                               LK_SEAL_KEY, row, LK_SEAL_HEAD, NULL, nonce, outer);
    return LK_OK;
}

static lk_status seal_unwrap(lk_seal *seal, const uint8_t *row, uint8_t *outer,
                             const lk_gallery_key *key)
{
    const lk_seal_head head = seal_take_head(row);
    const uint8_t *nonce = row + LK_SEAL_HEAD;
    LK_TRY(seal_outer_key(outer, &head, key));
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        seal->master, NULL, NULL, nonce + LK_SEAL_NONCE, LK_SEAL_KEY + LK_SEAL_TAG, row,
        LK_SEAL_HEAD, nonce, outer);
    LK_REQUIRE(!failed, LK_ERROR_ARGUMENT, "this %s does not open it",
               head.how == LK_GALLERY_PASSPHRASE ? "passphrase" : "key file");
    return LK_OK;
}

lk_status lk_seal_create(lk_seal **out, uint8_t row[LK_SEAL_ROW], const lk_gallery_key *key)
{
    lk_seal *seal;
    uint8_t *outer;
    LK_TRY(seal_allocate(&seal, sizeof *seal));
    lk_status status = seal_allocate(&outer, LK_SEAL_KEY);
    if (status == LK_OK) {
        randombytes_buf(seal->master, sizeof seal->master);
        seal_make_head(row, key->kind);
        status = seal_wrap(seal, row, outer, key);
        sodium_free(outer);
    }
    seal_derive(seal);
    if (status == LK_OK)
        *out = seal;
    else
        lk_seal_destroy(seal);
    return status;
}

lk_status lk_seal_open(lk_seal **out, const uint8_t row[LK_SEAL_ROW], const lk_gallery_key *key)
{
    lk_seal *seal;
    uint8_t *outer;
    LK_TRY(seal_allocate(&seal, sizeof *seal));
    lk_status status = seal_allocate(&outer, LK_SEAL_KEY);
    if (status == LK_OK) {
        status = seal_unwrap(seal, row, outer, key);
        sodium_free(outer);
    }
    seal_derive(seal);
    if (status == LK_OK)
        *out = seal;
    else
        lk_seal_destroy(seal);
    return status;
}

void lk_seal_destroy(lk_seal *seal)
{
    sodium_free(seal);
}

/* ---- bytes ---- */

void lk_seal_bytes(const lk_seal *seal, uint8_t *out, const void *bytes, size_t count,
                   const void *whose, size_t whose_count)
{
    randombytes_buf(out, LK_SEAL_NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + LK_SEAL_NONCE, NULL, bytes, count, whose,
                                               whose_count, NULL, out, seal->vectors);
}

bool lk_unseal_bytes(const lk_seal *seal, void *out, size_t count, const uint8_t *sealed,
                     const void *whose, size_t whose_count)
{
    bool opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
                      out, NULL, NULL, sealed + LK_SEAL_NONCE, count + LK_SEAL_TAG, whose,
                      whose_count, sealed, seal->vectors) == 0;
    if (!opened)
        memset(out, 0, count);
    return opened;
}

void lk_seal_mark(const lk_seal *seal, uint8_t out[LK_SEAL_MARK], const void *bytes, size_t count)
{
    crypto_generichash(out, LK_SEAL_MARK, bytes, count, seal->marks, LK_SEAL_KEY);
}
