# SPDX-License-Identifier: GPL-2.0
"""The verbs of scripts/series that read or rewrite the series."""

import argparse
import os
import re
import shutil
import sys
import tempfile

import lint
import mailbox_out
from model import (Config, FORMAT, PATCH_NAME, Commit, Series, SeriesError,
                   git, git_env, identity, is_owned, read_text, repo_git, say,
                   touched_by, write_text)


def report(said, quiet="no change"):
    for line in said or [quiet]:
        print(line)


# -- refresh -----------------------------------------------------------------


def fold_repo(series):
    """Fold every difference between the repository and the applied tree."""
    paths = series.repo_files()
    for path in paths:
        if os.path.isfile(os.path.join(series.cfg.pristine, path)):
            raise SeriesError(
                f"{path}: Linux has this file, so a change to it lives in a "
                "patch alone: scripts/series edit, then fold")
    tip = series.tip()
    ours = {p for p in tip if p not in series.base}
    unowned = []
    for path in sorted(ours | set(paths)):
        old, new = tip.get(path), series.on_disk(path)
        if old == new:
            continue
        if new is None:
            # No patch may bring a file that the repository does not have.
            print(f"{path}: gone from every patch")
            for commit in series.commits:
                commit.files.pop(path, None)
            continue
        if old is None:
            slug = series.owner(path)
            if slug is None:
                unowned.append(path)
                continue
            where = series.index(slug)
        else:
            where = series.last_toucher(path)
        print(f"{path}: {'new in' if old is None else 'into'} "
              f"{series.commits[where].slug}")
        for commit in series.commits[where:]:
            commit.files[path] = new
    if unowned:
        raise SeriesError("no patch owns\n  " + "\n  ".join(unowned)
                          + "\nname one in patches/owners (\"glob slug\"); a "
                          "build output belongs in .gitignore")


def empties(series):
    return [c.slug for i, c in enumerate(series.commits)
            if c.files == series.files_before(i)]


def verb_refresh(cfg, args):
    series = Series(cfg).load()
    fold_repo(series)
    said = series.save(dry_run=args.dry_run)
    report(said)
    for slug in empties(series):
        say(f"warning: {slug} is empty: put something in, or "
            f"scripts/series drop {slug}")
    if args.dry_run:
        return 1 if said else 0
    if said:
        Series(cfg).load()
    return 0


def verb_tree(cfg, args):
    series = Series(cfg).load(extra=args.path)
    print(cfg.light)
    say(f"{len(series.commits)} patches over Linux {cfg.version}")
    return 0


def verb_list(cfg, _args):
    series = Series(cfg).load()
    for i, commit in enumerate(series.commits):
        before = series.files_before(i)
        paths = sorted(p for p in set(commit.files) | set(before)
                       if commit.files.get(p) != before.get(p))
        print(f"{i + 1:04d} {commit.slug}: {commit.message.splitlines()[0]}")
        for path in paths:
            mark = "hook" if path in series.base else "file"
            print(f"       {mark} {path}")
    return 0


def verb_files(cfg, args):
    """Write the repository's files from the series: refresh the other way."""
    series = Series(cfg).load()
    write_files(series, args.force)
    return 0


def write_files(series, force):
    tip = series.tip()
    ours = sorted(p for p in tip if p not in series.base)
    lost = [p for p in ours if series.on_disk(p) not in (None, tip[p])]
    if lost and not force:
        raise SeriesError("these differ from the series and would be "
                          "overwritten (--force does it):\n  "
                          + "\n  ".join(lost))
    for path in ours:
        if series.on_disk(path) == tip[path]:
            continue
        put_file(series, path, tip[path], series.cfg.root)
        print(f"wrote: {path}")


def put_file(series, path, entry, top):
    disk = os.path.join(top, path)
    os.makedirs(os.path.dirname(disk), exist_ok=True)
    tmp = f"{disk}.tmp{os.getpid()}"
    with open(tmp, "wb") as f:
        f.write(series.content(entry))
    os.chmod(tmp, 0o755 if entry[0] == "100755" else 0o644)
    os.rename(tmp, disk)


