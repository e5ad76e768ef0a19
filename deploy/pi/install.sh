#!/usr/bin/env bash
# Makes this Raspberry Pi (or any Debian machine) a player of an infoscreen. May be run again to update.
# Usage: sudo deploy/pi/install.sh [--without-display]
#   --without-display  there is a desktop already: no X server of the player's own (see README.md)
#
# It installs Debian packages by name with apt and Python packages by name with pip, into /opt/infoscreen-player.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOURCE=$HERE/../../clients/player
VENV=/opt/infoscreen-player
CONFIG=/etc/infoscreen-player
PLAYER_USER=infoscreen-player
UNITS=(infoscreen-display.service infoscreen-player.service)

# Impressive only recommends ffmpeg and mplayer, without which videos do not play: they are named here.
# tzdata has the time zones of the programme.
PLAYER_PACKAGES=(python3 python3-venv impressive mupdf-tools ffmpeg mplayer tzdata)
# For PDFs that were uploaded as such and bring no fonts of their own.
FONT_PACKAGES=(fonts-dejavu fonts-liberation fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji fonts-open-sans fonts-symbola)
# x11-xserver-utils has xset and xrandr, and v4l-utils cec-ctl: with these the player turns the screen off, on and round.
DISPLAY_PACKAGES=(xserver-xorg-core xauth x11-xserver-utils v4l-utils)

say() { printf 'install: %s\n' "$*"; }
die() { printf 'install: %s\n' "$*" >&2; exit 1; }

with_display=yes
case ${1-} in
"") ;;
--without-display) with_display=no ;;
*) die "unknown option: $1" ;;
esac
((EUID == 0)) || die "run this with sudo."
command -v apt-get >/dev/null || die "this needs Raspberry Pi OS or another Debian."

install_packages() {
	local packages=("${PLAYER_PACKAGES[@]}" "${FONT_PACKAGES[@]}")
	[[ $with_display == no ]] || packages+=("${DISPLAY_PACKAGES[@]}")
	say "Debian packages: ${packages[*]}"
	apt-get -qq update
	DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${packages[@]}" >/dev/null
	/usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Python 3.11 or newer is needed."
}

# A new environment is built beside the old one and then takes its place: a failed update leaves a working player.
install_player() {
	local new=$VENV.new what=infoscreen-player
	[[ ! -f $SOURCE/pyproject.toml ]] || what=$SOURCE
	say "the player ($what) in $VENV"
	rm -rf "$new"
	/usr/bin/python3 -m venv "$new"
	"$new/bin/python" -m pip install --quiet --upgrade --no-cache-dir "$what"
	rm -rf "$VENV.old"
	[[ ! -d $VENV ]] || mv "$VENV" "$VENV.old"
	mv "$new" "$VENV"
	rm -rf "$VENV.old"
	# The programs in it name the Python of the directory in which they were built.
	sed -i "1s|$new|$VENV|" "$VENV"/bin/infoscreen-player
	ln -sf "$VENV/bin/infoscreen-player" /usr/local/bin/infoscreen-player
	infoscreen-player --version >/dev/null || die "the player does not start."
}

create_user() {
	getent passwd "$PLAYER_USER" >/dev/null ||
		useradd --system --home-dir /var/lib/infoscreen-player --shell /usr/sbin/nologin "$PLAYER_USER"
	local group
	for group in video render; do
		getent group "$group" >/dev/null && usermod --append --groups "$group" "$PLAYER_USER"
	done
	return 0
}

configure() {
	install -d -m 755 "$CONFIG"
	[[ -e $CONFIG/settings ]] || install -m 644 "$HERE/settings" "$CONFIG/settings"
	[[ $with_display == yes ]] || return 0
	install -D -m 644 "$HERE/99-vc4.conf" /etc/X11/xorg.conf.d/99-vc4.conf
	install -m 755 "$HERE/infoscreen-display-power" /usr/local/bin/infoscreen-display-power
}

install_services() {
	[[ $with_display == yes ]] || return 0
	local unit
	for unit in "${UNITS[@]}"; do install -m 644 "$HERE/$unit" "/etc/systemd/system/$unit"; done
	[[ -d /run/systemd/system ]] || { say "systemd does not run here: enable ${UNITS[*]} yourself."; return; }
	systemctl daemon-reload
	systemctl --quiet enable "${UNITS[@]}"
	systemctl start infoscreen-display.service # restarting it would turn the screen dark
	systemctl restart infoscreen-player.service
}

install_packages
install_player
create_user
configure
install_services
say "done. What is missing on this device, if anything: sudo infoscreen-player check"
if [[ ! -e $CONFIG/token ]]; then
	say "Create the screen on the infoscreen's page, and then run here:"
	say "  sudo infoscreen-player enrol http://ADDRESS:8080 && sudo systemctl restart infoscreen-player"
fi
