# shellcheck shell=bash
# ok and not ok lines for scripts/static and scripts/series check.

TAP_PASSED=0
TAP_FAILED=0
TAP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/nexus-tap.XXXXXX")
trap 'rm -rf "$TAP_DIR"' EXIT

tap_ok()
{
	TAP_PASSED=$((TAP_PASSED + 1))
	printf 'ok - %s\n' "$1"
}

# tap_not_ok WHAT [FILE]: FILE says why, its last lines are shown.
tap_not_ok()
{
	TAP_FAILED=$((TAP_FAILED + 1))
	printf 'not ok - %s\n' "$1"
	[ -z "${2:-}" ] || tail -n 400 "$2" | sed 's/^/#   /'
}

# run WHAT COMMAND...: one check.  The command runs in a shell of its own in
# which any failing line ends it; never call this where set -e is suspended
# (behind if, && or ||), it would be suspended in the command as well.
run()
{
	local what=$1 rc start=$SECONDS took

	shift
	set +e
	(
		set -e
		"$@"
	) >"$TAP_DIR/out" 2>&1
	rc=$?
	set -e
	took=$((SECONDS - start))
	[ $took -lt 5 ] || what="$what ($took s)"
	if [ $rc -eq 0 ]; then
		tap_ok "$what"
		# What a passing check has to say (figures, exceptions).
		sed -n 's/^note: /#   /p' "$TAP_DIR/out"
	else
		tap_not_ok "$what" "$TAP_DIR/out"
	fi
}

# The exit status of the whole, after a line with the sum.
tap_end()
{
	printf '# %s: %d passed, %d failed\n' "$1" "$TAP_PASSED" "$TAP_FAILED"
	[ "$TAP_FAILED" -eq 0 ] && [ "$TAP_PASSED" -gt 0 ]
}