# -- messages ------------------------------------------------------------------


def read_message(cfg, path):
    """A commit message with the sign-off of whoever works here."""
    text = sys.stdin.read() if path == "-" else read_text(path)
    text = "\n".join(line.rstrip() for line in text.splitlines()
                     if not line.startswith("#")).strip("\n")
    lines = text.split("\n")
    if not lines[0] or (len(lines) > 1 and lines[1]):
        raise SeriesError(f"{path}: a subject, an empty line, the body")
    name, mail = identity(cfg.root)
    sign = f"Signed-off-by: {name} <{mail}>"
    if sign not in lines:
        trailer = re.match(r"^[A-Z][A-Za-z-]+: \S", lines[-1]) and len(lines) > 2
        text += ("\n" if trailer else "\n\n") + sign
    return text + "\n"


def verb_new(cfg, args):
    series = Series(cfg).load()
    after = series.commits[series.index(args.after)].slug if args.after else None
    if after is None and series.commits and not args.first:
        raise SeriesError("where? --after SLUG, or --first")
    where = series.insert(args.slug, after)
    name, mail = identity(cfg.root)
    stamp = repo_git(cfg.root, "var", "GIT_COMMITTER_IDENT").split()[-2:]
    series.commits.insert(where, Commit(
        args.slug, f"{name} <{mail}>", " ".join(stamp),
        read_message(cfg, args.message), dict(series.files_before(where))))
    report(series.save())
    print(f"{args.slug} is empty as yet: fold something into it, or name its "
          "files in patches/owners and refresh")
    return 0


def verb_reword(cfg, args):
    series = Series(cfg).load()
    commit = series.commits[series.index(args.slug)]
    commit.message = read_message(cfg, args.message)
    report(series.save())
    return 0


def verb_drop(cfg, args):
    """Take a patch out, and what it did out of the later ones."""
    series = Series(cfg).load()
    where = series.index(args.slug)
    before = series.files_before(where)
    after = dict(series.commits[where].files)
    changed = [p for p in sorted(set(before) | set(after))
               if before.get(p) != after.get(p)]
    for path in changed:
        series.fold(where, path, after.get(path), before.get(path))
    series.lines.remove(("patch", series.commits[where].slug))
    del series.commits[where]
    report(series.save())
    for path in changed:
        if path not in series.base:
            print(f"the repository still has {path}: scripts/series files "
                  "--force writes the series' state, refresh the other way")
    return 0


# -- edit and fold ---------------------------------------------------------------


def edit_start(cfg):
    """The commit that the edit tree began with, and whose it is."""
    state = os.path.join(cfg.cache, "series", cfg.version + "-edit.state")
    if not (os.path.exists(state) and os.path.isdir(cfg.edit)):
        return state, None, None
    root, start, at = read_text(state).split("\n")[:3]
    if root != os.path.realpath(cfg.root):
        raise SeriesError(f"{cfg.edit} belongs to {root}")
    return state, start, at


def edit_changes(series, start):
    """path -> (old, new) of what was edited; old is pristine where unknown."""
    cfg = series.cfg
    began = series.read_files(start)
    names = set(began)
    for args in (("-c",), ("-o",)):
        names |= set(git(cfg.edit, "ls-files", "-z", *args).split("\0")) - {""}
    changes = {}
    for path in sorted(names):
        new = series.on_disk(path, cfg.edit)
        old = began.get(path)
        if old is None:
            old = series.on_disk(path, cfg.pristine)
        if old != new:
            changes[path] = (old, new)
    return changes


