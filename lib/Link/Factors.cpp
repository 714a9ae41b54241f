#include "Factors.h"
#include "mil/Ops/Elements.h"
#include "mil/Pass/StreamedConstants.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <array>
#include <cmath>
#include <cstring>
#include <thread>

namespace mil {

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<Matrix>;

/// Rows of a matrix.
using Rows = Eigen::Ref<Matrix>;
using ConstRows = Eigen::Ref<const Matrix>;

/// into += factor · left · right. All products in fp32 come here: compiling Eigen's for each kind of operand takes seconds.
void addProduct(Rows into, float factor, const ConstRows &left, const ConstRows &right) { into.noalias() += factor * left * right; }

/// into += leftᵀ · right.
void addTransposedProduct(Rows into, const ConstRows &left, const ConstRows &right) { into.noalias() += left.transpose() * right; }

/// fp16 by their bits.
const std::vector<float> &halves() {
  static const std::vector<float> table = [] {
    std::vector<float> values(1 << 16);
    for (uint32_t bits = 0; bits < values.size(); ++bits)
      values[bits] = float(toDouble(floatFormat(DType::Float16), bits));
    return values;
  }();
  return table;
}

/// Two matrices, whose difference is made in windows of rows.
class Difference {
public:
  Difference(const Literal &base, const Literal &other)
      : rows(base.type().dim(0)), columns(*base.type().elementCount() / base.type().dim(0)), base(base), other(other),
        isHalf(base.type().dtype() == DType::Float16) {}

  const int64_t rows, columns;

  /// Calls `use(part, first row, difference, other)` for windows of rows, those of one part in order, the parts at the same time. The parts
  /// don't depend on the machine. False when the bytes can't be read.
  template <typename F> bool forEachWindow(F use) const {
    std::array<bool, parts> fine{};
    auto run = [&](int64_t part) {
      std::vector<float> difference, values;
      std::vector<uint8_t> bytes;
      fine[size_t(part)] = true;
      for (int64_t row = rows * part / parts, end = rows * (part + 1) / parts; row < end && fine[size_t(part)];) {
        int64_t count = std::min(end - row, std::max<int64_t>(1, windowSize / std::max<int64_t>(columns, 1)));
        fine[size_t(part)] = read(base, row, count, bytes, difference) && read(other, row, count, bytes, values);
        if (!fine[size_t(part)])
          break;
        Map all(difference.data(), count, columns), there(values.data(), count, columns);
        all = there - all;
        use(size_t(part), row, all, there);
        row += count;
      }
    };
    int64_t threads = std::clamp<int64_t>(std::thread::hardware_concurrency(), 1, parts);
    std::vector<std::thread> pool;
    for (int64_t i = 0; i < threads; ++i)
      pool.emplace_back([&, i] {
        for (int64_t part = i; part < parts; part += threads)
          run(part);
      });
    for (std::thread &thread : pool)
      thread.join();
    return llvm::all_of(fine, [](bool each) { return each; });
  }

  static constexpr int64_t parts = 4;

private:
  static constexpr int64_t windowSize = 1 << 20; // elements

  bool read(const Literal &literal, int64_t row, int64_t count, std::vector<uint8_t> &bytes, std::vector<float> &values) const {
    size_t size = size_t(count * columns), width = isHalf ? 2 : 4;
    values.resize(size);
    bytes.resize(size * width);
    if (!readBytes(literal, uint64_t(row * columns) * width, bytes))
      return false;
    if (!isHalf) {
      std::memcpy(values.data(), bytes.data(), bytes.size());
      return true;
    }
    const float *table = halves().data();
    for (size_t i = 0; i < size; ++i)
      values[i] = table[llvm::support::endian::read16le(bytes.data() + 2 * i)];
    return true;
  }

  const Literal &base, &other;
  bool isHalf;
};

/// ±1, the same at every run.
Matrix randomSigns(int64_t rows, int64_t columns) {
  Matrix signs(rows, columns);
  uint64_t state = 0x9E3779B97F4A7C15;
  for (int64_t i = 0; i < signs.size(); ++i) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    signs.data()[i] = state >> 63 ? 1.0f : -1.0f;
  }
  return signs;
}

/// The difference in the space that it spans, with its singular values.
struct Decomposition {
  Matrix basis, inBasis;      ///< [rows, k] orthonormal, [k, columns]
  Eigen::VectorXd energies;   ///< squares of the singular values, the largest first
  Eigen::MatrixXd directions; ///< [k, k], one a column
  double norm = 0;            ///< square of that of the other matrix
};

