//! ICMP echo messages (RFC 792, RFC 4443 §4).

use std::net::IpAddr;

/// Bytes of an echo message: type, code, checksum, identifier, sequence number, and our token.
const MESSAGE: usize = 16;

const ECHO_REQUEST: u8 = 8;
const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST_V6: u8 = 128;
const ECHO_REPLY_V6: u8 = 129;

/// Tells our echo messages apart from those of other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EchoToken {
    pub(crate) identifier: u16,
    pub(crate) number: u64,
}

/// An echo request. For IPv6 the kernel adds the checksum (RFC 3542 §3.1).
pub(crate) fn request(ip: IpAddr, token: EchoToken) -> [u8; MESSAGE] {
    let mut message = [0; MESSAGE];
    message[0] = if ip.is_ipv4() { ECHO_REQUEST } else { ECHO_REQUEST_V6 };
    message[4..6].copy_from_slice(&token.identifier.to_be_bytes());
    message[6..8].copy_from_slice(&token.number.to_be_bytes()[6..]);
    message[8..].copy_from_slice(&token.number.to_be_bytes());
    if ip.is_ipv4() {
        let sum = checksum(&message);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
    }
    message
}

/// True if a packet answers this request. For IPv4 a raw socket gives the IP header too (raw(7)).
pub(crate) fn answers(ip: IpAddr, token: EchoToken, packet: &[u8]) -> bool {
    let (message, reply) = match ip {
        IpAddr::V4(_) => {
            // Version 4, and a header of at least 20 bytes (RFC 791 §3.1).
            let header = packet.first().filter(|first| (0x45..=0x4f).contains(*first)).map(|first| usize::from(first & 0x0f) * 4);
            (header.and_then(|header| packet.get(header..)).unwrap_or_default(), ECHO_REPLY)
        }
        IpAddr::V6(_) => (packet, ECHO_REPLY_V6),
    };
    let is_ours = |message: &[u8]| {
        message[..2] == [reply, 0]
            && message[4..6] == token.identifier.to_be_bytes()
            && message[8..MESSAGE] == token.number.to_be_bytes()
    };
    message.get(..MESSAGE).is_some_and(is_ours)
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: EchoToken = EchoToken { identifier: 0x1234, number: 0x0102_0304_0506_0708 };

    #[test]
    fn checksum_of_rfc_1071_example() {
        // RFC 1071 §3: the sum of these bytes is ddf2.
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
        assert_eq!(checksum(&[0xff]), !0xff00);
    }

    #[test]
    fn only_the_reply_to_this_request_answers() {
        let (v4, v6) = (IpAddr::from([192, 0, 2, 3]), IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 3]));
        let packet = |kind: u8, token: EchoToken| {
            let mut message = request(v4, token);
            message[0] = kind;
            message
        };
        let in_ip = |message: &[u8]| [&[0x45][..], &[0; 19], message].concat();
        let other = EchoToken { number: 9, ..TOKEN };
        let rows = [
            (v4, in_ip(&packet(ECHO_REPLY, TOKEN)), true),
            (v4, in_ip(&packet(ECHO_REQUEST, TOKEN)), false),
            (v4, in_ip(&packet(ECHO_REPLY, other)), false),
            (v4, packet(ECHO_REPLY, TOKEN).to_vec(), false),
            (v4, [&[0x46][..], &[0; 23], &packet(ECHO_REPLY, TOKEN)].concat(), true),
            (v4, vec![0x4f; 30], false),
            (v4, Vec::new(), false),
            (v6, packet(ECHO_REPLY_V6, TOKEN).to_vec(), true),
            (v6, packet(ECHO_REPLY, TOKEN).to_vec(), false),
            (v6, packet(ECHO_REPLY_V6, TOKEN)[..15].to_vec(), false),
        ];
        for (at, (ip, packet, expected)) in rows.into_iter().enumerate() {
            assert_eq!(answers(ip, TOKEN, &packet), expected, "row {at}");
        }
    }
}
