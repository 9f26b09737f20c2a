#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The directions of the house (CONTRIBUTING.md): prints every include that goes the wrong way.
# The argument is the root of the sources.
cd "$1" || exit 2
status=0

# wrong FOLDER FORBIDDEN-PATTERN [ALLOWED-PATTERN]
wrong() {
  found=$(grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include' "$1" | grep -E "$2" | grep -vE "${3:-^$}")
  [ -z "$found" ] && return
  echo "$found"
  status=1
}

# The engine knows no window: neither toolkit nor the rooms above it.
wrong engine '["<](gtk/|gdk/|gdk-pixbuf/|adwaita|ui/|app/)'

# The window knows the facade only. Two exceptions: the scene board draws with the generator's own pictograms, so that what
# a class puts on the sheet is what the model was trained on; and files are written by the engine's writers, whoever asks.
wrong ui '"app/'
wrong ui '"engine/' '"engine/(altered-image|box|engine|error|explanation|head-measure|job|library|sound|swap|token-list|types)\.h"|^ui/scene-[a-z]*\.[ch]:.*"engine/train/scene\.h"|^ui/export\.c:.*"engine/formats/(atomic-file|npy)\.h"'

# The decoder of picture files is shared with the command line, which needs no display. (So is what export.c draws; the
# compiler would not find GTK there.)
for file in ui/image-decoder.[ch] ui/image-container.[ch]; do
  wrong "$file" '["<](gtk/|gdk/|adwaita)'
done

# Root-relative includes only, so that the room is visible in every line.
for folder in app engine ui; do
  wrong "$folder" '"' '"(app|engine|ui)/|"config\.h"'
done

exit $status
