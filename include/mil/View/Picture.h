// Pictures for documents: a part of a function's graph as SVG, or as DOT for Graphviz.
//
//   Result<Picture> picture = pictureOf(model, "model.mlpackage", diags, {.around = "scores", .depth = 2});
//   if (picture)
//     drawSvg(*picture, out);
//
// A picture shows a function or a layer (a group of mil/View/Graph.h) with the groups in it folded, or the nodes around a value. SVG is
// laid out here, in layers from top to bottom, and needs neither script nor font; it follows the reader's light or dark scheme.
#pragma once

#include "mil/Support/Result.h"
#include "mil/View/Graph.h"

namespace mil {

struct Model;

struct PictureOptions {
  std::string function; ///< empty: the default function, or the first
  std::string layer;    ///< the first group of that name, instead of the function
  std::string around;   ///< a value or operation: the nodes that `depth` edges lead to from it, up and down
  unsigned depth = 3;
};

struct Picture {
  struct Item {
    std::string what, name, type; ///< "linear", "scores", "fp16 1×8"; of a folded group its name, its size, ""
    std::string family;           ///< of the operation; "" of a group
    bool isGroup = false, isTerminal = false, isCentre = false;
    uint32_t copies = 1;
  };
  std::string title;
  std::vector<Item> items; ///< in the order of the program
  std::vector<std::pair<uint32_t, uint32_t>> edges;
};

/// The most items that a picture has.
inline constexpr size_t maxPictureItems = 1000;

/// Fails, reported, when there is no such function, layer or name, or the picture would be too large.
Result<Picture> pictureOf(const Model &model, llvm::StringRef path, DiagnosticEngine &diags, const PictureOptions &options);

void drawDot(const Picture &picture, llvm::raw_ostream &out);
void drawSvg(const Picture &picture, llvm::raw_ostream &out);

} // namespace mil
