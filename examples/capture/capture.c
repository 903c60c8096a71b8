/*
 * capture: a packet capture that asks before it looks.
 *
 * A harmless stand-in for a controlled product: it reads packets of one address from a file
 * or from an interface of this machine, and prints their headers (capability
 * capture.headers) or their content too (capture.content). Before the first packet it asks the
 * gate, naming subject, purpose, territory and warrant. Built on <proviso/gate.h> alone.
 */
#include <proviso/gate.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <getopt.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct request {
	const char *system, *file, *interface, *address;
	struct proviso_use_text use;
	long count;
};

static void usage(FILE *out)
{
	fputs(
	    "usage: capture --system DIR (--read FILE | --interface NAME) --capability C --purpose "
	    "P\n"
	    "               --territory T --subject S [--address IP] [--warrant W] [--count N]\n\n"
	    "  --read FILE        a capture file\n"
	    "  --interface NAME   an interface of this machine, as lo (needs the right to "
	    "capture)\n"
	    "  --capability C     capture.headers or capture.content\n"
	    "  --subject S        on whom; for ip:... that address is captured\n"
	    "  --address IP       the subject's address, when S is no address\n"
	    "  --count N          stop after N packets\n\n"
	    "exit: 0 done, 1 the gate refused, 2 usage, 3 bad input, 4 the environment failed\n",
	    out);
}

static bool parse(int argc, char **argv, struct request *r)
{
	static const struct option names[] = {
	    {"system", 1, NULL, 's'},     {"read", 1, NULL, 'r'},    {"interface", 1, NULL, 'i'},
	    {"capability", 1, NULL, 'c'}, {"purpose", 1, NULL, 'p'}, {"territory", 1, NULL, 't'},
	    {"subject", 1, NULL, 'u'},    {"address", 1, NULL, 'a'}, {"warrant", 1, NULL, 'w'},
	    {"count", 1, NULL, 'n'},      {"help", 0, NULL, 'h'},    {0}};
	for (int c; (c = getopt_long(argc, argv, "h", names, NULL)) != -1;) {
		switch (c) {
		case 's':
			r->system = optarg;
			break;
		case 'r':
			r->file = optarg;
			break;
		case 'i':
			r->interface = optarg;
			break;
		case 'c':
			r->use.capability = optarg;
			break;
		case 'p':
			r->use.purpose = optarg;
			break;
		case 't':
			r->use.territory = optarg;
			break;
		case 'u':
			r->use.subject = optarg;
			break;
		case 'a':
			r->address = optarg;
			break;
		case 'w':
			r->use.warrant = optarg;
			break;
		case 'n':
			r->count = strtol(optarg, NULL, 10);
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			return false;
		}
	}
	if (r->address == NULL && r->use.subject != NULL && strncmp(r->use.subject, "ip:", 3) == 0)
		r->address = r->use.subject + 3;
	bool known =
	    r->use.capability != NULL && (strcmp(r->use.capability, "capture.headers") == 0 ||
	                                  strcmp(r->use.capability, "capture.content") == 0);
	return optind == argc && r->system != NULL && (r->file != NULL) != (r->interface != NULL) &&
	       known && r->use.purpose != NULL && r->use.territory != NULL &&
	       r->use.subject != NULL && r->address != NULL && r->count >= 0;
}

/* The one line that makes this a controlled product: no packet before the gate has said yes. */
static int ask_gate(const struct request *r)
{
	struct proviso_error error = {0};
	struct proviso_answer answer;
	struct proviso_gate *gate = proviso_gate_open(r->system, NULL, &error);
	if (gate == NULL) {
		fprintf(stderr, "capture: %s: %s\n", error.code, error.text);
		return (int)error.kind;
	}
	bool allowed = proviso_gate_decide_text(gate, &r->use, &answer, &error);
	int status = error.kind != PROVISO_OK ? (int)error.kind : allowed ? 0 : 1;
	if (error.kind != PROVISO_OK)
		fprintf(stderr, "capture: %s: %s\n", error.code, error.text);
	else if (!allowed)
		fprintf(stderr, "capture: refused: %s: %s\n", proviso_code_name(answer.code),
		        answer.words);
	if (!proviso_gate_close(gate, &error) && status == 0) {
		fprintf(stderr, "capture: %s\n", error.text);
		status = PROVISO_ENVIRONMENT;
	}
	return status;
}

