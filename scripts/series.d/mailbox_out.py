# SPDX-License-Identifier: GPL-2.0
"""The series as mail: a cover letter and one message a patch, threaded.

The message ids are made from the contents, so the same series always gives
the same mailbox, and b4 and git am can be run on it in a test.
"""

import hashlib
import os
import re

from model import SeriesError, git, identity, read_text


def shortlog(series):
    by = {}
    for commit in series.commits:
        name = commit.author.partition(" <")[0]
        by.setdefault(name, []).append(commit.message.splitlines()[0])
    return "\n\n".join(
        f"{name} ({len(subjects)}):\n"
        + "\n".join(f"  {s}" for s in subjects)
        for name, subjects in sorted(by.items()))


def diffstat(series):
    return git(series.cfg.light, "diff", "--stat=72", "--summary",
               "--no-renames", "refs/nexus/base",
               "refs/nexus/tip").rstrip("\n")


def fill(template, words):
    for name, text in words.items():
        template = template.replace("%" + name, text)
    return template


def header(name, value):
    """A header line in one piece: b4 0.12 stumbles over folded subjects."""
    return f"{name}: {value}"


def render(series, cover_path=None):
    cfg = series.cfg
    cover_path = cover_path or os.path.join(cfg.patches, "cover-letter.txt")
    if not os.path.exists(cover_path):
        raise SeriesError(f"no {cover_path}: its first line is the subject, "
                          "%shortlog and %diffstat are filled in")
    if not series.commits:
        raise SeriesError("the series is empty")
    subject, _, body = read_text(cover_path).partition("\n")
    body = body.strip("\n")
    words = {"shortlog": shortlog(series), "diffstat": diffstat(series),
             "version": cfg.version, "patches": str(len(series.commits))}
    used = "%shortlog" in body
    body = fill(body, words)
    if not used:
        body += "\n\n" + words["shortlog"] + "\n\n" + words["diffstat"]

    name, mail = identity(cfg.root)
    domain = mail.rpartition("@")[2] or "localhost"
    texts = [read_text(os.path.join(cfg.patches, n)) for n in series.names]
    digest = hashlib.sha256()
    for text in [subject, body] + texts:
        digest.update(text.encode(errors="surrogateescape") + b"\0")
    stem = f"nexus-{cfg.version}-{digest.hexdigest()[:16]}"
    total = len(texts)
    width = len(str(total))
    # The newest patch dates the cover, so that no clock gets into the file.
    newest = max(series.commits, key=lambda c: int(c.date.split()[0]))
    stamp = re.search(r"^Date: (.*)$", texts[series.commits.index(newest)],
                      re.M).group(1)

    def ident(number):
        return f"<{stem}-{number:0{width}d}@{domain}>"

    out = ["\n".join([
        "From " + "0" * 40 + " Mon Sep 17 00:00:00 2001",
        f"From: {name} <{mail}>", f"Date: {stamp}",
        header("Subject", f"[PATCH {0:0{width}d}/{total}] {subject}"),
        f"Message-Id: {ident(0)}", "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit", "", body,
        f"\nbase: Linux {cfg.version}", "-- ", cfg.version, "", ""])]
    for number, text in enumerate(texts, 1):
        head, _, rest = text.partition("\n\n")
        lines = []
        for line in re.sub(r"\n[ \t]+", " ", head).splitlines():
            if line.startswith("Subject: "):
                plain = re.sub(r"^Subject: \[PATCH\] ", "", line)
                line = header(
                    "Subject", f"[PATCH {number:0{width}d}/{total}] {plain}")
                line += (f"\nMessage-Id: {ident(number)}"
                         f"\nIn-Reply-To: {ident(0)}"
                         f"\nReferences: {ident(0)}")
            lines.append(line)
        out.append("\n".join(lines) + "\n\n" + rest.rstrip("\n")
                   + f"\n-- \n{cfg.version}\n\n")
    return "".join(out)
