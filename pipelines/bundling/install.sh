#!/bin/sh
# Installs this bundle beside the versions that are there, and switches to it: nothing is fetched from anywhere.
#
#   ./install.sh [--prefix /opt/sihe] [--home DIR] [--signers FILE]
#   ./install.sh --rollback [--prefix /opt/sihe]
#
# signers: the public key of who made the bundle, as ssh-keygen reads it (`sihe namespaces="sihe-bundle" ssh-ed25519 AAAA…`).
# Every step can be killed: until the link current is renamed, the version before goes on.
set -eu
umask 022
export LC_ALL=C

prefix=/opt/sihe home= signers= rollback=
fail() { echo "install.sh: $1" >&2; exit 1; }
while [ $# -gt 0 ]; do
    case $1 in
        --rollback) rollback=yes; shift ;;
        --prefix | --home | --signers)
            [ $# -ge 2 ] || fail "$1 needs a value"
            # From where the script was called: below it goes to the folder of the bundle.
            case $2 in /* | '') place=$2 ;; *) place=$PWD/$2 ;; esac
            case $1 in --prefix) prefix=$place ;; --home) home=$place ;; --signers) signers=$place ;; esac
            shift 2 ;;
        *) fail "unknown option $1: see the top of this file" ;;
    esac
done

# A link is made under another name and renamed, so that it always leads somewhere.
point() { ln -sfn "$1" "$prefix/.$2.new" && mv -T "$prefix/.$2.new" "$prefix/$2"; }

if [ -n "$rollback" ]; then
    [ -L "$prefix/previous" ] || fail "$prefix has no previous version"
    now=$(readlink "$prefix/current") before=$(readlink "$prefix/previous")
    [ -x "$prefix/$before/bin/sihe" ] || fail "$prefix/$before is not there any more"
    point "$before" current
    point "$now" previous
    echo "current is $before; restart sihe-daemon and sihe-serve"
    exit 0
fi

cd "$(dirname "$0")"
# Verify. Nothing of the bundle runs before this; this script itself is only as true as how it came here.
if [ -n "$signers" ]; then
    [ -f SHA256SUMS.sig ] || fail "the bundle is not signed"
    ssh-keygen -Y verify -f "$signers" -I sihe -n sihe-bundle -s SHA256SUMS.sig < SHA256SUMS > /dev/null 2>&1 ||
        fail "the signature is not of $signers: do not install this bundle"
fi
sha256sum --check --strict --quiet SHA256SUMS > /dev/null 2>&1 || fail "files are damaged or changed: copy the bundle again"
more=$(find . ! -type d ! -path ./SHA256SUMS ! -path ./SHA256SUMS.sig | sed 's#^\./##' | grep -vxF "$(cut -c67- SHA256SUMS)" || true)
[ -z "$more" ] || fail "not part of the bundle: $more"

# Preflight.
version=$(cat VERSION) architecture=$(cat ARCHITECTURE)
[ "$(uname -m)" = "$architecture" ] || fail "this bundle is for $architecture, the machine is $(uname -m)"
glibc=$(getconf GNU_LIBC_VERSION 2> /dev/null | cut -d' ' -f2)
[ "$(printf '2.28\n%s\n' "${glibc:-0}" | sort -V | head -n 1)" = 2.28 ] || fail "glibc 2.28 or later is needed, this is ${glibc:-none}"
python=$(command -v python3.11) || fail "Python 3.11 is needed: python3.11 is not found"
"$python" -c 'import ensurepip, venv' 2> /dev/null || fail "python3.11 cannot make environments: apt-get install python3.11-venv"
mkdir -p "$prefix/versions"
[ "$(df -Pk "$prefix" | awk 'NR == 2 { print $4 }')" -ge "${SIHE_NEEDED_KB:-3000000}" ] || fail "3 GB of disk are needed under $prefix"
[ "$(date +%s)" -gt 1767225600 ] || fail "the clock says $(date): set it first"

# Install under another name; what a killed call left is removed.
target=versions/$version
if [ ! -e "$prefix/$target/.complete" ]; then
    rm -rf "${prefix:?}/$target"
    "$python" -m venv "$prefix/$target"
    PIP_CONFIG_FILE=/dev/null "$prefix/$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir \
        --no-index --find-links wheels --only-binary=:all: --no-deps --require-hashes --requirement requirements.txt ||
        fail "the wheels cannot be installed"
    "$prefix/$target/bin/python" -m pip check > /dev/null || fail "packages are missing in the bundle"
    "$prefix/$target/bin/sihe" --help > /dev/null || fail "the new version does not start"
    cp -R docs SHA256SUMS sbom.cdx.json "$prefix/$target/"
    for unit in "$prefix/$target"/docs/systemd/*.service; do
        sed -i "s#/opt/sihe/.venv/bin/#$prefix/current/bin/#; s#^WorkingDirectory=.*#WorkingDirectory=$prefix#" "$unit"
    done
    # After a power cut, too, what is marked is there.
    sync
    touch "$prefix/$target/.complete"
fi
if [ -n "$home" ]; then
    # As its owner: what root writes there, the service could not change.
    owner=$(stat -c %U "$home") as=
    [ "$owner" = "$(id -un)" ] || as="runuser -u $owner --"
    # Only looks: the tables of the home are still those of the version that runs.
    # 2: the folder has no installation yet, and the doctor said so.
    $as "$prefix/$target/bin/sihe" doctor --home "$home" --only-looks || [ $? -eq 2 ] ||
        fail "sihe doctor found something in $home: nothing was switched"
fi

# Switch.
if [ -L "$prefix/current" ] && [ "$(readlink "$prefix/current")" != "$target" ]; then
    point "$(readlink "$prefix/current")" previous
fi
point "$target" current
echo "current is $target; units are in $prefix/current/docs/systemd; back with: $0 --rollback --prefix $prefix"