def verb_edit(cfg, args):
    series = Series(cfg).load()
    state, start, at = edit_start(cfg)
    slug = series.commits[series.index(args.at)].slug if args.at else ""
    for path in args.path:
        if not os.path.isfile(os.path.join(cfg.pristine, path)):
            raise SeriesError(f"Linux {cfg.version} has no {path}")
    dirty = start and edit_changes(series, start)
    if dirty and (args.discard or slug != at):
        if not args.discard:
            raise SeriesError("the edit tree has changes:\n  "
                              + "\n  ".join(dirty)
                              + "\nfold them, or edit --discard")
        dirty = None
    if not dirty:
        reset_edit(series, state, slug)
    for path in args.path:
        disk = os.path.join(cfg.edit, path)
        if not os.path.exists(disk):
            os.makedirs(os.path.dirname(disk), exist_ok=True)
            shutil.copy(os.path.join(cfg.pristine, path), disk)
            # A commit of its own, so that git diff there shows the edit only.
            git(cfg.edit, "add", "-f", "--", path)
            name, mail = identity(cfg.root)
            git(cfg.edit, "commit", "-q", "-m", f"pristine {path}", "--", path,
                env=git_env(GIT_AUTHOR_NAME=name, GIT_AUTHOR_EMAIL=mail,
                            GIT_COMMITTER_NAME=name, GIT_COMMITTER_EMAIL=mail))
    print(cfg.edit)
    return 0


def reset_edit(series, state, slug):
    cfg = series.cfg
    tip = git(cfg.light, "rev-parse", "refs/nexus/tip").strip()
    start = tip
    if slug:
        back = len(series.commits) - 1 - series.index(slug)
        start = git(cfg.light, "rev-parse", f"{tip}~{back}").strip()
    if os.path.isdir(cfg.edit):
        git(cfg.edit, "checkout", "-q", "-f", "--detach", start)
        git(cfg.edit, "clean", "-q", "-d", "-f", "-x")
    else:
        git(cfg.light, "worktree", "prune")
        git(cfg.light, "worktree", "add", "-q", "--detach", cfg.edit, start)
    write_text(state, f"{os.path.realpath(cfg.root)}\n{start}\n{slug}\n")


def verb_fold(cfg, args):
    """Fold edits into one patch: the edit tree's, or named repository files."""
    series = Series(cfg).load()
    state, start, at = edit_start(cfg)
    where = series.index(args.slug)
    changes = edit_changes(series, start) if start else {}
    repo_changes = {}
    for path in args.path:
        if path in changes:
            continue
        if not is_owned(path) or os.path.isfile(
                os.path.join(cfg.pristine, path)):
            raise SeriesError(f"{path} is not changed in the edit tree")
        old, new = series.tip().get(path), series.on_disk(path)
        if old == new:
            raise SeriesError(f"{path} is as the series has it")
        repo_changes[path] = (old, new)
    left = {}
    if args.path:
        left = {p: c for p, c in changes.items() if p not in args.path}
        changes = {p: c for p, c in changes.items() if p in args.path}
    if not changes and not repo_changes:
        raise SeriesError("nothing to fold: the edit tree has no change"
                          if start else "nothing to fold: no edit tree "
                          "(scripts/series edit)")
    back = {}
    for path, (old, new) in changes.items():
        series.add_base(path)
        was = series.tip().get(path)
        series.fold(where, path, old, new)
        if path not in series.base:
            # Edited there, but the repository holds it: bring it along.
            back[path] = series.merge(path, series.on_disk(path), was,
                                      series.tip().get(path))
    for path, (old, new) in repo_changes.items():
        series.fold(where, path, old, new)
    kept = {p: series.merge(p, series.tip().get(p), *c)
            for p, c in left.items() if not at}
    if left and at:
        raise SeriesError("with --at, fold all of the edit tree at once")
    report(series.save())
    for path, entry in back.items():
        if entry is None:
            os.unlink(os.path.join(cfg.root, path))
        else:
            put_file(series, path, entry, cfg.root)
        print(f"wrote: {path}")
    fresh = Series(cfg).load()
    if start:
        reset_edit(fresh, state, at)
        for path, entry in kept.items():
            if entry is None:
                os.unlink(os.path.join(cfg.edit, path))
            else:
                put_file(series, path, entry, cfg.edit)
    for slug in empties(fresh):
        say(f"warning: {slug} is empty")
    return 0


# -- import ------------------------------------------------------------------------


