/* How insulactl doctor tells a stream from a burst. */
#include "doctor.h"
#include "tap.h"

#define FLOW(...)                                                                                  \
    flow_judge((const int64_t[]){ __VA_ARGS__ },                                                   \
               sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

int main(void)
{
    is_number(FLOW(300, 400, 500), FLOW_STREAMS, "spread over time: it streams");
    is_number(FLOW(4000, 4001, 4002), FLOW_BUFFERED, "all at the end: something buffers");
    is_number(FLOW(10, 11, 12), FLOW_TOO_FAST, "all at once, but at once: nobody can tell");
    is_number(FLOW(10, 2000), FLOW_TOO_FAST, "two events are too few");
    is_number(version_compare("3.0.22", "3.0.9"), 1, "versions are numbers, not words");
    is_number(version_compare("10.11", "10.11.0"), 0, "a missing part is nought");
    is_number(version_compare("10.6.19-MariaDB", "10.11"), -1, "what follows the numbers is nothing");
    is_number(version_compare("10.11.19-MariaDB-deb12", "10.11"), 1, "on either side");
    return done();
}
