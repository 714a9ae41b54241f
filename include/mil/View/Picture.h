// Pictures for documents: a part of a function's graph as SVG, or as DOT for Graphviz.
//
//   Result<Picture> picture = pictureOf(model, "model.mlpackage", diags, {.around = "scores", .depth = 2});
//   if (picture)
//     drawSvg(*picture, out);
//
// A picture shows a function or a layer (a group of mil/View/Graph.h) with its groups folded, or the nodes around a value. The SVG is laid
// out from top to bottom, needs neither scripts nor fonts, and adapts to light and dark colour schemes.
#pragma once

#include "mil/Support/Result.h"
#include "mil/View/Graph.h"

namespace mil {

struct Model;

/// Selects the part of a model that a picture shows.
struct PictureOptions {
  std::string function; ///< empty: the default function, or the first
  std::string layer;    ///< the first group with this name, instead of the function
  std::string around;   ///< a value or operation: show the nodes within `depth` edges of it
  unsigned depth = 3;
};

/// The nodes and edges of a picture, before layout.
struct Picture {
  struct Item {
    std::string what, name, type; ///< "linear", "scores", "fp16 1×8"; of a folded group its name, its size, ""
    std::string family;           ///< of the operation; "" for a group
    bool isGroup = false, isTerminal = false, isCentre = false;
    uint32_t copies = 1;
  };
  std::string title;
  std::vector<Item> items; ///< in program order
  std::vector<std::pair<uint32_t, uint32_t>> edges;
};

/// The limit of items in a picture.
inline constexpr size_t maxPictureItems = 1000;

/// The nodes of a picture. Fails (reported) if the function, layer or name doesn't exist, or the picture would have too many items.
Result<Picture> pictureOf(const Model &model, llvm::StringRef path, DiagnosticEngine &diags, const PictureOptions &options);

/// Writes the picture as DOT.
void drawDot(const Picture &picture, llvm::raw_ostream &out);
/// Lays out the picture and writes it as SVG.
void drawSvg(const Picture &picture, llvm::raw_ostream &out);

} // namespace mil
