#include "mil/Compress/Clustering.h"
#include "mil/Compress/VectorClustering.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace mil;

namespace {

Points pointsOf(const std::vector<double> &values, const std::vector<double> &weights) {
  Points points;
  for (size_t i = 0; i < values.size(); ++i)
    points.add(values[i], weights[i]);
  return points;
}

/// The squared error of values [first, end) around their mean, as one would write it down.
double plainError(const std::vector<double> &values, const std::vector<double> &weights, size_t first, size_t end) {
  double weight = 0, sum = 0, error = 0;
  for (size_t i = first; i < end; ++i)
    weight += weights[i], sum += weights[i] * values[i];
  for (size_t i = first; i < end; ++i)
    error += weights[i] * (values[i] - sum / weight) * (values[i] - sum / weight);
  return error;
}

/// The least error of all ways to cut values [first, …) into at most `most` ranges.
double tryAll(const std::vector<double> &values, const std::vector<double> &weights, size_t first, size_t most) {
  if (first == values.size())
    return 0;
  if (most == 0)
    return std::numeric_limits<double>::infinity();
  double least = std::numeric_limits<double>::infinity();
  for (size_t end = first + 1; end <= values.size(); ++end)
    least = std::min(least, plainError(values, weights, first, end) + tryAll(values, weights, end, most - 1));
  return least;
}

/// The same by the dynamic program that tries every start of every cluster.
double quadratic(const Points &points, size_t most) {
  std::vector<double> best(points.size() + 1, std::numeric_limits<double>::infinity());
  best[0] = 0;
  for (size_t cluster = 0; cluster < most; ++cluster) {
    std::vector<double> next = best;
    for (size_t end = 1; end <= points.size(); ++end)
      for (size_t start = 0; start < end; ++start)
        next[end] = std::min(next[end], best[start] + points.error(start, end));
    best = next;
  }
  return best[points.size()];
}

Points randomPoints(std::mt19937 &random, size_t count) {
  std::normal_distribution<double> normal;
  std::uniform_int_distribution<int> weight(1, 20);
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i)
    values.push_back(normal(random) * (i % 7 == 0 ? 5 : 1));
  std::sort(values.begin(), values.end());
  Points points;
  for (double value : values)
    points.add(value, weight(random));
  return points;
}

void expectConsistent(const Points &points, const Clusters &clusters) {
  ASSERT_EQ(clusters.starts.size(), clusters.means.size());
  double error = 0;
  for (size_t i = 0; i < clusters.starts.size(); ++i) {
    size_t end = i + 1 < clusters.starts.size() ? clusters.starts[i + 1] : points.size();
    ASSERT_LT(clusters.starts[i], end);
    EXPECT_NEAR(clusters.means[i], points.sum(clusters.starts[i], end) / points.weight(clusters.starts[i], end), 1e-9);
    error += points.error(clusters.starts[i], end);
  }
  EXPECT_NEAR(error, clusters.error, 1e-9 * (1 + error));
}

} // namespace

// All sets of up to six of the values 0, 1, 2, 4, 7, 8, with some weights, in one to five clusters.
TEST(Clustering, AllSmallCases) {
  const std::vector<double> all{0, 1, 2, 4, 7, 8};
  for (unsigned set = 1; set < 1u << all.size(); ++set)
    for (unsigned pattern = 0; pattern < 8; ++pattern) {
      std::vector<double> values, weights;
      for (size_t i = 0; i < all.size(); ++i)
        if (set >> i & 1)
          values.push_back(all[i]), weights.push_back(1 + double(pattern >> i % 3 & 1) * 4);
      Points points = pointsOf(values, weights);
      for (size_t most = 1; most <= 5; ++most) {
        Clusters clusters = clusterExactly(points, most);
        EXPECT_LE(clusters.starts.size(), most);
        EXPECT_NEAR(clusters.error, tryAll(values, weights, 0, most), 1e-9) << set << " " << pattern << " " << most;
        expectConsistent(points, clusters);
      }
    }
}

