#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check-translation.sh SOURCE_DIR: every translation has every string of the sources as they are now, none of them doubtful,
# and POTFILES names every source that has strings. Writes nothing in the source folder.
set -euo pipefail
cd "$1"

for tool in xgettext msgmerge msgattrib msgfmt; do
  command -v "$tool" >/dev/null || {
    echo "SKIPPED: translations are not checked, $tool is missing" >&2
    exit 77
  }
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

# The keywords of meson's preset "glib", as far as they are used.
extract() {
  xgettext --from-code=UTF-8 --no-wrap --keyword=_ --keyword=N_ --keyword=C_:1c,2 --keyword=NC_:1c,2 --keyword=ngettext:1,2 "$@"
}

# What has strings is asked of xgettext itself: a pattern would miss a string on the line behind its bracket.
find app ui engine resources \( -name '*.[ch]' -o -name '*.ui' -o -name '*.desktop.in' -o -name '*.metainfo.xml.in' -o -name '*.gschema.xml' \) |
  LC_ALL=C sort >"$scratch/sources"
extract --files-from="$scratch/sources" --output="$scratch/every.pot" 2>/dev/null
sed -n 's/^#: //p' "$scratch/every.pot" | tr ' ' '\n' | sed 's/:[0-9]*$//' | LC_ALL=C sort -u >"$scratch/with-strings"
LC_ALL=C sort po/POTFILES >"$scratch/named"
if ! LC_ALL=C comm -23 "$scratch/with-strings" "$scratch/named" | (! grep .); then
  echo "po/POTFILES does not name the files above" >&2
  status=1
fi

extract --files-from=po/POTFILES --output="$scratch/all.pot" 2>"$scratch/warnings"
if grep -q 'not a valid C format' "$scratch/warnings"; then
  cat "$scratch/warnings" >&2
  echo "a string that is put together from macros cannot be translated" >&2
  status=1
fi

while read -r language; do
  po=po/$language.po
  msgfmt --check --output-file=/dev/null "$po" || status=1
  msgmerge --quiet --no-fuzzy-matching --output-file="$scratch/$language.po" "$po" "$scratch/all.pot"
  for kind in untranslated only-fuzzy; do
    msgattrib --no-obsolete --no-wrap "--$kind" "$scratch/$language.po" >"$scratch/left"
    # The header is an entry, too, where there are others.
    if [ -s "$scratch/left" ]; then
      grep -E '^msgid "..*|^msgid_plural' "$scratch/left" >&2 || true
      echo "$po: the strings above are $kind" >&2
      status=1
    fi
  done
done < <(grep -v '^#' po/LINGUAS)

exit $status
