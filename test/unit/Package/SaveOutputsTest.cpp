// Saving: outputs replace nothing that they must not, and a failure leaves nothing behind.
#include "SavedModel.h"
#include <csignal>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace mil;
using testing::ElementsAre;

namespace {

TEST(SaveOutputs, ReplacesOnlyWhenForced) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  folder.write("out.mlpackage/mine", "kept");
  folder.write("text/out.mil", "kept");
  EXPECT_FALSE(shop.save(sample, folder.path("out.mlpackage")));
  EXPECT_FALSE(shop.save(sample, folder.path("text/out.mil")));
  EXPECT_THAT(shop.slugs(), ElementsAre("output-exists", "output-exists"));
  EXPECT_EQ(folder.read("out.mlpackage/mine"), "kept");
  EXPECT_EQ(folder.read("text/out.mil"), "kept");
  SaveOptions force;
  force.force = true;
  shop.saved(sample, folder.path("out.mlpackage"), force);
  EXPECT_FALSE(folder.names().count("out.mlpackage/mine"));
  shop.saved(sample, folder.path("text/out.mil"), force);
}

TEST(SaveOutputs, NeverReplacesAnInput) {
  TestFolder folder;
  Workshop shop;
  std::string sample = writeSample(folder);
  OpenedModel text = shop.opened(sample);
  shop.saved(text, folder.path("out.mlpackage"));
  OpenedModel package = shop.opened(folder.path("out.mlpackage"));
  std::filesystem::create_symlink(folder.path("out.mlpackage"), folder.path("link.mlpackage"));
  SaveOptions force;
  force.force = true;
  EXPECT_FALSE(shop.save(text, sample, force));
  EXPECT_FALSE(shop.save(package, folder.path("out.mlpackage"), force));
  EXPECT_FALSE(shop.save(package, folder.path("link.mlpackage"), force));
  EXPECT_FALSE(shop.save(package, folder.path("out.mlpackage/Data/com.apple.CoreML/model.mlmodel"), force));
  // Nor is anything put into one.
  EXPECT_FALSE(shop.save(package, folder.path("out.mlpackage/new.mil")));
  EXPECT_FALSE(shop.save(package, folder.path("link.mlpackage/Data/new.mlpackage")));
  // Another model's weights in the place of the output's.
  OpenedModel other = shop.opened(folder.write("other/model.mil", sampleText), {folder.path("in/weights")});
  writeWeights(folder, "other/weights/weight.bin", {7});
  OpenedModel blocker = shop.opened(folder.write("other/third.mil", with(sampleText, "uint64(192)", "uint64(64)")));
  std::string weights = folder.read("other/weights/weight.bin");
  const OpenedModel *both[] = {&other, &blocker};
  EXPECT_TRUE(saveModel(*other.model, folder.path("other/out.mil"), shop.diags, force, both));
  EXPECT_EQ(folder.read("other/weights/weight.bin"), weights);
  EXPECT_THAT(shop.slugs(), ElementsAre("output-is-input", "output-is-input", "output-is-input", "output-is-input", "output-within-input",
                                        "output-within-input"));
  EXPECT_EQ(shop.diags.diagnostics()[1].notes.size(), 1u);
  EXPECT_EQ(shop.diags.diagnostics()[1].notes[0].kind.slug(), "input-within");
  EXPECT_EQ(folder.read("in/model.mil"), sampleText);
}

TEST(SaveOutputs, FollowsTheUmaskInside) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  mode_t umaskBefore = ::umask(022);
  shop.saved(sample, folder.path("out.mlpackage"));
  shop.saved(sample, folder.path("out.mlmodelc"));
  shop.saved(sample, folder.path("out.mil"));
  ::umask(umaskBefore);
  for (std::string name : {"out.mlpackage", "out.mlmodelc", "out.mil", "weights"})
    for (auto it = std::filesystem::recursive_directory_iterator(folder.path()); it != std::filesystem::recursive_directory_iterator();
         ++it)
      if (std::filesystem::relative(it->path(), folder.path()).string().starts_with(name))
        EXPECT_EQ(it->status().permissions(), std::filesystem::perms(it->is_directory() ? 0755 : 0644)) << it->path();
}

TEST(SaveOutputs, LeavesNothingWhereThereIsNoFolder) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  folder.write("file", "");
  std::set<std::string> before = folder.names();
  for (std::string place : {"nowhere/", "file/"})
    for (std::string name : {"out.mlpackage", "out.mil", "out.mlmodel"})
      EXPECT_FALSE(shop.save(sample, folder.path(place + name)));
  EXPECT_THAT(shop.slugs(), testing::Each("cannot-write"));
  EXPECT_EQ(folder.names(), before);
}

TEST(SaveOutputs, LeavesNothingInAFolderThatMayNotBeWritten) {
  if (::geteuid() == 0)
    GTEST_SKIP() << "root may write anywhere";
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  std::filesystem::create_directory(folder.path("locked"));
  ::chmod(folder.path("locked").c_str(), 0555);
  for (std::string name : {"locked/out.mlpackage", "locked/out.mil", "locked/out.mlmodel"})
    EXPECT_FALSE(shop.save(sample, folder.path(name)));
  EXPECT_THAT(shop.slugs(), ElementsAre("cannot-write", "cannot-write", "cannot-write"));
  ::chmod(folder.path("locked").c_str(), 0755);
}

TEST(SaveOutputs, LeavesNothingWhenItFailsHalfway) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  auto broken = streamedBlob(BlobDType::Float32, 12, [](uint64_t, llvm::MutableArrayRef<uint8_t>) { return false; });
  Operation *constant = nullptr;
  sample.model->program->functions()[0]->body().walk([&](Operation &op) {
    if (op.is("const") && op.opName() == "big")
      constant = &op;
  });
  ASSERT_TRUE(constant);
  Type type = Type::tensor(shop.context, DType::Float32, {12});
  constant->setAttribute(shop.context.intern("val"), Literal::blob(shop.context, type, broken.get(), "", 0));
  std::set<std::string> before = folder.names();
  for (std::string name : {"out.mlpackage", "out.mil", "out.mlmodel"}) {
    EXPECT_FALSE(shop.save(sample, folder.path(name)));
    EXPECT_EQ(shop.slugs().back(), "blob-not-produced");
    EXPECT_EQ(folder.names(), before);
  }
}

TEST(SaveOutputs, AKillInMidWriteLeavesNothing) {
  for (int signal : {SIGTERM, SIGKILL})
    for (std::string name : {"out.mlpackage", "beside.mil"}) {
      TestFolder folder;
      std::string sample = writeSample(folder);
      std::set<std::string> before = folder.names();
      int ready[2];
      ASSERT_EQ(::pipe(ready), 0);
      pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        Workshop shop;
        OpenedModel model = shop.opened(sample);
        SaveOptions stuck = share();
        // The first progress comes in the middle of the copy.
        stuck.progress = [&](uint64_t, uint64_t) {
          (void)!::write(ready[1], "x", 1);
          for (;;)
            ::pause();
        };
        (void)bool(shop.save(model, folder.path(name), stuck));
        ::_exit(0);
      }
      ::close(ready[1]);
      char byte;
      ASSERT_EQ(::read(ready[0], &byte, 1), 1);
      ::close(ready[0]);
      ::kill(child, signal);
      int status;
      ::waitpid(child, &status, 0);
      EXPECT_TRUE(WIFSIGNALED(status));
      std::set<std::string> after = folder.names();
      EXPECT_FALSE(after.count(name));
      if (signal == SIGTERM) {
        EXPECT_EQ(after, before);
      }
    }
}

} // namespace
