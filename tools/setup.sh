# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# What ./run and ./test share: packages, building, models. Sourced, with $root set. Everything here speaks on stderr, so
# that the CLI's own output stays alone on stdout.

build_packages="gcc meson ninja-build pkg-config python3 gettext glslc spirv-tools libvulkan-dev mesa-vulkan-drivers
  libglib2.0-dev libgtk-4-dev libadwaita-1-dev libgtksourceview-5-dev libcmark-gfm-dev libcmark-gfm-extensions-dev
  libsoup-3.0-dev libjson-glib-dev libpango1.0-dev libsqlite3-dev zlib1g-dev
  libavdevice-dev libavformat-dev libavcodec-dev libswresample-dev libswscale-dev libavutil-dev libjpeg-dev libwebp-dev libheif-dev libstb-dev
  libexif-dev libtesseract-dev tesseract-ocr-eng tesseract-ocr-deu libpoppler-glib-dev libxml2-dev
  glib-networking python3-pip desktop-file-utils
  adwaita-icon-theme ca-certificates"
test_packages="appstream xdotool xvfb xauth dbus dbus-x11 at-spi2-core gir1.2-atspi-2.0 python3-gi vulkan-validationlayers python3-jinja2 python3-numpy
  libgl1-mesa-dri gsettings-desktop-schemas librsvg2-common fonts-cantarell fonts-dejavu-core strace pulseaudio pulseaudio-utils
  asterisk-core-sounds-en-gsm asterisk-core-sounds-es-gsm asterisk-core-sounds-fr-gsm asterisk-core-sounds-it-gsm
  asterisk-core-sounds-ru-gsm python3-dbusmock"

say () { printf '%s\n' "$*" >&2; }

die () { say "$*"; exit 1; }

missing_packages () {
  local name
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -q '^installed$' || printf '%s ' "$name"
  done
}

# install_packages NAME…: installs what is missing; asks before sudo unless root.
install_packages () {
  command -v dpkg-query >/dev/null || {
    say "This is no Debian or Ubuntu system, so nothing is installed; building with what is here."
    return 0
  }
  local missing answer sudo=
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  say "Packages to install: $missing"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "Install these packages as root, then run this again: apt-get install $missing"
    [ -t 0 ] || die "Install these packages, then run this again: sudo apt-get install $missing"
    printf 'Install them with sudo apt-get? [Y/n] ' >&2
    read -r answer
    case "$answer" in [nN]*) die "Nothing was installed." ;; esac
    sudo=sudo
  fi
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || say "The package lists could not be refreshed; trying with those at hand."
  # shellcheck disable=SC2086
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2 ||
    die "The packages could not be installed: $missing"
}

# build DIR MESON_OPTIONS…: configures once, then builds what changed.
build () {
  local dir=$1 log
  shift
  log=$dir.log
  if [ ! -f "$dir/build.ninja" ]; then
    say "Configuring…"
    meson setup "$dir" "$root" "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; die "Configuring failed; the whole log is $log"; }
  fi
  if ! ninja -C "$dir" -n 2>/dev/null | grep -q 'no work to do'; then
    say "Building…"
    ninja -C "$dir" >"$log" 2>&1 || { grep -E 'error|FAILED' -A 5 "$log" | tail -n 40 >&2; die "Building failed; the whole log is $log"; }
  fi
}
