// Addresses that nobody may make the house call, in every spelling that some reader of URLs takes for them.

/** Hosts as they are written in a URL. */
export const spellings = [
  // this machine
  ..."127.0.0.1 127.0.0.2 127.255.255.254 127.1 127.0.1 2130706433 017700000001 0x7f000001 0x7f.1 0X7F.0.0.1".split(" "),
  ..."0177.0.0.1 0177.0.0.01 127.0.0.01 127.0.0.0x1 127.0.0.1. localhost LOCALHOST localhost. a.localhost".split(" "),
  ..."0 00 0x0 0.0 0.0.0.0 0.0.0.1 ①②⑦.⓪.⓪.① 127。0。0。1 １２７.０.０.１ %31%32%37.0.0.1 127.0.0.1%00".split(" "),
  ..."localhost%2f 127.0.0.1%2eallowed.test ip6-localhost".split(" "),
  // behind somebody else's name
  ..."allowed.test@127.0.0.1 allowed.test:x@127.0.0.1 127.0.0.1#@allowed.test 127.0.0.1\\@allowed.test".split(" "),
  ..."127.0.0.1?@allowed.test allowed.test#.127.0.0.1 127.0.0.1;allowed.test [::1]allowed.test".split(" "),
  // private networks, a carrier's NAT, metadata of clouds
  ..."10.0.0.1 10.255.255.255 10.1 167772161 012.0.0.1 172.16.0.1 172.31.255.254 192.168.0.1 192.168.1".split(" "),
  ..."3232235521 0xc0a80001 100.64.0.1 100.100.100.200 169.254.169.254 2852039166 0xa9fea9fe".split(" "),
  ..."0251.0376.0251.0376 169.254.43518 169.254.170.2 192.0.0.192".split(" "),
  // documentation, benchmarks, relays, multicast, reserved
  ..."192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 192.88.99.1 224.0.0.1 239.255.255.250 240.0.0.1".split(" "),
  "255.255.255.255",
  // the same in IPv6, and what is IPv6's own
  ..."[::] [::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::ffff:127.0.0.1]".split(" "),
  ..."[::ffff:7f00:1] [::ffff:169.254.169.254] [::ffff:0:127.0.0.1] [::127.0.0.1] [::7f00:1]".split(" "),
  ..."[64:ff9b::7f00:1] [64:ff9b::169.254.169.254] [64:ff9b:1::a9fe:a9fe] [2002:7f00:1::] [2002:a9fe:a9fe::1]".split(" "),
  ..."[2001::f5ff:fffe] [fe80::1] [fe80::1%25lo] [fe80::1%lo] [fec0::1] [fc00::1] [fd00:ec2::254] [ff02::1]".split(" "),
  ..."[100::1] [2001:db8::1] [3fff::1] [4000::1] [::1%251]".split(" "),
];

/** What a name may turn out to mean: an answer of a resolver. */
export const answers = [
  ..."127.0.0.1 127.0.0.53 127.255.255.255 0.0.0.0 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1".split(" "),
  ..."100.64.0.1 100.127.255.255 169.254.169.254 169.254.170.2 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1".split(" "),
  ..."203.0.113.1 192.88.99.1 224.0.0.1 240.0.0.1 255.255.255.255".split(" "),
  ...":: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1".split(" "),
  ..."64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1:: 2002:a9fe:a9fe::1 2001::1 2001:10::1".split(" "),
  ..."fe80::1 fec0::1 fc00::1 fd00:ec2::254 ff02::1 100::1 2001:db8::1 3fff::1 4000::1".split(" "),
  // several at once, and all of them bad
  "10.0.0.1,192.168.0.1,::1", "::1,127.0.0.1", "fd00::1,169.254.169.254",
];

/** Names that a resolver of the test answers so: {name: answers, as tests/tools/wire.c reads them}. */
export const names = Object.fromEntries(answers.map((answer, i) => [`forbidden-${i}.test`, answer]));

/** All hosts that must not be reached. */
export const hosts = [...spellings, ...Object.keys(names)];
