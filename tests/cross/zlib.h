/* As much of zlib as tests need that run where there is no zlib. */
#ifndef LK_TESTS_CROSS_ZLIB_H
#define LK_TESTS_CROSS_ZLIB_H

#include <stddef.h>

static inline unsigned long crc32_z(unsigned long crc, const unsigned char *bytes, size_t count)
{
    crc ^= 0xffffffffu;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return crc ^ 0xffffffffu;
}

#endif
