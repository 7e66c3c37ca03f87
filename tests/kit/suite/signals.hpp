#pragma once

namespace tinytorch::lab {

/// From now on a signal that ends the process (and SIGTERM, by which the parent ends one that does not end) writes the
/// line {"event":"fell","signal":11,"frames":["1a2b", ...]} to `fd` first: the addresses of the calls, innermost first,
/// counted from the program's start, as addr2line reads them. Does nothing in builds with a sanitizer, which explains
/// signals itself.
void report_signals(int fd);

}  // namespace tinytorch::lab
