#include "face_json.h"
#include "json.h"

static json_t *floats(const float *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        cli_json_append(array, cli_json_float(values[i]));
    return array;
}

void cli_json_set_face(json_t *object, const lk_face *face)
{
    const float box[] = {face->box.x1, face->box.y1, face->box.x2, face->box.y2};
    json_t *points = json_array();
    for (int p = 0; p < 5 && cli_has_points(face); p++)
        cli_json_append(points, floats(face->landmarks[p], 2));
    cli_json_set(object, "box", floats(box, 4));
    cli_json_set(object, "prob", cli_json_float(face->probability));
    cli_json_set(object, "landmarks", points);
}

json_t *cli_json_border(const cli_detect_options *options)
{
    return options->box_count ? json_null() : json_string(cli_border_name(options->mtcnn.border));
}

json_t *cli_json_failure(const char *path, const char *error)
{
    json_t *object = json_object();
    cli_json_set_path(object, "path", path);
    cli_json_set(object, "error", cli_json_text(error));
    return object;
}

void cli_json_failures(lk_output *output, const cli_inputs *inputs)
{
    for (size_t i = 0; i < inputs->failure_count; i++) {
        json_t *failure = cli_json_failure(inputs->failures[i].path, inputs->failures[i].error);
        if (output)
            cli_json_send(output, failure);
        else
            cli_json_print(stdout, failure);
    }
}