std::optional<NoFactors> decompose(const Difference &difference, int64_t samples, Decomposition &result) {
  Matrix signs = randomSigns(difference.columns, samples), image = Matrix::Zero(difference.rows, samples);
  std::array<double, Difference::parts> norms{};
  std::array<bool, Difference::parts> finite;
  finite.fill(true);
  bool fine = difference.forEachWindow([&](size_t part, int64_t row, const Map &window, const Map &other) {
    addProduct(image.middleRows(row, window.rows()), 1, window, signs);
    norms[part] += other.squaredNorm();
    finite[part] = finite[part] && window.allFinite();
  });
  if (!fine)
    return NoFactors::Unreadable;
  if (!llvm::all_of(finite, [](bool each) { return each; }))
    return NoFactors::NotFinite;
  for (double norm : norms)
    result.norm += norm;

  // In double, as the decomposition below: the same code of Eigen's, compiled once.
  Eigen::HouseholderQR<Eigen::MatrixXd> qr(image.cast<double>());
  Eigen::MatrixXd basis = Eigen::MatrixXd::Identity(difference.rows, samples);
  qr.householderQ().applyThisOnTheLeft(basis);
  result.basis = basis.cast<float>();
  std::array<Matrix, Difference::parts> sums;
  sums.fill(Matrix::Zero(samples, difference.columns));
  fine = difference.forEachWindow([&](size_t part, int64_t row, const Map &window, const Map &) {
    addTransposedProduct(sums[part], result.basis.middleRows(row, window.rows()), window);
  });
  if (!fine)
    return NoFactors::Unreadable;
  result.inBasis = sums[0];
  for (size_t part = 1; part < sums.size(); ++part)
    result.inBasis += sums[part];

  Eigen::MatrixXd wide = result.inBasis.cast<double>();
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(wide * wide.transpose());
  result.energies = solver.eigenvalues().reverse().cwiseMax(0.0);
  result.directions = solver.eigenvectors().rowwise().reverse();
  return std::nullopt;
}

void roundAll(std::vector<float> &values, DType type) {
  if (type != DType::Float16)
    return;
  std::vector<double> wide(values.begin(), values.end());
  roundTo(type, wide);
  std::copy(wide.begin(), wide.end(), values.begin());
}

/// The factors of a rank, each with half of the singular values.
Factors factorsOf(const Decomposition &parts, int64_t rank, DType type) {
  Factors factors;
  factors.rank = rank;
  factors.up.resize(size_t(parts.basis.rows() * rank));
  factors.down.resize(size_t(rank * parts.inBasis.cols()));
  Map up(factors.up.data(), parts.basis.rows(), rank), down(factors.down.data(), rank, parts.inBasis.cols());
  Matrix directions = parts.directions.leftCols(rank).cast<float>();
  addProduct(up, 1, parts.basis, directions);
  addTransposedProduct(down, directions, parts.inBasis);
  for (int64_t i = 0; i < rank; ++i) {
    float root = float(std::sqrt(std::sqrt(parts.energies[i])));
    up.col(i) *= root;
    down.row(i) *= root > 0 ? 1 / root : 0;
  }
  roundAll(factors.up, type);
  roundAll(factors.down, type);
  return factors;
}

/// The smallest rank that leaves at most `allowed`; `maxRank + 1` for none. What is outside of the space that was searched is as large,
/// a dimension, as the smallest that was seen.
int64_t rankFor(const Decomposition &parts, int64_t maxRank, int64_t full, double allowed) {
  int64_t samples = parts.energies.size(), tail = std::max<int64_t>(1, (samples - maxRank) / 2);
  double left = samples < full ? double(full - samples) * parts.energies.tail(tail).mean() : 0;
  int64_t rank = samples;
  while (rank > 0 && left + parts.energies[rank - 1] <= allowed)
    left += parts.energies[--rank];
  return rank;
}

} // namespace

std::variant<Factors, NoFactors> factorDifference(const Literal &base, const Literal &other, int64_t maxRank, double tolerance,
                                                  double &error) {
  Difference difference(base, other);
  int64_t full = std::min(difference.rows, difference.columns), samples = std::min(full, maxRank + 16 + maxRank / 4);
  Decomposition parts;
  if (std::optional<NoFactors> why = decompose(difference, samples, parts))
    return *why;
  int64_t rank = rankFor(parts, maxRank, full, tolerance * tolerance * parts.norm);
  Factors factors = factorsOf(parts, std::clamp<int64_t>(rank, 1, maxRank), base.type().dtype());
  Map up(factors.up.data(), difference.rows, factors.rank), down(factors.down.data(), factors.rank, difference.columns);
  std::array<double, Difference::parts> left{};
  bool fine = difference.forEachWindow([&](size_t part, int64_t row, Map &window, const Map &) {
    addProduct(window, -1, up.middleRows(row, window.rows()), down);
    left[part] += window.squaredNorm();
  });
  if (!fine)
    return NoFactors::Unreadable;
  double sum = 0;
  for (double each : left)
    sum += each;
  error = factors.error = parts.norm > 0 ? std::sqrt(sum / parts.norm) : std::sqrt(sum);
  if (rank > maxRank || !(error <= tolerance))
    return NoFactors::HighRank;
  return factors;
}

} // namespace mil
