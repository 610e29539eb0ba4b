/* Encryption and nothing of galleries: keys, what is kept of them, sealed bytes (libsodium).
 *
 * A gallery has a key of its own, 32 random bytes, from which the keys that are used are
 * derived. It is kept in a row of LK_SEAL_ROW bytes: how the user's key becomes 32 bytes (a
 * file's by BLAKE2b, a passphrase's by Argon2id, with the row's salt), and the gallery's key
 * under those. Bytes are sealed by XChaCha20-Poly1305 with a random nonce; whose they are is
 * authenticated with them, so that they are nobody else's. */
#ifndef LK_GALLERY_SEAL_H
#define LK_GALLERY_SEAL_H

#include <likeness/gallery.h>

typedef struct lk_seal lk_seal; /* a gallery's key, in locked memory */

enum {
    LK_SEAL_SALT = 16,
    LK_SEAL_HEAD = 1 + 1 + 4 + 8 + LK_SEAL_SALT, /* version, how, operations, memory, salt */
    LK_SEAL_NONCE = 24,
    LK_SEAL_KEY = 32,
    LK_SEAL_TAG = 16,
    LK_SEAL_ROW = LK_SEAL_HEAD + LK_SEAL_NONCE + LK_SEAL_KEY + LK_SEAL_TAG,
    LK_SEAL_MORE = LK_SEAL_NONCE + LK_SEAL_TAG, /* what sealing adds */
    LK_SEAL_MARK = 32
};

/* How the row's key is made; LK_GALLERY_PLAIN where it is none that we know. */
lk_gallery_secret lk_seal_secret_of(const uint8_t row[LK_SEAL_ROW]);

/* A new gallery's key, and its row. Errors: LK_ERROR_MEMORY. */
lk_status lk_seal_create(lk_seal **out, uint8_t row[LK_SEAL_ROW],
                         const lk_gallery_key *key) LK_MUST_USE;
/* The key of a row. Errors: LK_ERROR_ARGUMENT (another kind of key, or one that does not fit),
 * LK_ERROR_DATABASE (no such row), LK_ERROR_MEMORY; the text names no file. */
lk_status lk_seal_open(lk_seal **out, const uint8_t row[LK_SEAL_ROW],
                       const lk_gallery_key *key) LK_MUST_USE;
void lk_seal_destroy(lk_seal *seal);

/* out[count + LK_SEAL_MORE] of bytes[count]; `whose` is what must be the same on opening. */
void lk_seal_bytes(const lk_seal *seal, uint8_t *out, const void *bytes, size_t count,
                   const void *whose, size_t whose_count);
/* The reverse: out[count] of sealed[count + LK_SEAL_MORE]. False: it is not what was sealed,
 * or not theirs; out is zeros then. */
bool lk_unseal_bytes(const lk_seal *seal, void *out, size_t count, const uint8_t *sealed,
                     const void *whose, size_t whose_count) LK_MUST_USE;

/* A mark by which it can be told that bytes that anybody may read were not changed. */
void lk_seal_mark(const lk_seal *seal, uint8_t out[LK_SEAL_MARK], const void *bytes, size_t count);

/* Overwrites what nobody is to find in memory. */
void lk_seal_forget(void *memory, size_t bytes);

#endif
