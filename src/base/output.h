/* What the library's own writers can ask of an output beyond files.h. */
#ifndef LK_BASE_OUTPUT_H
#define LK_BASE_OUTPUT_H

#include <stdio.h>

#include <likeness/files.h>

/* The stream behind an output, for those who hand one on; borrowed. Commit finds what
 * could not be written. */
FILE *lk_output_stream(lk_output *output);

/* Like lk_output_commit, and returns once the bytes and the name are on the disk, so
 * that not even a power cut leaves half a file or none. */
lk_status lk_output_commit_durably(lk_output *output) LK_MUST_USE;

#endif
