#include "src/tito/util/waiting.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

// What stands on stderr after a wait of 300 ms that becomes visible after `quiet`.
std::string said(bool terminal, std::chrono::milliseconds quiet) {
  Context context;
  context.terminal = terminal;
  testing::internal::CaptureStderr();
  {
    const Waiting waiting(context, "compiling your files", quiet);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  return testing::internal::GetCapturedStderr();
}

TEST(Waiting, is_shown_on_a_terminal_and_wiped_at_the_end) {
  const std::string text = said(true, std::chrono::milliseconds(1));
  EXPECT_TRUE(text.starts_with("\r\033[Kcompiling your files, 0 s")) << text;
  EXPECT_TRUE(text.ends_with("\r\033[K")) << text;
}

TEST(Waiting, says_nothing_when_it_is_short_or_nobody_reads_it) {
  EXPECT_EQ(said(true, std::chrono::hours(1)), "");
  EXPECT_EQ(said(false, std::chrono::milliseconds(1)), "");
}

}  // namespace
}  // namespace tinytorch::tito
