# Homebrew formula: `brew install --HEAD --formula packaging/homebrew/milc.rb` builds the checkout that it is in. The formula of a release, in a
# tap, has `url` and `sha256` of the release's archive instead of `head`.
class Milc < Formula
  desc "Compiler and optimizer for Core ML's ML programs"
  license "Apache-2.0"
  head "file://#{File.expand_path("../..", __dir__)}", using: :git, branch: "main"

  depends_on "antlr" => :build
  depends_on "cli11" => :build
  depends_on "cmake" => :build
  depends_on "eigen" => :build
  depends_on "ninja" => :build
  depends_on "nlohmann-json" => :build
  depends_on "node" => :build
  depends_on "python@3.13" => :build
  depends_on "antlr4-cpp-runtime"
  depends_on "fmt"
  depends_on "highway"
  depends_on "jpeg-turbo"
  depends_on "libpng"
  depends_on "llvm@19"
  depends_on "protobuf"
  depends_on "zstd"
  uses_from_macos "zlib"

  def install
    system "cmake", "-S", ".", "-B", "build", "-G", "Ninja", "-DMILC_BUILD_TESTS=OFF", "-DCMAKE_PREFIX_PATH=#{Formula["llvm@19"].opt_prefix}",
                    *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build"
    pkgshare.install "examples"
  end

  test do
    cp_r pkgshare/"examples/lora", "."
    system bin/"milc", "merge", "lora/adapter_1.mil", "lora/adapter_2.mil", "-o", "merged.mlpackage"
    assert_match "adapter_2", shell_output("#{bin}/milc info merged.mlpackage")
  end
end
