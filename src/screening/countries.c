/*
 * Countries by every name that the lists use for them: ISO 3166 short names in English, then the
 * words of OFAC, the UN, the UK, Switzerland and Canada (which gives both its languages,
 * "Belarus / Bélarus"; the English part is read). A name is compared without case and without
 * what is no letter. Codes that ISO took back are those of today's country where there is one.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"

/* Code and names, "|" between. */
static const char *const countries[] = {
    "AD|Andorra",
    "AE|United Arab Emirates|UAE|Dubai|Abu Dhabi",
    "AF|Afghanistan",
    "AG|Antigua and Barbuda|Antigua",
    "AI|Anguilla",
    "AL|Albania",
    "AM|Armenia",
    "AO|Angola",
    "AQ|Antarctica",
    "AR|Argentina",
    "AS|American Samoa",
    "AT|Austria",
    "AU|Australia",
    "AW|Aruba",
    "AX|Aland Islands|Åland Islands",
    "AZ|Azerbaijan|Azerbaidjan",
    "BA|Bosnia and Herzegovina|Bosnia",
    "BB|Barbados",
    "BD|Bangladesh",
    "BE|Belgium",
    "BF|Burkina Faso",
    "BG|Bulgaria",
    "BH|Bahrain",
    "BI|Burundi",
    "BJ|Benin",
    "BL|Saint Barthelemy",
    "BM|Bermuda",
    "BN|Brunei|Brunei Darussalam",
    "BO|Bolivia|Bolivia (Plurinational State of)|Plurinational State of Bolivia",
    "BQ|Bonaire, Sint Eustatius and Saba",
    "BR|Brazil",
    "BS|Bahamas|The Bahamas|Bahamas, The",
    "BT|Bhutan",
    "BW|Botswana",
    "BY|Belarus|Republic of Belarus",
    "BZ|Belize",
    "CA|Canada",
    "CC|Cocos (Keeling) Islands",
    "CD|Congo, Democratic Republic of the|Democratic Republic of the Congo|Congo (Democratic "
    "Republic)|"
    "Congo, The Democratic Republic of the|DRC|DR Congo|Congo, Dem. Rep.|Zaire|Congo-Kinshasa",
    "CF|Central African Republic",
    "CG|Congo|Republic of the Congo|Congo, Republic of the|Congo-Brazzaville",
    "CH|Switzerland",
    "CI|Cote d'Ivoire|Côte d'Ivoire|Ivory Coast|Cote d Ivoire",
    "CK|Cook Islands",
    "CL|Chile",
    "CM|Cameroon",
    "CN|China|People's Republic of China|China, People's Republic of|PRC|"
    "China (People's Republic)|Mainland China",
    "CO|Colombia",
    "CR|Costa Rica",
    "CU|Cuba",
    "CV|Cabo Verde|Cape Verde",
    "CW|Curacao|Curaçao",
    "CX|Christmas Island",
    "CY|Cyprus",
    "CZ|Czechia|Czech Republic",
    "DE|Germany|Federal Republic of Germany",
    "DJ|Djibouti",
    "DK|Denmark",
    "DM|Dominica",
    "DO|Dominican Republic",
    "DZ|Algeria",
    "EC|Ecuador",
    "EE|Estonia",
    "EG|Egypt",
    "EH|Western Sahara",
    "ER|Eritrea",
    "ES|Spain",
    "ET|Ethiopia",
    "FI|Finland",
    "FJ|Fiji",
    "FK|Falkland Islands|Falkland Islands (Malvinas)",
    "FM|Micronesia|Micronesia, Federated States of",
    "FO|Faroe Islands",
    "FR|France",
    "GA|Gabon",
    "GB|United Kingdom|United Kingdom of Great Britain and Northern Ireland|Great "
    "Britain|UK|England|"
    "Scotland|Wales|Northern Ireland",
    "GD|Grenada",
    "GE|Georgia",
    "GF|French Guiana",
    "GG|Guernsey",
    "GH|Ghana",
    "GI|Gibraltar",
    "GL|Greenland",
    "GM|Gambia|The Gambia|Gambia, The",
    "GN|Guinea",
    "GP|Guadeloupe",
    "GQ|Equatorial Guinea",
    "GR|Greece",
    "GT|Guatemala",
    "GU|Guam",
    "GW|Guinea-Bissau",
    "GY|Guyana",
    "HK|Hong Kong|Hong Kong SAR|Hong Kong (China)|Hong Kong, China",
    "HN|Honduras",
    "HR|Croatia",
    "HT|Haiti|Haïti",
    "HU|Hungary",
    "ID|Indonesia",
    "IE|Ireland|Republic of Ireland",
    "IL|Israel",
    "IM|Isle of Man|Man, Isle of",
    "IN|India",
    "IO|British Indian Ocean Territory",
    "IQ|Iraq|Republic of Iraq",
    "IR|Iran|Iran, Islamic Republic of|Islamic Republic of Iran|"
    "Iran (Islamic Republic of)",
    "IS|Iceland",
    "IT|Italy",
    "JE|Jersey",
    "JM|Jamaica",
    "JO|Jordan",
    "JP|Japan",
    "KE|Kenya",
    "KG|Kyrgyzstan|Kyrgyz Republic",
    "KH|Cambodia",
    "KI|Kiribati",
    "KM|Comoros",
    "KN|Saint Kitts and Nevis|St. Kitts and Nevis|St Kitts and Nevis",
    "KP|North Korea|Korea, North|Democratic People's Republic of Korea|DPRK|"
    "Korea, Democratic People's Republic of|Korea (Democratic People's Republic of)|Korea, DPR",
    "KR|South Korea|Korea, South|Republic of Korea|Korea, Republic of|Korea (Republic of)",
    "KW|Kuwait",
    "KY|Cayman Islands",
    "KZ|Kazakhstan",
    "LA|Laos|Lao People's Democratic Republic|Lao PDR",
    "LB|Lebanon",
    "LC|Saint Lucia|St. Lucia",
    "LI|Liechtenstein",
    "LK|Sri Lanka",
    "LR|Liberia",
    "LS|Lesotho",
    "LT|Lithuania",
    "LU|Luxembourg",
    "LV|Latvia",
    "LY|Libya|Libyan Arab Jamahiriya|"
    "State of Libya",
    "MA|Morocco",
    "MC|Monaco",
    "MD|Moldova|Republic of Moldova|Moldova, Republic of",
    "ME|Montenegro",
    "MF|Saint Martin",
    "MG|Madagascar",
    "MH|Marshall Islands|Republic of the Marshall Islands",
    "MK|North Macedonia|Macedonia|North Macedonia, The Republic of|Macedonia, The Former Yugoslav "
    "Republic of",
    "ML|Mali",
    "MM|Myanmar|Burma",
    "MN|Mongolia",
    "MO|Macau|Macao|Macao SAR",
    "MP|Northern Mariana Islands",
    "MQ|Martinique",
    "MR|Mauritania",
    "MS|Montserrat",
    "MT|Malta",
    "MU|Mauritius",
    "MV|Maldives",
    "MW|Malawi",
    "MX|Mexico",
    "MY|Malaysia",
    "MZ|Mozambique",
    "NA|Namibia",
    "NC|New Caledonia",
    "NE|Niger",
    "NF|Norfolk Island",
    "NG|Nigeria",
    "NI|Nicaragua",
    "NL|Netherlands|The Netherlands|Holland",
    "NO|Norway",
    "NP|Nepal",
    "NR|Nauru",
    "NU|Niue",
    "NZ|New Zealand",
    "OM|Oman",
    "PA|Panama",
    "PE|Peru",
    "PF|French Polynesia",
    "PG|Papua New Guinea",
    "PH|Philippines|The Philippines",
    "PK|Pakistan",
    "PL|Poland",
    "PM|Saint Pierre and Miquelon",
    "PN|Pitcairn",
    "PR|Puerto Rico",
    "PS|Palestine|Palestinian|State of Palestine|Palestinian Territories|Occupied Palestinian "
    "Territories|"
    "Palestine, State of|Palestinian Territory, Occupied|West Bank|Gaza|Region: Gaza|Gaza Strip",
    "PT|Portugal",
    "PW|Palau",
    "PY|Paraguay",
    "QA|Qatar",
    "RE|Reunion|Réunion",
    "RO|Romania",
    "RS|Serbia",
    "RU|Russia|Russian Federation|SU|USSR|Soviet Union|Union of Soviet Socialist Republics",
    "RW|Rwanda",
    "SA|Saudi Arabia|Kingdom of Saudi Arabia",
    "SB|Solomon Islands",
    "SC|Seychelles",
    "SD|Sudan|The Sudan",
    "SE|Sweden",
    "SG|Singapore",
    "SH|Saint Helena",
    "SI|Slovenia",
    "SJ|Svalbard and Jan Mayen",
    "SK|Slovakia",
    "SL|Sierra Leone",
    "SM|San Marino",
    "SN|Senegal",
    "SO|Somalia",
    "SR|Suriname",
    "SS|South Sudan|Sudan, South",
    "ST|Sao Tome and Principe|São Tomé and Príncipe",
    "SV|El Salvador",
    "SX|Sint Maarten",
    "SY|Syria|Syrian Arab Republic|Syrian Arab Rep",
    "SZ|Eswatini|Swaziland",
    "TC|Turks and Caicos Islands",
    "TD|Chad",
    "TF|French Southern Territories",
    "TG|Togo",
    "TH|Thailand",
    "TJ|Tajikistan",
    "TK|Tokelau",
    "TL|Timor-Leste|East Timor",
    "TM|Turkmenistan",
    "TN|Tunisia",
    "TO|Tonga",
    "TR|Turkey|Turkiye|Türkiye",
    "TT|Trinidad and Tobago",
    "TV|Tuvalu",
    "TW|Taiwan|Taiwan, Province of China|Chinese Taipei",
    "TZ|Tanzania|United Republic of Tanzania|"
    "Tanzania, United Republic of",
    "UA|Ukraine|Crimea|Region: Crimea|Crimea (Region of Ukraine)",
    "UG|Uganda",
    "US|United States|United States of America|USA|U.S.A.|U.S.",
    "UY|Uruguay",
    "UZ|Uzbekistan",
    "VA|Holy See|Vatican|Holy See (Vatican City State)",
    "VC|Saint Vincent and the Grenadines|St. Vincent and the Grenadines",
    "VE|Venezuela|Bolivarian Republic of Venezuela|Venezuela (Bolivarian Republic of)|"
    "Venezuela, Bolivarian Republic of",
    "VG|British Virgin Islands|Virgin Islands, British|"
    "Virgin Islands (British)",
    "VI|Virgin Islands, U.S.|US Virgin Islands|Virgin Islands (U.S.)",
    "VN|Vietnam|Viet Nam",
    "VU|Vanuatu",
    "WF|Wallis and Futuna",
    "WS|Samoa",
    "XK|Kosovo",
    "YE|Yemen",
    "YT|Mayotte",
    "ZA|South Africa",
    "ZM|Zambia",
    "ZW|Zimbabwe",
};

