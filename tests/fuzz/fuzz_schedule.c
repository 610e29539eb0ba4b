/* Any bytes as a schedule file. What is accepted gives, at any epoch, a rate that can
 * be trained with; what is not has a reason that names the file. */
#include "fuzz.h"
#include "memory_file.h"

#include <math.h>
#include <string.h>

#include <likeness/train.h>

static void use(const lk_schedule *schedule)
{
    static const double epochs[] = {0, 0.5, 1, 3, 1e3, 1e18, 1e300};
    for (size_t i = 0; i < sizeof epochs / sizeof *epochs; i++) {
        double rate = lk_schedule_rate(schedule, epochs[i], i);
        if (!(rate >= 0 && isfinite(rate)))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    memory_file file = memory_file_open(bytes, count);
    lk_schedule *schedule;
    lk_schedule_options options;
    lk_schedule_options_init(&options);
    options.kind = LK_SCHEDULE_FILE;
    options.path = file.path;
    options.warmup = 2;
    if (lk_schedule_create(&schedule, &options) == LK_OK) {
        use(schedule);
        lk_schedule_destroy(schedule);
    } else if (strncmp(lk_error_text(), file.path, strlen(file.path)) != 0) {
        abort();
    }
    memory_file_close(&file);
    return 0;
}
