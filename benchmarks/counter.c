/* Lets Python zero and dump callgrind's counters around a case; see instructions.py. */
#include <valgrind/callgrind.h>

void counter_start(void) { CALLGRIND_START_INSTRUMENTATION; }
void counter_stop(void) { CALLGRIND_STOP_INSTRUMENTATION; }
void counter_zero(void) { CALLGRIND_ZERO_STATS; }
void counter_dump(const char *name) { CALLGRIND_DUMP_STATS_AT(name); }
