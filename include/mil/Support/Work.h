// Work: counts of elementary steps, so that tests can assert how cost grows with size without a clock.
//
//   uint64_t before = work::steps();
//   manager.run(program, diags);
//   EXPECT_LE(work::steps() - before, 40 * operations);
//
// A step is an operation visited, a use followed or bound, an element or eight bytes of a constant read from memory, an operation
// renumbered, or an attempt to match a pattern. Counting costs one addition. Each thread has its own count.
#pragma once

#include <cstdint>

namespace mil::work {

namespace detail {
inline thread_local uint64_t steps = 0;
}

/// Counts steps of work of this thread.
inline void count(uint64_t steps = 1) { detail::steps += steps; }
/// All steps of this thread so far.
inline uint64_t steps() { return detail::steps; }

} // namespace mil::work
