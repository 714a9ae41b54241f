// Pictures as inputs: PNG and JPEG, scaled and laid out.

#include "mil/Run/DiagnosticKinds.h"
#include "mil/Run/Inputs.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Files.h"
#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstdio> // before jpeglib.h, which needs it
#include <jpeglib.h>
#include <png.h>

using namespace mil;

namespace {

/// Pixels, row by row, red, green and blue each a byte.
struct Picture {
  int64_t width = 0, height = 0;
  std::vector<uint8_t> pixels;
};

/// No picture that a model takes is larger.
constexpr uint64_t mostPixels = uint64_t(1) << 28;

std::optional<Picture> readPng(llvm::StringRef bytes, std::string &why) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size())) {
    why = image.message;
    return std::nullopt;
  }
  Picture picture{image.width, image.height, {}};
  if (uint64_t(image.width) * image.height > mostPixels) {
    why = "it has too many pixels";
    png_image_free(&image);
    return std::nullopt;
  }
  image.format = PNG_FORMAT_RGB;
  picture.pixels.resize(PNG_IMAGE_SIZE(image));
  png_color background{255, 255, 255};
  if (!png_image_finish_read(&image, &background, picture.pixels.data(), 0, nullptr)) {
    why = image.message;
    png_image_free(&image);
    return std::nullopt;
  }
  return picture;
}

/// libjpeg leaves by a jump.
struct JpegErrors {
  jpeg_error_mgr manager;
  std::jmp_buf leave;
  char message[JMSG_LENGTH_MAX];
};

void leaveJpeg(j_common_ptr info) {
  auto *errors = reinterpret_cast<JpegErrors *>(info->err);
  info->err->format_message(info, errors->message);
  std::longjmp(errors->leave, 1);
}

/// Decodes into `picture`, which a longjmp doesn't destroy.
bool decodeJpeg(llvm::StringRef bytes, Picture &picture, jpeg_decompress_struct &info, JpegErrors &errors) {
  if (setjmp(errors.leave))
    return false;
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  picture.width = info.output_width, picture.height = info.output_height;
  if (uint64_t(picture.width) * uint64_t(picture.height) > mostPixels) {
    std::snprintf(errors.message, sizeof(errors.message), "it has too many pixels");
    return false;
  }
  picture.pixels.resize(size_t(picture.width * picture.height * 3));
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = picture.pixels.data() + size_t(info.output_scanline) * size_t(picture.width) * 3;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

std::optional<Picture> readJpeg(llvm::StringRef bytes, std::string &why) {
  Picture picture;
  jpeg_decompress_struct info{};
  JpegErrors errors{};
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = leaveJpeg;
  errors.manager.output_message = [](j_common_ptr) {};
  bool decoded = decodeJpeg(bytes, picture, info, errors);
  if (!decoded)
    why = errors.message;
  jpeg_destroy_decompress(&info);
  return decoded ? std::optional(std::move(picture)) : std::nullopt;
}

/// One channel scaled: each pixel of the result is the mean of the area that it covers where the picture shrinks, and is interpolated
/// between its neighbours where it grows.
std::vector<double> scaled(const Picture &picture, unsigned channel, int64_t width, int64_t height) {
  auto sample = [&](int64_t x, int64_t y) {
    x = std::clamp<int64_t>(x, 0, picture.width - 1), y = std::clamp<int64_t>(y, 0, picture.height - 1);
    return double(picture.pixels[size_t((y * picture.width + x) * 3 + channel)]);
  };
  // Along one dimension: the pixels under one of the result, with their shares.
  auto shares = [](int64_t from, int64_t to, int64_t at) {
    std::vector<std::pair<int64_t, double>> result;
    double step = double(from) / double(to), centre = (double(at) + 0.5) * step, reach = std::max(1.0, step), total = 0;
    for (auto i = int64_t(centre - reach); double(i) < centre + reach; ++i) {
      double share = std::max(0.0, 1 - std::abs(double(i) + 0.5 - centre) / reach); // a triangle
      if (share > 0)
        result.emplace_back(i, share), total += share;
    }
    for (auto &[i, share] : result)
      share /= total;
    return result;
  };
  std::vector<std::vector<std::pair<int64_t, double>>> columns;
  columns.reserve(size_t(width));
  for (int64_t x = 0; x < width; ++x)
    columns.push_back(shares(picture.width, width, x));
  std::vector<double> result;
  result.reserve(size_t(width * height));
  for (int64_t y = 0; y < height; ++y) {
    auto rows = shares(picture.height, height, y);
    for (int64_t x = 0; x < width; ++x) {
      double sum = 0;
      for (auto [row, rowShare] : rows)
        for (auto [column, columnShare] : columns[size_t(x)])
          sum += rowShare * columnShare * sample(column, row);
      result.push_back(std::floor(sum + 0.5));
    }
  }
  return result;
}

} // namespace

Result<Tensor> mil::readPicture(llvm::StringRef path, const RunPort &port, Context &context, DiagnosticEngine &diags) {
  const ImageFeature *image = port.feature && port.feature->type ? port.feature->type->as<ImageFeature>() : nullptr;
  if (!image)
    return diags.report({}, diag::NoImageInput, port.name, port.type.str());
  Result<std::unique_ptr<MappedFile>> file = MappedFile::open(path, diags);
  if (!file)
    return failure();
  llvm::StringRef bytes = (*file)->bytes();
  std::string why = "it is neither PNG nor JPEG";
  std::optional<Picture> picture;
  if (bytes.starts_with("\x89PNG"))
    picture = readPng(bytes, why);
  else if (bytes.starts_with("\xff\xd8\xff"))
    picture = readJpeg(bytes, why);
  if (!picture || picture->width == 0 || picture->height == 0)
    return diags.report(Location::ofFile((*file)->file()), diag::CannotRead, path, why);

  bool isGray = image->colorSpace == ColorSpace::Grayscale || image->colorSpace == ColorSpace::GrayscaleFloat16;
  Type type = port.defaultType(context);
  if (!type.hasStaticShape() || type.rank() != 4 || type.dim(1) != (isGray ? 1 : 3) || type.dim(0) != 1)
    return diags.report({}, diag::NoImageInput, port.name, port.type.str());
  int64_t height = type.dim(2), width = type.dim(3);
  Tensor tensor(type.dtype(), type.dims());
  std::vector<double> channels[3];
  for (unsigned c = 0; c < 3; ++c)
    channels[c] = scaled(*picture, c, width, height);
  if (isGray) { // luma, ITU-R BT.601
    for (size_t i = 0; i < channels[0].size(); ++i)
      channels[0][i] = std::floor(0.299 * channels[0][i] + 0.587 * channels[1][i] + 0.114 * channels[2][i] + 0.5);
    tensor.write(0, llvm::ArrayRef<double>(channels[0]));
    return tensor;
  }
  for (unsigned c = 0; c < 3; ++c)
    tensor.write(c * width * height, llvm::ArrayRef<double>(channels[image->colorSpace == ColorSpace::BGR ? 2 - c : c]));
  return tensor;
}
