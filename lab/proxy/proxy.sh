#!/usr/bin/env bash
# proxy.sh start DIR PORT | stop DIR: tinyproxy (HTTP, CONNECT) on PORT, microsocks (SOCKS5) on PORT+1, for loopback only.
# What went through them: DIR/proxy/http.log, DIR/proxy/socks.log
set -euo pipefail
. "$(dirname "$0")/../lib/common.sh"
cmd=${1:?start|stop} top=$(realpath -m "${2:?DIR}"); P=$top/proxy
start() {
  open_path "$P"
  printf 'Port %s\nListen 127.0.0.1\nAllow 127.0.0.1\nLogLevel Connect\nTimeout 60\n' "$1" > "$P/tinyproxy.conf"
  setsid tinyproxy -d -c "$P/tinyproxy.conf" >> "$P/http.log" 2>&1 < /dev/null &
  echo $! > "$P/http.pid"
  setsid microsocks -i 127.0.0.1 -p "$(($1 + 1))" >> "$P/socks.log" 2>&1 < /dev/null &
  echo $! > "$P/socks.pid"
  wait_port "$1"; wait_port "$(($1 + 1))"
}
case $cmd in
  start) start "${3:?PORT}" ;;
  stop) stop_pid "$P/http.pid"; stop_pid "$P/socks.pid" ;;
  *) die "usage: proxy.sh start | stop" ;;
esac