def group_titles(cfg):
    """slug -> title from patches/groups, in its order."""
    path = os.path.join(cfg.patches, "groups")
    titles = {}
    if os.path.exists(path):
        for line in read_text(path).splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            slug, colon, title = line.partition(":")
            if not colon:
                raise SeriesError(f"patches/groups: \"{line}\" is not "
                                  "\"slug: title\"")
            titles[slug.strip()] = title.strip()
    return titles


def subject_of(text):
    head = text.split("\n\n", 1)[0].replace("\n ", " ")
    found = re.search(r"^Subject: (?:\[[^]]*\] *)?(.*)$", head, re.M)
    return found.group(1) if found else ""


def verb_import(cfg, args):
    old = Series(cfg)
    known = {}
    for name in old.names:
        path = os.path.join(cfg.patches, name)
        if os.path.exists(path):
            known[subject_of(read_text(path))] = PATCH_NAME.match(name).group(2)
    base, dots, tip = args.range.partition("..")
    if not dots:
        raise SeriesError("the range is BASE..TIP")
    tip = tip or "HEAD"
    if git(args.repo, "rev-list", "--merges", f"{base}..{tip}").strip():
        raise SeriesError("the range has merges")
    order, texts = [], []
    with tempfile.TemporaryDirectory() as tmp:
        git(args.repo, "format-patch", "-q", *FORMAT, "-o", tmp,
            f"{base}..{tip}")
        for name in sorted(os.listdir(tmp)):
            text = read_text(os.path.join(tmp, name))
            slug = known.get(subject_of(text)) or name[5:-6].lower()
            slug = re.sub(r"[^a-z0-9._-]+", "-", slug).strip("-.")
            if slug in order:
                raise SeriesError(f"two commits would both be {slug}")
            order.append(slug)
            texts.append(text)
    if not order:
        raise SeriesError("no commits in the range")
    for text in texts:
        for path in touched_by(text):
            entry = git(args.repo, "rev-parse", "-q", "--verify",
                        f"{base}:{path}", check=False).stdout.strip()
            disk = os.path.join(cfg.pristine, path)
            mine = git(args.repo, "hash-object", disk).strip() \
                if os.path.isfile(disk) else ""
            if entry != mine:
                raise SeriesError(f"{path}: {base} of {args.repo} is not "
                                  f"Linux {cfg.version} ({cfg.pristine})")

    lines = import_lines(old, order, group_titles(cfg))
    with tempfile.TemporaryDirectory() as tmp:
        # Proved in a scratch copy first: a branch that does not apply leaves
        # the present series alone.
        trial = Config()
        trial.patches = os.path.join(tmp, "patches")
        trial.series = os.path.join(tmp, "series")
        os.makedirs(trial.patches)
        for number, (slug, text) in enumerate(zip(order, texts), 1):
            write_text(os.path.join(trial.patches,
                                    f"{number:04d}-{slug}.patch"), text)
        write_text(trial.series, "".join(
            f"{n:04d}-{slug}.patch\n" for n, slug in enumerate(order, 1)))
        new = Series(trial).load()
    new.cfg = cfg
    new.lines = lines
    new.names = old.names
    report(new.save())
    fresh = Series(cfg).load()
    if args.files:
        write_files(fresh, args.force)
    return 0


def import_lines(old, order, titles):
    """The lines of the new series file, with groups and kept comments."""
    lines, last = [], None
    if titles:
        header = []
        for kind, text in old.lines:
            if kind == "patch" or not text.startswith("#"):
                break
            header.append(("text", text))
        # The head comment is whatever stands before the first empty line.
        if len(header) < len(old.lines) and header \
                and old.lines[len(header)] == ("text", ""):
            lines += header
        for slug in order:
            title = titles.get(slug, last)
            if title != last:
                lines += [("text", "")] if lines else []
                lines.append(("text", f"# {title}"))
                last = title
            lines.append(("patch", slug))
        return lines
    pending, comments = [], {}
    for kind, text in old.lines:
        if kind == "text":
            pending.append((kind, text))
        else:
            comments[text], pending = pending, []
    for slug in order:
        lines += comments.get(slug, []) + [("patch", slug)]
    return lines + pending


# -- check pieces that scripts/series calls -----------------------------------------


def verb_lint(cfg, _args):
    return lint.run(Series(cfg), cfg)


