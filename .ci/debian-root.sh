# Fresh Debians in folders, made by debootstrap, for scripts that try milc there: to be sourced by them. Needs root.
#
#   need_debootstrap            ends the script when it can't make any
#   debian_root RELEASE FOLDER [PACKAGE,...]
#                               makes FOLDER a minimal Debian unless it is one, with /proc, /dev and the network's settings of this machine
#   remove_at_end FOLDER        at the end of the script; a failed one's, too. All mounts are undone then anyway
me=${0##*/}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
mounted=()
removed=()

need_debootstrap() {
  [ "$(id -u)" -eq 0 ] || { echo "$me: must be run as root" >&2; exit 1; }
  command -v debootstrap >/dev/null || { echo "$me: debootstrap is not installed" >&2; exit 1; }
}

finish() {
  for folder in "${mounted[@]}"; do umount -l "$folder" || true; done
  [ ${#removed[@]} -eq 0 ] || rm -rf --one-file-system "${removed[@]}"
}
trap finish EXIT

remove_at_end() { removed+=("$1"); }

debian_root() {
  local root=$2
  [ -x "$root/usr/bin/apt-get" ] || debootstrap --variant=minbase ${3:+"--include=$3"} "$1" "$root" "$mirror" >/dev/null
  mount -t proc proc "$root/proc" && mounted+=("$root/proc")
  mount --bind /dev "$root/dev" && mounted+=("$root/dev")
  [ ! -f /etc/resolv.conf ] || cp /etc/resolv.conf "$root/etc/resolv.conf"
  # Behind a proxy npm needs its certificates.
  [ ! -f "${NODE_EXTRA_CA_CERTS:-}" ] || install -D -m 644 "$NODE_EXTRA_CA_CERTS" "$root/etc/ssl/extra-ca.crt"
  [ ! -d /etc/apt/apt.conf.d ] || cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
}
