# SPDX-License-Identifier: GPL-2.0
"""The patch series as a list of commits over a few files.

A light git repository holds only the files that the series touches: its first
commit has pristine copies of those that Linux has, then comes one commit a
patch.  Everything that changes the series changes the file maps of these
commits in memory and writes them back with format-patch, so that no diff is
ever edited by hand and an untouched patch stays the same to the byte.
"""

import fnmatch
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

# The directories of the repository whose files belong to the series, at their
# kernel path.  The one list: check, refresh, apply and static all use it.
OWNED_DIRS = ("Documentation", "arch", "fs", "include", "init", "ipc",
              "kernel", "lib", "mm", "samples", "security", "tools")
# What else may be in the repository; a tracked file in neither list fails.
HOUSE = (".ci/", ".gitignore", ".shellcheckrc", "COPYING", "LICENSE", "LICENSES/", "Makefile",
         "README.md", "configs/", "patches/", "scripts/", "series")

# Names the format completely, so that no setting of the user changes a patch.
FORMAT = ("--no-numbered", "--zero-commit", "--no-signature", "--full-index",
          "--no-renames", "--always", "--no-color", "--no-ext-diff",
          "--no-textconv", "--no-attach", "--no-thread", "--no-cover-letter",
          "--no-notes", "--no-base", "--unified=3", "--diff-algorithm=myers",
          "--indent-heuristic", "--src-prefix=a/", "--dst-prefix=b/")
BASE_DATE = "1000000000 +0000"
BASE_LINE = re.compile(r"^# *[Bb]ase: *(\S*) *$")
PATCH_NAME = re.compile(r"^(\d{4})-([a-z0-9][a-z0-9._-]*)\.patch$")


class SeriesError(Exception):
    """A message for the user; nothing was changed."""