TEST(Clustering, IsOptimalOnRandomPoints) {
  std::mt19937 random(1);
  for (size_t count : {5, 17, 64, 150})
    for (size_t most : {1, 2, 3, 8, 16, 64}) {
      Points points = randomPoints(random, count);
      Clusters clusters = clusterExactly(points, most);
      EXPECT_NEAR(clusters.error, quadratic(points, most), 1e-9) << count << " " << most;
      expectConsistent(points, clusters);
    }
}

// With no budget, the coarse solution and its refinement: within 0.01 % of the optimum.
TEST(Clustering, IsNearlyOptimalWithinABudget) {
  std::mt19937 random(2);
  for (size_t count : {500, 3000, 10000})
    for (size_t most : {2, 4, 16, 64}) {
      Points points = randomPoints(random, count);
      Clusters exact = clusterExactly(points, most), quick = cluster(points, most, 0);
      EXPECT_LE(quick.error, exact.error * 1.0001) << count << " " << most;
      EXPECT_GE(quick.error, exact.error * (1 - 1e-9));
      expectConsistent(points, quick);
    }
}

TEST(Clustering, NearlyAllWeightInOnePoint) {
  Points points;
  for (int i = 0; i < 5000; ++i)
    points.add(i, i == 2500 ? 1e9 : 1);
  Clusters exact = clusterExactly(points, 16), quick = cluster(points, 16, 0);
  EXPECT_LE(quick.error, exact.error * 1.0001);
}

TEST(Clustering, FewerPointsThanClusters) {
  Points points = pointsOf({-1, 0, 3}, {2, 1, 5});
  Clusters clusters = cluster(points, 8);
  EXPECT_EQ(clusters.means, (std::vector<double>{-1, 0, 3}));
  EXPECT_EQ(clusters.error, 0);
}

TEST(Clustering, BinsCountTheirOwnError) {
  Points bins; // 1 and 3 as one bin, then 10
  bins.addBin(2, 2, 4, 10);
  bins.add(10);
  EXPECT_DOUBLE_EQ(cluster(bins, 2).error, 2);
}

TEST(VectorClustering, FindsWhatIsFarApart) {
  VectorSamples samples(2, 300);
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 0.01f);
  for (size_t i = 0; i < 300; ++i) {
    samples.component(0)[i] = float(i % 3) + normal(random);
    samples.component(1)[i] = (i % 3 == 1 ? 5.0f : 0.0f) + normal(random);
  }
  VectorClusters clusters = clusterVectors(samples, 3);
  ASSERT_EQ(clusters.count(), 3u);
  EXPECT_LT(clusters.error, 0.1);
  std::vector<uint8_t> nearest(300);
  nearestCentres({samples.component(0).data(), samples.component(1).data()}, 300, clusters, nearest);
  for (size_t i = 3; i < 300; ++i)
    EXPECT_EQ(nearest[i], nearest[i - 3]);
}

// One dimension, where the optimum is known.
TEST(VectorClustering, IsNearTheOptimumOfNumbers) {
  std::mt19937 random(4);
  Points points = randomPoints(random, 400);
  VectorSamples samples(1, points.size());
  for (size_t i = 0; i < points.size(); ++i) {
    samples.component(0)[i] = float(points.value(i));
    samples.weights.push_back(float(points.weight(i, i + 1)));
  }
  for (size_t most : {2, 4, 8})
    EXPECT_LE(clusterVectors(samples, most).error, clusterExactly(points, most).error * 1.2) << most;
}

TEST(VectorClustering, ManyDimensionsAndNoVectors) {
  constexpr size_t dimensions = 200;
  VectorSamples samples(dimensions, 70);
  for (size_t d = 0; d < dimensions; ++d)
    for (size_t i = 0; i < samples.count(); ++i)
      samples.component(d)[i] = i % 2 ? 1.0f : float(d);
  VectorClusters clusters = clusterVectors(samples, 2);
  EXPECT_EQ(clusters.count(), 2u);
  EXPECT_EQ(clusters.error, 0);
  EXPECT_EQ(clusterVectors(VectorSamples(2, 0), 4).count(), 0u);
}

TEST(VectorClustering, FewerVectorsThanClusters) {
  VectorSamples samples(2, 2);
  samples.component(0)[1] = 1;
  EXPECT_EQ(clusterVectors(samples, 16).count(), 2u);
  EXPECT_EQ(clusterVectors(samples, 16).error, 0);
}
