/* What lk_audit_options can say. */
#include <likeness/audit.h>

#include "base/metric.h"
#include "base/options.h"

#define LK_PREFIX ""
#define LK_PART

#define LK_STRUCT lk_audit_options
static const lk_option audit_rows[] = {
    LK_REAL("fmr", fmr, .count = LK_AUDIT_LEVELS, .counted = true, .least = 0, .above = true,
            .most = 1, .preset = "0.01,0.001,0.0001",
            .help = "False match rates over all groups together that set a threshold each"),
    LK_CHOICE("metric", metric, .choices = lk_metric_names, .preset = "euclidean",
              .help = "What a distance is: euclidean, or cosine, which is 1 minus the cosine"),
    LK_WHOLE("draws", draws, .least = 0, .most = 1000000, .preset = "2000",
             .help = "Draws of an index's values were all groups alike; 0: none"),
    LK_WHOLE("seed", seed, .least = 0, .most = LK_OPTION_NO_BOUND, .preset = "0",
             .help = "Seed of these draws and of the halves that people are parted in"),
};
LK_OPTIONS_TABLE(lk_audit_options, "audit", audit_rows)
