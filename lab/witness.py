#!/usr/bin/env python3
"""A third host's view of one address: who answers for it, and when nobody does.

    witness.py ADDRESS INTERFACE LOG

Every 50 ms it asks by ARP who has the address, and pings it. LOG gets a JSON line for each frame that came back:
`slot` (the number of the question before it), `t` (seconds since the start), `what` (`has`: an answer to the question,
`announces`: an announcement, `pong`: an echo reply) and `mac` (the sender). Two senders of `has` in one slot have the
address at the same time. It ends when standard input closes.
"""
import fcntl
import json
import os
import select
import socket
import struct
import sys
import time

EVERY = 0.05
ARP, IPV4 = 0x0806, 0x0800
BROADCAST = b"\xff" * 6
SIOCGIFADDR, SIOCGIFHWADDR = 0x8915, 0x8927


def of_interface(request, name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        return fcntl.ioctl(probe, request, struct.pack("256s", name.encode()))


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo(sequence):
    body = struct.pack("!HH", 0x5057, sequence & 0xFFFF) + b"postwacht witness"[:16]
    return struct.pack("!BBH", 8, 0, checksum(struct.pack("!BBH", 8, 0, 0) + body)) + body


def read(frame, target):
    """What a frame says about the address, and its sender."""
    sender, kind = frame[6:12].hex(":"), struct.unpack("!H", frame[12:14])[0]
    if kind == ARP and len(frame) >= 42 and frame[28:32] == target:
        operation = struct.unpack("!H", frame[20:22])[0]
        is_announcement = operation == 1 or frame[38:42] == target
        return ("announces" if is_announcement else "has"), sender
    if kind == IPV4 and frame[23] == 1 and frame[26:30] == target and frame[34] == 0:
        return "pong", sender
    return None


def main():
    address, interface, log = sys.argv[1:4]
    target = socket.inet_aton(address)
    own_ip, own_mac = of_interface(SIOCGIFADDR, interface)[20:24], of_interface(SIOCGIFHWADDR, interface)[18:24]
    question = (BROADCAST + own_mac + struct.pack("!HHHBBH", ARP, 1, IPV4, 6, 4, 1)
                + own_mac + own_ip + bytes(6) + target)
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    link.bind((interface, 0))
    ping = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    start, slot, due = time.monotonic(), 0, time.monotonic()
    with open(log, "w", buffering=1) as lines:
        while True:
            ready, _, _ = select.select([link, sys.stdin], [], [], max(0, due - time.monotonic()))
            if sys.stdin in ready and not os.read(sys.stdin.fileno(), 64):
                return
            if link in ready:
                # Answers that wait in the socket belong to the question before them.
                try:
                    frame, source = link.recvfrom(2048)
                except OSError:
                    continue  # the interface went down, and says so once
                found = read(frame, target) if source[2] != socket.PACKET_OUTGOING else None
                if found:
                    what, mac = found
                    lines.write(json.dumps({"slot": slot, "t": round(time.monotonic() - start, 4), "what": what, "mac": mac}) + "\n")
            elif time.monotonic() >= due:
                slot, due = slot + 1, max(due + EVERY, time.monotonic())
                link.send(question)
                try:
                    ping.sendto(echo(slot), (address, 0))
                except OSError:
                    pass  # nobody has the address: the kernel says so


main()
