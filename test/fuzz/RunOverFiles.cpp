// Runs a fuzz target once over each file named on the command line, and each file under each folder: what libFuzzer does with seeds,
// for compilers without libFuzzer. Without any file it tries the empty input.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace fs = std::filesystem;

static void runOver(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size());
}

int main(int argc, char **argv) {
  LLVMFuzzerTestOneInput(nullptr, 0);
  std::size_t count = 1;
  for (int i = 1; i < argc; ++i) {
    if (!fs::is_directory(argv[i])) {
      runOver(argv[i]);
      ++count;
      continue;
    }
    for (const fs::directory_entry &entry : fs::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file())
        continue;
      runOver(entry.path());
      ++count;
    }
  }
  std::printf("%zu inputs\n", count);
  return 0;
}
