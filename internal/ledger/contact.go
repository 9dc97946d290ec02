package ledger

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9\-]{1,59})$`)

// parseEmail reads one bare e-mail address and lowers its domain. On failure it says what to do.
func parseEmail(text string) (email, advice string) {
	const one = "Write one e-mail address, such as billing@example.com."
	if strings.ContainsAny(text, ";,") && strings.Count(text, "@") > 1 {
		return "", "There are several addresses: keep the one that reminders should go to."
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text {
		return "", "This is not an e-mail address. " + one
	}
	at := strings.LastIndexByte(text, '@')
	local, domain := text[:at], strings.ToLower(text[at+1:])
	for _, c := range text {
		if c > 0x7E || c <= ' ' {
			return "", "Letters with accents do not travel in e-mail addresses everywhere: write the address without them, a domain in its " +
				"xn-- form."
		}
	}
	if len(local) > 64 || len(domain) > 253 || strings.ContainsRune(local, '"') || !domainName.MatchString(domain) {
		return "", "This is not an address that mail can reach. " + one
	}
	return local + "@" + domain, ""
}

// validURL reports whether text is a full address with one of the schemes and without a password.
func validURL(text string, schemes ...string) bool {
	u, err := url.Parse(text)
	return err == nil && slices.Contains(schemes, strings.ToLower(u.Scheme)) && u.Host != "" && u.User == nil
}

// A phone is the reading of one telephone number.
type phone struct {
	e164     string
	findings []phoneFinding
}

type phoneFinding struct {
	severity Severity
	code     Code
	message  string
}

// phoneBook remembers readings: a ledger repeats its customers, and reading a number is the slowest check of a row.
type phoneBook map[[2]string]phone

func (b phoneBook) parse(text, country string) phone {
	key := [2]string{text, country}
	if known, ok := b[key]; ok {
		return known
	}
	p := parsePhone(text, country)
	b[key] = p
	return p
}

// parsePhone reads a number as it is dialled in country, or an international one. It asks that the number is possible (right
// country code, right length); one that the numbering plan does not assign is only a warning, because plans grow faster
// than tables do.
func parsePhone(text, country string) phone {
	bad := func(message string) phone {
		return phone{findings: []phoneFinding{{Error, BadPhone, message}}}
	}
	number, err := phonenumbers.Parse(text, country)
	if err != nil {
		return bad("This is not a telephone number. Write one number, such as +33 1 99 00 12 34, or leave it empty.")
	}
	if phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE {
		return bad("This number has the wrong length for its country. Write it with area code, best in the form +33 1 99 00 12 34.")
	}
	p := phone{e164: phonenumbers.Format(number, phonenumbers.E164)}
	switch {
	case FictionalPhone(p.e164):
		p.findings = append(p.findings, phoneFinding{Warning, PhoneFiction, "This number is reserved for films and examples: nobody " +
			"will be reached."})
	case !phonenumbers.IsValidNumber(number):
		p.findings = append(p.findings, phoneFinding{Warning, PhoneNotInService, "The numbering plan does not assign this number: it may " +
			"reach nobody."})
	}
	if number.GetExtension() != "" {
		p.findings = append(p.findings, phoneFinding{Warning, PhoneExtension, "The extension is left out: messages cannot be sent to one."})
	}
	return p
}

// fictionalPhones are the ranges that regulators keep free for films, books and examples:
// 555-0100 to 555-0199 in every area code of the North American plan; Ofcom's numbers for drama; the numbers for audiovisual
// works in ARCEP's numbering plan (decision 2018-0881); the Bundesnetzagentur's numbers for media productions (notice
// 148/2021). Poland has none: numbers there cannot begin with 0, so +48 000 000 xxx can never be assigned.
var fictionalPhones = []*regexp.Regexp{
	regexp.MustCompile(`^\+1[2-9]\d\d55501\d\d$`),
	regexp.MustCompile(`^\+44(113|114|115|116|117|118|121|131|141|151|161)4960\d{3}$`),
	regexp.MustCompile(`^\+44(2079460|1914980|2920180|1632960|7700900|8081570|9098790|3069990)\d{3}$`),
	regexp.MustCompile(`^\+33(19900|26191|35301|46571|53649|63998)\d{4}$`),
	regexp.MustCompile(`^\+49(3023125|6990009|4066969|2214710|8999998)\d{3}$`),
	regexp.MustCompile(`^\+49(17139200\d{2}|15228817386)$`),
	regexp.MustCompile(`^\+48000000\d{3}$`),
}

// FictionalPhone reports whether a number in E.164 form is reserved for fiction, so that it can stand in examples.
func FictionalPhone(e164 string) bool {
	return slices.ContainsFunc(fictionalPhones, func(r *regexp.Regexp) bool { return r.MatchString(e164) })
}