def git_env(**extra):
    """An environment in which no user or system setting has a say."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1",
               LC_ALL="C", TZ="UTC")
    env.update(extra)
    return env


def git(where, *args, data=None, env=None, check=True, text=True):
    res = subprocess.run(("git", "-C", where) + args, input=data,
                         env=env or git_env(), capture_output=True,
                         text=text, check=False)
    if check and res.returncode:
        err = res.stderr if text else res.stderr.decode(errors="replace")
        raise SeriesError(f"git {' '.join(args[:3])} failed: {err.strip()}")
    return res if not check else res.stdout


def repo_git(root, *args, **kw):
    """git in the user's own repository, with the user's own settings."""
    return git(root, *args, env=dict(os.environ, LC_ALL="C"), **kw)


def identity(root):
    """(name, email) of whoever works here."""
    line = repo_git(root, "var", "GIT_COMMITTER_IDENT")
    found = re.match(r"^(.*) <(.*)> \d+ [-+]\d+$", line.strip())
    if not found:
        raise SeriesError("git knows no identity here: set user.name and "
                          "user.email")
    return found.group(1), found.group(2)


def is_owned(path):
    return path.split("/", 1)[0] in OWNED_DIRS and "/" in path


def touched_by(text):
    """The paths that a patch touches, in order."""
    paths = []
    for line in text.splitlines():
        if line.startswith("diff --git a/"):
            a, _, b = line[len("diff --git a/"):].partition(" b/")
            for path in (a, b):
                if path not in paths:
                    paths.append(path)
    return paths


class Commit:
    """One patch: its slug, its message, and every file as it is after it."""

    def __init__(self, slug, author, date, message, files):
        self.slug = slug
        self.author = author        # "Name <mail>"
        self.date = date            # "seconds zone"
        self.message = message
        self.files = files          # path -> (mode, sha)


class Config:
    """Where things are; filled from what scripts/series exports."""

    def __init__(self):
        self.root = os.environ["NEXUS_TOP"]
        self.cache = os.environ["NEXUS_CACHE"]
        self.pristine = os.environ["NEXUS_PRISTINE"]
        self.version = os.environ["NEXUS_VERSION"]
        self.light = os.path.join(self.cache, "series", self.version)
        self.edit = self.light + "-edit"
        self.patches = os.path.join(self.root, "patches")
        self.series = os.path.join(self.root, "series")


def read_text(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


def write_text(path, text):
    """Replace a file in one step: an interrupted run leaves old or new."""
    tmp = f"{path}.tmp{os.getpid()}"
    with open(tmp, "w", encoding="utf-8", errors="surrogateescape") as f:
        f.write(text)
    os.rename(tmp, path)


class Series:
    def __init__(self, cfg):
        self.cfg = cfg
        self.lines = []             # of the series file; a Commit's slug or a comment
        self.names = []             # patch file names, in order
        self.base = {}              # path -> (mode, sha) of the pristine files
        self.commits = []
        self.read_series()

    # -- the series file ----------------------------------------------------

    def read_series(self):
        """Comments and blank lines are kept where they are."""
        self.lines, self.names = [], []
        if not os.path.exists(self.cfg.series):
            return
        for line in read_text(self.cfg.series).splitlines():
            word = line.split("#", 1)[0].strip()
            if not word:
                self.lines.append(("text", line))
                continue
            found = PATCH_NAME.match(word)
            if not found or word != line.strip():
                raise SeriesError(f"series: \"{line}\" is not a NNNN-slug.patch"
                                  " (a comment needs a line of its own)")
            if word in self.names:
                raise SeriesError(f"series: {word} is listed twice")
            self.lines.append(("patch", found.group(2)))
            self.names.append(word)

    def slugs(self):
        return [text for kind, text in self.lines if kind == "patch"]

    def series_text(self):
        """The file with the numbers of now and the release it is made for."""
        out, number, lines = [], 0, list(self.lines)
        mark = f"# Base: {self.cfg.version}"
        if lines and not any(BASE_LINE.match(t) for k, t in lines
                             if k == "text"):
            lines = [("text", "# Nexus for Linux, applied with quilt from the "
                      "top: scripts/series writes"),
                     ("text", "# the names, the comments are free."),
                     ("text", mark), ("text", "")] + lines
        for kind, text in lines:
            if kind == "text" and BASE_LINE.match(text):
                text = mark
            if kind == "patch":
                number += 1
                out.append(f"{number:04d}-{text}.patch")
            else:
                out.append(text)
        return "\n".join(out) + "\n" if out else ""

    def insert(self, slug, after):
        """Put a new slug behind another, or in front of all."""
        if slug in self.slugs():
            raise SeriesError(f"there is a patch {slug} already")
        if not PATCH_NAME.match(f"0000-{slug}.patch"):
            raise SeriesError(f"\"{slug}\" is no slug: small letters, digits, "
                              "- . _")
        where = self.lines.index(("patch", after)) + 1 if after else 0
        self.lines.insert(where, ("patch", slug))
        return self.slugs().index(slug)

    def index(self, slug):
        """A patch by slug, by number or by file name."""
        name = os.path.basename(slug)
        found = PATCH_NAME.match(name)
        if found:
            name = found.group(2)
        for i, commit in enumerate(self.commits):
            if commit.slug == name:
                return i
        if name.isdigit() and 0 < int(name) <= len(self.commits):
            return int(name) - 1
        raise SeriesError(f"no patch {slug} in series")

    # -- the light repository ---------------------------------------------------

    def patch_texts(self):
        texts = []
        for name in self.names:
            path = os.path.join(self.cfg.patches, name)
            if not os.path.exists(path):
                raise SeriesError(f"series lists {name}, patches/ has no such "
                                  "file")
            texts.append(read_text(path))
        return texts

    def key(self, texts, paths):
        """What the light repository was made from."""
        name, mail = identity(self.cfg.root)
        h = hashlib.sha256()
        for part in [self.cfg.version, os.path.realpath(self.cfg.pristine),
                     name, mail] + self.names + texts + paths:
            h.update(part.encode(errors="surrogateescape") + b"\0")
        return h.hexdigest()

    def load(self, extra=()):
        """Bring the light repository up to date and read it."""
        light = self.cfg.light
        texts = self.patch_texts()
        paths = sorted({p for t in texts for p in touched_by(t)} | set(extra))
        for path in paths:
            if path.startswith("/") or ".." in path.split("/"):
                raise SeriesError(f"a patch touches {path}")
        if not os.path.isdir(os.path.join(light, ".git")):
            os.makedirs(light, exist_ok=True)
            git(light, "init", "-q", "-b", "series")
            for name, value in (("gc.auto", "0"), ("core.autocrlf", "false"),
                                ("core.fileMode", "true"),
                                ("apply.whitespace", "nowarn")):
                git(light, "config", name, value)
        key_file = os.path.join(light, ".git", "nexus-key")
        key = self.key(texts, paths)
        if not (os.path.exists(key_file) and read_text(key_file) == key):
            if os.path.exists(key_file):
                os.unlink(key_file)
            self.build(paths)
            write_text(key_file, key)
        else:
            git(light, "reset", "-q", "--hard", "refs/nexus/tip")
        self.read_commits()
        return self

    def build(self, paths):
        light = self.cfg.light
        if os.path.isdir(os.path.join(light, ".git", "rebase-apply")):
            shutil.rmtree(os.path.join(light, ".git", "rebase-apply"))
        have = [p for p in paths
                if os.path.isfile(os.path.join(self.cfg.pristine, p))]
        shas = git(light, "hash-object", "-w", "--no-filters", "--stdin-paths",
                   data="".join(os.path.join(self.cfg.pristine, p) + "\n"
                                for p in have)).split()
        files = {p: (disk_mode(os.path.join(self.cfg.pristine, p)), sha)
                 for p, sha in zip(have, shas)}
        base = self.commit_tree(self.write_tree(files), None, "Linux <linux>",
                                BASE_DATE, f"Linux {self.cfg.version}\n")
        git(light, "update-ref", "refs/nexus/base", base)
        git(light, "checkout", "-q", "-f", "-B", "series", base)
        git(light, "clean", "-q", "-d", "-f", "-x")
        if self.names:
            name, mail = identity(self.cfg.root)
            env = git_env(GIT_COMMITTER_NAME=name, GIT_COMMITTER_EMAIL=mail)
            res = git(light, "am", "-q", "--committer-date-is-author-date",
                      "--empty=keep", "--no-3way", "--no-gpg-sign",
                      *[os.path.join(self.cfg.patches, n) for n in self.names],
                      env=env, check=False)
            if res.returncode:
                done = int(git(light, "rev-list", "--count", base + "..HEAD"))
                git(light, "am", "--abort", env=env, check=False)
                raise SeriesError(f"{self.names[done]} does not apply:\n"
                                  + (res.stderr + res.stdout).strip())
        git(light, "update-ref", "refs/nexus/tip", "HEAD")

    def read_commits(self):
        light = self.cfg.light
        self.base = self.read_files("refs/nexus/base")
        self.commits = []
        out = git(light, "log", "--reverse", "--date=raw", "-z",
                  "--format=%H%n%an <%ae>%n%ad%n%B",
                  "refs/nexus/base..refs/nexus/tip")
        records = [r for r in out.split("\0") if r]
        if len(records) != len(self.names):
            raise SeriesError(f"{len(self.names)} patches became "
                              f"{len(records)} commits")
        for slug, record in zip(self.slugs(), records):
            sha, author, date, message = record.split("\n", 3)
            self.commits.append(Commit(slug, author, date,
                                       message.rstrip("\n") + "\n",
                                       self.read_files(sha)))

    def read_files(self, commit):
        files = {}
        for rec in git(self.cfg.light, "ls-tree", "-r", "-z",
                       commit).split("\0"):
            if rec:
                meta, path = rec.split("\t", 1)
                mode, _, sha = meta.split(" ")
                files[path] = (mode, sha)
        return files

    def write_tree(self, files):
        with tempfile.TemporaryDirectory() as tmp:
            env = git_env(GIT_INDEX_FILE=os.path.join(tmp, "index"))
            git(self.cfg.light, "update-index", "-z", "--index-info", env=env,
                data="".join(f"{m} {s}\t{p}\0" for p, (m, s) in files.items()))
            return git(self.cfg.light, "write-tree", env=env).strip()

    def commit_tree(self, tree, parent, author, date, message):
        name, mail = re.match(r"^(.*) <(.*)>$", author).groups()
        env = git_env(GIT_AUTHOR_NAME=name, GIT_AUTHOR_EMAIL=mail,
                      GIT_AUTHOR_DATE=date, GIT_COMMITTER_NAME=name,
                      GIT_COMMITTER_EMAIL=mail, GIT_COMMITTER_DATE=date)
        args = ("-p", parent) if parent else ()
        return git(self.cfg.light, "commit-tree", tree, *args, env=env,
                   data=message).strip()

    def store(self, text):
        """A blob from bytes."""
        return git(self.cfg.light, "hash-object", "-w", "--stdin", data=text,
                   text=False).decode().strip()

    def content(self, entry):
        return git(self.cfg.light, "cat-file", "blob", entry[1], text=False)

    # -- changing it --------------------------------------------------------------

    def files_before(self, i):
        return self.commits[i - 1].files if i else self.base

    def last_toucher(self, path):
        for i in reversed(range(len(self.commits))):
            if self.commits[i].files.get(path) != self.files_before(i).get(path):
                return i
        return None

    def tip(self):
        return self.commits[-1].files if self.commits else self.base

    def merge(self, path, current, old, new):
        """current with the change old -> new; None where it does not fit."""
        if current == old:
            return new
        if current == new:
            return current
        if None in (current, old, new):
            return None
        with tempfile.TemporaryDirectory() as tmp:
            for name, entry in (("c", current), ("o", old), ("n", new)):
                with open(os.path.join(tmp, name), "wb") as f:
                    f.write(self.content(entry))
            res = git(tmp, "merge-file", "-p", "-q", "c", "o", "n",
                      check=False, text=False)
        if res.returncode:
            raise SeriesError(f"{path}: the change does not fit here")
        mode = new[0] if old[0] != new[0] else current[0]
        return mode, self.store(res.stdout)

    def fold(self, where, path, old, new):
        """Make the change old -> new part of patch number `where`."""
        for i in range(where, len(self.commits)):
            files = self.commits[i].files
            try:
                entry = self.merge(path, files.get(path), old, new)
            except SeriesError as err:
                raise SeriesError(
                    f"{path}: the change does not fit at patch "
                    f"{self.commits[i].slug}; fold it into a later patch, or "
                    f"edit --at {self.commits[where].slug}") from err
            if entry is None and (files.get(path), new) != (old, None):
                if files.get(path) is not None or new is not None:
                    raise SeriesError(f"{path}: is not yet, or no longer, "
                                      f"there at {self.commits[i].slug}")
            if entry is None:
                files.pop(path, None)
            else:
                files[path] = entry

    def add_base(self, path):
        """A Linux file that no patch touched so far."""
        if path in self.base:
            return
        disk = os.path.join(self.cfg.pristine, path)
        if not os.path.isfile(disk):
            return
        with open(disk, "rb") as f:
            entry = (disk_mode(disk), self.store(f.read()))
        self.base[path] = entry
        for commit in self.commits:
            commit.files.setdefault(path, entry)

    def on_disk(self, path, top=None):
        disk = os.path.join(top or self.cfg.root, path)
        if os.path.islink(disk):
            raise SeriesError(f"{path}: the series holds no symbolic links")
        if not os.path.isfile(disk):
            return None
        with open(disk, "rb") as f:
            return disk_mode(disk), self.store(f.read())

    # -- writing it back ---------------------------------------------------------

    def formatted(self):
        """The patches as format-patch writes them: name -> text, in order."""
        if not self.commits:
            return {}
        light = self.cfg.light
        parent = self.commit_tree(self.write_tree(self.base), None,
                                  "Linux <linux>", BASE_DATE,
                                  f"Linux {self.cfg.version}\n")
        first = parent
        for commit in self.commits:
            parent = self.commit_tree(self.write_tree(commit.files), parent,
                                      commit.author, commit.date,
                                      commit.message)
        with tempfile.TemporaryDirectory() as tmp:
            git(light, "format-patch", "-q", *FORMAT, "-o", tmp,
                f"{first}..{parent}")
            files = sorted(os.listdir(tmp))
            return {f"{n:04d}-{commit.slug}.patch":
                    read_text(os.path.join(tmp, name))
                    for n, (commit, name)
                    in enumerate(zip(self.commits, files), 1)}

    def made_for(self):
        """The release of the Base: line."""
        for kind, text in self.lines:
            found = kind == "text" and BASE_LINE.match(text)
            if found:
                return found.group(1)
        return self.cfg.version

    def save(self, dry_run=False):
        """Write what differs; returns lines that say what changed."""
        # On another point release line numbers and blob names differ, which
        # is no change to report; a refresh writes them.
        loose = dry_run and self.made_for() != self.cfg.version
        new = self.formatted()
        old = set(self.names)
        said = []
        for name, text in new.items():
            path = os.path.join(self.cfg.patches, name)
            was = read_text(path) if os.path.exists(path) else None
            same = was == text or (loose and was is not None
                                   and unplaced(was) == unplaced(text))
            if not same:
                said.append(f"{'changed' if name in old else 'new'}: "
                            f"patches/{name}")
                if not dry_run:
                    os.makedirs(self.cfg.patches, exist_ok=True)
                    write_text(path, text)
        text = self.series_text()
        if loose:
            text = re.sub(r"(?m)^# Base: .*$", f"# Base: {self.made_for()}",
                          text)
        if (read_text(self.cfg.series) if os.path.exists(self.cfg.series)
                else "") != text:
            said.append("changed: series")
            if not dry_run:
                write_text(self.cfg.series, text)
        for name in sorted(old - set(new)):
            said.append(f"gone: patches/{name}")
            if not dry_run:
                os.unlink(os.path.join(self.cfg.patches, name))
        if not dry_run:
            self.names = list(new)
        return said

    # -- the repository's own files ------------------------------------------------

    def repo_files(self):
        """Files of the repository that belong to the series."""
        out = repo_git(self.cfg.root, "ls-files", "-z", "-c", "-o",
                       "--exclude-standard", "--",
                       *[d + "/" for d in OWNED_DIRS])
        return sorted({p for p in out.split("\0")
                       if p and os.path.lexists(os.path.join(self.cfg.root, p))})

    def owner(self, path):
        """The patch that patches/owners gives a new file to."""
        manifest = os.path.join(self.cfg.patches, "owners")
        if os.path.exists(manifest):
            for line in read_text(manifest).splitlines():
                words = line.split("#", 1)[0].split()
                if len(words) == 2 and fnmatch.fnmatchcase(path, words[0]):
                    return words[1]
                if words and len(words) != 2:
                    raise SeriesError(f"patches/owners: \"{line}\" is not "
                                      "\"glob slug\"")
        return None


def unplaced(text):
    """A patch without what depends on the rest of the patched files."""
    return re.sub(r"(?m)^(index [0-9a-f]{40}\.\.[0-9a-f]{40}.*|"
                  r"@@ -\d+(,\d+)? \+\d+(,\d+)? @@.*)$", "", text)


def disk_mode(path):
    return "100755" if os.stat(path).st_mode & stat.S_IXUSR else "100644"


def say(text):
    print(text, file=sys.stderr)
