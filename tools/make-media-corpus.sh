#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# Makes tests/data/media anew: one small file of every format that is read, all of the same picture, sound and film, which
# tests/decode knows by formula. For developers; needs ffmpeg, python3-pil, python3-numpy, fonts-dejavu-core, libheif-examples, libimage-exiftool-perl.
set -euo pipefail
out=$(cd "$(dirname "$0")/../tests/data/media" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ff () { ffmpeg -hide_banner -loglevel error -nostdin -y "$@"; }
# No encoder's name, no date: the same files every time.
plain=(-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1)

/usr/bin/python3 - "$out" "$work" <<'PYTHON'
import struct, sys, wave
import numpy as np
from PIL import Image, ImageCms, ImageDraw, ImageFont
out, work = sys.argv[1:]
W, H = 60, 40
x, y = np.meshgrid(np.arange(W), np.arange(H))
rgb = np.stack([x * 255 // (W - 1), y * 255 // (H - 1), 255 - x * 255 // (W - 1)], -1).astype(np.uint8)
grey = (x * 255 // (W - 1)).astype(np.uint8)
alpha = (y * 255 // (H - 1)).astype(np.uint8)
picture = Image.fromarray(rgb)
rgba = Image.fromarray(np.dstack([rgb, alpha]))
save = lambda image, name, **options: image.save(f"{out}/{name}", **options)

save(picture, "rgb.png")
save(rgba, "rgba.png")
save(Image.fromarray(grey), "grey.png")
save(Image.fromarray(np.dstack([grey, alpha])), "grey-alpha.png")
save(Image.fromarray((grey.astype(np.uint16) * 257)), "grey16.png")
palette = picture.quantize(128)
save(palette, "palette.png", transparency=palette.getpixel((0, 0)))
save(picture, "rgb.bmp")
save(picture, "rgb.tga")
save(picture, "rle.tga", compression="tga_rle")
save(picture, "rgb.ppm")
save(Image.fromarray(grey), "grey.pgm")
frames = [Image.fromarray(np.roll(rgb, 20 * i, 1)).quantize(64) for i in range(3)]
save(frames[0], "rgb.gif")
save(frames[0], "animated.gif", save_all=True, append_images=frames[1:], duration=100)
save(picture, "baseline.jpg", quality=95, subsampling=0)
save(picture, "progressive.jpg", quality=95, progressive=True)
save(Image.fromarray(grey), "grey.jpg", quality=95)
save(picture.convert("CMYK"), "cmyk.jpg", quality=95)
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
save(picture, "profile.jpg", quality=95, icc_profile=profile)
save(picture, "lossy.webp", quality=95)
save(rgba, "alpha.webp", lossless=True)
save(Image.fromarray(np.roll(rgb, 0, 1)), "animated.webp", save_all=True, lossless=True,
     append_images=[Image.fromarray(np.roll(rgb, 20 * i, 1)) for i in (1, 2)], duration=100)
save(picture, "lzw.tiff", compression="tiff_lzw")
# Upright only when turned as EXIF says: the stored pixels are turned the other way.
undo = {1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
        6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}
for number, how in undo.items():
    turned = picture if how is None else picture.transpose(how)
    exif = Image.Exif()
    exif[0x0112] = number
    save(turned, f"orientation-{number}.jpg", quality=95, subsampling=0, exif=exif)
turned.transpose(Image.ROTATE_180).save(f"{out}/orientation-6.tiff", compression="tiff_lzw", tiffinfo={0x0112: 6})
for name in ("png", "gif", "bmp", "jpg", "webp", "tga", "tiff"):
    save(Image.new("RGB", (1, 1), (200, 100, 50)), f"pixel.{name}")
font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 24)
for name, lines in (("text-eng.png", ("The quick brown fox jumps", "Invoice 4711 of 3 May 2026")),
                    ("text-deu.png", ("Größere Bäume fällen wir", "täglich außer Montag"))):
    page = Image.new("L", (400, 100), 255)
    for i, line in enumerate(lines):
        ImageDraw.Draw(page).text((20, 14 + 40 * i), line, font=font, fill=0)
    save(page, name, optimize=True)
(rgb.astype(">u2") * 257).tofile(f"{work}/rgb48.raw")
rgb.tofile(f"{work}/rgb.raw")
# The grey level counts the frames; a white corner shows which way is up.
film = np.zeros((20, 48, 64, 3), np.uint8)
for n in range(20):
    film[n] = 10 + 12 * n
    film[n, :16, :16] = 255
film.tofile(f"{work}/film.raw")
t = np.arange(16000) / 16000
tone = 0.5 * np.sin(2 * np.pi * np.where(t < 0.5, 440, 880) * t)
with wave.open(f"{work}/tone.wav", "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(16000)
    file.writeframes((tone * 32767).astype("<i2").tobytes())
two = np.concatenate([tone, tone])
with wave.open(f"{work}/two.wav", "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(16000)
    file.writeframes((two * 32767).astype("<i2").tobytes())
PYTHON

still=(-f rawvideo -pix_fmt rgb24 -s 60x40 -i "$work/rgb.raw")
ff -f rawvideo -pix_fmt rgb48be -s 60x40 -i "$work/rgb48.raw" "${plain[@]}" "$out/rgb16.png"
ff -f rawvideo -pix_fmt rgb48be -s 60x40 -i "$work/rgb48.raw" "${plain[@]}" -pix_fmt rgb48le "$out/rgb16.tiff"
ff -loop 1 -i "$out/rgb.png" -frames:v 3 "${plain[@]}" -f apng "$out/animated.png"
ff "${still[@]}" "${plain[@]}" -c:v libjxl -distance 0 "$out/rgb.jxl"
ff "${still[@]}" "${plain[@]}" -c:v libaom-av1 -still-picture 1 -crf 8 -pix_fmt yuv444p "$out/rgb.avif"
ff -i "$out/rgba.png" "${plain[@]}" "$out/alpha.pam"
heif-enc -q 90 -p chroma=444 -o "$out/rgb.heic" "$out/rgb.png" >/dev/null
heif-enc -q 90 -p chroma=444 -o "$out/alpha.heic" "$out/rgba.png" >/dev/null

# All that EXIF says of itself, in three containers.
for name in facts.jpg:baseline.jpg facts.webp:lossy.webp facts.png:rgb.png; do
  cp "$out/${name#*:}" "$out/${name%:*}"
  exiftool -q -overwrite_original -Make=Canon "-Model=Canon EOS 80D" "-DateTimeOriginal=2024:05:01 12:34:56" \
    -GPSLatitude=48.137 -GPSLatitudeRef=N -GPSLongitude=11.575 -GPSLongitudeRef=E "$out/${name%:*}"
done

tone=(-i "$work/tone.wav" "${plain[@]}")
ff "${tone[@]}" -c:a libmp3lame -b:a 32k "$out/tone.mp3"
ff "${tone[@]}" -c:a libvorbis "$out/tone.ogg"
ff "${tone[@]}" -c:a libopus -b:a 24k "$out/tone.opus"
ff "${tone[@]}" -c:a flac -ar 8000 "$out/tone.flac"
ff "${tone[@]}" -c:a aac -b:a 32k "$out/tone.m4a"
ff "${tone[@]}" -c:a aac -b:a 32k "$out/tone.aac"
ff "${tone[@]}" -c:a wmav2 -b:a 32k "$out/tone.wma"
ff "${tone[@]}" -c:a pcm_mulaw -ar 8000 "$out/tone.aiff"
ff "${tone[@]}" -c:a pcm_mulaw -ar 8000 "$out/tone.au"
ff "${tone[@]}" -c:a wavpack -ar 8000 "$out/tone.wv"
ff "${tone[@]}" -c:a alac -ar 8000 "$out/tone.caf"
ff "${tone[@]}" -c:a ac3 -b:a 48k -ar 32000 "$out/tone.ac3"
ff "${tone[@]}" -c:a adpcm_ms -ar 11025 "$out/tone.wav"

film=(-f rawvideo -pix_fmt rgb24 -s 64x48 -r 10 -i "$work/film.raw" -i "$work/two.wav" "${plain[@]}" -pix_fmt yuv420p)
ff "${film[@]}" -c:v libx264 -g 7 -c:a aac -b:a 32k "$out/film.mp4"
ff "${film[@]}" -c:v libvpx-vp9 -b:v 60k -g 7 -c:a libopus -b:a 24k "$out/film.webm"
ff "${film[@]}" -c:v libx264 -g 7 -c:a libmp3lame -b:a 32k "$out/film.mkv"
ff "${film[@]}" -c:v mpeg4 -q:v 8 -g 7 -c:a libmp3lame -b:a 32k "$out/film.avi"
ff "${film[@]}" -c:v mpeg2video -q:v 20 -g 7 -c:a mp2 -b:a 32k -r 25 "$out/film.ts"
ff "${film[@]}" -an -c:v libx264 -g 7 "$out/silent.mp4"
ff -i "$out/silent.mp4" -c copy -metadata:s:v rotate=90 -fflags +bitexact "$out/turned.mp4"
ff -i "$work/tone.wav" -i "$out/baseline.jpg" -map 0 -map 1 "${plain[@]}" -c:a libmp3lame -b:a 32k -disposition:v attached_pic "$out/cover.mp3"
du -bc "$out"/* | tail -n 1