enum { KEY = 64, NAMES = 640 };

struct known {
	char key[KEY];    /* letters alone, lower case */
	const char *code; /* NUL-terminated, two letters */
};

/* Bytes of other alphabets stay as they are. False: too long to be a country. */
static bool make_key(const char *text, size_t len, char key[KEY])
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (!isalpha(c) && c < 0x80)
			continue;
		if (n == KEY - 1)
			return false;
		key[n++] = (char)tolower(c);
	}
	key[n] = 0;
	return n > 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct known *)a)->key, ((const struct known *)b)->key);
}

/* Made from the table before main, so that threads find it whole. */
static struct known known[NAMES];
static size_t known_count;
static char codes[sizeof countries / sizeof *countries][3];

__attribute__((constructor)) static void make_known(void)
{
	for (size_t i = 0; i < sizeof countries / sizeof *countries; i++) {
		memcpy(codes[i], countries[i], 2);
		for (const char *at = countries[i]; at != NULL && known_count < NAMES;) {
			const char *end = strchr(at, '|');
			size_t len = end != NULL ? (size_t)(end - at) : strlen(at);
			if (make_key(at, len, known[known_count].key))
				known[known_count++].code = codes[i];
			at = end != NULL ? end + 1 : NULL;
		}
	}
	if (known_count == NAMES) /* the table has outgrown its room */
		abort();
	qsort(known, known_count, sizeof *known, compare);
}

static const char *look_up(const char *text, size_t len)
{
	struct known asked;
	if (!make_key(text, len, asked.key))
		return NULL;
	const struct known *found = bsearch(&asked, known, known_count, sizeof *known, compare);
	return found != NULL ? found->code : NULL;
}

const char *country_code(const char *text)
{
	if (text == NULL || *text == 0)
		return NULL;
	const char *code = look_up(text, strlen(text));
	/* "Belarus / Bélarus"; "gb-nir"; "Russia (Crimea)" */
	static const char *const ends[] = {" / ", " (", "-"};
	for (size_t i = 0; code == NULL && i < sizeof ends / sizeof *ends; i++) {
		const char *end = strstr(text, ends[i]);
		if (end != NULL)
			code = look_up(text, (size_t)(end - text));
	}
	return code;
}
