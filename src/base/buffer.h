/* Text that grows: pages, figures. The first failure sticks and later calls do
 * nothing, so that a page's code needs one check at its end. */
#ifndef LK_BASE_BUFFER_H
#define LK_BASE_BUFFER_H

#include <likeness/base.h>

/* Zero-initialise; lk_buffer_clear releases. `data` always ends in a zero byte
 * (not counted) once anything was added. */
typedef struct lk_buffer {
    char *data;
    size_t count, capacity;
    lk_status status;
} lk_buffer;

void lk_buffer_clear(lk_buffer *buffer);
void lk_buffer_add(lk_buffer *buffer, const char *bytes, size_t count);
void lk_buffer_text(lk_buffer *buffer, const char *text);
void lk_buffer_printf(lk_buffer *buffer, const char *format, ...) LK_PRINTF(2, 3);

/* Adds a string of unknown origin as HTML or XML text, also within quotes:
 * markup is escaped, what is not valid UTF-8 or not allowed in XML becomes
 * U+FFFD. NULL adds nothing. */
void lk_buffer_escape(lk_buffer *buffer, const char *text);

/* The same cleaning without escaping. */
void lk_buffer_clean(lk_buffer *buffer, const char *text);

void lk_buffer_base64(lk_buffer *buffer, const uint8_t *bytes, size_t count);

#endif
