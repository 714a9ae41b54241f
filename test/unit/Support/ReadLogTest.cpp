#include "mil/Support/ReadLog.h"
#include "mil/Support/Files.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include <gtest/gtest.h>

using namespace mil;

TEST(ReadLog, HasEachFileThatWasOpenedOnce) {
  llvm::SmallString<128> first, second;
  for (auto *path : {&first, &second}) {
    int fd;
    ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("mil-log", "bin", fd, *path));
    llvm::raw_fd_ostream(fd, /*shouldClose=*/true) << "x";
  }
  DiagnosticEngine diags;
  EXPECT_TRUE(File::open(first, diags)); // before there is a log
  {
    ReadLog log("/nowhere/log");
    EXPECT_TRUE(MappedFile::open(second, diags));
    EXPECT_TRUE(File::open(second, diags));
    EXPECT_FALSE(File::open("/nowhere", diags));
    {
      ReadLog::Pause pause;
      EXPECT_TRUE(File::open(first, diags));
    }
    EXPECT_EQ(log.paths(), std::vector<std::string>{second.str().str()});
  }
  ReadLog again(first.str().str());
  EXPECT_FALSE(File::open(first, diags)); // the log will replace it
  EXPECT_TRUE(again.paths().empty());
  llvm::sys::fs::remove(first);
  llvm::sys::fs::remove(second);
}
