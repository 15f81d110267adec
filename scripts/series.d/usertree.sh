# shellcheck shell=bash
# The user's own kernel tree, for scripts/apply and scripts/unapply.
#
#   TREE   its absolute path     KIND   git or plain     TMP   scratch
#   patches   the caller's array of patch names
#
# shellcheck disable=SC2034,SC2154  # KIND is for the caller, patches from it

TMP=$(mktemp -d "${TMPDIR:-/tmp}/nexus-apply.XXXXXX")
trap 'rm -rf "$TMP"' EXIT

# user_tree [TREE]: from the command line or the environment.
user_tree()
{
	local given=${1:-${TREE:-}}

	if [ $# -gt 1 ] || [ -z "$given" ]; then
		die "which tree? TREE=/path/to/linux"
	fi
	TREE=$(cd "$given" 2>/dev/null && pwd -P) ||
		die "$given is not a directory"
	[ "$TREE" != "$NEXUS_TOP" ] ||
		die "$TREE is this repository, not a kernel tree"
	if [ -z "$(release)" ] || [ ! -d "$TREE/ipc" ] ||
		[ ! -f "$TREE/MAINTAINERS" ]; then
		die "$TREE is not a Linux source tree"
	fi
	# A tree inside somebody's repository but not its top is a plain one.
	if [ -e "$TREE/.git" ]; then
		tree_git rev-parse HEAD >/dev/null 2>&1 ||
			tree_git rev-parse --git-dir >/dev/null ||
			die "git cannot read $TREE (see above)"
		KIND=git
	else
		KIND=plain
	fi
}

release()
{
	tree_version "$TREE" 2>/dev/null || true
}

base_release()
{
	sed -n 's/^# *[Bb]ase: *\(v\|linux-\)\?//p' "$NEXUS_TOP/series" |
		head -n 1
}

tree_git()
{
	git -C "$TREE" "$@"
}

# A file of the repository, by a name that works from everywhere.
git_path()
{
	local path

	path=$(tree_git rev-parse --git-path "$1")
	case $path in /*) ;; *) path=$TREE/$path ;; esac
	printf '%s\n' "$path"
}

branch_name()
{
	tree_git symbolic-ref -q --short HEAD || echo 'a detached HEAD'
}

# The series and patches are found in TREE/patches, whatever quilt's own
# settings say.
tree_quilt()
{
	(
		unset QUILT_PUSH_ARGS QUILT_PATCH_OPTS QUILT_NO_DIFF_INDEX
		QUILT_PATCHES=patches QUILT_SERIES=series QUILT_PC=.pc \
			quilt --quiltrc=- "$@"
	)
}

series_patches()
{
	sed -e 's/[[:space:]]*#.*//' -e '/^$/d' "$NEXUS_TOP/series" \
		2>/dev/null || true
}

# Paths that the series touches, and those of them that it makes.
touched_files()
{
	(cd "$NEXUS_TOP/patches" && sed -n 's|^diff --git a/.* b/||p' \
		"${patches[@]}") | sort -u
}

new_files()
{
	(cd "$NEXUS_TOP/patches" && awk '
		/^diff --git a\// { path = $0; sub(/^.* b\//, "", path) }
		/^new file mode / { print path }' "${patches[@]}") | sort -u
}

# Directories that the series needs, of those that the tree has now.
existing_dirs()
{
	new_files | while IFS= read -r path; do
		while path=$(dirname "$path"); [ "$path" != . ]; do
			printf '%s\n' "$path"
		done
	done | sort -u | while IFS= read -r path; do
		[ ! -d "$TREE/$path" ] || printf '%s\n' "$path"
	done
}

# Empty directories that are only there for the series' files.
remove_new_dirs()
{
	new_files | while IFS= read -r path; do
		while path=$(dirname "$path"); [ "$path" != . ]; do
			printf '%s\n' "$path"
		done
	done | sort -ru | while IFS= read -r path; do
		# One that was there before us, though empty, stays.
		if [ -f "$TMP/keep.dirs" ] && grep -qxF "$path" "$TMP/keep.dirs"; then
			continue
		fi
		rmdir "$TREE/$path" 2>/dev/null || true
	done
}

# Untracked or not, nothing may be where the series puts a directory or file.
refuse_loose()
{
	local path parent

	while IFS= read -r path; do
		parent=$path
		while parent=$(dirname "$parent"); [ "$parent" != . ]; do
			if [ -e "$TREE/$parent" ] && [ ! -d "$TREE/$parent" ]; then
				die "$TREE/$parent is in the way (nothing was changed)"
			fi
		done
	done < <(new_files)
}

# git in the middle of something of its own.
git_idle()
{
	local what

	for what in rebase-apply rebase-merge MERGE_HEAD CHERRY_PICK_HEAD \
		REVERT_HEAD BISECT_LOG sequencer; do
		[ ! -e "$(git_path "$what")" ] ||
			die "$TREE is in the middle of a rebase, am, merge or bisect" \
				"($what): finish or abort it first (nothing was changed)"
	done
	[ "$(tree_git rev-parse --is-bare-repository)" = false ] ||
		die "$TREE is a bare repository"
}
