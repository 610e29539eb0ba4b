/* Writes dlib's face recognition network, or its predictor of five landmarks, with made-up
 * numbers.
 *
 * usage: make_dlib network|predictor FILE */
#include <stdio.h>
#include <string.h>

#include "dlib_file.h"

int main(int argc, char **argv)
{
    static const dlib_predictor_size size = {
        .cascades = 2, .trees = 3, .splits = 7, .values = 20, .rows = 10};
    dlib_file made = {0};
    FILE *file = argc == 3 ? fopen(argv[2], "wb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: make_dlib network|predictor FILE\n");
        return 1;
    }
    if (strcmp(argv[1], "network") == 0)
        dlib_make_network(&made);
    else
        dlib_make_predictor(&made, &size);
    size_t written = fwrite(made.bytes.data, 1, made.bytes.count, file);
    int failed = fclose(file) != 0 || written != made.bytes.count;
    dlib_clear(&made);
    return failed;
}
