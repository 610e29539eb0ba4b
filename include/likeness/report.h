/* likeness/report.h: self-contained HTML pages.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_REPORT_H
#define LIKENESS_REPORT_H

#include <likeness/base.h>
#include <likeness/image.h>
#include <likeness/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __cplusplus
}
#endif

#endif