static void print_content(const u_char *at, size_t len)
{
	for (size_t row = 0; row < len; row += 16) {
		printf("    %04zx ", row);
		for (size_t i = row; i < row + 16; i++)
			i < len ? printf(" %02x", at[i]) : printf("   ");
		printf("  ");
		for (size_t i = row; i < row + 16 && i < len; i++)
			putchar(isprint(at[i]) ? at[i] : '.');
		putchar('\n');
	}
}

/* Bytes of the transport header, so that content is what follows it; 0 when it is cut off. */
static size_t transport_header(int protocol, const u_char *at, size_t len, unsigned ports[2])
{
	if (len < 4 || (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP))
		return 0;
	ports[0] = (unsigned)(at[0] << 8 | at[1]);
	ports[1] = (unsigned)(at[2] << 8 | at[3]);
	size_t size = protocol == IPPROTO_UDP ? sizeof(struct udphdr)
	              : len > 12              ? (size_t)(at[12] >> 4) * 4
	                                      : 0;
	return size <= len ? size : 0;
}

static void print_packet(const struct pcap_pkthdr *h, const u_char *at, int link, bool content)
{
	size_t skip = link == DLT_EN10MB ? 14 : link == DLT_NULL ? 4 : 0;
	if (h->caplen < skip + sizeof(struct ip))
		return;
	const u_char *packet = at + skip;
	size_t len = h->caplen - skip, header = (size_t)(packet[0] & 15) * 4;
	if (packet[0] >> 4 != 4 || header < 20 || header > len)
		return;
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN], when[32];
	unsigned ports[2] = {0, 0};
	int protocol = packet[9];
	size_t transport = transport_header(protocol, packet + header, len - header, ports);
	inet_ntop(AF_INET, packet + 12, from, sizeof from);
	inet_ntop(AF_INET, packet + 16, to, sizeof to);
	time_t second = h->ts.tv_sec;
	struct tm tm;
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&second, &tm));
	printf("%s %s:%u > %s:%u protocol %d, %u bytes\n", when, from, ports[0], to, ports[1],
	       protocol, h->len);
	if (content)
		print_content(packet + header + transport, len - header - transport);
}

static int run(const struct request *r)
{
	char error[PCAP_ERRBUF_SIZE] = "", filter[128];
	struct bpf_program program;
	pcap_t *capture = r->file != NULL ? pcap_open_offline(r->file, error)
	                                  : pcap_open_live(r->interface, 65535, 0, 100, error);
	if (capture == NULL) {
		fprintf(stderr, "capture: %s\n", error);
		return 4;
	}
	snprintf(filter, sizeof filter, "ip host %s", r->address);
	int status = 0;
	if (pcap_compile(capture, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		fprintf(stderr, "capture: %s is not an IPv4 address: %s\n", r->address,
		        pcap_geterr(capture));
		pcap_close(capture);
		return 3;
	}
	if (pcap_setfilter(capture, &program) != 0)
		status = 4;
	struct pcap_pkthdr *header;
	const u_char *data;
	bool content = strcmp(r->use.capability, "capture.content") == 0;
	long seen = 0;
	int got = 0;
	while (status == 0 && (r->count == 0 || seen < r->count) &&
	       (got = pcap_next_ex(capture, &header, &data)) >= 0) {
		if (got == 0)
			continue;
		print_packet(header, data, pcap_datalink(capture), content);
		seen++;
	}
	if (status != 0 || got == PCAP_ERROR) {
		fprintf(stderr, "capture: %s\n", pcap_geterr(capture));
		status = 4;
	}
	pcap_freecode(&program);
	pcap_close(capture);
	if (status == 0)
		printf("%ld packets of %s\n", seen, r->address);
	return status;
}

int main(int argc, char **argv)
{
	struct request request = {0};
	if (!parse(argc, argv, &request)) {
		usage(stderr);
		return 2;
	}
	int refused = ask_gate(&request);
	return refused != 0 ? refused : run(&request);
}
