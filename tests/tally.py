# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the test cases in meson's testlog.json and prints `N passed, N failed[, N skipped]`.

A program that speaks TAP counts case by case; one that ends badly without saying which case it was, or that says
nothing, counts as one failed case. The exit status is 0 only if something passed and nothing failed.
"""
import json
import re
import sys

CASE = re.compile(r'^\s*(not ok|ok)\b(.*)$')


def tally(record):
    passed = failed = skipped = 0
    for line in (record.get('stdout') or '').splitlines():
        case = CASE.match(line)
        if not case:
            continue
        if re.search(r'#\s*skip', case.group(2), re.IGNORECASE):
            skipped += 1
        elif case.group(1) == 'ok':
            passed += 1
        else:
            failed += 1
    if record['result'] == 'SKIP':
        skipped = max(skipped, 1)
    elif record['result'] in ('OK', 'EXPECTEDFAIL'):
        passed = passed if passed + skipped > 0 else 1
    else:
        failed = max(failed, 1)
    return passed, failed, skipped


def main(path):
    try:
        with open(path, encoding='utf-8') as log:
            records = [json.loads(line) for line in log if line.strip()]
    except OSError as error:
        print(f'{path}: {error.strerror}', file=sys.stderr)
        records = []
    counts = [tally(record) for record in records]
    passed, failed, skipped = (sum(column) for column in zip(*counts)) if counts else (0, 0, 0)
    for record, (_, bad, _) in zip(records, counts):
        if bad:
            print(f'failed: {record["name"]} ({record["result"].lower()})')
    print(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    return 0 if passed and not failed else 1


sys.exit(main(sys.argv[1]))
