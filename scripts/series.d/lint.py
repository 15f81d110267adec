# SPDX-License-Identifier: GPL-2.0
"""What every patch must look like before anyone reads its diff."""

import email.utils
import os
import re

from model import HOUSE, OWNED_DIRS, PATCH_NAME, read_text

SUBJECT_MAX = 75
BODY_MAX = 75
# A line without a blank in it (a path, a link, a symbol) cannot be wrapped;
# an indented one is a table, code or output and keeps its shape.
UNWRAPPABLE = re.compile(r"^(\s.*|\S+|\[\d+\] \S+|[A-Z][A-Za-z-]+: .*)$")
# Assembled here, so that this file holds no such name itself.
HOSTS = re.compile(r"\b(?:" + "|".join(
    ".".join(parts).replace(".", r"\.") for parts in (
        ("deb", "debian", "org"), ("security", "debian", "org"),
        ("ftp", "debian", "org"), ("snapshot", "debian", "org"),
        ("registry", "npmjs", "org"), ("registry", "yarnpkg", "com"),
        ("pypi", "org"), ("files", "pythonhosted", "org"),
        ("proxy", "golang", "org"), ("crates", "io"))) + r")\b")


def split(text):
    """(headers, body, diff) of a format-patch file."""
    head, _, rest = text.partition("\n\n")
    headers = {}
    for line in re.sub(r"\n[ \t]+", " ", head).splitlines():
        name, colon, value = line.partition(": ")
        if colon:
            headers.setdefault(name.lower(), value.strip())
    body, _, diff = rest.partition("\n---\n")
    return headers, body, diff


def check_patch(text):
    """Everything that is wrong with one patch, a line each."""
    bad = []
    if not re.match(r"^From [0-9a-f]{40} Mon Sep 17 00:00:00 2001\n", text):
        bad.append("does not begin like git format-patch output")
    headers, body, diff = split(text)
    for name in ("from", "date", "subject"):
        if not headers.get(name):
            bad.append(f"no {name.capitalize()}: header")
    date = headers.get("date", "")
    if date and email.utils.parsedate_tz(date) is None:
        bad.append(f"Date: is not one: {date}")
    name, mail = email.utils.parseaddr(headers.get("from", ""))
    if not name or "@" not in mail:
        bad.append("From: is not \"Name <mail>\"")

    subject = re.sub(r"^\[[^]]*\]\s*", "", headers.get("subject", ""))
    if len(subject) > SUBJECT_MAX:
        bad.append(f"subject has {len(subject)} characters, "
                   f"{SUBJECT_MAX} at most")
    if not re.match(r"^[A-Za-z0-9_$/.,*{}-]+(?:[:,] ?[A-Za-z0-9_$/.,*{}-]+)*: "
                    r"\S", subject):
        bad.append("subject is not \"subsystem: summary\"")
    else:
        summary = subject.rsplit(": ", 1)[1]
        first = summary.split()[0]
        # KUnit, MAINTAINERS and such keep their capitals; Add does not.
        if re.match(r"^[A-Z][a-z]+$", first):
            bad.append(f"the summary begins with a capital: {first}")
        if subject.endswith("."):
            bad.append("subject ends with a full stop")

    lines = body.split("\n")
    trailer = re.compile(r"^[A-Z][A-Za-z-]+: \S")
    prose = [ln for ln in lines if ln.strip() and not trailer.match(ln)]
    if not prose:
        bad.append("no message: say what the problem is and what this does")
    for line in prose:
        if len(line) > BODY_MAX and not UNWRAPPABLE.match(line):
            bad.append(f"body line longer than {BODY_MAX}: {line[:50]}...")
    if any(ln.startswith("From ") for ln in lines):
        bad.append("a body line begins with \"From \", which ends a message "
                   "in a mailbox")
    signs = re.findall(r"^Signed-off-by: (.*)$", body, re.M)
    if not signs:
        bad.append("no Signed-off-by:")
    elif f"{name} <{mail}>" not in signs:
        bad.append(f"Signed-off-by: {signs[-1]} is not From: {name} <{mail}>")
    for line in text.splitlines():
        if HOSTS.search(line):
            bad.append(f"names a registry host: {line.strip()[:60]}")
    if "\ndiff --git " not in "\n" + diff:
        bad.append("changes nothing")
    if re.search(r"^\+.*[ \t]$", diff, re.M):
        bad.append("adds white space at the end of a line")
    if re.search(r"^(GIT binary patch|Binary files )", diff, re.M):
        bad.append("has a binary file")
    return bad


def run(series, cfg):
    """Lint the series; returns the exit status."""
    failed = 0
    for name in series.names:
        path = os.path.join(cfg.patches, name)
        bad = check_patch(read_text(path)) if os.path.exists(path) \
            else ["no such file"]
        for line in bad:
            print(f"{name}: {line}")
        failed += len(bad)
    for number, name in enumerate(series.names, 1):
        if int(PATCH_NAME.match(name).group(1)) != number:
            print(f"{name}: is number {number} in series")
            failed += 1
    listed = set(series.names)
    for name in sorted(os.listdir(cfg.patches)):
        if name.endswith(".patch") and name not in listed:
            print(f"patches/{name}: not in series")
            failed += 1
    if not series.names:
        print("series is empty")
        failed += 1
    return 1 if failed else 0


def strays(cfg, repo_git):
    """Tracked files that are neither the series' nor the house's."""
    for path in repo_git(cfg.root, "ls-files", "-z").split("\0"):
        if not path:
            continue
        if path.split("/", 1)[0] in OWNED_DIRS and "/" in path:
            continue
        if not any(path == h or (h.endswith("/") and path.startswith(h))
                   for h in HOUSE):
            yield (f"{path}: neither a file of the series nor of the house "
                   "(scripts/series.d/model.py has both lists)")