def verb_compare(cfg, _args):
    """The applied tree against the repository, byte for byte."""
    series = Series(cfg).load()
    tip = series.tip()
    ours = {p for p in tip if p not in series.base}
    bad = 0
    for path in sorted(ours | set(series.repo_files())):
        have, want = series.on_disk(path), tip.get(path)
        if have == want and path in ours:
            continue
        bad += 1
        if path in series.base:
            print(f"{path}: Linux has it; the repository must not")
        elif want is None:
            print(f"{path}: in the repository, in no patch")
        elif have is None:
            print(f"{path}: in the series, not in the repository")
        elif have[0] != want[0]:
            print(f"{path}: mode {have[0]} here, {want[0]} in the series")
        else:
            print(f"{path}: differs")
    for slug in empties(series):
        bad += 1
        print(f"{slug}: empty patch")
    for line in lint.strays(cfg, repo_git):
        bad += 1
        print(line)
    return 1 if bad else 0


def verb_touched(cfg, args):
    """What a patch touches: status (A, M, D) and path a line."""
    series = Series(cfg).load()
    i = series.index(args.slug)
    before, after = series.files_before(i), series.commits[i].files
    for path in sorted(set(before) | set(after)):
        a, b = before.get(path), after.get(path)
        if a != b:
            print(("A" if a is None else "D" if b is None else "M"), path)
    return 0


def verb_write(cfg, args):
    """Bring a copy of the kernel tree to the state after patch N (0: base).

    Only files whose content changes are written, each under a new name that
    is then renamed: the copy may share its files with the pristine tree.
    """
    series = Series(cfg).load()
    state = series.files_before(args.number)
    for path in sorted({p for c in series.commits for p in c.files}
                       | set(series.base)):
        disk = os.path.join(args.tree, path)
        entry = state.get(path)
        if entry is None:
            if os.path.exists(disk):
                os.unlink(disk)
        elif not os.path.exists(disk) or series.on_disk(path,
                                                        args.tree) != entry:
            put_file(series, path, entry, args.tree)
    return 0


def verb_mbox(cfg, args):
    series = Series(cfg).load()
    text = mailbox_out.render(series, args.cover)
    if args.output == "-":
        sys.stdout.write(text)
    else:
        write_text(args.output, text)
        say(f"{args.output}: cover letter and {len(series.commits)} patches")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="scripts/series")
    sub = parser.add_subparsers(dest="verb", required=True)

    def verb(name, func, *specs):
        p = sub.add_parser(name)
        for names, kw in specs:
            p.add_argument(*names, **kw)
        p.set_defaults(func=func)

    message = (("-m", "--message"), {"required": True})
    verb("tree", verb_tree, (("path",), {"nargs": "*"}))
    verb("list", verb_list)
    verb("refresh", verb_refresh,
         (("-n", "--dry-run"), {"action": "store_true"}))
    verb("files", verb_files, (("--force",), {"action": "store_true"}))
    verb("new", verb_new, (("slug",), {}), (("--after",), {}),
         (("--first",), {"action": "store_true"}), message)
    verb("reword", verb_reword, (("slug",), {}), message)
    verb("drop", verb_drop, (("slug",), {}))
    verb("edit", verb_edit, (("--at",), {}),
         (("--discard",), {"action": "store_true"}),
         (("path",), {"nargs": "*"}))
    verb("fold", verb_fold, (("slug",), {}), (("path",), {"nargs": "*"}))
    verb("import", verb_import, (("repo",), {}), (("range",), {}),
         (("--files",), {"action": "store_true"}),
         (("--force",), {"action": "store_true"}))
    verb("mbox", verb_mbox, (("-o", "--output"), {"default": "-"}),
         (("--cover",), {"default": None}))
    verb("lint", verb_lint)
    verb("compare", verb_compare)
    verb("touched", verb_touched, (("slug",), {}))
    verb("write", verb_write, (("tree",), {}), (("number",), {"type": int}))
    args = parser.parse_args()
    try:
        return args.func(Config(), args)
    except SeriesError as err:
        say(f"series: {err}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
