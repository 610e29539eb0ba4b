/* Writes dlib's face recognition network with made-up weights.
 *
 * usage: make_dlib FILE */
#include <stdio.h>

#include "dlib_file.h"

int main(int argc, char **argv)
{
    dlib_file network = {0};
    FILE *file = argc == 2 ? fopen(argv[1], "wb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: make_dlib FILE\n");
        return 1;
    }
    dlib_make_network(&network);
    size_t written = fwrite(network.bytes.data, 1, network.bytes.count, file);
    int failed = fclose(file) != 0 || written != network.bytes.count;
    dlib_clear(&network);
    return failed;
}
