#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Takes the pictures of the real window again; called by `./dev screenshot`, which gives it a display of its own.
# window.png is the README's. With a folder as argument all looks are put there instead: light, dark, high contrast, narrow,
# French; and “Is it true?” of the last word in each of them but high contrast, and the other pages of its pane.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
out=${1:-resources/screenshots}
mkdir -p "$out"
export GSETTINGS_BACKEND=memory GSK_RENDERER=cairo GTK_A11Y=none

# take NAME WIDTH HEIGHT [VARIABLE=VALUE…]: plays the sample question and waits for the last word; where NAME begins with
# a page of the pane beside the picture, it opens that page. The popover is a window of its own, so that the screen is
# taken there. Tab leaves the entry, where T is a letter.
take() {
  local name=$1 width=$2 height=$3 window='' keys pid
  shift 3
  env "$@" build/app/regard &
  pid=$!
  for _ in $(seq 100); do
    window=$(xdotool search --onlyvisible --pid "$pid" 2>/dev/null | tail -n 1) && [ -n "$window" ] && break
    sleep 0.1
  done
  [ -n "$window" ] || { echo "no window came up for $name" >&2; kill "$pid"; exit 1; }
  xdotool mousemove 2390 1790 windowmove "$window" 0 0 windowsize "$window" "$width" "$height"
  sleep 2
  xdotool windowfocus "$window" key --window "$window" Return
  sleep 3
  case $name in
    verdict*) keys='t' ;;
    swap*) keys='s' ;;
    box*) keys='b Right Left Left Left Left' ;;
    heads*) keys='h' ;;
    compare*) keys='c' ;;
    *) keys='' ;;
  esac
  if [ -n "$keys" ]; then
    # shellcheck disable=SC2086
    xdotool key --window "$window" Tab $keys
    sleep 3
    import -silent -window root -crop "${width}x$height+0+0" +repage -strip "$out/$name.png"
  else
    import -silent -window "$window" -strip "$out/$name.png"
  fi
  kill "$pid"
  wait "$pid" 2>/dev/null || true
}

if [ $# -eq 0 ]; then
  take window 1100 750
else
  take light 1100 750
  take dark 1100 750 ADW_DEBUG_COLOR_SCHEME=prefer-dark
  take contrast 1100 750 ADW_DEBUG_HIGH_CONTRAST=1
  take narrow 360 640
  take verdict 1100 750
  take verdict-dark 1100 750 ADW_DEBUG_COLOR_SCHEME=prefer-dark
  take verdict-narrow 360 640
  for page in swap box heads compare; do
    take "$page" 1100 750
    take "$page-dark" 1100 750 ADW_DEBUG_COLOR_SCHEME=prefer-dark
    take "$page-narrow" 360 640
  done
  # A locale of its own, as few machines have the French one.
  locales=$(mktemp -d)
  trap 'rm -rf "$locales"' EXIT
  localedef --no-archive -i fr_FR -f UTF-8 "$locales/fr_FR.UTF-8"
  for size in '1100 750' '360 640'; do
    # shellcheck disable=SC2086
    take "french-${size%% *}" $size LOCPATH="$locales" LC_ALL=fr_FR.UTF-8 LANGUAGE=fr
    # shellcheck disable=SC2086
    take "verdict-french-${size%% *}" $size LOCPATH="$locales" LC_ALL=fr_FR.UTF-8 LANGUAGE=fr
    for page in swap box heads compare; do
      # shellcheck disable=SC2086
      take "$page-french-${size%% *}" $size LOCPATH="$locales" LC_ALL=fr_FR.UTF-8 LANGUAGE=fr
    done
  done
fi
