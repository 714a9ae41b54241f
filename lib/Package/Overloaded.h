// Combines several functions into one visitor for std::visit:
//
//   std::visit(Overloaded{[](const ImageFeature &image) { … }, [](const auto &other) { … }}, type);
#pragma once

namespace mil {

template <typename... Functions> struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions> Overloaded(Functions...) -> Overloaded<Functions...>;

} // namespace mil
