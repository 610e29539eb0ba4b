/* Are two photographs of the same person?
 *
 *   compare DETECTOR_DIR WEIGHTS A.jpg B.jpg
 *
 * prints the Euclidean distance of their faces' embeddings, 0 to 2 where those have length 1. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <likeness/likeness.h>

/* Reads a photograph and cuts its largest face out, as the network wants it. */
static lk_status read_face(lk_image *face, const lk_detector *detector,
                           const lk_model_traits *traits, const char *path)
{
    lk_image photo = {0};
    lk_faces faces = {0};
    size_t chosen;
    lk_status status = lk_image_read(&photo, path, NULL);
    if (status == LK_OK)
        status = lk_detector_detect(detector, &faces, &photo);
    if (status == LK_OK)
        status = lk_detector_select(detector, &chosen, &faces, &photo);
    if (status == LK_OK)
        status = lk_face_crop(face, &photo, &faces.faces[chosen].box, traits->size, traits->margin);
    lk_faces_clear(&faces);
    lk_image_clear(&photo);
    return status;
}

int main(int argc, char **argv)
{
    lk_detector *detector = NULL;
    lk_embedder *network = NULL;
    lk_image faces[2] = {0};
    if (argc != 5)
        return fputs("usage: compare DETECTOR_DIR WEIGHTS A.jpg B.jpg\n", stderr), 2;
    lk_status status = lk_detector_create(&detector, argv[1], NULL);
    if (status == LK_OK)
        status = lk_embedder_create(&network, argv[2], NULL);
    size_t width = lk_embedder_output_size(network);
    float *vectors = calloc(2 * width, sizeof *vectors);
    for (int i = 0; i < 2 && status == LK_OK; i++)
        status = read_face(&faces[i], detector, lk_embedder_traits(network), argv[3 + i]);
    if (status == LK_OK)
        status = lk_embedder_run(network, vectors, faces, 2);
    double sum = 0;
    for (size_t i = 0; vectors && i < width; i++)
        sum += pow((double)vectors[i] - (double)vectors[width + i], 2);
    if (status == LK_OK)
        printf("distance %.4f\n", sqrt(sum));
    else
        fprintf(stderr, "%s\n", lk_error_text());
    free(vectors);
    lk_image_clear(&faces[0]);
    lk_image_clear(&faces[1]);
    lk_embedder_destroy(network);
    lk_detector_destroy(detector);
    return status == LK_OK ? 0 : 1;
}
