/*
 * capture-sample FILE: writes a small capture file of made-up packets between addresses kept
 * for documentation (RFC 5737), so that the example has something to read anywhere.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

static void put16(u_char *at, unsigned value)
{
	at[0] = (u_char)(value >> 8);
	at[1] = (u_char)value;
}

static unsigned checksum(const u_char *at, size_t len)
{
	unsigned sum = 0;
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (unsigned)(at[i] << 8 | at[i + 1]);
	while (sum >> 16 != 0)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return ~sum & 0xFFFF;
}

/* One UDP packet on raw IPv4: 20 bytes of IP, 8 of UDP, the text. */
static void packet(pcap_dumper_t *out, int second, const u_char from[4], const u_char to[4],
                   const char *text)
{
	u_char at[128] = {0x45};
	size_t len = strlen(text), all = 28 + len;
	put16(at + 2, (unsigned)all);
	at[8] = 64;
	at[9] = 17;
	memcpy(at + 12, from, 4);
	memcpy(at + 16, to, 4);
	put16(at + 10, checksum(at, 20));
	put16(at + 20, 40000);
	put16(at + 22, 5060);
	put16(at + 24, (unsigned)(8 + len));
	memcpy(at + 28, text, len);
	struct pcap_pkthdr header = {.ts = {.tv_sec = 1767225600 + second},
	                             .caplen = (bpf_u_int32)all,
	                             .len = (bpf_u_int32)all};
	pcap_dump((u_char *)out, &header, at);
}

int main(int argc, char **argv)
{
	static const u_char a[] = {192, 0, 2, 10}, b[] = {198, 51, 100, 20},
	                    c[] = {203, 0, 113, 30};
	if (argc != 2) {
		fputs("usage: capture-sample FILE\n", stderr);
		return 2;
	}
	pcap_t *pcap = pcap_open_dead(DLT_RAW, 65535);
	pcap_dumper_t *out = pcap == NULL ? NULL : pcap_dump_open(pcap, argv[1]);
	if (out == NULL) {
		fprintf(stderr, "capture-sample: cannot write %s\n", argv[1]);
		return 4;
	}
	packet(out, 0, a, b, "the crate is at the old mill");
	packet(out, 1, b, a, "understood");
	packet(out, 2, c, b, "a packet of somebody else");
	packet(out, 3, a, b, "tonight at nine");
	int failed = pcap_dump_flush(out);
	pcap_dump_close(out);
	pcap_close(pcap);
	return failed != 0 ? 4 : 0;
}
