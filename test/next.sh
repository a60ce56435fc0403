#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests on the next QGIS: 3.40 of Debian 13, in a folder of its own (build/next, about 3 GB), with nothing installed here.
#
#   next.sh [test/test_dock.py ...]     run these tests, or the ones that touch QGIS
#   next.sh remove                      delete the folder
#
# Needs root, debootstrap and unshare.  Mounts exist only in a mount namespace of this script's own and end with it;
# /dev is never mounted, so nothing that is deleted here can be anything else's.
set -eu

ROOT=$(cd "$(dirname "$0")/.." && pwd)
NEXT=$ROOT/build/next
SUITE=trixie
PACKAGES="qgis python3-qgis qgis-providers python3-gdal python3-numpy python3-scipy python3-numba python3-rasterio
  python3-pyqtgraph python3-venv python3-pip python3-pytest python3-hypothesis xvfb xauth git make"
TESTS="test/test_project.py test/test_algorithms.py test/test_algorithms_options.py test/test_algorithms_process.py
  test/test_dock.py test/test_dock_window.py test/test_editor.py test/test_editor_widget.py test/test_environment.py
  test/test_models.py test/test_styles.py test/test_reports_qgis.py"

refuse_mounted() {
  if grep -q " $NEXT" /proc/self/mountinfo; then
    echo "Something is mounted under $NEXT: unmount it first." >&2
    exit 1
  fi
}

[ "$(id -u)" = 0 ] || { echo "next.sh makes a root file system: run it as root." >&2; exit 1; }
for program in debootstrap unshare; do
  command -v $program >/dev/null || { echo "next.sh needs $program: apt-get install debootstrap util-linux" >&2; exit 1; }
done
if [ "${1:-}" = remove ]; then
  refuse_mounted
  rm -rf --one-file-system "$NEXT"
  exit 0
fi
if [ -z "${SCREE_NEXT:-}" ]; then
  refuse_mounted
  SCREE_NEXT=1 exec unshare --mount --propagation private "$0" "$@"
fi

inside() {
  chroot "$NEXT" /usr/bin/env -i HOME=/srv LANG=C.UTF-8 PATH=/srv/venv/bin:/usr/bin:/bin:/usr/sbin:/sbin \
    DEBIAN_FRONTEND=noninteractive PYTHONNOUSERSITE=1 PROJ_DATA=/usr/share/proj QT_QPA_PLATFORM=offscreen \
    PIP_DISABLE_PIP_VERSION_CHECK=1 NUMBA_NUM_THREADS=2 OMP_NUM_THREADS=2 "$@"
}

if [ ! -e "$NEXT/srv/.base" ]; then
  rm -rf --one-file-system "$NEXT"
  mkdir -p "$NEXT"
  debootstrap --variant=minbase --include=ca-certificates $SUITE "$NEXT" >"$ROOT/build/next.log"
  printf '#!/bin/sh\nexit 101\n' >"$NEXT/usr/sbin/policy-rc.d"
  chmod +x "$NEXT/usr/sbin/policy-rc.d"
  touch "$NEXT/srv/.base"
fi
mountpoint -q "$NEXT/proc" || mount -t proc proc "$NEXT/proc"
if [ ! -e "$NEXT/srv/.system" ]; then
  inside apt-get update -qq
  inside apt-get install -y -qq --no-install-recommends $PACKAGES >>"$ROOT/build/next.log"
  inside apt-get clean
  # A network with a certificate authority of its own has it here.
  cp /etc/ssl/certs/ca-certificates.crt "$NEXT/etc/ssl/certs/"
  inside /usr/bin/python3 -m venv --system-site-packages /srv/venv
  sed '/^-r/d;/^#/d' "$ROOT/requirements.txt" >"$NEXT/srv/requirements.txt"
  inside python3 -m pip install --quiet -r /srv/requirements.txt
  touch "$NEXT/srv/.system"
fi

# The checkout as it is now, without what is ignored, under a name that is not the plugin's.
rm -rf --one-file-system "$NEXT/srv/checkout"
mkdir -p "$NEXT/srv/checkout/build/plugins"
(cd "$ROOT" && git ls-files -coz --exclude-standard | tar --null --ignore-failed-read -T - -cf - 2>/dev/null) | tar -C "$NEXT/srv/checkout" -xf -
ln -s ../.. "$NEXT/srv/checkout/build/plugins/scree"
[ $# -gt 0 ] || set -- $TESTS
inside sh -c 'cd /srv/checkout && PYTHONPATH=build/plugins timeout 1500 python3 -m pytest -q -p no:cacheprovider "$@"' sh "$@"
