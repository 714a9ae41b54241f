// Pictures of functions.
#include "Handles.h"
#include "mil/View/Picture.h"

using namespace mil;
using namespace milc;

extern "C" {

mil_status mil_draw(mil_model *model, const mil_draw_options *given, mil_text **out) {
  Call call(model);
  if (!call || !out)
    return call.refuse("mil_draw", "out is NULL");
  if (!ready(call, "mil_draw"))
    return call.end(failure());
  mil_draw_options options = optionsFrom(given);
  PictureOptions draw;
  draw.function = orEmpty(options.function);
  draw.layer = orEmpty(options.layer);
  draw.around = orEmpty(options.around);
  if (options.depth)
    draw.depth = options.depth;
  Result<Picture> picture = pictureOf(*call.opened().model, call.opened().path, call.diags(), draw);
  if (!picture)
    return call.end(failure());
  std::string text;
  llvm::raw_string_ostream stream(text);
  drawSvg(*picture, stream);
  *out = newText(std::move(text));
  return MIL_OK;
}

} // extern "C"
