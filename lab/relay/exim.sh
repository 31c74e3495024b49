#!/usr/bin/env bash
# exim.sh start DIR PORT | stop DIR: Exim 4.96 with the checks of Debian's own configuration (main options and ACLs as they are
# packaged): a host name with `_` in EHLO is refused with 501, a line over 998 bytes or a header that breaks RFC 5322 with 550.
# Only what must differ here does: directories, port, no DNS, delivery at once into one Maildir. It takes mail for lab.test, and relays
# nothing. Its package conflicts with Postfix's, so setup.sh unpacks it into exim/ instead of installing it.
set -euo pipefail
. "$(dirname "$0")/../lib/common.sh"
cmd=${1:?start|stop} top=$(realpath -m "${2:?DIR}"); E=$top/exim; R=$LAB/exim
start() {
  local port=$1 part
  open_path "$top"; open_path "$E"; open_path "$E/mail"
  mkdir -p "$E/spool" "$E/log"; chown Debian-exim: "$E/spool" "$E/log" "$E/mail"
  # The program and its parents must be readable for the user that it becomes.
  cp -r "$R/usr/sbin/exim4" "$E/exim4"; chmod 755 "$E/exim4"
  {
    cat <<M
exim_path = $E/exim4
# No queue runner runs here, so no message may wait for one.
smtp_accept_queue_per_connection = 0
# With -C it gives up root, so it delivers as its own user.
deliver_drop_privilege
spool_directory = $E/spool
log_file_path = $E/log/%slog
pid_file_path = $E/pid
MAIN_HARDCODE_PRIMARY_HOSTNAME = exim.lab.test
daemon_smtp_ports = $port
local_interfaces = 127.0.0.1
CONFDIR = $R/etc/exim4
ETC_MAILNAME = exim.lab.test
MAIN_LOCAL_DOMAINS = lab.test : exim.lab.test
MAIN_RELAY_TO_DOMAINS =
MAIN_RELAY_NETS = 127.0.0.1
LOCAL_DELIVERY = lab_maildir
DC_eximconfig_configtype = local
DCconfig_local = 1
DC_minimaldns = 1
MAIN_HOST_LOOKUP = :
M
    for part in main acl; do cat "$R/etc/exim4/conf.d/$part"/* | grep -v '^exim_path\|^log_file_path\|^spool_directory'; done
    cat <<M
begin routers
lab:
  driver = accept
  domains = +local_domains
  transport = lab_maildir
begin transports
lab_maildir:
  driver = appendfile
  directory = $E/mail/all
  maildir_format
  user = Debian-exim
  group = Debian-exim
begin retry
* * F,2h,15m
M
  } > "$E/exim.conf"
  setsid "$E/exim4" -C "$E/exim.conf" -bd < /dev/null >> "$E/start.log" 2>&1 || { cat "$E/start.log" >&2; exit 1; }
  wait_port "$port" 10 || { cat "$E/start.log" "$E/log"/* >&2; exit 1; }
}
case $cmd in
  start) start "${3:?PORT}" ;;
  stop) stop_pid "$E/pid" ;;
  *) die "start or stop" ;;
esac
