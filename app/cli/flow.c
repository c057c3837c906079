/* Judges by the times of their arrival whether events were passed on as they came. */
#include "doctor.h"

#define EVENTS_LEAST 3
#define BURST_MS     50 /* all within this came together */

/* Whatever buffers gives everything at the end: the events' span is nothing beside the wait. */
enum flow flow_judge(const int64_t *arrivals_ms, size_t count)
{
    if (count < EVENTS_LEAST)
        return FLOW_TOO_FAST;
    int64_t span_ms = arrivals_ms[count - 1] - arrivals_ms[0];
    if (span_ms > BURST_MS)
        return FLOW_STREAMS;
    return arrivals_ms[0] > 4 * BURST_MS ? FLOW_BUFFERED : FLOW_TOO_FAST;
}
